//! What accounts are connected with at other providers.

use gatewright_server::admin::Scope;
use gatewright_store::Write;
use gatewright_store::identities::{self, NewIdentity};
use gatewright_tests::World;
use serde_json::Value;

use super::{all_mighty, done, program, refused};

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_is_seen_disconnected_and_goes_with_its_account() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let (alice, mallory) = (world.user("alice").await, world.user("mallory").await);
    for subject in ["one", "two"] {
        let trace = world.operator().trace(&world.app);
        let (id, label) = (world.app.id(trace.at), Some("alice@idp.test"));
        let new = NewIdentity { id, issuer: "https://idp.test", subject, label };
        let linked = identities::link(&world.app.store, alice, &new, &trace).await.unwrap();
        assert!(matches!(linked, Write::Applied(())));
        let again = identities::link(&world.app.store, mallory, &new, &trace).await.unwrap();
        assert!(matches!(again, Write::Lost), "one identity is one account's");
    }
    let path = format!("/users/{alice}/identities");
    let listed = done(&root.get(&path).await, 200)["items"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    assert_eq!((&listed[0]["subject"], &listed[0]["label"]), (&"one".into(), &"alice@idp.test".into()));
    assert_eq!(listed[0]["last_used_at"], Value::Null);

    let one = listed[0]["id"].as_str().unwrap();
    refused(&root.delete(&format!("/users/{mallory}/identities/{one}")).await, 404, "not_found");
    let reader = program(&world, &[Scope::UsersRead]).await;
    refused(&reader.delete(&format!("{path}/{one}")).await, 403, "insufficient_scope");
    done(&root.delete(&format!("{path}/{one}")).await, 204);
    refused(&root.delete(&format!("{path}/{one}")).await, 404, "not_found");
    assert_eq!(world.events("identity.unlinked").await, 1);

    assert!(root.delete(&format!("/users/{alice}")).await.status.is_success());
    assert_eq!(world.count("identities").await, 0);
}

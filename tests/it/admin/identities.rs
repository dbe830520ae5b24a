//! What accounts are connected with at other providers.

use gatewright_server::admin::Scope;
use gatewright_store::Write;
use gatewright_store::identities::{self, NewIdentity};
use gatewright_store::users::Role;
use gatewright_tests::World;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{all_mighty, done, person, program, promote, refused};

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

/// An identity of somebody's.
async fn linked(world: &World, user: Uuid) -> Uuid {
    let trace = world.operator().trace(&world.app);
    let id = world.app.id(trace.at);
    let subject = user.to_string();
    let new = NewIdentity { id, issuer: "https://idp.test", subject: &subject, label: None };
    let written = identities::link(&world.app.store, user, &new, &trace).await.unwrap();
    assert!(matches!(written, Write::Applied(())));
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_02_an_identity_is_reached_under_its_own_account_only() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let [alice, mallory] = [world.user("alice").await, world.user("mallory").await];
    let [hers, other] = [linked(&world, alice).await, linked(&world, mallory).await];
    refused(&root.delete(&format!("/users/{mallory}/identities/{hers}")).await, 404, "not_found");
    let listed = done(&root.get(&format!("/users/{mallory}/identities")).await, 200);
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["id"]), (1, &json!(other)));
    assert_eq!((world.count("identities").await, world.events("identity.unlinked").await), (2, 0));
    done(&root.delete(&format!("/users/{mallory}/identities/{other}")).await, 204);
    let listed = done(&root.get(&format!("/users/{alice}/identities")).await, 200);
    assert_eq!(listed["items"][0]["id"], json!(hers));
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_nobody_disconnects_somebody_mightier() {
    let world = World::new().await;
    let owner = promote(&world, "alice", Role::Owner).await;
    promote(&world, "mallory", Role::Support).await;
    let mallory = person(&world, "mallory", Scope::ALL).await;
    let identity = linked(&world, owner).await;
    let path = format!("/users/{owner}/identities/{identity}");
    refused(&mallory.delete(&path).await, 403, "beyond_your_own");
    assert_eq!(world.count("identities").await, 1);
    let own = world.user("mallory").await;
    let identity = linked(&world, own).await;
    done(&mallory.delete(&format!("/users/{own}/identities/{identity}")).await, 204);
}

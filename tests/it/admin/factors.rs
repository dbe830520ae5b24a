//! What people sign in with, as administrators see it; and taking it away.

use gatewright_server::admin::Scope;
use gatewright_store::users::Role;
use gatewright_tests::World;
use serde_json::json;

use super::{all_mighty, done, person, promote, refused};
use crate::factors::{add_app, at_security, openid};

#[tokio::test(flavor = "multi_thread")]
async fn lost_factors_are_taken_away() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let alice = world.user("alice").await;
    let path = format!("/users/{alice}/factors");
    let none = json!({ "passkeys": [], "recovery_codes": 0 });
    assert_eq!(done(&root.get(&path).await, 200), none);
    let mut owner = at_security(&world, "alice").await;
    let phone = add_app(&world, &mut owner).await;
    let page = root.get(&path).await;
    let has = done(&page, 200);
    assert_eq!((&has["recovery_codes"], &has["totp"]["last_used_at"]), (&json!(10), &json!(null)));
    assert!(has["totp"]["created_at"].is_string(), "{has}");
    assert!(!page.body.contains(&phone.codes[0]), "no secret is shown");

    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let page = world.log_in(&mut agent, &login, "alice").await;
    assert!(page.body.contains("id=\"second-factor\""), "{}", page.body);
    assert_eq!(done(&root.act(&format!("{path}/reset")).await, 200), none);
    assert_eq!(done(&root.act(&format!("{path}/reset")).await, 200), none, "once more is no mistake");
    assert_eq!(world.events("factors.reset").await, 1);
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let page = world.log_in(&mut agent, &login, "alice").await;
    assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_nobody_takes_the_factors_of_somebody_mightier() {
    let world = World::new().await;
    let owner = promote(&world, "alice", Role::Owner).await;
    promote(&world, "mallory", Role::Support).await;
    let mallory = person(&world, "mallory", Scope::ALL).await;
    let page = mallory.act(&format!("/users/{owner}/factors/reset")).await;
    refused(&page, 403, "beyond_your_own");
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_02_the_factors_of_one_are_taken_away_and_nobody_elses() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    for name in ["alice", "mallory"] {
        let mut agent = at_security(&world, name).await;
        add_app(&world, &mut agent).await;
        let id = world.app.id(world.operator().now);
        sqlx::query(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, synced, name, created_at)
             SELECT $1, id, decode(md5(username), 'hex'), decode('02', 'hex'), 0, false, 'Key', created_at
             FROM users WHERE username = $2",
        )
        .bind(id)
        .bind(name)
        .execute(&world.database)
        .await
        .unwrap();
    }
    let [alice, mallory] = [world.user("alice").await, world.user("mallory").await];
    let path = |user| format!("/users/{user}/factors");
    let hers = done(&root.get(&path(alice)).await, 200);
    assert_eq!(
        (hers["passkeys"].as_array().unwrap().len(), &hers["recovery_codes"]),
        (1, &json!(10)),
        "{hers}"
    );
    assert!(hers["totp"].is_object(), "{hers}");
    let none = json!({ "passkeys": [], "recovery_codes": 0 });
    assert_eq!(done(&root.act(&format!("{}/reset", path(mallory))).await, 200), none);
    assert_eq!(done(&root.get(&path(alice)).await, 200), hers);
    let about = done(&root.get("/events?kind=factors.reset").await, 200);
    assert_eq!(about["items"][0]["user_id"], json!(mallory));
}

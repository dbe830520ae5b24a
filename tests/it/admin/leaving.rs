//! Accounts that go for good.

use std::time::Duration;

use gatewright_server::admin::Scope;
use gatewright_server::audit::{seal, verify};
use gatewright_store::users::Role;
use gatewright_tests::{Az, World};
use serde_json::json;
use uuid::Uuid;

use super::{all_mighty, done, person, promote, refused};

/// Every table that names a person by id or by name.
async fn rows_of(world: &World, user: Uuid) -> i64 {
    let mut count = 0;
    for (table, column) in [
        ("users", "id"),
        ("credentials", "user_id"),
        ("sessions", "user_id"),
        ("consents", "user_id"),
        ("grants", "user_id"),
        ("password_links", "user_id"),
    ] {
        let statement = format!("SELECT count(*) FROM {table} WHERE {column} = $1");
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .bind(user)
            .fetch_one(&world.database)
            .await
            .unwrap();
        count += rows;
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_goes_with_everything_personal_about_it() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let tokens = world.tokens().await;
    let alice = world.user("alice").await;
    done(&root.act(&format!("/users/{alice}/reset")).await, 200);
    seal::everything(&world.app).await.unwrap();
    let path = format!("/users/{alice}");
    let dry = done(&root.delete(&format!("{path}?dry_run=true")).await, 200);
    assert_eq!(dry, json!({ "id": alice, "credentials": 2, "sessions": 1, "consents": 1, "grants": 1 }));
    assert_eq!(root.get(&path).await.status, 200, "a dry run leaves everything");
    assert!(world.is_active(&tokens.access).await);

    assert_eq!(done(&root.delete(&path).await, 200), dry);
    assert_eq!(rows_of(&world, alice).await, 0);
    refused(&root.get(&path).await, 404, "not_found");
    refused(&root.delete(&path).await, 404, "not_found");
    world.soon_inactive(&tokens.access).await;
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.status, 400);
    let mut agent = world.agent();
    let page = world.authorize(&mut agent, &Az::of("pub1")).await;
    assert!(!world.log_in(&mut agent, &page, "alice").await.body.contains("consent-form"));

    // What happened is still what was sealed, and names nobody but by an id that leads nowhere.
    seal::everything(&world.app).await.unwrap();
    assert_eq!(verify::everything(&world.app, None).await.unwrap().findings, []);
    assert_eq!(world.events("user.deleted").await, 1);
    let named: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM events WHERE detail::text ~* 'alice' OR actor ~* 'alice' OR detail::text LIKE '%@%'",
    )
    .fetch_one(&world.database)
    .await
    .unwrap();
    assert_eq!(named, 0);
    // The name is free again, for somebody who is nobody's successor.
    let again = done(&root.post("/users", &json!({ "username": "alice", "invite": true })).await, 201);
    assert_ne!(again["id"], json!(alice));
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_the_last_owner_and_the_mightier_stay() {
    let world = World::new().await;
    let owner = promote(&world, "alice", Role::Owner).await;
    promote(&world, "mallory", Role::Support).await;
    let mallory = person(&world, "mallory", Scope::ALL).await;
    for path in [format!("/users/{owner}"), format!("/users/{owner}?dry_run=true")] {
        refused(&mallory.delete(&path).await, 403, "beyond_your_own");
    }
    refused(&mallory.act(&format!("/users/{owner}/reset")).await, 403, "beyond_your_own");
    let alice = person(&world, "alice", Scope::ALL).await;
    refused(&alice.delete(&format!("/users/{owner}")).await, 409, "last_owner");
    assert_eq!(world.events("user.deleted").await, 0);
}

/// Signing in, and being deleted, at the same moment: whatever comes first, nothing is left and nothing breaks.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_while_being_deleted_leaves_nothing_behind() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let mut welcomed = 0;
    for round in 0..12_u64 {
        let name = format!("user{round}");
        let body = json!({ "username": name, "password": gatewright_tests::PASSWORD });
        let id: Uuid = done(&root.post("/users", &body).await, 201)["id"].as_str().unwrap().parse().unwrap();
        let mut agent = world.agent();
        let page = world.authorize(&mut agent, &Az::of("pub1")).await;
        let wait = |rounds: u64| tokio::time::sleep(Duration::from_millis(15 * rounds));
        let (signs_in, goes) = (
            async {
                wait(6_u64.saturating_sub(round)).await;
                world.log_in(&mut agent, &page, &name).await
            },
            async {
                wait(round.saturating_sub(6)).await;
                root.delete(&format!("/users/{id}")).await
            },
        );
        let (signed_in, deleted) = tokio::join!(signs_in, goes);
        done(&deleted, 200);
        assert!(signed_in.status.as_u16() < 500, "round {round}: {}", signed_in.body);
        welcomed += i32::from(signed_in.body.contains("consent-form"));
        assert_eq!(rows_of(&world, id).await, 0, "round {round}");
    }
    assert!(welcomed < 12, "they never met");
    assert_eq!(world.events("user.deleted").await, 12);
}

/// Of many who delete one account at the same moment one has done it.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_once() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let path = format!("/users/{}", world.user("alice").await);
    let all = futures_util::future::join_all((0..8).map(|_| root.delete(&path))).await;
    let count = |status: u16| all.iter().filter(|page| page.status == status).count();
    assert_eq!((count(200), count(404)), (1, 7));
    assert_eq!(world.events("user.deleted").await, 1);
}

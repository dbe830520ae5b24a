//! AU-02: events go when they are older than they are kept, and nobody else can have it look like that.

use chrono::Duration;
use gatewright_jose::base64url;
use gatewright_server::audit::verify::{self, Finding, Kept};
use gatewright_server::audit::{retention, seal};
use gatewright_store::event_log;
use gatewright_tests::World;
use serde_json::json;
use uuid::Uuid;

use super::sealed::{eventful, place, report, run};
use super::{all_mighty, done};

/// Removes whatever happened before the next second.
async fn remove_all(world: &World) {
    let moment = world.app.system_moment();
    retention::remove(&world.app, &moment, moment.now + Duration::seconds(1)).await.unwrap();
}

async fn kept(world: &World) -> Kept {
    let newest = event_log::newest(&world.app.store).await.unwrap().unwrap();
    Kept { size: newest.size, root: base64url::encode(newest.root) }
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_what_was_removed_by_policy_is_known_and_what_anybody_else_removed_is_found() {
    let world = eventful().await;
    let before = kept(&world).await;
    remove_all(&world).await;
    assert_eq!(world.count("events").await, 1, "what says so stays");
    seal::everything(&world.app).await.unwrap();
    let found = verify::everything(&world.app, Some(&before)).await.unwrap();
    assert_eq!((found.findings, found.removed), (vec![], before.size), "the checkpoint of before still fits");
    assert_eq!(found.leaves, before.size + 1);

    // Life goes on, more is removed, and what says so the first time is not needed any more.
    let root = all_mighty(&world).await;
    for name in ["one", "two"] {
        let body = json!({ "username": name, "password": "a long enough password" });
        done(&root.post("/users", &body).await, 201);
        seal::everything(&world.app).await.unwrap();
    }
    world.pass(2);
    assert_eq!(report(&world).await.findings, []);
    let (seq, event) = place(&world, "user.created").await;
    run(&world, &format!("DELETE FROM events WHERE id = '{event}'")).await;
    assert_eq!(report(&world).await.findings, [Finding::EventGone { seq, event }]);
    // It is above what policy removed, so nothing from there on is removed by it.
    remove_all(&world).await;
    seal::everything(&world.app).await.unwrap();
    assert_eq!(report(&world).await.findings, [Finding::EventGone { seq, event }]);
    assert!(world.events("user.created").await > 0);
    // And what says how far cannot go unnoticed either.
    run(&world, "DELETE FROM events WHERE kind = 'events.pruned'").await;
    assert!(report(&world).await.findings.len() > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_nobody_else_can_say_that_it_was_policy() {
    let world = eventful().await;
    let (seq, gone) = place(&world, "user.created").await;
    let insert = |id: Uuid, detail: String| {
        format!(
            "INSERT INTO events SELECT '{id}', at, 'events.pruned', request_id, peer, 'system', NULL, NULL, NULL, \
             NULL, '{detail}' FROM events ORDER BY at DESC LIMIT 1"
        )
    };
    let made_up = Uuid::from_u128(1);
    let detail = json!({ "leaves": 1000, "before": "2100-01-01T00:00:00Z", "proof": "AAAA" });
    run(&world, &insert(made_up, detail.to_string())).await;
    seal::everything(&world.app).await.unwrap();
    run(&world, &format!("DELETE FROM events WHERE id = '{gone}'")).await;
    let forged = [Finding::PrunedForged { event: made_up }, Finding::EventGone { seq, event: gone }];
    assert_eq!(report(&world).await.findings, forged);
    // The proof of a true one belongs to its number.
    let moment = world.app.system_moment();
    let horizon = retention::horizon(&world.app).await.unwrap();
    assert_eq!((horizon.leaves, horizon.forged), (0, vec![made_up]));
    retention::remove(&world.app, &moment, moment.now + Duration::seconds(1)).await.unwrap();
    let honest = retention::horizon(&world.app).await.unwrap();
    assert_eq!(honest.leaves, seq, "up to the one that is gone");
    let stretched = Uuid::from_u128(2);
    let detail = "(SELECT detail || '{\"leaves\": 1000}' FROM events WHERE actor = 'system' AND kind = 'events.pruned' \
                  AND detail->>'proof' <> 'AAAA')";
    run(&world, &insert(stretched, "PLACE".into()).replace("'PLACE'", detail)).await;
    let horizon = retention::horizon(&world.app).await.unwrap();
    assert_eq!(horizon.leaves, seq);
    assert!(horizon.forged.contains(&stretched) && horizon.forged.contains(&made_up));
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_what_was_changed_is_evidence_and_stays() {
    let world = eventful().await;
    // Somebody has a young event look old.
    let (seq, event) = place(&world, "user.created").await;
    run(&world, &format!("UPDATE events SET at = at - INTERVAL '10 years' WHERE id = '{event}'")).await;
    let count = world.count("events").await;
    remove_all(&world).await;
    let left: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM events WHERE id = $1)")
        .bind(event)
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert!(left);
    assert_eq!(world.count("events").await, count - i64::try_from(seq).unwrap() + 1);
    assert_eq!(report(&world).await.findings[0], Finding::EventChanged { seq, event });
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_older_than_it_is_kept_goes_once_an_hour() {
    let world = World::with(|config| config.events.keep_days = 31).await;
    seal::everything(&world.app).await.unwrap();
    let old = world.count("events").await;
    let turn = async || retention::turn(world.app.clone()).await.unwrap();
    turn().await;
    assert_eq!(world.count("events").await, old, "nothing is that old");
    world.pass(31 * 86_400 + 60);
    all_mighty(&world).await;
    seal::everything(&world.app).await.unwrap();
    turn().await;
    assert_eq!(world.count("events").await, 2, "the young one, and what says how far");
    assert_eq!(report(&world).await.findings, []);
    assert_eq!(retention::horizon(&world.app).await.unwrap().leaves, u64::try_from(old).unwrap());
    // Another turn, or another replica, so soon: nothing to do.
    turn().await;
    turn().await;
    assert_eq!(world.events("events.pruned").await, 1);

    let forever = World::with(|config| config.events.keep_days = 0).await;
    seal::everything(&forever.app).await.unwrap();
    forever.pass(100 * 366 * 86_400);
    retention::turn(forever.app.clone()).await.unwrap();
    assert_eq!(forever.events("events.pruned").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_has_its_events_before_they_go() {
    let world = eventful().await;
    run(
        &world,
        "INSERT INTO webhooks (id, name, url, kinds, secret, cursor, checkpoint, failures, created_by, created_at)
         VALUES ('00000000-0000-0000-0000-000000000009', 'slow', 'https://slow.test/', '', '\\x00', 3, 0, 0, 'operator',
                 '2026-01-01T00:00:00Z')",
    )
    .await;
    remove_all(&world).await;
    assert_eq!(retention::horizon(&world.app).await.unwrap().leaves, 3);
    run(&world, "UPDATE webhooks SET disabled_at = created_at").await;
    remove_all(&world).await;
    assert!(retention::horizon(&world.app).await.unwrap().leaves > 3);
    assert_eq!(report(&world).await.findings, []);
}

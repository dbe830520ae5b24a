//! AU-02: a server whose database role only adds events (`docs/database-roles.md`) does all it did, and cannot take
//! anything back.

use gatewright_server::audit::{retention, seal};
use gatewright_server::{settings, sweep, webhooks};
use gatewright_store::rights;
use gatewright_tests::World;
use serde_json::json;

use super::sealed::report;
use super::{all_mighty, done};

#[tokio::test(flavor = "multi_thread")]
async fn au_02_a_server_that_only_adds_events_does_all_it_did() {
    let world = World::served_by_a_role().await;
    // Long enough ago, by the clock of the database, too.
    world.pass(-60 * 86_400);
    let tokens = world.tokens().await;
    assert!(world.is_active(&tokens.access).await);
    let refreshed = world.refresh("pub1", tokens.refresh()).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    let root = all_mighty(&world).await;
    let made =
        root.post("/users", &json!({ "username": "carol", "password": "a long enough password" })).await;
    let carol = done(&made, 201)["id"].as_str().unwrap().to_owned();
    done(&root.delete(&format!("/users/{carol}")).await, 200);
    done(&root.post("/keys/rotate", &json!({ "alg": "ES256" })).await, 200);
    done(&root.act("/clients/pub1/block").await, 200);
    seal::everything(&world.app).await.unwrap();
    let before = world.count("events").await;
    assert!(before > 8, "{before}");

    // What the server does by itself, now.
    world.pass(60 * 86_400);
    for done in [
        sweep::turn(world.app.clone()).await,
        settings::refresh(world.app.clone()).await,
        webhooks::look(world.app.clone()).await,
        webhooks::checkpoints::turn(world.app.clone()).await,
        seal::turn(world.app.clone()).await,
    ] {
        done.unwrap();
    }
    // A young event, and removal of all but the last 31 days: the old ones go, and it is told so.
    done(&root.act("/clients/pub1/unblock").await, 200);
    seal::everything(&world.app).await.unwrap();
    let month = world.operator().now - chrono::Duration::days(31);
    retention::remove(&world.app, &world.operator(), month).await.unwrap();
    assert_eq!(world.events("client.disabled").await, 0);
    assert_eq!((world.events("client.enabled").await, world.events("events.pruned").await), (1, 1));
    seal::everything(&world.app).await.unwrap();
    let found = report(&world).await;
    assert_eq!(found.findings, []);
    assert!(found.removed >= 8, "{found:?}");

    // Whoever has the server's connection has no more than that.
    let mut thief = sqlx::PgPool::connect(&world.database_url).await.unwrap().acquire().await.unwrap();
    for statement in ["UPDATE events SET actor = 'nobody'", "DELETE FROM event_log", "TRUNCATE events"] {
        let refused = sqlx::query(statement).execute(&mut *thief).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
    }
    let gone = sqlx::query("DELETE FROM events").execute(&mut *thief).await.unwrap();
    assert_eq!(gone.rows_affected(), 0, "nothing is old enough any more");
    let checks = done(&root.get("/server/checks").await, 200);
    let events = checks["checks"].as_array().unwrap().iter().find(|one| one["check"] == "events").unwrap();
    assert_eq!(
        (&events["status"], events["message"].as_str().unwrap().contains("rewrite none")),
        (&json!("ok"), true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_what_a_role_can_rewrite_is_told() {
    let world = World::new().await;
    let of = |rights: Vec<rights::Rights>| rights.into_iter().map(|one| (one.table, one.may_rewrite));
    let known: Vec<_> = of(rights::on_events(&world.app.store).await.unwrap()).collect();
    let names = ["checkpoints", "event_log", "events"].map(|name| (name.to_owned(), true));
    assert_eq!(known, names, "this role owns them");
    let world = World::served_by_a_role().await;
    let known = rights::on_events(&world.app.store).await.unwrap();
    assert!(known.iter().all(|one| !one.may_rewrite) && known.len() == 3, "{known:?}");
    assert!(known.iter().all(|one| one.may_remove == (one.table == "events")), "{known:?}");
    // A right to a single column is one.
    super::sealed::run(&world, "GRANT UPDATE (actor) ON events TO gatewright_server").await;
    assert!(rights::on_events(&world.app.store).await.unwrap()[2].may_rewrite);
}

//! AU-02: whoever changes what happened leaves a trace of it.

use gatewright_jose::base64url;
use gatewright_server::audit::verify::{self, Finding, Kept, Report};
use gatewright_server::audit::{seal, tree};
use gatewright_store::event_log;
use gatewright_tests::World;
use serde_json::json;
use uuid::Uuid;

use super::{all_mighty, done};

/// A server where things have happened, all of them sealed, in more than one checkpoint.
pub(super) async fn eventful() -> World {
    let world = World::new().await;
    seal::everything(&world.app).await.unwrap();
    let root = all_mighty(&world).await;
    for n in 0..5 {
        let body = json!({ "username": format!("user{n}"), "password": "a long enough password" });
        done(&root.post("/users", &body).await, 201);
        seal::everything(&world.app).await.unwrap();
    }
    world.tokens().await;
    seal::everything(&world.app).await.unwrap();
    world
}

pub(super) async fn report(world: &World) -> Report {
    verify::everything(&world.app, None).await.unwrap()
}

pub(super) async fn place(world: &World, kind: &str) -> (u64, Uuid) {
    let (seq, event): (i64, Uuid) = sqlx::query_as(
        "SELECT l.seq, l.event_id FROM event_log l JOIN events e ON e.id = l.event_id WHERE e.kind = $1 ORDER BY l.seq LIMIT 1",
    )
    .bind(kind)
    .fetch_one(&world.database)
    .await
    .unwrap();
    (u64::try_from(seq).unwrap(), event)
}

pub(super) async fn run(world: &World, statement: &str) {
    sqlx::query(sqlx::AssertSqlSafe(statement.to_owned())).execute(&world.database).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_fits_what_was_sealed() {
    let world = eventful().await;
    let found = report(&world).await;
    assert_eq!(found.findings, []);
    assert_eq!(found.leaves, u64::try_from(world.count("events").await).unwrap());
    assert!(found.checkpoints >= 7, "{found:?}");
    // The tree is the one RFC 6962 defines, over the leaves in their order.
    let mut tree = tree::Tree::default();
    for leaf in event_log::leaves(&world.app.store, 0, 1000).await.unwrap() {
        tree.push(leaf.hash);
    }
    assert_eq!(found.root, base64url::encode(tree.root()));
    let root = all_mighty(&world).await;
    seal::everything(&world.app).await.unwrap();
    let newest = done(&root.get("/events/checkpoint").await, 200);
    assert_eq!(newest["size"], found.leaves + 1);
    assert_eq!(gatewright_tests::flows::claims(newest["signed"].as_str().unwrap())["root"], newest["root"]);
    // Sealing again adds nothing.
    seal::everything(&world.app).await.unwrap();
    assert_eq!(report(&world).await.leaves, found.leaves + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_one_changed_bit_is_found_and_where() {
    let world = eventful().await;
    for (column, change) in [
        ("detail", "detail || '{\"x\": 1}'"),
        ("actor", "'user:somebody-else'"),
        ("peer", "'192.0.2.9'"),
        ("at", "at + INTERVAL '1 microsecond'"),
        ("client_id", "'c_other'"),
        ("kind", "'user.enabled'"),
    ] {
        let (seq, event) = place(&world, "user.created").await;
        run(&world, "CREATE TABLE kept AS SELECT * FROM events").await;
        run(&world, &format!("UPDATE events SET {column} = {change} WHERE id = '{event}'")).await;
        assert_eq!(report(&world).await.findings, [Finding::EventChanged { seq, event }], "{column}");
        run(&world, "TRUNCATE events").await;
        run(&world, "INSERT INTO events SELECT * FROM kept").await;
        run(&world, "DROP TABLE kept").await;
        assert_eq!(report(&world).await.findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_a_missing_event_or_place_is_found_and_where() {
    let world = eventful().await;
    let (seq, event) = place(&world, "user.created").await;
    run(&world, &format!("DELETE FROM events WHERE id = '{event}'")).await;
    assert_eq!(report(&world).await.findings, [Finding::EventGone { seq, event }]);
    run(&world, &format!("DELETE FROM event_log WHERE event_id = '{event}'")).await;
    let found = report(&world).await.findings;
    assert_eq!(found[0], Finding::LeafGone { seq });
    assert!(
        found[1..].iter().all(|finding| matches!(finding, Finding::RootDiffers { size } if *size > seq)),
        "{found:?}"
    );
    assert!(found.len() > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_a_log_that_was_cut_off_is_found() {
    let world = eventful().await;
    let newest = event_log::newest(&world.app.store).await.unwrap().unwrap();
    let kept = Kept { size: newest.size, root: base64url::encode(newest.root) };
    let last = newest.size - 1;
    run(
        &world,
        &format!("DELETE FROM events WHERE id = (SELECT event_id FROM event_log WHERE seq = {last})"),
    )
    .await;
    run(&world, &format!("DELETE FROM event_log WHERE seq = {last}")).await;
    let cut = Finding::CutOff { leaves: last, size: newest.size };
    assert_eq!(report(&world).await.findings, std::slice::from_ref(&cut));
    // And the checkpoint with it: then one that was kept elsewhere tells.
    run(&world, &format!("DELETE FROM checkpoints WHERE size = {}", newest.size)).await;
    assert_eq!(report(&world).await.findings, []);
    assert_eq!(verify::everything(&world.app, Some(&kept)).await.unwrap().findings, [cut]);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_a_new_history_does_not_fit_a_checkpoint_kept_elsewhere() {
    let world = eventful().await;
    let newest = event_log::newest(&world.app.store).await.unwrap().unwrap();
    let kept = Kept { size: newest.size, root: base64url::encode(newest.root) };
    assert_eq!(verify::everything(&world.app, Some(&kept)).await.unwrap().findings, []);
    let (_, event) = place(&world, "user.created").await;
    run(&world, &format!("UPDATE events SET actor = 'nobody' WHERE id = '{event}'")).await;
    run(&world, "DELETE FROM event_log").await;
    run(&world, "DELETE FROM checkpoints").await;
    seal::everything(&world.app).await.unwrap();
    assert_eq!(report(&world).await.findings, [], "it fits itself");
    let found = verify::everything(&world.app, Some(&kept)).await.unwrap().findings;
    assert_eq!(found, [Finding::RootDiffers { size: kept.size }]);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_a_forged_checkpoint_and_an_event_slipped_in_are_found() {
    let world = eventful().await;
    let newest = event_log::newest(&world.app.store).await.unwrap().unwrap();
    run(&world, &format!("UPDATE checkpoints SET signed = (SELECT signed FROM checkpoints ORDER BY size LIMIT 1) WHERE size = {}", newest.size)).await;
    assert_eq!(report(&world).await.findings, [Finding::SignatureDiffers { size: newest.size }]);
    run(&world, &format!("UPDATE checkpoints SET signed = '{}' WHERE size = {}", newest.signed, newest.size))
        .await;

    let event = Uuid::from_u128(7);
    run(&world, &format!("INSERT INTO events SELECT '{event}', at - INTERVAL '1 day', kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail FROM events LIMIT 1")).await;
    assert_eq!(report(&world).await.findings, [Finding::NotSealed { event }]);
}

/// Several replicas seal at once: every event has one place, and nobody waits for anybody.
#[tokio::test(flavor = "multi_thread")]
async fn replicas_seal_together() {
    let world = World::new().await;
    let replica = world.replica().await;
    let (apps, operator) = ([&world.app, &replica.app], world.operator());
    for round in 0..10 {
        for n in 0..20 {
            let about = (gatewright_store::events::Subject::default(), json!({ "n": n }));
            let trace = operator.trace(apps[n % 2]);
            gatewright_store::events::insert(
                &world.app.store,
                gatewright_store::EventKind::TokenIssued,
                about,
                trace,
            )
            .await
            .unwrap()
            .applied()
            .unwrap();
        }
        let [one, two] = apps.map(|app| seal::turn(app.clone()));
        let (one, two) = tokio::join!(one, two);
        assert!(one.is_ok() && two.is_ok(), "round {round}");
    }
    for app in apps {
        seal::everything(app).await.unwrap();
    }
    world.pass(31);
    seal::everything(apps[1]).await.unwrap();
    let found = report(&world).await;
    assert_eq!((found.leaves, found.findings), (u64::try_from(world.count("events").await).unwrap(), vec![]));
}

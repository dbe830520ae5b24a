//! The client that `gatewright login` is, at a server that an earlier version was started on.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use gatewright_oauth::{ClientId, GrantType};
use gatewright_store::{Write, clients};
use gatewright_tests::{Az, World};
use serde_json::{Value, json};

use super::{Caller, all_mighty, done};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PATH: &str = "/clients/gatewright-cli";

/// The client as an earlier version made it: without the grant of devices.
async fn aged(world: &World) {
    let statement = "UPDATE clients
                     SET metadata = jsonb_set(metadata, '{grant_types}', '[\"authorization_code\", \"refresh_token\"]')
                                    - 'software_version'
                     WHERE id = 'gatewright-cli'";
    let done = sqlx::query(statement).execute(&world.database).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    world.app.directory.forget();
}

async fn shown(root: &Caller<'_>) -> Value {
    done(&root.get(PATH).await, 200)
}

async fn changes(world: &World) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM events WHERE kind = 'client.updated' AND client_id = 'gatewright-cli'",
    )
    .fetch_one(&world.database)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_made_gets_what_has_come_since() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let new = shown(&root).await;
    assert_eq!(new["metadata"]["grant_types"], json!(["authorization_code", "refresh_token", DEVICE]));
    aged(&world).await;
    // What somebody changed about it stays.
    let change = json!({ "metadata": { "contacts": ["ops@example.test"] } });
    done(&root.patch(PATH, &change).await, 200);
    assert_eq!(
        (shown(&root).await["metadata"]["grant_types"].clone(), changes(&world).await),
        (json!(["authorization_code", "refresh_token"]), 1)
    );

    // Several replicas of the new version start at once: one of them writes, once.
    let replicas = join_all((0..4).map(|_| world.replica())).await;
    let now = shown(&root).await;
    let mut wanted = new["metadata"].clone();
    wanted["contacts"] = json!(["ops@example.test"]);
    assert_eq!((&now["metadata"], changes(&world).await), (&wanted, 2));
    let asked = replicas[0]
        .post(
            "/device_authorization",
            &[
                ("client_id", "gatewright-cli"),
                ("resource", &world.url("/admin/v1")),
                ("scope", "admin:server.read"),
            ],
        )
        .await;
    assert_eq!(asked.status, 200, "{}", asked.body);

    // Who takes the grant away after that does not find it back, and neither does who deletes the client.
    done(&root.patch(PATH, &json!({ "metadata": { "grant_types": ["authorization_code"] } })).await, 200);
    drop(world.replica().await);
    assert_eq!(shown(&root).await["metadata"]["grant_types"], json!(["authorization_code"]));
    aged(&world).await;
    assert_eq!(root.delete(PATH).await.status, 204);
    drop(world.replica().await);
    assert_eq!((shown(&root).await["status"].clone(), changes(&world).await), (json!("deleted"), 3));
}

/// Whoever decided by what was there before finds that it is not so any more.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_that_describe_it_anew_one_writes() {
    let world = World::new().await;
    aged(&world).await;
    let id = ClientId::parse("gatewright-cli").unwrap();
    let was = clients::load(&world.app.store, &id).await.unwrap().unwrap();
    let more: BTreeSet<GrantType> =
        was.metadata.grant_types.iter().copied().chain([GrantType::DeviceCode]).collect();
    let operator = world.operator();
    let traces: Vec<_> = (0..8).map(|_| operator.trace(&world.app)).collect();
    let all = traces.iter().map(|trace| clients::extend(&world.app.store, &was, (&more, "2"), trace));
    let written: Vec<_> = join_all(all).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(written.iter().filter(|one| **one == Write::Applied(())).count(), 1, "{written:?}");
    assert_eq!(changes(&world).await, 1);
    // An administrator who was faster is not overruled.
    aged(&world).await;
    let root = all_mighty(&world).await;
    done(&root.patch(PATH, &json!({ "metadata": { "grant_types": ["authorization_code"] } })).await, 200);
    let late = clients::extend(&world.app.store, &was, (&more, "2"), &operator.trace(&world.app)).await;
    assert_eq!(late.unwrap(), Write::Lost);
    assert_eq!(shown(&root).await["metadata"]["grant_types"], json!(["authorization_code"]));
}

/// Nobody is asked again, and nothing ends, because the program has learnt something.
#[tokio::test(flavor = "multi_thread")]
async fn what_people_allowed_it_stays() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    aged(&world).await;
    let id = super::promote(&world, "alice", gatewright_store::users::Role::Owner).await;
    let resource = world.url("/admin/v1");
    let az = Az::of("gatewright-cli")
        .set("redirect_uri", "http://127.0.0.1:4711/callback")
        .set("resource", &resource)
        .set("scope", "admin:server.read");
    assert!(world.approve(&mut world.agent(), &az, "alice").await.answer("code").is_some());
    let consents = format!("/consents?user_id={id}");
    let before = done(&root.get(&consents).await, 200);
    assert_eq!(before["items"].as_array().unwrap().len(), 1, "{before}");
    drop(world.replica().await);
    assert_eq!(changes(&world).await, 1);
    assert_eq!(done(&root.get(&consents).await, 200), before);
    let era: i64 = sqlx::query_scalar("SELECT era FROM clients WHERE id = 'gatewright-cli'")
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert_eq!(era, 0);
}

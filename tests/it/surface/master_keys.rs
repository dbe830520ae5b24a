//! Another master key takes the place of the one in use (rows KM-07, KM-05).

use std::collections::BTreeMap;
use std::sync::Arc;

use gatewright_server::clock::ShiftedClock;
use gatewright_server::master_keys::{MasterKeys, Rotated, fingerprint, rotate};
use gatewright_server::{Actor, App, Config, Machine, Outcome, Stop};
use gatewright_store::ConnectOptions;
use gatewright_tests::entropy::Remembering;
use gatewright_tests::{Az, World};
use serde_json::json;
use sqlx::AssertSqlSafe;
use zeroize::Zeroizing;

use super::dump::dump;

/// The key of every world.
const OLD: u8 = 7;
const NEW: u8 = 8;
const OTHER: u8 = 9;

fn keys(current: u8, previous: &[u8]) -> MasterKeys {
    let key = |byte: u8| Zeroizing::new([byte; 32]);
    let previous: Vec<_> = previous.iter().map(|byte| key(*byte)).collect();
    MasterKeys::new(&key(current), &previous)
}

fn name(byte: u8) -> String {
    fingerprint(&[byte; 32])
}

fn machine() -> Machine {
    Machine {
        clock: Box::new(Arc::new(ShiftedClock::default())),
        entropy: Box::new(Remembering::default()),
        ..Machine::real()
    }
}

/// Another process, with these keys.
async fn start(world: &World, keys: &MasterKeys) -> Result<App, String> {
    let mut options = ConnectOptions::new(&world.database_url);
    options.max_connections = 2;
    let started = gatewright_server::start(Config::for_tests(&world.issuer), &options, keys, machine()).await;
    started.map_err(said)
}

fn said(stop: Stop) -> String {
    match stop {
        Stop::Broken(fault) => fault.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn rotated(world: &World, keys: &MasterKeys) -> Outcome<Rotated> {
    rotate(&world.app.store, keys, (&machine(), &Actor::Operator)).await
}

/// How many data keys each master key wraps.
async fn wraps(world: &World) -> BTreeMap<String, i64> {
    let counted: Vec<(String, i64)> =
        sqlx::query_as("SELECT master_key, count(*) FROM data_keys GROUP BY master_key")
            .fetch_all(&world.database)
            .await
            .unwrap();
    counted.into_iter().collect()
}

fn all_by(byte: u8) -> BTreeMap<String, i64> {
    BTreeMap::from([(name(byte), 13)])
}

async fn run(world: &World, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&world.database).await.unwrap();
}

#[tokio::test]
async fn km_07_the_master_key_is_replaced_while_servers_run() {
    let world = World::new().await;
    let before = world.tokens_for(&Az::of("pub1"), "pub1").await;
    // Knowing another key changes nothing.
    let untouched = dump(&world.database).await;
    start(&world, &keys(NEW, &[OLD])).await.unwrap().store.close().await;
    assert_eq!(dump(&world.database).await, untouched);
    assert_eq!(wraps(&world).await, all_by(OLD));

    let done = rotated(&world, &keys(NEW, &[OLD])).await.unwrap();
    assert_eq!(done, Rotated::Now { from: name(OLD), to: name(NEW), keys: 13 });
    assert_eq!(wraps(&world).await, all_by(NEW));
    let changed = dump(&world.database).await;
    let tables: Vec<&str> = changed
        .iter()
        .filter(|(table, rows)| untouched[*table] != **rows)
        .map(|(table, _)| table.as_str())
        .collect();
    assert_eq!(tables, ["data_keys", "events", "master_keys"]);
    let (actor, detail): (String, serde_json::Value) =
        sqlx::query_as("SELECT actor, detail FROM events WHERE kind = 'data_keys.rewrapped'")
            .fetch_one(&world.database)
            .await
            .unwrap();
    assert_eq!(
        (actor.as_str(), detail),
        ("operator", json!({ "from": name(OLD), "to": name(NEW), "keys": 13 }))
    );

    // Who runs does not notice; who starts knows what was sealed before.
    let running = world.refresh("pub1", before.refresh()).await;
    assert_eq!(running.status, 200, "{}", running.body);
    for known in [keys(NEW, &[OLD]), keys(NEW, &[]), keys(OTHER, &[NEW])] {
        let app = start(&world, &known).await.unwrap();
        assert_eq!(
            app.data_keys.code_secret(uuid::Uuid::nil()),
            world.app.data_keys.code_secret(uuid::Uuid::nil())
        );
        app.store.close().await;
    }
    // Again, and nothing happens.
    let done = rotated(&world, &keys(NEW, &[])).await.unwrap();
    assert_eq!(done, Rotated::Already { to: name(NEW) });
    // Who has only the key of before is told what is needed, and writes nothing.
    let settled = dump(&world.database).await;
    let said = start(&world, &keys(OLD, &[OTHER])).await.err().unwrap();
    let told = format!(
        "this database needs the master key {}, and this server has {}, {} ({} was replaced on ",
        name(NEW),
        name(OLD),
        name(OTHER),
        name(OLD)
    );
    assert!(said.starts_with(&told), "{said}");
    assert!(
        said.contains("nothing was written") && said.contains("copy it from a replica that runs"),
        "{said}"
    );
    let said = rotated(&world, &keys(OTHER, &[OLD])).await.map_err(self::said).unwrap_err();
    assert!(said.starts_with("this database needs the master key"), "{said}");
    assert_eq!(dump(&world.database).await, settled);

    // And back: a rotation that was a mistake is undone by another one.
    let done = rotated(&world, &keys(OLD, &[NEW])).await.unwrap();
    assert_eq!(done, Rotated::Now { from: name(NEW), to: name(OLD), keys: 13 });
    start(&world, &keys(OLD, &[])).await.unwrap().store.close().await;
    assert!(start(&world, &keys(NEW, &[])).await.is_err());
    assert_eq!(world.count("master_keys").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn km_07_of_several_operators_exactly_one_replaces_the_master_key() {
    let world = World::new().await;
    for round in 0..5_u8 {
        // Each from the key of the round before, to the same one.
        let (from, to) = (OLD + round, OLD + round + 1);
        let known = keys(to, &[from]);
        let all = futures_util::future::join_all((0..6).map(|_| rotated(&world, &known))).await;
        let now = all.iter().filter(|done| matches!(done, Ok(Rotated::Now { .. }))).count();
        let already = all.iter().filter(|done| matches!(done, Ok(Rotated::Already { .. }))).count();
        assert_eq!((now, already), (1, 5), "{all:?}");
        assert_eq!(wraps(&world).await, all_by(to));
        assert_eq!(world.events("data_keys.rewrapped").await, i64::from(round) + 1);
    }
    // To different ones, which all of them know.
    let known = [keys(60, &[12, 61]), keys(61, &[12, 60])];
    let all = futures_util::future::join_all(known.iter().map(|keys| rotated(&world, keys))).await;
    assert!(all.iter().any(|done| matches!(done, Ok(Rotated::Now { .. }))), "{all:?}");
    assert_eq!(wraps(&world).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn km_07_a_data_key_made_later_is_wrapped_by_the_key_in_use() {
    let world = World::new().await;
    // As after an upgrade whose new purpose has no key yet.
    run(&world, "DELETE FROM data_keys WHERE purpose = 'challenge'").await;
    start(&world, &keys(NEW, &[OLD])).await.unwrap().store.close().await;
    assert_eq!(wraps(&world).await, all_by(OLD), "the database decides, not the order of a list");
    // While the master key is replaced.
    for round in 0..6_u8 {
        run(&world, "DELETE FROM data_keys WHERE purpose IN ('challenge', 'otp')").await;
        let (from, to) = (OLD + round, OLD + round + 1);
        let known = keys(to, &[from]);
        let (first, second, done) =
            tokio::join!(start(&world, &known), start(&world, &known), rotated(&world, &known));
        for app in [first, second] {
            app.unwrap().store.close().await;
        }
        // Lost when data keys were made meanwhile: then it is run again.
        if matches!(done.unwrap(), Rotated::Lost) {
            rotated(&world, &known).await.unwrap();
        }
        assert_eq!(wraps(&world).await, all_by(to), "round {round}");
    }
}

#[tokio::test]
async fn km_07_first_starts_with_different_keys_leave_one_in_use() {
    for _ in 0..4 {
        let world = World::new().await;
        run(&world, "DELETE FROM signing_keys; DELETE FROM data_keys; DELETE FROM master_keys").await;
        let different: Vec<MasterKeys> = (OLD..OLD + 3).map(|byte| keys(byte, &[])).collect();
        let started = futures_util::future::join_all(different.iter().map(|keys| start(&world, keys))).await;
        assert_eq!(started.iter().filter(|started| started.is_ok()).count(), 1);
        assert_eq!(wraps(&world).await.into_values().collect::<Vec<_>>(), [13]);
        for refused in started.into_iter().filter_map(Result::err) {
            assert!(refused.starts_with("this database needs the master key"), "{refused}");
        }
    }
}

#[tokio::test]
async fn km_07_a_database_of_before_opens_with_the_key_of_before() {
    let world = World::new().await;
    run(&world, "CREATE TABLE kept_data AS SELECT * FROM data_keys; CREATE TABLE kept_master AS SELECT * FROM master_keys")
        .await;
    rotated(&world, &keys(NEW, &[OLD])).await.unwrap();
    // The backup comes back.
    run(
        &world,
        "DELETE FROM data_keys; INSERT INTO data_keys SELECT * FROM kept_data;
         DELETE FROM master_keys; INSERT INTO master_keys SELECT * FROM kept_master",
    )
    .await;
    let said = start(&world, &keys(NEW, &[])).await.err().unwrap();
    assert!(said.contains(&format!(
        "previous_master_key_files must name the file with the fingerprint {}",
        name(OLD)
    )));
    start(&world, &keys(NEW, &[OLD])).await.unwrap().store.close().await;
    let done = rotated(&world, &keys(NEW, &[OLD])).await.unwrap();
    assert_eq!(done, Rotated::Now { from: name(OLD), to: name(NEW), keys: 13 });
    start(&world, &keys(NEW, &[])).await.unwrap().store.close().await;
}

#[tokio::test]
async fn km_07_nothing_is_wrapped_again_that_does_not_open() {
    let world = World::new().await;
    run(
        &world,
        "UPDATE data_keys AS k SET wrapped = other.wrapped FROM data_keys AS other
         WHERE (k.purpose, other.purpose) IN (('totp', 'mail'), ('mail', 'totp'))",
    )
    .await;
    let before = dump(&world.database).await;
    let said = rotated(&world, &keys(NEW, &[OLD])).await.map_err(self::said).unwrap_err();
    assert!(said.starts_with("the data key mail 1 does not open with the master key"), "{said}");
    run(&world, "UPDATE data_keys SET master_key = 'elsewhere' WHERE purpose = 'admin'").await;
    let said = rotated(&world, &keys(NEW, &[OLD])).await.map_err(self::said).unwrap_err();
    assert!(said.contains("wrapped by the master key elsewhere"), "{said}");
    run(&world, &format!("UPDATE data_keys SET master_key = '{}' WHERE purpose = 'admin'", name(OLD))).await;
    assert_eq!(dump(&world.database).await, before);
}

#[tokio::test]
async fn km_07_tables_of_an_older_release_are_left_alone_without_the_key() {
    let world = World::new().await;
    run(
        &world,
        "DROP INDEX master_keys_in_use; ALTER TABLE master_keys DROP COLUMN retired_at;
         DELETE FROM _sqlx_migrations WHERE version = 18",
    )
    .await;
    let before = dump(&world.database).await;
    let said = start(&world, &keys(NEW, &[])).await.err().unwrap();
    assert!(said.starts_with(&format!("this database needs the master key {}", name(OLD))), "{said}");
    assert_eq!(dump(&world.database).await, before);
    start(&world, &keys(NEW, &[OLD])).await.unwrap().store.close().await;
    assert_ne!(dump(&world.database).await, before);
    rotated(&world, &keys(NEW, &[OLD])).await.unwrap();
    assert_eq!(wraps(&world).await, all_by(NEW));
}

#[tokio::test]
async fn a_running_server_says_that_it_would_not_start_again() {
    let world = World::new().await;
    let check = async || {
        let found =
            gatewright_server::checks::master_keys::look(&world.app.store, &world.app.master_keys).await;
        found.unwrap().unwrap()
    };
    assert_eq!(check().await.message.split(' ').next(), Some(name(OLD).as_str()));
    rotated(&world, &keys(NEW, &[OLD])).await.unwrap();
    let late = check().await;
    assert_eq!(late.status, gatewright_server::checks::Status::Failed);
    assert!(late.message.contains("it would not start"), "{}", late.message);
}

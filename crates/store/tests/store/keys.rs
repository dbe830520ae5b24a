//! Keys: their order of life, and what the master key guards.

use std::time::Duration;

use futures_util::future::join_all;
use gatewright_jose::{Algorithm, SigningKey};
use gatewright_store::data_keys::{self, NewDataKey, Rewrapped, Rotation};
use gatewright_store::signing_keys::{self, KeyState, NewKey};
use gatewright_store::{Store, StoreError, Write, master_keys};
use serde_json::{Value, json};

use crate::postgres;
use crate::world::{applied, at, lost, trace};

async fn states(store: &Store) -> Vec<(String, KeyState)> {
    signing_keys::list(store).await.unwrap().into_iter().map(|key| (key.kid, key.state)).collect()
}

#[tokio::test]
async fn a_signing_key_is_next_active_retired_and_gone() {
    let (store, _) = postgres::database().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap().0;
    let new = |kid| NewKey { kid, algorithm: Algorithm::Es256, sealed: b"s", public: key.public_jwk() };
    applied(signing_keys::insert_active(&store, &new("a"), &trace(0)).await);
    applied(signing_keys::insert_next(&store, &new("b"), &trace(1)).await);
    lost(signing_keys::insert_next(&store, &new("c"), &trace(1)).await);
    applied(signing_keys::promote(&store, "b", &trace(2)).await);
    lost(signing_keys::promote(&store, "b", &trace(2)).await);
    let expected = [("a".to_owned(), KeyState::Retired), ("b".to_owned(), KeyState::Active)];
    assert_eq!(states(&store).await, expected);
    lost(signing_keys::remove(&store, "a", at(2), &trace(10)).await);
    lost(signing_keys::remove(&store, "b", at(20), &trace(10)).await);
    applied(signing_keys::remove(&store, "a", at(3), &trace(10)).await);
    applied(signing_keys::revoke(&store, "b", &trace(11)).await);
    lost(signing_keys::revoke(&store, "b", &trace(11)).await);
    assert_eq!(states(&store).await, [("b".to_owned(), KeyState::Revoked)]);
    // With the active key gone, the next one takes over without a predecessor.
    applied(signing_keys::insert_next(&store, &new("c"), &trace(12)).await);
    applied(signing_keys::promote(&store, "c", &trace(13)).await);
    let keys = signing_keys::list(&store).await.unwrap();
    assert_eq!(keys[1].public.thumbprint(), key.public_jwk().thumbprint());
    assert_eq!((keys[1].algorithm, keys[1].activated_at), (Algorithm::Es256, Some(at(13))));
}

#[tokio::test]
async fn a_key_in_no_known_state_is_corrupt() {
    let (store, url) = postgres::database().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap().0;
    let new = NewKey { kid: "a", algorithm: Algorithm::Es256, sealed: b"s", public: key.public_jwk() };
    applied(signing_keys::insert_active(&store, &new, &trace(0)).await);
    let mut connection = postgres::connect(&url).await;
    postgres::run(&mut connection, "UPDATE signing_keys SET state = 'dormant'").await;
    let error = signing_keys::list(&store).await.err().unwrap();
    assert!(
        matches!(error, StoreError::Corrupt { table: "signing_keys", column: "state", row } if row == "a")
    );
}

fn key<'a>(purpose: &'a str, master_key: &'a str) -> NewDataKey<'a> {
    NewDataKey { purpose, version: 1, master_key, wrapped: b"wrapped" }
}

fn again(purposes: &[&str]) -> Vec<Rewrapped> {
    let one = |purpose: &&str| Rewrapped {
        purpose: (*purpose).to_owned(),
        version: 1,
        wrapped: format!("{purpose} again").into_bytes(),
    };
    purposes.iter().map(one).collect()
}

/// Which master key wraps each data key, and which one is in use.
async fn masters(store: &Store) -> (Vec<String>, Vec<String>) {
    let known = master_keys::list(store).await.unwrap();
    let used = known.into_iter().filter(|key| key.retired_at.is_none()).map(|key| key.fingerprint);
    let keys = data_keys::list(store).await.unwrap().into_iter().map(|key| key.master_key);
    (keys.collect(), used.collect())
}

#[tokio::test]
async fn km_07_data_keys_change_their_master_together_or_not_at_all() {
    let (store, url) = postgres::database().await;
    applied(master_keys::insert(&store, "m1", b"canary", &trace(0)).await);
    lost(master_keys::insert(&store, "m1", b"other", &trace(0)).await);
    lost(master_keys::insert(&store, "m9", b"of another first start", &trace(0)).await);
    assert_eq!(master_keys::list(&store).await.unwrap()[0].canary, b"canary");
    applied(data_keys::insert(&store, &key("signing", "m1"), &trace(0)).await);
    lost(data_keys::insert(&store, &key("signing", "m1"), &trace(0)).await);
    lost(data_keys::insert(&store, &key("other", "m9"), &trace(0)).await);
    applied(data_keys::insert(&store, &key("seal", "m1"), &trace(0)).await);

    let rotate = async |(from, to), purposes: &[&str]| {
        let keys = again(purposes);
        data_keys::rewrap(&store, &Rotation { from, to, canary: b"new", keys: &keys }, &trace(1)).await
    };
    let nothing_happened = (vec!["m1".to_owned(); 2], vec!["m1".to_owned()]);
    // Under another one than thought, with a key that is not there, and without one that is.
    lost(rotate(("m0", "m2"), &["signing", "seal"]).await);
    lost(rotate(("m1", "m2"), &["signing", "seal", "none"]).await);
    lost(rotate(("m1", "m2"), &["signing"]).await);
    assert_eq!(masters(&store).await, nothing_happened);
    assert_eq!(master_keys::list(&store).await.unwrap().len(), 1);

    applied(rotate(("m1", "m2"), &["signing", "seal"]).await);
    assert_eq!(masters(&store).await, (vec!["m2".to_owned(); 2], vec!["m2".to_owned()]));
    assert_eq!(data_keys::wrapped_by(&store).await.unwrap(), ["m2"]);
    assert_eq!(data_keys::list(&store).await.unwrap()[0].wrapped, b"seal again");
    lost(rotate(("m1", "m3"), &["signing", "seal"]).await);
    lost(data_keys::insert(&store, &key("late", "m1"), &trace(2)).await);
    applied(data_keys::insert(&store, &key("late", "m2"), &trace(2)).await);
    let mut connection = postgres::connect(&url).await;
    let told: Vec<Value> = sqlx::query_scalar("SELECT detail FROM events WHERE kind = 'data_keys.rewrapped'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(told, [json!({ "from": "m1", "to": "m2", "keys": 2 })]);
    // And back.
    applied(rotate(("m2", "m1"), &["signing", "seal", "late"]).await);
    assert_eq!(masters(&store).await, (vec!["m1".to_owned(); 3], vec!["m1".to_owned()]));
    assert_eq!(master_keys::list(&store).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_database_without_tables_has_no_data_keys() {
    let url = postgres::empty_database().await;
    let store = postgres::store(&url).await;
    assert_eq!(data_keys::wrapped_by(&store).await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn km_07_of_many_rotations_of_the_master_key_one_succeeds() {
    let (store, url) = postgres::database().await;
    let other = postgres::store(&url).await;
    applied(master_keys::insert(&store, "m1", b"canary", &trace(0)).await);
    for purpose in ["signing", "seal"] {
        applied(data_keys::insert(&store, &key(purpose, "m1"), &trace(0)).await);
    }
    let (keys, trace) = (again(&["signing", "seal"]), trace(1));
    let names: Vec<String> = (0..24).map(|n| format!("next {n}")).collect();
    let crowd = names.iter().zip([&store, &other].into_iter().cycle()).map(|(to, store)| {
        let (rotation, trace) = (Rotation { from: "m1", to, canary: b"new", keys: &keys }, &trace);
        async move { data_keys::rewrap(store, &rotation, trace).await.unwrap() }
    });
    let won: Vec<bool> =
        join_all(crowd).await.into_iter().map(|outcome| matches!(outcome, Write::Applied(()))).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let winner = names[won.iter().position(|won| *won).unwrap()].clone();
    assert_eq!(masters(&store).await, (vec![winner.clone(); 2], vec![winner]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn km_07_of_a_rotation_and_a_new_data_key_one_succeeds() {
    let (store, _) = postgres::database().await;
    applied(master_keys::insert(&store, "0", b"canary", &trace(0)).await);
    applied(data_keys::insert(&store, &key("signing", "0"), &trace(0)).await);
    let mut purposes = vec!["signing".to_owned()];
    for round in 0..30 {
        let known = masters(&store).await.1.remove(0);
        let (next, fresh) = (format!("{}", round + 1), format!("made {round}"));
        let names: Vec<&str> = purposes.iter().map(String::as_str).collect();
        let keys = again(&names);
        let rotation = Rotation { from: &known, to: &next, canary: b"new", keys: &keys };
        let (new, trace) = (key(&fresh, &known), trace(1));
        let (rotated, made) = tokio::join!(
            data_keys::rewrap(&store, &rotation, &trace),
            data_keys::insert(&store, &new, &trace)
        );
        let (rotated, made) = (rotated.unwrap(), made.unwrap());
        assert_ne!(
            matches!(rotated, Write::Applied(())),
            matches!(made, Write::Applied(())),
            "round {round}"
        );
        if matches!(made, Write::Applied(())) {
            purposes.push(fresh);
        }
        let (wrapped_by, used) = masters(&store).await;
        assert_eq!((wrapped_by, used.len()), (vec![used[0].clone(); purposes.len()], 1), "round {round}");
    }
}

#[tokio::test]
async fn km_07_a_data_key_made_while_the_master_key_is_replaced_waits_and_is_lost() {
    let (store, url) = postgres::database().await;
    applied(master_keys::insert(&store, "m1", b"canary", &trace(0)).await);
    applied(data_keys::insert(&store, &key("signing", "m1"), &trace(0)).await);
    // A rotation that has retired the key, and has not committed.
    let mut rotating = postgres::connect(&url).await;
    let retire = "BEGIN; UPDATE master_keys SET retired_at = created_at; \
                  INSERT INTO master_keys (fingerprint, canary, created_at) SELECT 'm2', canary, created_at FROM master_keys; \
                  UPDATE data_keys SET master_key = 'm2'";
    postgres::run(&mut rotating, retire).await;
    let (new, trace) = (key("late", "m1"), trace(1));
    let making = data_keys::insert(&store, &new, &trace);
    tokio::pin!(making);
    tokio::select! {
        made = &mut making => panic!("made beside a rotation: {}", made.is_ok()),
        () = tokio::time::sleep(Duration::from_millis(200)) => {}
    }
    postgres::run(&mut rotating, "COMMIT").await;
    lost(making.await);
    assert_eq!(data_keys::wrapped_by(&store).await.unwrap(), ["m2"]);
}

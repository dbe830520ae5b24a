//! Keys: their order of life, and what the master key guards.

use gatewright_jose::{Algorithm, SigningKey};
use gatewright_store::data_keys::{self, NewDataKey, Rewrapped};
use gatewright_store::signing_keys::{self, KeyState, NewKey};
use gatewright_store::{Store, StoreError, master_keys};

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

#[tokio::test]
async fn data_keys_change_their_master_together_or_not_at_all() {
    let (store, _) = postgres::database().await;
    applied(master_keys::insert(&store, "m1", b"canary", &trace(0)).await);
    lost(master_keys::insert(&store, "m1", b"other", &trace(0)).await);
    assert_eq!(master_keys::list(&store).await.unwrap()[0].canary, b"canary");

    let key = |purpose, wrapped| NewDataKey { purpose, version: 1, master_key: "m1", wrapped };
    applied(data_keys::insert(&store, &key("signing", b"one"), &trace(0)).await);
    lost(data_keys::insert(&store, &key("signing", b"two"), &trace(0)).await);
    applied(data_keys::insert(&store, &key("seal", b"three"), &trace(0)).await);

    let again = |purpose, was| Rewrapped {
        key: NewDataKey { purpose, version: 1, master_key: "m2", wrapped: b"w" },
        was,
    };
    let masters = async || -> Vec<String> {
        data_keys::list(&store).await.unwrap().into_iter().map(|key| key.master_key).collect()
    };
    lost(data_keys::rewrap(&store, &[again("signing", "m1"), again("seal", "m0")], &trace(1)).await);
    assert_eq!(masters().await, ["m1", "m1"]);
    applied(data_keys::rewrap(&store, &[again("signing", "m1"), again("seal", "m1")], &trace(1)).await);
    assert_eq!(masters().await, ["m2", "m2"]);
}

//! The life of a signing key (rows JW-14, JW-15, KM-01, KM-02; docs/secrets.md).

use std::collections::BTreeMap;

use gatewright_jose::Algorithm;
use gatewright_server::App;
use gatewright_server::keys::{flow, rotation};
use gatewright_store::{Write, signing_keys};
use gatewright_tests::{Az, MCP, Tokens, World, flows};
use serde_json::Value;

use super::forger::{Doors, active, encode, unsealed};
use super::needles::hex;

const DAY: i64 = 24 * 3600;

async fn tend(world: &World) {
    rotation::tend(world.app.clone()).await.unwrap();
}

/// How many keys are in each state.
async fn states(world: &World) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT state, count(*) FROM signing_keys GROUP BY state")
        .fetch_all(&world.database)
        .await
        .unwrap();
    rows.into_iter().collect()
}

fn counts(pairs: &[(&str, i64)]) -> BTreeMap<String, i64> {
    pairs.iter().map(|(state, count)| ((*state).to_owned(), *count)).collect()
}

async fn published(world: &World) -> Vec<String> {
    let keys = world.get("/jwks").await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// A token by client credentials.
async fn minted(world: &World) -> String {
    let page =
        world.post_as("conf1", "/token", &[("grant_type", "client_credentials"), ("resource", MCP)]).await;
    Tokens::of(&page).access
}

fn signer(token: &str) -> String {
    flows::header(token)["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn jw_15_a_key_is_published_before_it_signs_and_stays_until_what_it_signed_is_over() {
    let world = World::new().await;
    let old = minted(&world).await;
    let etag = world.get("/jwks").await.header("etag").to_owned();
    world.pass(89 * DAY);
    tend(&world).await;
    assert_eq!(states(&world).await, counts(&[("active", 2)]), "not due");
    world.pass(DAY);
    tend(&world).await;
    assert_eq!(states(&world).await, counts(&[("active", 2), ("next", 2)]));
    let page = world.get("/jwks").await;
    assert_eq!(page.json()["keys"].as_array().unwrap().len(), 4, "next is published");
    assert_ne!(page.header("etag"), etag);
    // It does not sign while caches may not know it.
    for _ in 0..3 {
        world.pass(1199);
        tend(&world).await;
        assert_eq!(signer(&minted(&world).await), signer(&old));
    }
    let last = minted(&world).await;
    world.pass(3);
    tend(&world).await;
    assert_eq!(states(&world).await, counts(&[("active", 2), ("retired", 2)]));
    let new = minted(&world).await;
    assert_ne!(signer(&new), signer(&old));
    assert!(
        published(&world).await.contains(&signer(&new)) && published(&world).await.contains(&signer(&old))
    );
    assert!(world.is_active(&last).await && world.is_active(&new).await);
    world.pass(880);
    assert!(world.is_active(&last).await, "as long as it lives");
    // A day for the longest token, five minutes of cache, five of skew.
    world.pass(DAY + 600 - 880 - 2);
    tend(&world).await;
    assert_eq!(published(&world).await.len(), 4);
    world.pass(3);
    tend(&world).await;
    assert_eq!(states(&world).await, counts(&[("active", 2)]));
    assert!(!published(&world).await.contains(&signer(&old)));
    let events = [
        world.events("key.created").await,
        world.events("key.activated").await,
        world.events("key.removed").await,
    ];
    assert_eq!(events, [4, 2, 2]);
}

#[tokio::test]
async fn jw_15_a_shorter_notice_than_two_cache_lives_is_not_given() {
    let world = World::with(|config| config.keys.publish_ahead_seconds = 1).await;
    let moment = world.operator();
    rotation::publish_next(&world.app, &moment, Algorithm::Es256).await.unwrap();
    world.pass(599);
    tend(&world).await;
    assert_eq!(states(&world).await["next"], 1);
    world.pass(2);
    tend(&world).await;
    assert_eq!(states(&world).await, counts(&[("active", 2), ("retired", 1)]));
    // An operator who asks twice gets one.
    for _ in 0..2 {
        rotation::publish_next(&world.app, &world.operator(), Algorithm::Rs256).await.unwrap();
    }
    assert_eq!(states(&world).await["next"], 1);
}

/// The ES256 rows of one state.
async fn of_state(world: &World, state: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM signing_keys WHERE alg = 'ES256' AND state = $1")
        .bind(state)
        .fetch_one(&world.database)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_replicas_exactly_one_rotates() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await, world.replica().await];
    let apps: Vec<App> =
        replicas.iter().map(|replica| replica.app.clone()).chain([world.app.clone()]).collect();
    let all_tend = || futures_util::future::join_all(apps.iter().map(|app| rotation::tend(app.clone())));
    let created = world.events("key.created").await;
    world.pass(91 * DAY);
    for _ in 0..3 {
        assert!(all_tend().await.iter().all(Result::is_ok));
        world.pass(121);
    }
    assert_eq!((of_state(&world, "next").await, world.events("key.created").await), (1, created + 2));
    world.pass(3600);
    for _ in 0..3 {
        assert!(all_tend().await.iter().all(Result::is_ok));
        world.pass(121);
    }
    assert_eq!((of_state(&world, "active").await, of_state(&world, "retired").await), (1, 1));
    assert_eq!((world.events("key.activated").await, world.events("key.created").await), (2, created + 2));
    // Without the lease too: operators at every replica at once.
    let asked = apps.iter().map(|app| async {
        let moment = app.system_moment();
        rotation::publish_next(app, &moment, Algorithm::Es256).await
    });
    assert!(futures_util::future::join_all(asked).await.iter().all(Result::is_ok));
    assert_eq!((of_state(&world, "next").await, world.events("key.created").await), (1, created + 3));
    // Everybody ends up with the same keys.
    for app in &apps {
        flow::reload(app.clone()).await.unwrap();
        assert_eq!(app.keys.ring().jwks, world.app.keys.ring().jwks);
    }
}

#[tokio::test]
async fn first_starts_at_once_agree_on_the_keys() {
    let world = World::new().await;
    for table in ["signing_keys", "data_keys", "master_keys"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(&world.database)
            .await
            .unwrap();
    }
    let started = futures_util::future::join_all((0..3).map(|_| world.replica())).await;
    for (table, rows) in [("signing_keys", 2), ("data_keys", 13), ("master_keys", 1)] {
        assert_eq!(world.count(table).await, rows, "{table}");
    }
    for replica in &started {
        assert_eq!(replica.app.keys.ring().jwks, started[0].app.keys.ring().jwks);
        // Sealed by one, opened by all.
        assert_eq!(
            replica.app.data_keys.code_secret(uuid::Uuid::nil()),
            started[0].app.data_keys.code_secret(uuid::Uuid::nil())
        );
    }
}

#[tokio::test]
async fn km_01_a_revoked_key_is_gone_at_once_with_everything_it_signed() {
    let world = World::new().await;
    let replica = world.replica().await;
    let doors = Doors::of(&world);
    let user = world.tokens_for(&Az::of("pub1").set("scope", "openid mcp:read"), "pub1").await;
    let own = minted(&world).await;
    doors.all_open(&user.access, "before").await;
    assert!(world.is_active(&own).await, "warm in the cache of verified tokens");
    let stolen = signer(&own);
    let trace = world.operator().trace(&world.app);
    assert!(matches!(
        signing_keys::revoke(&world.app.store, &stolen, &trace).await.unwrap(),
        Write::Applied(())
    ));
    assert!(matches!(signing_keys::revoke(&world.app.store, &stolen, &trace).await.unwrap(), Write::Lost));
    for app in [&world.app, &replica.app] {
        flow::reload(app.clone()).await.unwrap();
    }
    assert!(!published(&world).await.contains(&stolen));
    assert!(!String::from_utf8(replica.app.keys.ring().jwks.body().to_vec()).unwrap().contains(&stolen));
    for token in [&user.access, &own] {
        assert!(!world.is_active(token).await);
    }
    assert_eq!(doors.userinfo(&user.access).await.status, 401);
    assert!(Doors::of(&world).resource.verify(&own).await.is_err(), "a verifier that starts now");
    // Nothing signs until there is another key; the job makes one at its next turn.
    let page = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (503, Some("temporarily_unavailable")));
    tend(&world).await;
    let fresh = minted(&world).await;
    assert_ne!(signer(&fresh), stolen);
    assert!(world.is_active(&fresh).await);
    // Refresh tokens are not signed: people stay signed in and get tokens of the new key.
    let again = Tokens::of(&world.refresh("pub1", user.refresh()).await);
    assert_eq!(signer(&again.access), signer(&fresh));
    assert_eq!(world.events("key.revoked").await, 1);
    // A waiting successor takes over without waiting its turn.
    rotation::publish_next(&world.app, &world.operator(), Algorithm::Es256).await.unwrap();
    let trace = world.operator().trace(&world.app);
    assert!(matches!(
        signing_keys::revoke(&world.app.store, &signer(&fresh), &trace).await.unwrap(),
        Write::Applied(())
    ));
    world.pass(121);
    tend(&world).await;
    assert_eq!(
        (of_state(&world, "active").await, of_state(&world, "next").await, of_state(&world, "revoked").await),
        (1, 0, 2)
    );
    assert_ne!(signer(&minted(&world).await), signer(&fresh));
}

#[tokio::test]
async fn jw_14_the_key_set_has_public_usable_keys_and_nothing_else() {
    let world = World::new().await;
    rotation::publish_next(&world.app, &world.operator(), Algorithm::Es256).await.unwrap();
    let page = world.get("/jwks").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "application/jwk-set+json"));
    let document = page.json();
    assert_eq!(document.as_object().unwrap().len(), 1);
    let mut kids = Vec::new();
    for key in document["keys"].as_array().unwrap() {
        let names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let expected: &[&str] = match key["kty"].as_str().unwrap() {
            "EC" => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            "RSA" => &["alg", "e", "kid", "kty", "n", "use"],
            other => panic!("{other}"),
        };
        assert_eq!(names, expected);
        assert_eq!(key["use"], "sig");
        // The name is the thumbprint (RFC 7638), so it is the key's and nobody else's.
        assert_eq!(key["kid"], thumbprint(key));
        kids.push(key["kid"].to_string());
    }
    kids.sort();
    kids.dedup();
    assert_eq!(kids.len(), 3);
}

fn thumbprint(key: &Value) -> String {
    let member = |name: &str| format!("\"{name}\":{}", key[name]);
    let names: &[&str] = if key["kty"] == "EC" { &["crv", "kty", "x", "y"] } else { &["e", "kty", "n"] };
    let canonical = format!("{{{}}}", names.iter().map(|name| member(name)).collect::<Vec<_>>().join(","));
    encode(ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes()))
}

#[tokio::test]
async fn km_02_no_answer_holds_a_private_key() {
    let world = World::new().await;
    let mut needles =
        vec!["PRIVATE KEY".to_owned(), "\"d\":".to_owned(), "\"p\":".to_owned(), "\"k\":".to_owned()];
    for algorithm in flow::ALGORITHMS {
        let pkcs8 = unsealed(&world, &active(&world, algorithm).await);
        // Any 24 bytes of it, in either alphabet; the middle is private in both formats.
        let middle = &pkcs8[36..66];
        needles.push(encode(&middle[..24]));
        needles.push(hex(&middle[..24]));
    }
    let mut paths: Vec<String> = [
        "/jwks",
        "/jwks?private=1",
        "/jwks/",
        "/keys",
        "/jwks.json",
        "/.well-known/jwks.json",
        "/token",
        "/.well-known/openid-configuration",
        "/register",
        "/introspect",
        "/userinfo",
        "/logout",
        "/authorize",
    ]
    .map(str::to_owned)
    .to_vec();
    for kid in published(&world).await {
        paths.push(format!("/jwks/{kid}"));
        paths.push(format!("/keys/{kid}"));
    }
    for path in paths {
        for page in [world.get(&path).await, world.post(&path, &[]).await] {
            for needle in &needles {
                assert!(!page.body.contains(needle), "{path}");
            }
        }
    }
}

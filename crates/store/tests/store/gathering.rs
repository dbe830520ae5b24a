//! Statements that many share: each has its own guard, event and answer, and is done once.

use futures_util::future::join_all;
use gatewright_oauth::{ClientId, Digest};
use gatewright_store::codes::{self, Redemption};
use gatewright_store::events::{self, Subject};
use gatewright_store::grants::{self, Rotation};
use gatewright_store::{EventKind, Store, StoreError, Stored, Trace, Write};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, applied, at, digest, lost, scopes};
use crate::{postgres, world};

async fn record(store: &Store, detail: &Value, trace: &Trace) -> Stored<Write<()>> {
    let subject = Subject { client: Some("batch".to_owned()), ..Subject::default() };
    events::insert(store, EventKind::TokenIssued, (subject, detail.clone()), trace.clone()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_events_at_once_are_a_thousand_rows_and_an_id_used_twice_is_lost() {
    let (store, url) = postgres::database().await;
    let traces: Vec<Trace> = (0..500).map(|_| world::trace(1)).collect();
    let detail = json!({ "grant_type": "client_credentials" });
    let twice = traces.iter().chain(&traces).map(|trace| record(&store, &detail, trace));
    let answers = join_all(twice).await;
    let applied = answers.iter().filter(|answer| matches!(answer, Ok(Write::Applied(())))).count();
    let lost = answers.iter().filter(|answer| matches!(answer, Ok(Write::Lost))).count();
    assert_eq!((applied, lost), (500, 500));
    assert_eq!(postgres::number(&url, "SELECT count(*) FROM events WHERE client_id = 'batch'").await, 500);
    let whole = "SELECT count(*) FROM events WHERE kind = 'token.issued' AND peer = '192.0.2.1'
                 AND actor = 'system' AND user_id IS NULL AND grant_id IS NULL
                 AND detail = '{\"grant_type\": \"client_credentials\"}'";
    assert_eq!(postgres::number(&url, whole).await, 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_the_database_refuses_fails_alone() {
    let (store, url) = postgres::database().await;
    // JSONB cannot hold this character.
    let (good, bad) = (json!({ "scope": "a" }), json!({ "scope": "\0" }));
    for _ in 0..20 {
        let details = (0..50).map(|turn| if turn % 10 == 3 { &bad } else { &good });
        let answers = join_all(details.map(async |detail| {
            let refused = record(&store, detail, &world::trace(1)).await.is_err();
            (detail == &bad, refused)
        }))
        .await;
        assert!(answers.iter().all(|(is_bad, refused)| is_bad == refused));
    }
    assert_eq!(
        postgres::number(&url, "SELECT count(*) FROM events WHERE client_id = 'batch'").await,
        20 * 45
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_written_although_nobody_waits_any_more() {
    let (store, url) = postgres::database().await;
    let detail = json!({});
    for turn in 0..100 {
        let patience = async {
            for _ in 0..=turn % 5 {
                tokio::task::yield_now().await;
            }
        };
        let trace = world::trace(1);
        tokio::select! {
            biased;
            answer = record(&store, &detail, &trace) => drop(answer.unwrap()),
            () = patience => {}
        }
    }
    // What was left before this is written before this.
    let last = record(&store, &detail, &world::trace(2)).await.unwrap();
    assert_eq!(last, Write::Applied(()));
    let mut left = 0;
    for _ in 0..100 {
        left = postgres::number(&url, "SELECT count(*) FROM events WHERE client_id = 'batch'").await;
        if left == 101 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(left, 101);
}

#[tokio::test]
async fn everybody_hears_that_the_database_is_gone() {
    let (store, _) = postgres::database().await;
    store.close().await;
    let detail = json!({});
    let trace = world::trace(1);
    for answer in join_all((0..20).map(|_| record(&store, &detail, &trace))).await {
        assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    }
}

/// Codes of one session, ready to be redeemed.
async fn codes_of(world: &World, count: usize) -> Vec<(Digest, Uuid)> {
    let mut codes = Vec::new();
    for _ in 0..count {
        codes.push(world.code().await);
    }
    codes
}

async fn redeem(store: &Store, client: &ClientId, code: &Digest, salt: &[u8]) -> Stored<Write<()>> {
    let redemption = Redemption {
        digest: code,
        client,
        refreshable: true,
        offline: false,
        salt,
        idle_expires_at: at(1000),
        expires_at: at(5000),
    };
    codes::redeem(store, &redemption, &world::trace(20)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_redeemed_together_become_each_the_grant_of_who_won_it() {
    let world = World::new().await;
    let other = postgres::store(&world.url).await;
    let codes = codes_of(&world, 60).await;
    let stranger = ClientId::parse("stranger").unwrap();
    let attempts = (0_u8..5).flat_map(|attempt| codes.iter().map(move |code| (attempt, code)));
    let answers = join_all(attempts.map(async |(attempt, (code, grant))| {
        let store = if attempt % 2 == 0 { &world.store } else { &other };
        let client = if attempt == 1 { &stranger } else { &world.client.id };
        let answer = redeem(store, client, code, &[attempt; 16]).await.unwrap();
        (attempt, *grant, answer)
    }))
    .await;
    for (_, grant) in &codes {
        let won: Vec<u8> = answers
            .iter()
            .filter(|(_, of, answer)| of == grant && *answer == Write::Applied(()))
            .map(|(attempt, ..)| *attempt)
            .collect();
        let [winner] = won.as_slice() else { panic!("{won:?}") };
        assert_ne!(*winner, 1, "a stranger redeemed it");
        let facts = grants::for_refresh(&world.store, *grant).await.unwrap().unwrap();
        assert_eq!(facts.grant.salt, [*winner; 16]);
    }
    assert_eq!(world.number("SELECT count(*) FROM grants").await, 60);
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'grant.created'").await, 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grants_rotated_together_move_one_generation_and_nobody_waits_in_a_circle() {
    let world = World::new().await;
    let other = postgres::store(&world.url).await;
    let mut all = Vec::new();
    for (code, grant) in codes_of(&world, 40).await {
        applied(world.redeem(&code).await);
        all.push(grant);
    }
    for generation in 0..10 {
        let forwards = all.iter().map(|grant| (&world.store, *grant));
        let backwards = all.iter().rev().map(|grant| (&other, *grant));
        let answers = join_all(forwards.chain(backwards).map(async |(store, grant)| {
            let client = &world.client.id;
            let rotation = Rotation { grant, client, generation, idle_expires_at: at(1500) };
            grants::rotate(store, &rotation, &world::trace(30)).await.unwrap()
        }))
        .await;
        assert_eq!(answers.iter().filter(|answer| **answer == Write::Applied(())).count(), 40);
    }
    for grant in &all {
        lost(world.rotate(*grant, 9).await);
        let facts = grants::for_refresh(&world.store, *grant).await.unwrap().unwrap();
        assert_eq!(facts.grant.generation, 10);
    }
    assert_eq!(world.number("SELECT count(*) FROM events WHERE kind = 'grant.refreshed'").await, 400);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(world.number(deadlocks).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_row_that_is_not_theirs() {
    let world = World::new().await;
    let (held, free) = (world.grant().await, world.grant().await);
    let mut holder = postgres::connect(&world.url).await;
    let hold = format!("BEGIN; UPDATE grants SET peer = peer WHERE id = '{held}'");
    postgres::run(&mut holder, &hold).await;
    // One after the other: each gets a statement of its own, and all of them wait.
    let stuck: Vec<_> = (0..4)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.rotate(held, 0).await })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    applied(world.rotate(free, 0).await);
    assert!(stuck.iter().all(|task| !task.is_finished()));
    postgres::run(&mut holder, "COMMIT").await;
    let outcomes = join_all(stuck).await;
    let applied =
        outcomes.into_iter().filter(|outcome| matches!(outcome, Ok(Ok(Write::Applied(()))))).count();
    assert_eq!(applied, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_stays_locked_takes_one_connection_and_fails_alone() {
    let world = World::new().await;
    let held = world.grant().await;
    let mut all = vec![held];
    for _ in 0..20 {
        all.push(world.grant().await);
    }
    let mut holder = postgres::connect(&world.url).await;
    let hold = format!("BEGIN; UPDATE grants SET peer = peer WHERE id = '{held}'");
    postgres::run(&mut holder, &hold).await;
    // One statement for many, the held one among them, and then more for that one.
    let together = tokio::spawn({
        let (world, all) = (world.clone(), all.clone());
        async move { join_all(all.iter().map(|grant| world.rotate(*grant, 0))).await }
    });
    let mut more = Vec::new();
    for _ in 0..40 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        let world = world.clone();
        more.push(tokio::spawn(async move { world.rotate(held, 0).await }));
    }
    assert!(world.store.load().busy <= 2, "{:?}", world.store.load());
    for (grant, answer) in all.iter().zip(together.await.unwrap()) {
        match answer {
            Ok(Write::Applied(())) if *grant != held => {}
            Err(StoreError::Unavailable(_)) if *grant == held => {}
            answer => panic!("{answer:?}"),
        }
    }
    for answer in join_all(more).await {
        assert!(matches!(answer, Ok(Err(StoreError::Unavailable(_)))), "{answer:?}");
    }
    postgres::run(&mut holder, "COMMIT").await;
    applied(world.rotate(held, 0).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_does_not_decode_fails_alone() {
    let world = World::new().await;
    let codes = codes_of(&world, 20).await;
    let bad = codes[7].1;
    let mut hand = postgres::connect(&world.url).await;
    postgres::run(&mut hand, &format!("UPDATE codes SET scope = '\"' WHERE grant_id = '{bad}'")).await;
    let unknown = digest();
    let asked =
        codes.iter().map(|(code, _)| code).chain([&unknown]).chain(codes.iter().map(|(code, _)| code));
    let found = join_all(asked.map(|code| codes::for_redemption(&world.store, code))).await;
    for (n, found) in found.into_iter().enumerate() {
        match (n, found) {
            (7 | 28, found) => {
                assert!(matches!(found, Err(StoreError::Corrupt { column: "scope", .. })), "{n}");
            }
            (20, found) => assert!(found.unwrap().is_none()),
            (n, found) => {
                let code = found.unwrap().unwrap().code;
                assert_eq!((code.grant, code.scope), (codes[n % 21].1, scopes("files:read")), "{n}");
            }
        }
    }
}

//! Events written together: each has its own answer, and is written once.

use futures_util::future::join_all;
use gatewright_store::events::{self, Subject};
use gatewright_store::{EventKind, Store, Stored, Trace, Write};
use serde_json::{Value, json};

use crate::{postgres, world};

async fn record(store: &Store, detail: &Value, trace: &Trace) -> Stored<Write<()>> {
    let subject = Subject { client: Some("batch".to_owned()), ..Subject::default() };
    events::insert(store, EventKind::TokenIssued, (&subject, detail), trace).await
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
        assert!(matches!(answer, Err(gatewright_store::StoreError::Unavailable(_))), "{answer:?}");
    }
}

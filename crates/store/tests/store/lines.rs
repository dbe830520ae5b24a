//! Connections are passed from statement to statement: none is passed on in the middle of an answer.

use futures_util::future::join_all;
use gatewright_store::{ConnectOptions, Store, Time};

use crate::postgres;

async fn two_connections() -> (Store, String) {
    let (_, url) = postgres::database().await;
    let mut options = ConnectOptions::new(&url);
    options.max_connections = 2;
    (Store::connect(&options).await.unwrap(), url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_nobody_waits_for_leaves_no_half_read_connection() {
    let (store, _) = two_connections().await;
    let mut dropped = 0;
    for turn in 0..400 {
        // Looked at again and again for a while: sometimes before it was sent, sometimes half-way.
        let patience = async {
            for _ in 0..turn % 40 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            time = store.database_time() => assert!(time.is_ok()),
            () = patience => dropped += 1,
        }
        // Each of these reads an answer of another type; a left-over would not decode.
        assert!(store.database_version().await.unwrap().starts_with("PostgreSQL"));
        store.ping().await.unwrap();
    }
    assert!(dropped > 0, "no statement was dropped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_callers_than_connections_take_turns() {
    let (store, url) = two_connections().await;
    let mine = "SELECT count(*) FROM pg_stat_activity
                WHERE application_name = 'gatewright' AND datname = current_database()";
    let ask = async |store: &Store| -> Time {
        let mut last = store.database_time().await.unwrap();
        for _ in 0..50 {
            let time = store.database_time().await.unwrap();
            assert!(time > last);
            last = time;
        }
        last
    };
    join_all((0..20).map(|_| ask(&store))).await;
    // One of them is of the store that made the tables.
    assert!(postgres::number(&url, mine).await <= 2 + 1);
    store.close().await;
    assert!(store.ping().await.is_err());
}

#[tokio::test]
async fn connections_that_were_cut_cost_readers_nothing() {
    let (store, url) = two_connections().await;
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name = 'gatewright' AND datname = current_database()";
    for _ in 0..5 {
        join_all((0..4).map(|_| store.ping())).await;
        assert!(postgres::number(&url, cut).await > 0);
        for answer in join_all((0..4).map(|_| store.ping())).await {
            answer.unwrap();
        }
    }
}

//! The admin API across crashes: what was acknowledged has happened, what is asked again happens once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::administer::run;
use super::process::{Process, client};
use super::serve::{LISTENS, configure};

/// How often the server is killed.
const KILLS: u64 = 10;
/// Programs that make changes meanwhile.
const PROGRAMS: u64 = 6;

/// What a program has asked for, and what it was answered, if it was.
#[derive(Default)]
struct Ledger {
    asked: BTreeSet<String>,
    answered: BTreeMap<String, String>,
}

async fn ask(http: &Client, (url, secret): (&str, &str), key: &str) -> reqwest::Result<(StatusCode, String)> {
    let body = json!({ "name": key, "scopes": ["admin:server.read"] });
    let request = http.post(format!("{url}/api-keys")).bearer_auth(secret).header("idempotency-key", key);
    let answer = request.json(&body).send().await?;
    let status = answer.status();
    Ok((status, answer.text().await?))
}

async fn read(http: &Client, (url, secret): (&str, &str), path: &str) -> Value {
    http.get(format!("{url}{path}")).bearer_auth(secret).send().await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_has_done_what_it_acknowledged_and_does_the_rest_once() {
    let place = tempfile::tempdir().unwrap();
    let (port, _) = configure(place.path(), "http");
    let url = format!("http://localhost:{port}/admin/v1");
    let mut process = Process::start(place.path(), &["serve"]);
    process.until_it_says(LISTENS);
    let made = run(place.path(), "api-key create --name test --all --json").json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    let (http, ledger) = (client(None), Arc::new(Mutex::new(Ledger::default())));

    for kill in 0..KILLS {
        let programs: Vec<_> = (0..PROGRAMS)
            .map(|program| {
                let (http, url, secret, ledger) =
                    (http.clone(), url.clone(), secret.clone(), Arc::clone(&ledger));
                tokio::spawn(async move {
                    for n in 0.. {
                        let key = format!("{kill}-{program}-{n}");
                        ledger.lock().unwrap().asked.insert(key.clone());
                        match ask(&http, (&url, &secret), &key).await {
                            Ok((StatusCode::CREATED, body)) => {
                                ledger.lock().unwrap().answered.insert(key, body);
                            }
                            Ok((status, body)) => {
                                assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
                            }
                            // The server is gone.
                            Err(_) => break,
                        }
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(60 + 37 * kill)).await;
        process.signal(Signal::KILL);
        process.end();
        for program in programs {
            program.await.unwrap();
        }
        process = Process::start(place.path(), &["serve"]);
        process.until_it_says(LISTENS);
    }

    let Ledger { asked, answered } = std::mem::take(&mut *ledger.lock().unwrap());
    assert!(answered.len() > 20 && asked.len() > answered.len(), "{} of {}", answered.len(), asked.len());
    let mut ids = BTreeMap::new();
    for key in &asked {
        // One that was at work when the server died is free again after half a minute.
        let body = loop {
            let (status, body) = ask(&http, (&url, &secret), key).await.unwrap();
            if status != StatusCode::CONFLICT {
                assert_eq!(status, StatusCode::CREATED, "{key}: {body}");
                break body;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        };
        if let Some(first) = answered.get(key) {
            assert_eq!(&body, first, "{key}: the first answer, word for word");
        }
        let made: Value = serde_json::from_str(&body).unwrap();
        ids.insert(made["id"].as_str().unwrap().to_owned(), key.clone());
    }
    assert_eq!(ids.len(), asked.len());

    // Each is there once, and so is its event.
    let (mut names, mut path) = (BTreeMap::new(), "/api-keys?limit=200".to_owned());
    loop {
        let page = read(&http, (&url, &secret), &path).await;
        for key in page["items"].as_array().unwrap() {
            *names.entry(key["name"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api-keys?limit=200&cursor={next}");
    }
    names.remove("test");
    assert_eq!(names.keys().cloned().collect::<BTreeSet<_>>(), asked);
    assert!(names.values().all(|count| *count == 1), "{names:?}");
    let (mut events, mut path) = (BTreeMap::new(), "/events?kind=api_key.created&limit=200".to_owned());
    loop {
        let page = read(&http, (&url, &secret), &path).await;
        let known = events.len();
        for event in page["items"].as_array().unwrap() {
            let about = event["detail"]["api_key"].as_str().unwrap().to_owned();
            events.insert(event["id"].as_str().unwrap().to_owned(), about);
        }
        if events.len() == known {
            break;
        }
        path = format!("/events?kind=api_key.created&limit=200&cursor={}", page["next"].as_str().unwrap());
    }
    let mut told: Vec<String> = events.into_values().collect();
    told.sort();
    let mut expected: Vec<String> =
        ids.into_keys().chain([made["id"].as_str().unwrap().to_owned()]).collect();
    expected.sort();
    assert_eq!(told, expected, "one event for each key, and no other");
    let verified = run(place.path(), "audit verify --json").json();
    assert_eq!(verified["findings"], json!([]), "{verified}");
    assert!(process.stop(Signal::TERM).success());
}

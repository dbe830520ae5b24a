//! The admin API across crashes: what was acknowledged has happened, what is asked again happens once, and every event
//! is delivered, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::administer::run;
use super::process::{Process, client};
use super::serve::{LISTENS, configure};
use super::sink::Sink;

/// How often the server is killed.
const KILLS: u64 = 50;
/// Every so many times it runs long enough that events are being delivered when it is killed.
const LONG: u64 = 7;
/// Programs that make changes meanwhile.
const PROGRAMS: u64 = 6;
/// How long the last deliveries may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// What a program has asked for, and what it was answered, if it was.
#[derive(Default)]
struct Ledger {
    asked: BTreeSet<String>,
    answered: BTreeMap<String, String>,
}

/// The API, with a key.
#[derive(Clone)]
struct Api {
    http: Client,
    url: String,
    secret: String,
}

impl Api {
    async fn send(
        &self,
        method: Method,
        path: &str,
        (key, body): (&str, Option<&Value>),
    ) -> reqwest::Result<(StatusCode, String)> {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.secret);
        let request = request.header("idempotency-key", key);
        let answer = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = answer.send().await?;
        let status = answer.status();
        Ok((status, answer.text().await?))
    }

    /// Makes an API key, and ends it: two events about one thing.
    async fn ask(&self, key: &str) -> reqwest::Result<(StatusCode, String)> {
        let body = json!({ "name": key, "scopes": ["admin:server.read"] });
        let (status, text) = self.send(Method::POST, "/api-keys", (key, Some(&body))).await?;
        if status != StatusCode::CREATED {
            return Ok((status, text));
        }
        let made: Value = serde_json::from_str(&text).unwrap();
        let path = format!("/api-keys/{}", made["id"].as_str().unwrap());
        let (status, end) = self.send(Method::DELETE, &path, (&format!("{key}-end"), None)).await?;
        if status == StatusCode::NO_CONTENT { Ok((StatusCode::CREATED, text)) } else { Ok((status, end)) }
    }

    async fn read(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.secret);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// All items of a list, or of the feed of events.
    async fn all(&self, path: &str) -> Vec<Value> {
        let (mut found, mut next) = (BTreeMap::new(), String::new());
        loop {
            let page = self.read(&format!("{path}&limit=200{next}")).await;
            let known = found.len();
            for item in page["items"].as_array().unwrap() {
                found.insert(item["id"].as_str().unwrap().to_owned(), item.clone());
            }
            let Some(cursor) = page["next"].as_str().filter(|_| found.len() > known) else { break };
            next = format!("&cursor={cursor}");
        }
        found.into_values().collect()
    }
}

/// Changes until the server is gone.
async fn change(api: Api, ledger: Arc<Mutex<Ledger>>, name: String) {
    for n in 0.. {
        let key = format!("{name}-{n}");
        ledger.lock().unwrap().asked.insert(key.clone());
        match api.ask(&key).await {
            Ok((StatusCode::CREATED, body)) => {
                ledger.lock().unwrap().answered.insert(key, body);
            }
            Ok((status, body)) => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}"),
            Err(_) => break,
        }
        // The machine is busy with its tests, too.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wh_03_au_01_a_killed_server_has_done_what_it_acknowledged_and_tells_of_it() {
    let place = tempfile::tempdir().unwrap();
    let (port, _) = configure(place.path(), "http");
    let mut file = std::fs::File::options().append(true).open(place.path().join("gatewright.toml")).unwrap();
    writeln!(file, "\n[webhooks]\nallow_networks = [\"127.0.0.0/8\"]").unwrap();
    let mut process = Process::start(place.path(), &["serve"]);
    process.until_it_says(LISTENS);
    let made = run(place.path(), "api-key create --name test --all --json").json();
    let api = Api {
        http: client(None),
        url: format!("http://localhost:{port}/admin/v1"),
        secret: made["secret"].as_str().unwrap().to_owned(),
    };
    let (sink, address) = Sink::listen().await;
    let body = json!({ "name": "sink", "url": address, "kinds": ["api_key.*"] });
    let (status, text) = api.send(Method::POST, "/webhooks", ("webhook", Some(&body))).await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{text}");
    let webhook: Value = serde_json::from_str(&text).unwrap();
    sink.believe(webhook["secret"].as_str().unwrap());
    let ledger = Arc::new(Mutex::new(Ledger::default()));

    for kill in 0..KILLS {
        let programs: Vec<_> = (0..PROGRAMS)
            .map(|program| {
                tokio::spawn(change(api.clone(), Arc::clone(&ledger), format!("{kill}-{program}")))
            })
            .collect();
        let long = if kill % LONG == LONG - 1 { 8_000 } else { 0 };
        tokio::time::sleep(Duration::from_millis(40 + 17 * (kill % 20) + long)).await;
        process.signal(Signal::KILL);
        process.end();
        for program in programs {
            program.await.unwrap();
        }
        process = Process::start(place.path(), &["serve"]);
        process.until_it_says(LISTENS);
    }

    let Ledger { asked, answered } = std::mem::take(&mut *ledger.lock().unwrap());
    assert!(answered.len() > 100 && asked.len() > answered.len(), "{} of {}", answered.len(), asked.len());
    let mut ids = BTreeSet::new();
    for key in &asked {
        // One that was at work when the server died is free again after half a minute.
        let body = loop {
            let (status, body) = api.ask(key).await.unwrap();
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
        ids.insert(made["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), asked.len());

    // Each is there once, and so are its two events.
    let mut names: Vec<String> =
        api.all("/api-keys?").await.iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names.retain(|name| name != "test");
    assert_eq!(names, asked.into_iter().collect::<Vec<_>>());
    let mut expected = BTreeMap::new();
    for kind in ["api_key.created", "api_key.revoked"] {
        let events = api.all(&format!("/events?kind={kind}")).await;
        let about = |event: &Value| event["detail"]["api_key"].as_str().unwrap().to_owned();
        let told: Vec<String> = events.iter().map(about).filter(|id| *id != made["id"]).collect();
        assert_eq!(told.len(), ids.len(), "one {kind} for each key, and no other");
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), ids);
        expected.extend(events.into_iter().map(|event| (event["id"].as_str().unwrap().to_owned(), event)));
    }
    expected.retain(|_, event| event["detail"]["api_key"] != made["id"]);
    told_of(&sink, &expected).await;
    let verified = run(place.path(), "audit verify --json").json();
    assert_eq!(verified["findings"], json!([]), "{verified}");
    assert!(process.stop(Signal::TERM).success());
}

/// Every event arrived, as the feed has it; of one subject, the earlier one first.
async fn told_of(sink: &Sink, expected: &BTreeMap<String, Value>) {
    let begun = Instant::now();
    let (events, again) = loop {
        let (events, again) = sink.events();
        if events.len() >= expected.len() {
            break (events, again);
        }
        assert!(begun.elapsed() < PATIENCE, "{} of {} events arrived", events.len(), expected.len());
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let (refused, unsigned) = sink.refused();
    assert_eq!(unsigned, 0, "of {} messages, {again} of them repeated", events.len());
    assert!(refused > events.len() / 2, "the receiver failed half of the time: {refused}");
    let mut created = BTreeSet::new();
    let mut told = BTreeMap::new();
    for event in events {
        let about = event["detail"]["api_key"].to_string();
        match event["kind"].as_str().unwrap() {
            "api_key.created" => assert!(created.insert(about)),
            _ => assert!(created.contains(&about), "{about} was ended before it was made"),
        }
        told.insert(event["id"].as_str().unwrap().to_owned(), event);
    }
    assert_eq!(&told, expected);
}

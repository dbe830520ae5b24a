//! The commands for what is operated day by day: webhooks, people, sessions, grants, settings, jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use axum::Router;
use axum::http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

use super::administer::{Ended, run};
use super::away::Away;

const LOOPBACK: &str = "[webhooks]\nallow_networks = [\"127.0.0.0/8\"]";

/// A receiver of webhooks that answers what it is told to; and where it is.
async fn receiver() -> (Arc<AtomicU16>, String) {
    let status = Arc::new(AtomicU16::new(204));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answers = Arc::clone(&status);
    let app = Router::new().fallback(move || {
        let status = StatusCode::from_u16(answers.load(Ordering::SeqCst)).unwrap();
        async move { status }
    });
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (status, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_made_tried_replayed_and_removed() {
    let away = Away::start_with(LOOPBACK);
    let (place, key) = (away.path(), away.key());
    let line = |text: &str| -> Ended { away.far(&key, &text.split(' ').collect::<Vec<_>>(), "") };
    let (status, url) = receiver().await;

    assert!(line("webhook list").good().contains("There is no webhook"));
    line("webhook create --name siem --url http://10.0.0.1/ --kind user.*").bad(1, &["url"]);
    line(&format!("webhook create --name siem --url {url} --kind cat.fed"))
        .bad(1, &["no kind of event", "client.*"]);
    let made = line(&format!("webhook create --name siem --url {url} --kind user.* --json")).json();
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert!(secret.starts_with("whsec_"), "{made}");
    let shown = line("webhook show siem").good();
    assert!(shown.contains(&url) && shown.contains("enabled") && !shown.contains("whsec_"), "{shown}");
    // The same at hand.
    for what in ["webhook list", "webhook list --json", "webhook show siem", "webhook show siem --json"] {
        assert_eq!(line(what).good(), run(place, &format!("{what} --local")).good(), "{what}");
    }
    line("webhook show nobody").bad(1, &["there is no webhook nobody", "gatewright webhook list"]);

    let tried = line("webhook test siem").good();
    assert!(tried.contains("The test arrived: answered 204 after"), "{tried}");
    assert_eq!(run(place, "webhook test siem --local --json").json()["status"], "delivered");
    status.store(500, Ordering::SeqCst);
    let tried = line("webhook test siem");
    assert!(tried.said.contains("The test did not arrive: answered 500 after"), "{}", tried.said);
    tried.bad_after(1, &["siem did not take the test", "it is tried again at"]);

    let again = line(&format!("webhook rotate-secret {id} --overlap 2"));
    assert!(again.said.contains("whsec_") && again.said.contains("signs, too, until"), "{}", again.said);
    assert!(!again.good().contains(secret));
    let changed = line("webhook update siem --name watch --kind user.* --kind client.* --json").json();
    assert_eq!((&changed["name"], &changed["kinds"]), (&json!("watch"), &json!(["client.*", "user.*"])));
    line("webhook update watch").bad(2, &["--name"]);

    let waiting = line("webhook deliveries watch --status pending --json").json();
    let one = waiting["items"].as_array().unwrap().iter().find(|one| one["kind"] == "webhook.test").unwrap();
    let one = one["id"].as_str().unwrap();
    let shown = line(&format!("webhook deliveries watch {one}")).good();
    assert!(shown.contains("answered 500") && shown.contains("What is sent:"), "{shown}");
    let table = line("webhook deliveries watch").good();
    assert!(table.contains("delivered") && table.contains("answered 204"), "{table}");
    assert!(line("webhook deliveries watch --status dead").good().contains("no such delivery"));

    line("webhook replay watch").bad(2, &["--dead"]);
    assert!(line("webhook replay watch --dead").good().contains("0 deliveries are sent again"));
    let again = line("webhook replay watch --since 1h --json").json();
    assert_eq!(again["deliveries"], 2, "alice and the first client are older than the webhook: {again}");
    let made = run(place, "api GET /events --query kind=user.created --local").json();
    let event = made["items"][0]["id"].as_str().unwrap();
    line(&format!("webhook replay watch --event {event}")).good();

    assert!(line("webhook disable watch").good().contains("is sent nothing more"));
    assert!(line("webhook disable watch").good().contains("was disabled already"));
    line("webhook test watch").bad(1, &["disabled", "enable"]);
    assert_eq!(run(place, "webhook enable watch --local --json").json()["status"], "enabled");
    line("webhook delete watch").bad(1, &["no terminal to ask on", "--yes"]);
    assert_eq!(line("webhook delete watch --yes --json").json()["deleted"], true);
    assert_eq!(line("webhook list --json").json(), json!({ "items": [] }));
    away.stop();
}

//! WH-01 to WH-03: what happened arrives, wherever an operator wants it and nowhere else.

mod failures;

use std::collections::BTreeSet;
use std::process::Stdio;

use gatewright_resource::webhook::Receiver;
use gatewright_server::App;
use gatewright_server::audit::seal;
use gatewright_server::webhooks::{checkpoints, message, turn};
use gatewright_store::leases::{self, Lease};
use gatewright_store::{Write, webhooks};
use gatewright_tests::World;
use gatewright_tests::internet::{Received, Reply, Site, authority};
use gatewright_tests::tools::Tools;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use super::{Caller, all_mighty, done, refused, sent};

const SINK: &str = "https://sink.test/hook?for=us";

/// A server whose events have a place to go to.
async fn world() -> (World, Site) {
    let world = World::with(|config| {
        config.fetch.ca_file = Some(authority());
        config.webhooks.allow_networks = vec!["10.1.0.0/16".parse().unwrap()];
    })
    .await;
    let sink = world.internet.site("sink.test").await;
    sink.judge(|_| Reply::text("text/plain", "ok"));
    (world, sink)
}

async fn webhook(root: &Caller<'_>, kinds: &[&str]) -> (Uuid, String) {
    let made =
        done(&root.post("/webhooks", &json!({ "name": "siem", "url": SINK, "kinds": kinds })).await, 201);
    (made["id"].as_str().unwrap().parse().unwrap(), made["secret"].as_str().unwrap().to_owned())
}

/// Everything that is due now is sent.
async fn deliver(app: &App) {
    seal::everything(app).await.unwrap();
    for id in webhooks::busy(&app.store, app.clock.now()).await.unwrap() {
        turn::turn(app, id).await.unwrap();
    }
}

async fn make_user(root: &Caller<'_>, name: &str) -> String {
    let body = json!({ "username": name, "password": "a long enough password" });
    done(&root.post("/users", &body).await, 201)["id"].as_str().unwrap().to_owned()
}

fn told(received: &Received) -> Value {
    serde_json::from_str(&received.body).unwrap()
}

fn kinds(site: &Site) -> Vec<String> {
    site.received().iter().map(|one| told(one)["type"].as_str().unwrap().to_owned()).collect()
}

async fn patch(root: &Caller<'_>, path: &str, body: &Value) -> gatewright_tests::Page {
    let request = root.request(Method::PATCH, path).header("content-type", "application/merge-patch+json");
    sent(request.body(body.to_string())).await
}

fn is_signed(received: &Received, secret: &str) -> bool {
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, received.header(name).unwrap().parse().unwrap());
    }
    let now = received.header("webhook-timestamp").unwrap().parse().unwrap();
    let receiver = Receiver::new([secret]).unwrap();
    receiver.verify_at(&headers, received.body.as_bytes(), now).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn wh_03_what_happens_arrives_once_and_signed() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    make_user(&root, "before").await;
    seal::everything(&world.app).await.unwrap();
    let (id, secret) = webhook(&root, &["user.*", "webhook.created"]).await;
    assert!(secret.starts_with("whsec_"), "{secret}");
    let carol = make_user(&root, "carol").await;
    make_user(&root, "dave").await;
    done(&root.act(&format!("/users/{carol}/disable")).await, 200);
    deliver(&world.app).await;
    deliver(&world.app).await;
    let mut heard = kinds(&sink);
    heard.sort();
    assert_eq!(heard, ["user.created", "user.created", "user.disabled", "webhook.created"]);
    let received = sink.received();
    let of = |id: &Value| {
        received.iter().find(|one| one.header("webhook-id") == id.as_str()).unwrap_or_else(|| panic!("{id}"))
    };
    assert!(received.iter().any(|one| one.before > 0), "connections are kept");
    for one in &received {
        assert!(one.head.starts_with("POST /hook?for=us HTTP/1.1\r\n"), "{}", one.head);
        assert_eq!(one.header("content-type"), Some("application/json"));
        assert_eq!(one.header("host"), Some("sink.test"));
        assert!(is_signed(one, &secret), "{}", one.head);
    }
    // The same as the feed says it.
    let feed = done(&root.get("/events?kind=user.disabled").await, 200);
    let last = told(of(&feed["items"][0]["id"]));
    assert_eq!((&last["data"], &last["type"]), (&feed["items"][0], &json!("user.disabled")));
    assert_eq!(last["timestamp"].as_str().unwrap()[..19], feed["items"][0]["at"].as_str().unwrap()[..19]);
    // And the log of deliveries knows.
    let list = done(&root.get(&format!("/webhooks/{id}/deliveries?status=delivered&limit=3")).await, 200);
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    let first = &list["items"][0];
    assert_eq!(
        (&first["status"], &first["attempts"], &first["log"][0]["status"], &first["log"][0]["answer"]),
        (&json!("delivered"), &json!(1), &json!(200), &json!("ok"))
    );
    let path = format!("/webhooks/{id}/deliveries?cursor={}", list["next"].as_str().unwrap());
    assert_eq!(done(&root.get(&path).await, 200)["items"].as_array().unwrap().len(), 1);
    let shown =
        done(&root.get(&format!("/webhooks/{id}/deliveries/{}", first["id"].as_str().unwrap())).await, 200);
    assert_eq!(shown["body"], told(of(&first["event_id"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn wh_03_two_replicas_send_each_event_once() {
    let (world, sink) = world().await;
    let other = world
        .replica_with(|config| {
            config.fetch.ca_file = Some(authority());
        })
        .await;
    let root = all_mighty(&world).await;
    let (id, _) = webhook(&root, &["user.created"]).await;
    for n in 0..30 {
        make_user(&root, &format!("user{n}")).await;
    }
    seal::everything(&world.app).await.unwrap();
    // While one is at it, the others leave it alone; one that is gone is not waited for long.
    let (name, now) = (format!("webhook.{id}"), world.operator().now);
    let lease = Lease { name: &name, holder: other.app.process, until: now + chrono::Duration::seconds(6) };
    assert_eq!(leases::acquire(&world.app.store, &lease, now).await.unwrap(), Write::Applied(()));
    turn::turn(&world.app, id).await.unwrap();
    assert_eq!(sink.received().len(), 0);
    world.pass(7);
    let (one, another) = tokio::join!(turn::turn(&world.app, id), turn::turn(&other.app, id));
    one.and(another).unwrap();
    deliver(&world.app).await;
    let ids: BTreeSet<String> =
        sink.received().iter().map(|one| one.header("webhook-id").unwrap().to_owned()).collect();
    assert_eq!((ids.len(), sink.received().len()), (30, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn wh_01_a_webhook_goes_nowhere_an_operator_did_not_name() {
    let (world, _) = world().await;
    let root = all_mighty(&world).await;
    world.internet.name("inside.test", &[&["192.168.0.7".parse().unwrap()]]);
    world.internet.name("mixed.test", &[&["93.184.216.1".parse().unwrap(), "127.0.0.1".parse().unwrap()]]);
    for url in [
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "https://inside.test/",
        "https://mixed.test/",
        "http://sink.test/",
        "http://93.184.216.34/",
        "https://user:password@sink.test/",
        "ftp://sink.test/",
        "/hook",
        "",
    ] {
        let page = root.post("/webhooks", &json!({ "name": "x", "url": url, "kinds": ["*"] })).await;
        refused(&page, 400, "invalid_request");
        assert_eq!(page.json()["field"], "url", "{url}: {}", page.body);
    }
    // One that pointed outside when it was saved, and inside when something is sent.
    world
        .internet
        .name("moving.test", &[&["93.184.216.34".parse().unwrap()], &["169.254.169.254".parse().unwrap()]]);
    let body = json!({ "name": "x", "url": "https://moving.test/", "kinds": ["user.created"] });
    let id = done(&root.post("/webhooks", &body).await, 201)["id"].as_str().unwrap().to_owned();
    make_user(&root, "carol").await;
    deliver(&world.app).await;
    let list = done(&root.get(&format!("/webhooks/{id}/deliveries")).await, 200);
    let error = list["items"][0]["log"][0]["error"].as_str().unwrap();
    assert!(error.contains("169.254.169.254") && error.contains("webhooks.allow_networks"), "{error}");
    assert_eq!(world.internet.asked(), [], "no packet left");
    // What the configuration names may be reached, by http as well.
    let inside = world.internet.clear_site_at("siem.test", "10.1.2.3".parse().unwrap()).await;
    inside.judge(|_| Reply::text("text/plain", ""));
    done(&patch(&root, &format!("/webhooks/{id}"), &json!({ "url": "http://siem.test/in" })).await, 200);
    world.pass(10);
    deliver(&world.app).await;
    assert_eq!(inside.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wh_02_while_a_secret_is_replaced_both_are_good() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    let (id, old) = webhook(&root, &["user.created"]).await;
    let rotate = async |hours: u8| {
        let page =
            root.post(&format!("/webhooks/{id}/rotate-secret"), &json!({ "overlap_hours": hours })).await;
        done(&page, 200)["secret"].as_str().unwrap().to_owned()
    };
    let new = rotate(2).await;
    assert_ne!(new, old);
    make_user(&root, "carol").await;
    deliver(&world.app).await;
    let both = sink.received()[0].clone();
    assert!(is_signed(&both, &old) && is_signed(&both, &new));
    world.pass(2 * 3_600 + 1);
    make_user(&root, "dave").await;
    deliver(&world.app).await;
    let one = sink.received()[1].clone();
    assert!(!is_signed(&one, &old) && is_signed(&one, &new));
    let newest = rotate(0).await;
    make_user(&root, "erin").await;
    deliver(&world.app).await;
    let one = sink.received()[2].clone();
    assert!(!is_signed(&one, &new) && is_signed(&one, &newest));
    // Nothing of it can be read in the database or in events.
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT secret FROM webhooks").fetch_all(&world.database).await.unwrap();
    for secret in [&old, &new, &newest] {
        let bytes = message::secret_bytes(secret).unwrap();
        assert!(rows.iter().all(|(row,)| !row.windows(32).any(|part| part == bytes.as_slice())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wh_02_the_reference_library_believes_a_message_and_no_other() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    let (_, secret) = webhook(&root, &["user.created"]).await;
    make_user(&root, "carol").await;
    deliver(&world.app).await;
    let message = sink.received()[0].clone();
    let mut headers = serde_json::Map::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name.to_owned(), json!(message.header(name).unwrap()));
    }
    for (body, said) in
        [(message.body.clone(), "believed"), (format!("{} ", message.body), "No matching signature found")]
    {
        let asked = json!({ "secret": secret, "headers": headers, "body": body }).to_string();
        let mut node = Tools::find().node("verify-webhook.mjs");
        let mut asking = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        asking.stdin.take().unwrap().write_all(asked.as_bytes()).await.unwrap();
        let heard = asking.wait_with_output().await.unwrap();
        assert_eq!(String::from_utf8_lossy(&heard.stdout).trim(), said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_arrives_before_everything_that_waits() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    let (id, secret) = webhook(&root, &["user.created"]).await;
    make_user(&root, "carol").await;
    let page = root.act(&format!("/webhooks/{id}/test")).await;
    let made = done(&page, 201);
    assert_eq!((&made["kind"], &made["status"]), (&json!("webhook.test"), &json!("pending")));
    let location = page.header("location").split("/admin/v1").nth(1).unwrap().to_owned();
    let waiting = async { done(&root.get(&format!("{location}?wait=20")).await, 200) };
    let (seen, ()) = tokio::join!(waiting, deliver(&world.app));
    assert_eq!((&seen["status"], &seen["log"][0]["status"]), (&json!("delivered"), &json!(200)), "{seen}");
    assert!(kinds(&sink).contains(&"webhook.test".to_owned()));
    assert!(is_signed(&sink.received()[0], &secret));
    assert_eq!(world.events("webhook.tested").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn au_02_checkpoints_are_sent_outside_to_whoever_listens() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    webhook(&root, &["audit.checkpoint"]).await;
    seal::everything(&world.app).await.unwrap();
    for _ in 0..2 {
        checkpoints::turn(world.app.clone()).await.unwrap();
        deliver(&world.app).await;
    }
    assert_eq!(kinds(&sink), ["audit.checkpoint"], "once for each size");
    let newest = done(&root.get("/events/checkpoint").await, 200);
    assert_eq!(told(&sink.received()[0])["data"], newest);
}

#[tokio::test(flavor = "multi_thread")]
async fn ad_01_nobody_has_events_sent_who_may_not_read_them() {
    use gatewright_server::admin::Scope;
    let (world, _) = world().await;
    let root = all_mighty(&world).await;
    let (id, _) = webhook(&root, &["*"]).await;
    let blind = super::program(&world, &[Scope::WebhooksRead, Scope::WebhooksWrite]).await;
    let body = json!({ "name": "mine", "url": SINK, "kinds": ["*"] });
    refused(&blind.post("/webhooks", &body).await, 403, "beyond_your_own");
    refused(
        &patch(&blind, &format!("/webhooks/{id}"), &json!({ "name": "x" })).await,
        403,
        "beyond_your_own",
    );
    let range = json!({ "since": "2020-01-01T00:00:00Z" });
    refused(&blind.post(&format!("/webhooks/{id}/replay"), &range).await, 403, "beyond_your_own");
    // Nor do they read in a delivery what was sent.
    deliver(&world.app).await;
    let list = done(&blind.get(&format!("/webhooks/{id}/deliveries")).await, 200);
    let path = format!("/webhooks/{id}/deliveries/{}", list["items"][0]["id"].as_str().unwrap());
    assert!(done(&root.get(&path).await, 200)["body"].is_object());
    assert!(done(&blind.get(&path).await, 200)["body"].is_null());
    assert!(list["items"].as_array().unwrap().iter().all(|one| one["body"].is_null()), "{list}");
}

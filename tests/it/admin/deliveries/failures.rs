//! What becomes of deliveries that do not arrive at first.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use gatewright_tests::internet::Reply;
use serde_json::json;
use uuid::Uuid;

use super::super::{all_mighty, done, refused};
use super::{deliver, make_user, told, webhook, world};

#[tokio::test(flavor = "multi_thread")]
async fn wh_03_a_receiver_that_fails_half_of_the_time_hears_everything_in_order() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    webhook(&root, &["user.*"]).await;
    let count = AtomicUsize::new(0);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    sink.judge(move |received| {
        // Neither regular nor random.
        let n = count.fetch_add(1, Ordering::Relaxed);
        let status = [200, 500, 503, 200, 302, 200, 200, 404][(n * n + n / 3) % 8];
        if status == 200 {
            hears.lock().unwrap().push(received.clone());
        }
        Reply::text("text/plain", "well").status(status).header("location", "https://elsewhere.test/")
    });
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(make_user(&root, &format!("user{n}")).await);
    }
    // What happens while something before it waits for its next attempt waits as well.
    for verb in ["disable", "enable"] {
        deliver(&world.app).await;
        for id in &ids {
            done(&root.act(&format!("/users/{id}/{verb}")).await, 200);
        }
    }
    let kinds = ["user.created", "user.disabled", "user.enabled"];
    let expected: BTreeMap<String, Vec<&str>> = ids.into_iter().map(|id| (id, kinds.to_vec())).collect();
    let list = "SELECT count(*) FROM deliveries WHERE state = 'pending'";
    for _ in 0..200 {
        deliver(&world.app).await;
        let pending: i64 = sqlx::query_scalar(list).fetch_one(&world.database).await.unwrap();
        if pending == 0 {
            break;
        }
        world.pass(60);
    }
    // What was answered well came in order, and nothing of it again.
    let mut in_order: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in heard.lock().unwrap().iter() {
        let told = told(one);
        let user = told["data"]["user_id"].as_str().unwrap().to_owned();
        in_order.entry(user).or_default().push(told["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        serde_json::to_value(&in_order).unwrap(),
        serde_json::to_value(&expected).unwrap(),
        "once, and in order"
    );
    let delivered = "SELECT count(*) FROM deliveries WHERE state = 'delivered' AND kind LIKE 'user.%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(delivered).fetch_one(&world.database).await.unwrap(), 36);
    assert!(
        world.internet.asked().iter().all(|address| address.ip() == world.internet.address_of("sink.test"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_arrives_is_given_up_after_three_days_and_sent_again_on_request() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    let (id, _) = webhook(&root, &["user.*"]).await;
    sink.judge(|_| Reply::text("text/html", "<b>gw_rt_secret</b>").status(500));
    let carol = make_user(&root, "carol").await;
    deliver(&world.app).await;
    let state = async || {
        let page = done(&root.get(&format!("/webhooks/{id}/deliveries")).await, 200);
        (page["items"][0]["status"].clone(), page["items"][0]["attempts"].as_u64().unwrap(), page)
    };
    let mut tries = 0;
    while state().await.0 == "pending" {
        world.pass(1_800);
        deliver(&world.app).await;
        tries += 1;
        assert!(tries < 200, "{}", state().await.2);
    }
    assert!((144..150).contains(&tries), "three days are 144 half hours: {tries}");
    let (status, attempts, page) = state().await;
    assert_eq!(status, "dead");
    assert!((50..110).contains(&attempts), "{attempts}");
    let log = page["items"][0]["log"].as_array().unwrap();
    assert_eq!(log.len(), 20, "the last ones");
    assert_eq!(log[0]["answer"], "<b>(redacted)</b>");
    // Nothing more is tried, until somebody asks.
    let before = sink.received().len();
    world.pass(7_200);
    deliver(&world.app).await;
    assert_eq!(sink.received().len(), before);
    sink.judge(|_| Reply::text("text/plain", ""));
    let path = format!("/webhooks/{id}/replay");
    assert_eq!(done(&root.post(&path, &json!({ "status": "dead" })).await, 200), json!({ "deliveries": 1 }));
    assert_eq!(done(&root.post(&path, &json!({ "status": "dead" })).await, 200), json!({ "deliveries": 0 }));
    world.pass(120);
    deliver(&world.app).await;
    assert_eq!(state().await.0, "delivered");
    let again = sink.received().last().unwrap().clone();
    assert_eq!(told(&again)["data"]["user_id"], carol);
    assert_eq!(again.header("webhook-id"), sink.received()[0].header("webhook-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_an_event_and_nothing_else_are_sent_again() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    let begun = world.app.clock.now();
    let old = make_user(&root, "old").await;
    world.pass(100);
    let (id, _) = webhook(&root, &["user.created"]).await;
    let path = format!("/webhooks/{id}/replay");
    deliver(&world.app).await;
    assert_eq!(sink.received().len(), 0, "what was before is not sent by itself");
    let since = json!({ "since": begun, "until": world.app.clock.now() });
    assert_eq!(done(&root.post(&path, &since).await, 200), json!({ "deliveries": 1 }));
    deliver(&world.app).await;
    assert_eq!(told(&sink.received()[0])["data"]["user_id"], old);
    let event = sink.received()[0].header("webhook-id").unwrap().to_owned();
    assert_eq!(done(&root.post(&path, &json!({ "events": [event] })).await, 200), json!({ "deliveries": 1 }));
    deliver(&world.app).await;
    assert_eq!(sink.received().len(), 2);
    assert_eq!(sink.received()[1].header("webhook-id"), Some(event.as_str()));
    let range = json!({ "since": begun, "kinds": ["client.*"] });
    assert_eq!(done(&root.post(&path, &range).await, 200), json!({ "deliveries": 0 }));
    for wrong in [
        json!({}),
        json!({ "events": [] }),
        json!({ "events": [Uuid::nil()] }),
        json!({ "status": "pending" }),
        json!({ "status": "dead", "since": begun }),
        json!({ "status": "dead", "until": begun }),
        json!({ "since": world.app.clock.now(), "until": begun }),
        json!({ "events": [event], "until": begun }),
        json!({ "everything": true }),
        json!({ "kinds": ["user.created"] }),
        json!({ "since": begun, "kinds": ["user.exploded"] }),
    ] {
        refused(&root.post(&path, &wrong).await, 400, "invalid_request");
    }
    assert_eq!(world.events("webhook.replayed").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_is_left_alone_and_gets_everything_when_it_is_back() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    let (id, _) = webhook(&root, &["user.created"]).await;
    sink.judge(|_| Reply::text("text/plain", "").status(500));
    for n in 0..40 {
        make_user(&root, &format!("user{n}")).await;
    }
    deliver(&world.app).await;
    let first = sink.received().len();
    assert!((10..=18).contains(&first), "ten failures in a row are enough: {first}");
    let shown = done(&root.get(&format!("/webhooks/{id}")).await, 200);
    assert_eq!((&shown["status"], shown["resting_until"].is_string()), (&json!("failing"), true), "{shown}");
    assert_eq!(world.events("webhook.failing").await, 1);
    // An hour later it was tried about once a minute, whatever waits.
    for _ in 0..60 {
        world.pass(60);
        deliver(&world.app).await;
    }
    let tried = sink.received().len() - first;
    assert!((35..=66).contains(&tried), "{tried}");
    sink.judge(|_| Reply::text("text/plain", ""));
    world.pass(90);
    deliver(&world.app).await;
    deliver(&world.app).await;
    let arrived = "SELECT count(*) FROM deliveries WHERE state = 'delivered'";
    assert_eq!(sqlx::query_scalar::<_, i64>(arrived).fetch_one(&world.database).await.unwrap(), 40);
    assert_eq!(done(&root.get(&format!("/webhooks/{id}")).await, 200)["status"], "enabled");
    assert_eq!((world.events("webhook.failing").await, world.events("webhook.recovered").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_may_ask_for_time_or_say_goodbye() {
    let (world, sink) = world().await;
    let root = all_mighty(&world).await;
    let (id, _) = webhook(&root, &["user.created"]).await;
    sink.judge(|_| Reply::text("text/plain", "").status(429).header("retry-after", "600"));
    make_user(&root, "carol").await;
    deliver(&world.app).await;
    assert_eq!(sink.received().len(), 1);
    world.pass(590);
    deliver(&world.app).await;
    assert_eq!(sink.received().len(), 1, "it asked for ten minutes");
    sink.judge(|_| Reply::text("text/plain", "").status(410));
    world.pass(20);
    deliver(&world.app).await;
    assert_eq!(sink.received().len(), 2);
    assert_eq!(done(&root.get(&format!("/webhooks/{id}")).await, 200)["status"], "disabled");
    world.pass(7_200);
    make_user(&root, "dave").await;
    deliver(&world.app).await;
    assert_eq!(sink.received().len(), 2, "whoever is gone is sent nothing");
    refused(&root.act(&format!("/webhooks/{id}/test")).await, 409, "disabled");
    // What waited goes on; what happened in between is for a replay.
    sink.judge(|_| Reply::text("text/plain", ""));
    done(&root.act(&format!("/webhooks/{id}/enable")).await, 200);
    deliver(&world.app).await;
    assert_eq!(sink.received().len(), 3);
}

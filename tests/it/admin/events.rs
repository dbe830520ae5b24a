//! What happened, who did it, from where.

use std::time::Duration;

use gatewright_server::admin::Scope;
use gatewright_store::users::Role;
use gatewright_tests::flows::claims;
use gatewright_tests::{Az, OTHER, World};
use reqwest::Method;
use serde_json::{Value, json};

use super::{all_mighty, done, example, person, promote, refused, sent};

#[tokio::test(flavor = "multi_thread")]
async fn au_01_every_change_says_who_did_it_and_under_which_request() {
    let world = World::new().await;
    promote(&world, "alice", Role::Owner).await;
    let alice = person(&world, "alice", Scope::ALL).await;
    let page = alice.act("/clients/pub2/block").await;
    done(&page, 200);
    let request = page.header("x-request-id");
    let events = done(&alice.get(&format!("/events?request_id={request}")).await, 200);
    let items = events["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{events}");
    assert_eq!(items[0]["kind"], "client.disabled");
    assert_eq!(items[0]["actor"], format!("user:{}", world.user("alice").await));
    assert_eq!((&items[0]["client_id"], &items[0]["peer"]), (&json!("pub2"), &json!("127.0.0.1")));
    // Asking for what is so already changes nothing, and says nothing.
    let page = alice.act("/clients/pub2/block").await;
    done(&page, 200);
    let events = done(&alice.get(&format!("/events?request_id={}", page.header("x-request-id"))).await, 200);
    assert_eq!(events["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_by_the_resource_and_the_grant_they_are_about() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let tokens = world.tokens().await;
    world.tokens_for(&Az::of("pub1").set("resource", OTHER), "pub1").await;
    assert_eq!(world.refresh("pub1", tokens.refresh()).await.status, 200);
    let grant = claims(&tokens.access)["gid"].as_str().unwrap().to_owned();
    let shown = done(&root.get(&format!("/grants/{grant}")).await, 200);
    let resource = shown["resource_id"].as_str().unwrap();

    let all = done(&root.get("/events?limit=200").await, 200)["items"].as_array().unwrap().clone();
    for (name, id) in [("grant_id", grant.as_str()), ("resource_id", resource)] {
        let about: Vec<&Value> = all.iter().filter(|event| event[name] == id).collect();
        assert!(about.len() > 1 && about.len() < all.len(), "{name}: {about:?}");
        let found = done(&root.get(&format!("/events?{name}={id}")).await, 200);
        assert_eq!(found["items"], json!(about), "{name}");
        let file = root.get(&format!("/events/export?{name}={id}")).await;
        let lines: Vec<Value> = file.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(json!(lines), json!(about), "{name}");
        let nothing = format!("/events?{name}=01981f00-7b4e-7c52-9d6e-3a2f4b5c6d7e");
        assert_eq!(done(&root.get(&nothing).await, 200)["items"], json!([]));
        for path in ["/events", "/events/export"] {
            refused(&root.get(&format!("{path}?{name}=mine")).await, 400, "invalid_request");
        }
    }
    let kinds = done(&root.get(&format!("/events?grant_id={grant}&kind=grant.refreshed")).await, 200);
    assert_eq!(kinds["items"].as_array().unwrap().len(), 1, "{kinds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_misses_nothing_that_commits_late() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let since = (world.operator().now - chrono::Duration::seconds(5))
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
        .replace('+', "%2B");
    done(&root.post("/api-keys", &example("api_keys.create")).await, 201);
    let first = done(&root.get(&format!("/events?since={since}&kind=api_key.created")).await, 200);
    assert_eq!(first["items"].as_array().unwrap().len(), 2, "{first}");
    let next = first["next"].as_str().unwrap().to_owned();

    // A change that began before what was read, and was not durable then.
    let late = world.operator();
    let late = gatewright_server::Moment { now: late.now - chrono::Duration::seconds(3), ..late };
    let trace = late.trace(&world.app);
    let subject = gatewright_store::events::Subject::default();
    gatewright_store::events::insert(
        &world.app.store,
        gatewright_store::EventKind::ApiKeyRevoked,
        (subject, json!({})),
        trace,
    )
    .await
    .unwrap()
    .applied()
    .unwrap();
    let read = done(&root.get(&format!("/events?cursor={next}")).await, 200);
    let kinds: Vec<&str> =
        read["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"api_key.revoked"), "{kinds:?}");

    // Once a moment is settled, the cursor passes it.
    world.pass(21);
    let settled = done(&root.get(&format!("/events?cursor={next}")).await, 200);
    let passed = settled["next"].as_str().unwrap();
    assert_eq!(done(&root.get(&format!("/events?cursor={passed}")).await, 200)["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_may_wait_for_something_to_happen() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    world.pass(30);
    let all = done(&root.get("/events?limit=200").await, 200);
    let path = format!("/events?wait=20&cursor={}", all["next"].as_str().unwrap());
    let (page, ()) = tokio::join!(root.get(&path), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        done(&root.act("/clients/pub2/block").await, 200);
    });
    let items = done(&page, 200)["items"].clone();
    assert_eq!(items[0]["kind"], "client.disabled", "{items}");
    refused(&root.get("/events?wait=31").await, 400, "invalid_request");
    refused(&root.get("/events?kind=client.exploded").await, 400, "invalid_request");
    refused(&root.get("/events?since=yesterday").await, 400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_read_by_request_or_client() {
    let world = World::new().await;
    let root = all_mighty(&world).await;
    let az = Az::of("pub1").set("redirect_uri", "https://evil.test/cb");
    let page = world.authorize(&mut world.agent(), &az).await;
    let request = page.header("x-request-id").to_owned();
    gatewright_server::traces::flush(world.app.clone()).await.unwrap();
    let steps = done(&root.get(&format!("/traces?request_id={request}")).await, 200);
    assert_eq!(steps["items"][0]["client_id"], "pub1", "{steps}");
    assert!(!done(&root.get("/traces?client_id=pub1").await, 200)["items"].as_array().unwrap().is_empty());
    refused(&root.get("/traces").await, 400, "invalid_request");
    assert_eq!(sent(root.request(Method::GET, "/traces?request_id=x")).await.status, 400);
}

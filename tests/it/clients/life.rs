//! How clients end, and what can be found out about them afterwards.

use std::time::Duration;

use gatewright_oauth::ClientId;
use gatewright_server::{sweep, traces};
use gatewright_store::traces as table;
use gatewright_store::{Write, clients};
use gatewright_tests::{Az, CALLBACK, MCP, Tokens, World};
use serde_json::json;
use uuid::Uuid;

use super::{ID, document, published, refused, unknown, visit, world};

async fn registered(world: &World) -> String {
    let body =
        json!({ "client_name": "Young", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let page = world.post_json("/register", &body).await;
    page.json()["client_id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_client_is_unknown_on_every_replica_within_a_second() {
    let world = world().await;
    published(&world, &document(ID)).await;
    let replica = world.replica().await;
    let young = registered(&world).await;
    for id in [young.as_str(), ID] {
        let tokens = world.tokens_for(&Az::of(id), id).await;
        assert!(world.is_active(&tokens.access).await);
        assert_eq!(replica.introspect(&tokens.access).await["active"], true);
        let id = ClientId::parse(id).unwrap();
        let trace = world.operator().trace(&world.app);
        assert!(matches!(clients::disable(&world.app.store, &id, &trace).await.unwrap(), Write::Applied(())));
        tokio::time::sleep(Duration::from_millis(1050)).await;
        assert!(!world.is_active(&tokens.access).await);
        assert_eq!(replica.introspect(&tokens.access).await, json!({ "active": false }));
        let refresh = [
            ("grant_type", "refresh_token"),
            ("client_id", id.as_str()),
            ("refresh_token", tokens.refresh()),
        ];
        refused(&replica.post("/token", &refresh).await, 401, "invalid_client", "on the other replica");
        unknown(&visit(&world, id.as_str()).await, id.as_str());
        // Let in again, it starts anew: what was granted stays over.
        assert!(matches!(
            clients::enable(&world.app.store, &id, &trace_of(&world)).await.unwrap(),
            Write::Applied(())
        ));
        world.app.directory.forget();
        refused(&world.refresh(id.as_str(), tokens.refresh()).await, 400, "invalid_grant", "granted before");
        assert!(!world.is_active(&tokens.access).await);
        Tokens::of(&world.redeem(id.as_str(), &world.code(&Az::of(id.as_str())).await, &[]).await);
    }
}

fn trace_of(world: &World) -> gatewright_store::Trace {
    world.operator().trace(&world.app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_client_never_comes_back() {
    let world = world().await;
    published(&world, &document(ID)).await;
    let young = registered(&world).await;
    for id in [young.as_str(), ID] {
        world.tokens_for(&Az::of(id), id).await;
        let id = ClientId::parse(id).unwrap();
        assert!(matches!(
            clients::delete(&world.app.store, &id, &trace_of(&world)).await.unwrap(),
            Write::Applied(())
        ));
        world.app.directory.forget();
        unknown(&visit(&world, id.as_str()).await, id.as_str());
        assert!(matches!(
            clients::enable(&world.app.store, &id, &trace_of(&world)).await.unwrap(),
            Write::Lost
        ));
    }
    assert_ne!(registered(&world).await, young, "whoever registers the same is somebody new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_only_put_aside_comes_back_when_it_is_used() {
    let world = World::new().await;
    let young = registered(&world).await;
    world.pass(25 * 3600);
    sweep::turn(world.app.clone()).await.unwrap();
    world.app.directory.forget();
    Tokens::of(&world.redeem(&young, &world.code(&Az::of(&young)).await, &[]).await);
    assert_eq!(registered(&world).await, young, "and has the same id when it registers again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_may_want_clients_somebody_vouches_for() {
    let world = World::new().await;
    let young = registered(&world).await;
    world.close_to_strangers(MCP).await;
    let page = world.approve(&mut world.agent(), &Az::of(&young), "alice").await;
    assert_eq!(page.answer("code"), None, "{:?} {}", page.location(), page.body);
    let other = Az::of(&young).set("resource", gatewright_tests::OTHER);
    assert!(world.approve(&mut world.agent(), &other, "alice").await.answer("code").is_some());
    let id = ClientId::parse(&young).unwrap();
    assert!(matches!(
        clients::approve(&world.app.store, &id, &trace_of(&world)).await.unwrap(),
        Write::Applied(())
    ));
    world.app.directory.forget();
    assert!(world.approve(&mut world.agent(), &Az::of(&young), "alice").await.answer("code").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_tells_why_a_client_failed() {
    let world = world().await;
    let young = registered(&world).await;
    let page = visit(&world, "https://nowhere.test/c.json").await;
    let hidden = Uuid::parse_str(page.header("x-request-id")).unwrap();
    let page = world.authorize(&mut world.agent(), &Az::to(&young, "https://app.test/other")).await;
    let redirect = Uuid::parse_str(page.header("x-request-id")).unwrap();
    let bad =
        json!({ "client_name": "Bad", "redirect_uris": ["http://a.test/cb"], "client_secret": "s3cret" });
    let page = world.post_json("/register", &bad).await;
    let registration = Uuid::parse_str(page.header("x-request-id")).unwrap();
    let tokens = world.tokens_for(&Az::of(&young), &young).await;
    refused(&world.redeem(&young, "gw_ac_nonsense", &[]).await, 400, "invalid_grant", "a bad code");
    traces::flush(world.app.clone()).await.unwrap();
    let said = async |request| {
        let steps = table::of_request(&world.app.store, request).await.unwrap();
        assert!(!steps.is_empty(), "{request}");
        let lines = steps
            .into_iter()
            .map(|step| format!("{} {} {} {}", step.step, step.outcome, step.said, step.detail));
        lines.collect::<Vec<_>>().join("\n")
    };
    let text = said(hidden).await;
    assert!(text.contains("the name does not resolve"), "the operator hears the reason: {text}");
    let text = said(redirect).await;
    assert!(text.contains("https://app.test/other"), "{text}");
    assert!(!text.contains("st-1"), "state is the client's: {text}");
    let text = said(registration).await;
    assert!(text.contains("invalid_redirect_uri") && text.contains("http://a.test/cb"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    // One attempt is one story.
    let steps = table::of_client(&world.app.store, &young, 100).await.unwrap();
    let attempts: std::collections::BTreeSet<_> = steps.iter().filter_map(|step| step.attempt).collect();
    assert!(!attempts.is_empty(), "{steps:?}");
    let whole = serde_json::to_string(
        &steps.iter().map(|step| (&step.step, &step.detail, &step.said)).collect::<Vec<_>>(),
    )
    .unwrap();
    for secret in [tokens.access.as_str(), tokens.refresh(), gatewright_tests::VERIFIER, "alice"] {
        assert!(!whole.contains(secret), "{whole}");
    }
    // A week later nobody remembers.
    world.pass(8 * 86_400);
    sweep::turn(world.app.clone()).await.unwrap();
    assert_eq!(table::of_client(&world.app.store, &young, 100).await.unwrap().len(), 0);
}

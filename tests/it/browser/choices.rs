//! CN: what people pick on the consent page, for how long, and what administrators decided in their place.

use gatewright_oauth::client::ConsentRule;
use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::{Client, ClientId};
use gatewright_store::{Write, clients};
use gatewright_tests::flows::claims;
use gatewright_tests::{Az, CALLBACK, Page, Tokens, World};
use serde_json::json;

const BOTH: &str = "mcp:read mcp:write";

async fn redeemed(world: &World, back: &Page) -> Tokens {
    Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_04_what_is_dangerous_is_not_granted_unless_it_was_ticked() {
    let world = World::new().await;
    let mut alice = world.agent();
    let az = Az::of("pub1").set("scope", "mcp:read mcp:write mcp:admin");
    let login = world.authorize(&mut alice, &az).await;
    let page = world.log_in(&mut alice, &login, "alice").await;
    assert_eq!(page.values("allow"), ["mcp:admin", "mcp:write"], "what is harmless comes with the rest");
    assert!(!page.body.contains(" checked"), "{}", page.body);
    // Nothing ticked: the rest. And what was not to be picked is not picked by naming it.
    let back = world.decide_with(&mut alice, &page, ("approve", &[("allow", "mcp:read")])).await;
    let tokens = redeemed(&world, &back).await;
    assert_eq!(tokens.body["scope"], "mcp:read", "the client is told what it got");
    let silent = world.authorize(&mut alice, &az.clone().set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("consent_required"), "nothing more was remembered");

    // One of two, and only what is new stands there.
    let page = world.authorize(&mut alice, &az).await;
    let back = world.decide_with(&mut alice, &page, ("approve", &[("allow", "mcp:write")])).await;
    assert_eq!(redeemed(&world, &back).await.body["scope"], BOTH);
    assert!(world.authorize(&mut alice, &Az::of("pub1").set("scope", BOTH)).await.answer("code").is_some());

    // What was allowed before is ticked, and can be taken out again.
    let again =
        world.authorize(&mut alice, &Az::of("pub1").set("scope", BOTH).set("prompt", "consent")).await;
    assert_eq!(
        (again.values("allow"), again.body.matches(" checked").count()),
        (vec!["mcp:write".into()], 1)
    );
    let back = world.decide_with(&mut alice, &again, ("approve", &[])).await;
    assert_eq!(redeemed(&world, &back).await.body["scope"], "mcp:read");
    let silent = world.authorize(&mut alice, &Az::of("pub1").set("scope", BOTH).set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("consent_required"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_04_an_app_that_wants_only_what_is_dangerous_gets_nothing_by_a_click() {
    let world = World::new().await;
    let mut alice = world.agent();
    let login = world.authorize(&mut alice, &Az::of("pub1").set("scope", "mcp:write")).await;
    let page = world.log_in(&mut alice, &login, "alice").await;
    assert!(page.body.contains("value=\"mcp:write\" form=\"consent-form\" required"), "{}", page.body);
    let again = world.decide_with(&mut alice, &page, ("approve", &[])).await;
    assert_eq!((again.status.as_u16(), again.location()), (409, None));
    assert!(again.body.contains("Tick what you want to allow, or deny."), "{}", again.body);
    assert_eq!((world.count("codes").await, world.count("consents").await), (0, 0));
    let back = world.decide_with(&mut alice, &again, ("approve", &[("allow", "mcp:write")])).await;
    assert_eq!(redeemed(&world, &back).await.body["scope"], "mcp:write");
    for (name, value) in [("for", "ever"), ("allow", "\"")] {
        let page = world.authorize(&mut alice, &Az::of("pub1").set("prompt", "consent")).await;
        let refused = world.decide_with(&mut alice, &page, ("approve", &[(name, value)])).await;
        assert_eq!((refused.status.as_u16(), refused.location()), (400, None), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_for_an_hour_ends_after_it_with_its_tokens() {
    let world = World::new().await;
    world.clock.stop();
    let mut alice = world.agent();
    let login = world.authorize(&mut alice, &Az::of("pub1")).await;
    let page = world.log_in(&mut alice, &login, "alice").await;
    let back = world.decide_with(&mut alice, &page, ("approve", &[("for", "hour")])).await;
    let tokens = redeemed(&world, &back).await;
    let lifetime = tokens.body["expires_in"].as_i64().unwrap();
    world.pass(3600 - lifetime / 2);
    let late = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert!(late.body["expires_in"].as_i64().unwrap() <= lifetime / 2, "{}", late.body);
    let (exp, iat) = (claims(&late.access)["exp"].as_i64(), claims(&late.access)["iat"].as_i64());
    assert_eq!(exp.unwrap() - iat.unwrap(), late.body["expires_in"]);
    assert!(world.is_active(&late.access).await);
    assert!(world.authorize(&mut alice, &Az::of("pub1")).await.answer("code").is_some(), "still remembered");
    world.pass(lifetime / 2);
    world.soon_inactive(&late.access).await;
    assert_eq!(world.refresh("pub1", late.refresh()).await.json()["error"], "invalid_grant");
    let page = world.authorize(&mut alice, &Az::of("pub1")).await;
    assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);

    // It is forgotten as something that has ended.
    gatewright_server::sweep::turn(world.app.clone()).await.unwrap();
    assert_eq!((world.count("consents").await, world.events("consent.expired").await), (0, 1));
}

/// The first token, too: the account centre shortens an answer while the code is on its way.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_brings_no_token_that_outlives_its_answer() {
    let world = World::new().await;
    world.clock.stop();
    let mut alice = world.agent();
    let login = world.authorize(&mut alice, &Az::of("pub1")).await;
    let page = world.log_in(&mut alice, &login, "alice").await;
    let back = world.decide_with(&mut alice, &page, ("approve", &[("for", "hour")])).await;
    let end = world.operator().now + chrono::Duration::seconds(60);
    sqlx::query("UPDATE consents SET expires_at = $1").bind(end).execute(&world.database).await.unwrap();
    let tokens = redeemed(&world, &back).await;
    assert_eq!(tokens.body["expires_in"], 60, "{}", tokens.body);
    assert_eq!(claims(&tokens.access)["exp"], end.timestamp());
}

/// What is remembered of a client has one end, and the later answer says which. A code that was not redeemed yet keeps
/// the end it was given all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_allowed_for_an_hour_has_an_hour_whatever_is_allowed_beside_it() {
    let world = World::new().await;
    world.clock.stop();
    let mut alice = world.agent();
    let login = world.authorize(&mut alice, &Az::of("pub1")).await;
    let first = world.log_in(&mut alice, &login, "alice").await;
    // In another tab, before the first is answered.
    let second = world.authorize(&mut alice, &Az::of("pub1")).await;
    let hour = world.decide_with(&mut alice, &first, ("approve", &[("for", "hour")])).await;
    let end = world.operator().now + chrono::Duration::hours(1);
    let open = world.decide_with(&mut alice, &second, ("approve", &[("for", "open")])).await;
    let (hour, open) = (redeemed(&world, &hour).await, redeemed(&world, &open).await);
    world.pass((end - world.operator().now).num_seconds() - 1);
    let last = Tokens::of(&world.refresh("pub1", hour.refresh()).await);
    assert_eq!(last.body["expires_in"], 1);
    world.pass(1);
    assert_eq!(world.refresh("pub1", last.refresh()).await.json()["error"], "invalid_grant");
    Tokens::of(&world.refresh("pub1", open.refresh()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_10_what_administrators_decided_holds_for_their_own_apps_only() {
    let world = World::new().await;
    let az = Az::of("trusted");
    rule(&world, "trusted", ConsentRule::PreApproved).await;
    let mut alice = world.agent();
    let login = world.authorize(&mut alice, &az).await;
    let back = world.log_in(&mut alice, &login, "alice").await;
    assert!(back.answer("code").is_some(), "nobody was asked: {}", back.body);
    let granted: serde_json::Value =
        sqlx::query_scalar("SELECT detail FROM events WHERE kind = 'consent.granted'")
            .fetch_one(&world.database)
            .await
            .unwrap();
    assert_eq!(granted, json!({ "scope": "mcp:read", "by": "policy" }));
    let dangerous = world.authorize(&mut alice, &az.clone().set("scope", BOTH)).await;
    assert_eq!(dangerous.values("allow"), ["mcp:write"], "{}", dangerous.body);

    // When they take it back, their answer is nobody's.
    set(&world, "trusted", ConsentRule::Ask).await;
    let asked = world.authorize(&mut alice, &az).await;
    assert!(asked.body.contains("id=\"consent-form\""), "{}", asked.body);
    let back = world.decide(&mut alice, &asked, "approve").await;
    let tokens = Tokens::of(&world.redeem("trusted", &back.answer("code").unwrap(), &[]).await);
    set(&world, "trusted", ConsentRule::Forbidden).await;
    let refused = world.authorize(&mut alice, &az).await;
    assert_eq!(refused.answer("error").as_deref(), Some("access_denied"));
    assert_eq!(world.refresh("trusted", tokens.refresh()).await.json()["error"], "invalid_grant");
}

/// An administrator's app about which this is decided.
async fn rule(world: &World, id: &str, consent: ConsentRule) {
    let metadata = json!({ "client_name": id, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
                           "grant_types": ["authorization_code", "refresh_token"] });
    let request = RegistrationRequest::parse(metadata.to_string().as_bytes()).unwrap();
    let operator = world.operator();
    let id = ClientId::parse(id).unwrap();
    let client = register(&RegistrationPolicy::administrator(), request, id, operator.now).unwrap();
    let client = Client { consent, ..client };
    let made = clients::create(&world.app.store, &client, &operator.trace(&world.app)).await.unwrap();
    assert!(matches!(made, Write::Applied(_)));
}

async fn set(world: &World, id: &str, consent: ConsentRule) {
    let id = ClientId::parse(id).unwrap();
    let was = clients::load(&world.app.store, &id).await.unwrap().unwrap();
    let trace = world.operator().trace(&world.app);
    let revised = clients::revise(&world.app.store, &Client { consent, ..was }, &trace).await.unwrap();
    assert_eq!(revised, Write::Applied(()));
    world.app.directory.forget();
}

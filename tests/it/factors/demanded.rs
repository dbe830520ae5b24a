//! What resources and their scopes demand of a sign-in (RFC 9470; decision 0028).

use gatewright_oauth::assurance::Acr;
use gatewright_oauth::demand::Demand;
use gatewright_oauth::{Resource, Scopes};
use gatewright_store::{Write, resources};
use gatewright_tests::flows::claims;
use gatewright_tests::world::MCP;
use gatewright_tests::{Az, Tokens, World};
use serde_json::{Value, json};

use super::{at_factor, is_consent, is_factor, openid, shown, tokens, with_app};

const TWO: Demand = Demand { acr: Some(Acr::TwoFactors), max_age: None };
const FRESH: Demand = Demand { acr: None, max_age: Some(600) };

/// An administrator demands this for the resource, or for one of its scopes.
async fn demand(world: &World, scope: Option<&str>, demand: Demand) {
    let store = &world.app.store;
    let was = resources::by_compare_key(store, MCP).await.unwrap().unwrap();
    let mut now = was.clone();
    match scope {
        None => now.demand = demand,
        Some(name) => now.scopes.iter_mut().find(|scope| scope.name == name).unwrap().demand = demand,
    }
    let trace = world.operator().trace(&world.app);
    assert_eq!(resources::update(store, &was, &now, &trace).await.unwrap(), Write::Applied(()));
    world.app.directory.forget();
}

fn acr(token: &Tokens) -> Value {
    claims(&token.access)["acr"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_a_resource_that_demands_two_factors_gets_them() {
    let world = World::new().await;
    let phone = with_app(&world, "alice").await;
    demand(&world, None, TWO).await;
    let mut agent = world.agent();
    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    let page = shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    let first = tokens(&world, &mut agent, &page).await;
    assert_eq!(
        (acr(&first), &claims(&first.access)["amr"]),
        (json!(TWO.least().as_str()), &json!(["pwd", "otp", "mfa"]))
    );
    // Refreshing keeps what was shown, and when.
    world.pass(300);
    let second = Tokens::of(&world.refresh("pub1", first.refresh()).await);
    assert_eq!(acr(&second), acr(&first));
    assert_eq!(claims(&second.access)["auth_time"], claims(&first.access)["auth_time"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_a_session_steps_up_for_the_scope_that_demands_it() {
    let world = World::new().await;
    // Mallory has no second factor while she signs in; then she gets one.
    let mut agent = super::at_security(&world, "mallory").await;
    demand(&world, Some("mcp:write"), TWO).await;
    let page = world.authorize(&mut agent, &openid()).await;
    is_consent(&page);
    let weak = tokens(&world, &mut agent, &page).await;
    assert_eq!(acr(&weak), "urn:gatewright:acr:1fa", "nothing is demanded for reading");

    let both = openid().set("scope", "openid mcp:read mcp:write");
    let silent = world.authorize(&mut agent, &both.clone().set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("login_required"));
    let enrol = world.authorize(&mut agent, &both).await;
    assert!(enrol.body.contains("id=\"enrol\""), "who has none sets one up: {}", enrol.body);
    let phone = super::add_app(&world, &mut agent).await;
    let page = world.authorize(&mut agent, &both).await;
    is_factor(&page);
    let page = shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    let back = world.decide_with(&mut agent, &page, ("approve", &[("allow", "mcp:write")])).await;
    let strong = tokens(&world, &mut agent, &back).await;
    assert_eq!(acr(&strong), TWO.least().as_str());
    assert!(claims(&strong.access)["scope"].as_str().unwrap().contains("mcp:write"));
}

/// What an earlier answer adds to a grant is demanded like what is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn az_20_an_earlier_answer_brings_no_scope_in_without_its_proof() {
    let world = World::new().await;
    let mut agent = super::at_security(&world, "mallory").await;
    let write = Az::of("pub1").set("scope", "mcp:write");
    let page = world.authorize(&mut agent, &write).await;
    let back = world.decide_with(&mut agent, &page, ("approve", &[("allow", "mcp:write")])).await;
    assert!(back.answer("code").is_some());
    demand(&world, Some("mcp:write"), TWO).await;
    // Asking for something new would give both.
    let page = world.authorize(&mut agent, &Az::of("pub1").set("scope", "mcp:read")).await;
    assert!(page.body.contains("id=\"enrol\""), "{} {}", page.status, page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_a_resource_that_demands_a_fresh_sign_in_gets_one() {
    let world = World::new().await;
    let mut agent = super::at_security(&world, "alice").await;
    demand(&world, None, FRESH).await;
    let page = world.authorize(&mut agent, &openid()).await;
    is_consent(&page);
    let first = tokens(&world, &mut agent, &page).await;
    world.pass(601);
    let silent = world.authorize(&mut agent, &openid().set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("login_required"));
    let login = world.authorize(&mut agent, &openid()).await;
    assert!(login.body.contains("id=\"login-form\""), "{}", login.body);
    let back = world.log_in(&mut agent, &login, "alice").await;
    let second = tokens(&world, &mut agent, &back).await;
    let at = |tokens: &Tokens| claims(&tokens.access)["auth_time"].as_i64().unwrap();
    assert!(at(&second) >= at(&first) + 600, "{} {}", at(&first), at(&second));
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_a_demand_that_is_raised_on_the_way_counts() {
    let world = World::new().await;
    // Whoever stands on the consent page with one factor, of an account that has no other.
    let mut agent = super::at_security(&world, "mallory").await;
    let page = world.authorize(&mut agent, &openid()).await;
    is_consent(&page);
    demand(&world, None, TWO).await;
    let answer = world.decide(&mut agent, &page, "approve").await;
    let after = agent.follow(answer).await;
    assert!(after.body.contains("id=\"enrol\""), "{} {}", after.status, after.body);
    assert_eq!(world.count("codes").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_06_a_device_is_answered_with_what_its_resource_demands() {
    const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
    let world = World::new().await;
    let tv = json!({ "client_name": "TV", "grant_types": [GRANT, "refresh_token"],
                     "token_endpoint_auth_method": "none" });
    world.add_client("tv1", tv).await;
    let phone = with_app(&world, "alice").await;
    demand(&world, None, TWO.and(FRESH)).await;
    world.pass(1000);
    let asked = world
        .post("/device_authorization", &[("client_id", "tv1"), ("scope", "mcp:read"), ("resource", MCP)])
        .await
        .json();
    let code = asked["user_code"].as_str().unwrap();
    // A session with one factor, from before she had two: at the account pages, she would be asked for both.
    let mut agent = world.agent();
    let first = agent.get("/device").await;
    let login = agent.follow(first).await;
    let page = world.log_in(&mut agent, &login, "alice").await;
    is_factor(&page);
    let form = shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    assert!(form.body.contains("id=\"device-form\""), "{}", form.body);
    sqlx::query("UPDATE sessions SET amr = 'pwd'").execute(&world.database).await.unwrap();
    let typed = agent.post("/device", &[("user_code", code)]).await;
    let login = agent.follow(typed).await;
    assert!(login.body.contains("id=\"login-form\""), "{}", login.body);
    world.pass(60);
    let page = world.log_in(&mut agent, &login, "alice").await;
    is_factor(&page);
    let form = shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    assert!(form.body.contains(code), "the code is there again: {}", form.body);
    let typed = agent.post("/device", &[("user_code", code)]).await;
    let question = agent.follow(typed).await;
    world.pass(5);
    let ticket = question.hidden("ticket");
    let done = agent.post("/device/confirm", &[("ticket", &ticket), ("decision", "approve")]).await;
    assert!(done.body.contains("device-done"), "{}", done.body);
    world.pass(5);
    let device_code = asked["device_code"].as_str().unwrap();
    let fields = [("grant_type", GRANT), ("client_id", "tv1"), ("device_code", device_code)];
    let tokens = Tokens::of(&world.post("/token", &fields).await);
    assert_eq!(acr(&tokens), TWO.least().as_str());
}

#[test]
fn the_demands_of_scopes_add_up() {
    let scopes = Scopes::parse("a b").unwrap();
    let text = |name: &str, demand| gatewright_oauth::resource::ScopeText {
        name: name.to_owned(),
        description: String::new(),
        default: false,
        dangerous: false,
        demand,
    };
    let resource = Resource {
        id: uuid::Uuid::nil(),
        identifier: "https://x.test/".to_owned(),
        name: "X".to_owned(),
        scopes: vec![text("a", FRESH), text("b", TWO), text("c", Demand { acr: None, max_age: Some(1) })],
        token: gatewright_oauth::resource::TokenSettings::default(),
        is_default: false,
        open_to: gatewright_oauth::resource::OpenTo::AnyClient,
        demand: Demand::NOTHING,
        disabled_at: None,
    };
    assert_eq!(resource.demands(&scopes), TWO.and(FRESH));
    assert_eq!(resource.demands(&Scopes::empty()), Demand::NOTHING);
}

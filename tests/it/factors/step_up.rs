//! AZ-20: what an app requires of a sign-in (OpenID Connect Core §3.1.2.1, RFC 9470).

use gatewright_tests::authenticator::options;
use gatewright_tests::flows::claims;
use gatewright_tests::{Agent, Az, World};
use serde_json::json;

use super::{add_app, add_passkey, at_security, is_consent, is_factor, openid, shown, tokens, with_app};

const TWO: &str = "urn:gatewright:acr:2fa";

async fn sid(world: &World, agent: &mut Agent, az: &Az) -> (serde_json::Value, serde_json::Value) {
    let page = world.authorize(agent, az).await;
    let tokens = tokens(world, agent, &page).await;
    (claims(tokens.id.as_deref().unwrap()), claims(&tokens.access))
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_a_session_that_is_too_weak_shows_what_is_missing_and_not_all_of_it_again() {
    let world = World::new().await;
    let mut agent = at_security(&world, "alice").await;
    let phone = add_app(&world, &mut agent).await;
    let (before, _) = sid(&world, &mut agent, &openid()).await;
    assert_eq!((&before["acr"], &before["amr"]), (&json!("urn:gatewright:acr:1fa"), &json!(["pwd"])));
    let cookie = agent.cookies["__Host-gw_session"].clone();
    world.pass(1000);

    let silent = world.authorize(&mut agent, &openid().set("acr_values", TWO).set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("login_required"));
    for wish in [TWO, "phr urn:gatewright:acr:2fa", "urn:example:unknown urn:gatewright:acr:2fa"] {
        is_factor(&world.authorize(&mut agent, &openid().set("acr_values", wish)).await);
    }
    let page = world.authorize(&mut agent, &openid().set("acr_values", TWO)).await;
    // Around the page of the factor the session is still what it was.
    let request = page.hidden("request");
    let around = agent.get(&world.url(&format!("/authorize/resume?request={request}"))).await;
    is_factor(&agent.follow(around).await);
    let answered = shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    let said = tokens(&world, &mut agent, &answered).await;
    let (id, access) = (claims(said.id.as_deref().unwrap()), claims(&said.access));
    assert_eq!((&id["acr"], &access["acr"]), (&json!(TWO), &json!(TWO)));
    assert_eq!(id["sid"], before["sid"], "the same session");
    assert_eq!(id["auth_time"], before["auth_time"], "whose password is as old as it was");
    assert_ne!(agent.cookies["__Host-gw_session"], cookie, "under a new secret (LG-05)");
    let mut old = world.agent();
    old.cookies.insert("__Host-gw_session".to_owned(), cookie);
    assert_eq!(old.get(&world.url("/account/security")).await.status, 303);

    // From now on it is enough, and unknown wishes ask for nothing.
    let (id, _) = sid(&world, &mut agent, &openid().set("acr_values", TWO)).await;
    assert_eq!(id["acr"], TWO);
    let (id, _) = sid(&world, &mut agent, &openid().set("acr_values", "urn:example:gold")).await;
    assert_eq!(id["acr"], TWO, "the token tells what there was");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_half_of_a_step_up_is_a_session_that_still_lives() {
    let world = World::new().await;
    let mut agent = at_security(&world, "alice").await;
    let phone = add_app(&world, &mut agent).await;
    let page = world.authorize(&mut agent, &openid().set("acr_values", TWO)).await;
    is_factor(&page);
    // The session ends in between: the code alone opens nothing.
    let kept = agent.cookies.remove("__Host-gw_session").unwrap();
    let answer = super::show(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(!agent.cookies.contains_key("__Host-gw_session"));
    // Nor does it make mallory's session alice's.
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    is_consent(&world.log_in(&mut agent, &login, "mallory").await);
    world.pass(30);
    let answer = super::show(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    agent.cookies.insert("__Host-gw_session".to_owned(), kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_a_fresh_login_is_asked_for_whole() {
    let world = World::new().await;
    let phone = with_app(&world, "alice").await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &openid()).await;
    let page = world.log_in(&mut agent, &login, "alice").await;
    is_consent(&shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await);
    for (name, value) in [("prompt", "login"), ("max_age", "10")] {
        world.pass(60);
        let page = world.authorize(&mut agent, &openid().set(name, value).set("acr_values", TWO)).await;
        assert!(page.body.contains("id=\"login-form\""), "{name}: {}", page.body);
        let page = world.log_in(&mut agent, &page, "alice").await;
        is_factor(&page);
        let answered = shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
        let said = claims(&tokens(&world, &mut agent, &answered).await.access);
        let age = world.app.system_moment().now.timestamp() - said["auth_time"].as_i64().unwrap();
        assert!(said["acr"] == TWO && age < 10, "{name}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn az_20_where_a_passkey_is_required_codes_are_not_enough() {
    let world = World::named(|_| {}).await;
    let mut agent = at_security(&world, "alice").await;
    let phone = add_app(&world, &mut agent).await;
    let phr = openid().set("acr_values", "phr");
    // Whoever has none shows what they have, and then sets one up.
    let page = world.authorize(&mut agent, &phr).await;
    is_factor(&page);
    let choice = shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    assert!(
        choice.body.contains("id=\"enrol-passkey\"") && !choice.body.contains("enrol-totp"),
        "{}",
        choice.body
    );

    let (mut key, _) = add_passkey(&world, &mut agent).await;
    let page = world.authorize(&mut agent, &phr).await;
    is_factor(&page);
    assert!(
        !page.body.contains("name=\"code\"") && !page.body.contains("name=\"recovery\""),
        "{}",
        page.body
    );
    world.pass(30);
    let code = phone.code(&world);
    assert_eq!(super::show(&world, &mut agent, &page, ("code", &code)).await.status, 403);
    let answer = key.get(&options(&page.body));
    let answered = shown(&world, &mut agent, &page, ("passkey", &answer)).await;
    let said = claims(&tokens(&world, &mut agent, &answered).await.access);
    assert_eq!(said["acr"], "phr", "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_values_of_acr_are_announced() {
    let world = World::new().await;
    let metadata = world.get("/.well-known/oauth-authorization-server").await.json();
    let values = json!(["urn:gatewright:acr:1fa", "urn:gatewright:acr:2fa", "phr"]);
    assert_eq!(metadata["acr_values_supported"], values);
}

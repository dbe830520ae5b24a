//! A second factor that somebody has.

use gatewright_tests::flows::claims;
use gatewright_tests::{Az, PASSWORD, World};
use serde_json::json;

use super::{at_factor, at_security, is_consent, openid, show, shown, tokens, with_app};

#[tokio::test(flavor = "multi_thread")]
async fn lg_06_a_right_password_alone_is_no_login() {
    let world = World::new().await;
    let phone = with_app(&world, "alice").await;
    let sessions = world.count("sessions").await;
    let mut agent = world.agent();
    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    let (request, step) = (page.hidden("request"), page.hidden("step"));
    assert_eq!(world.count("sessions").await, sessions, "nothing is stored");

    // No way on from here but with the code.
    for path in ["/authorize/resume", "/consent"] {
        for query in [format!("request={request}"), format!("request={request}&step={step}")] {
            let around = agent.get(&world.url(&format!("{path}?{query}"))).await;
            let around = agent.follow(around).await;
            assert!(around.body.contains("id=\"login-form\""), "{path}: {}", around.body);
        }
        let instead = agent.get(&world.url(&format!("{path}?request={step}"))).await;
        assert_eq!(instead.status, 400, "{path}: a step is no request");
    }
    for path in ["/account/security", "/account/security/totp"] {
        let away = agent.get(&world.url(path)).await;
        assert_eq!(away.status, 303, "{path}: {}", away.body);
    }
    let silent = world.authorize(&mut agent, &openid().set("prompt", "none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("login_required"));

    // Nor with nothing, with too much, or with half of it elsewhere.
    let url = world.url("/login/factor");
    let code = phone.code(&world);
    let both = [("request", request.as_str()), ("step", &step), ("code", &code), ("recovery", "x")];
    assert_eq!(agent.post(&url, &both[..2]).await.status, 400, "an empty form is no proof");
    assert_eq!(agent.post(&url, &both).await.status, 400);
    assert_eq!(agent.post(&url, &[both[0], both[2]]).await.status, 400, "no step");
    assert_eq!(agent.post(&url, &[both[1], both[2]]).await.status, 400, "no errand");
    let mut other = world.agent();
    let elsewhere = at_factor(&world, &mut other, &openid(), "alice").await;
    assert_eq!(other.post(&url, &both[..3]).await.status, 400, "another browser");
    let mixed = [("request", elsewhere.hidden("request")), ("step", step.clone()), ("code", code.clone())];
    let mixed = mixed.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(other.post(&url, &mixed).await.status, 400, "the step of another errand");

    let consent = shown(&world, &mut agent, &page, ("code", &code)).await;
    is_consent(&consent);
    let tokens = tokens(&world, &mut agent, &consent).await;
    for token in [tokens.id.as_deref().unwrap(), &tokens.access] {
        let said = claims(token);
        assert_eq!(said["acr"], "urn:gatewright:acr:2fa", "{said}");
        assert_eq!(said["amr"], json!(["pwd", "otp", "mfa"]));
    }
    assert_eq!(world.events("factor.used").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_06_what_was_shown_lasts_ten_minutes_and_dies_with_the_password() {
    let world = World::new().await;
    let phone = with_app(&world, "alice").await;
    let mut agent = world.agent();
    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    world.pass(601);
    let late = show(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    assert_eq!(late.status, 400, "{}", late.body);

    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    let user = world.user("alice").await;
    let operator = world.operator();
    let new = gatewright_oauth::secret::Secret::new("quite another long password".to_owned());
    let set = gatewright_server::accounts::set_password(&world.app, &operator, user, &new).await.unwrap();
    assert!(matches!(set, gatewright_store::Write::Applied(())));
    let dead = show(&world, &mut agent, &page, ("code", &phone.code(&world))).await;
    assert_eq!(dead.status, 400, "{}", dead.body);
    assert!(!dead.headers.contains_key("set-cookie"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_07_a_code_is_used_once_and_guesses_are_few() {
    let world = World::new().await;
    let phone = with_app(&world, "alice").await;
    let mut agent = world.agent();
    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    let code = phone.code(&world);
    is_consent(&shown(&world, &mut agent, &page, ("code", &code)).await);
    let again = show(&world, &mut agent, &page, ("code", &code)).await;
    assert_eq!(again.status, 403, "the same code for the same step");
    let mut other = world.agent();
    let page = at_factor(&world, &mut other, &openid(), "alice").await;
    assert_eq!(show(&world, &mut other, &page, ("code", &code)).await.status, 403, "and in another browser");

    let wrong = phone.wrong(&world);
    let statuses = async |agent: &mut gatewright_tests::Agent, count: usize| {
        let mut seen = Vec::new();
        for _ in 0..count {
            let page = show(&world, agent, &page, ("code", &wrong)).await;
            assert_eq!(page.status == 429, page.headers.contains_key("retry-after"));
            seen.push(page.status.as_u16());
        }
        seen
    };
    // Two were taken by the code that was used before.
    assert_eq!(statuses(&mut other, 5).await, [403, 403, 403, 403, 429]);
    world.pass(60);
    let right = show(&world, &mut other, &page, ("code", &phone.code(&world))).await;
    assert_eq!(right.status, 429, "even the right one tells nothing");
    world.pass(240);
    is_consent(&shown(&world, &mut other, &page, ("code", &phone.code(&world))).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_02_all_factors_share_one_limit() {
    let world = World::with(|config| config.login.attempts = 5).await;
    let phone = with_app(&world, "alice").await;
    let wrong = phone.wrong(&world);
    let mut agent = world.agent();
    let page = at_factor(&world, &mut agent, &openid(), "alice").await;
    for _ in 0..4 {
        assert_eq!(show(&world, &mut agent, &page, ("code", &wrong)).await.status, 403);
    }
    assert_eq!(show(&world, &mut agent, &page, ("code", &wrong)).await.status, 429);
    assert_eq!(show(&world, &mut agent, &page, ("recovery", &phone.codes[0])).await.status, 429);
    // The right password is not looked at any more either, and gives no fresh tries for codes.
    let mut other = world.agent();
    let login = world.authorize(&mut other, &openid()).await;
    let request = login.hidden("request");
    let fields = [("request", request.as_str()), ("username", "alice"), ("password", PASSWORD)];
    assert_eq!(other.post(&world.url("/login"), &fields).await.status, 429);
    assert_eq!(world.events("factor.used").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_02_a_right_password_gives_no_tries_back_while_a_code_is_missing() {
    let world = World::with(|config| config.login.attempts = 4).await;
    let phone = with_app(&world, "alice").await;
    let wrong = phone.wrong(&world);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let mut agent = world.agent();
        let login = world.authorize(&mut agent, &openid()).await;
        let page = world.log_in(&mut agent, &login, "alice").await;
        if page.status == 429 {
            seen.push(429);
            continue;
        }
        seen.push(show(&world, &mut agent, &page, ("code", &wrong)).await.status.as_u16());
    }
    assert_eq!(seen, [403, 403, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_05_the_cookie_is_new_after_the_second_factor() {
    let world = World::new().await;
    let mut agent = at_security(&world, "alice").await;
    let phone = super::add_app(&world, &mut agent).await;
    let before = agent.cookies["__Host-gw_session"].clone();
    let login = world.authorize(&mut agent, &openid().set("prompt", "login")).await;
    let page = world.log_in(&mut agent, &login, "alice").await;
    assert_eq!(agent.cookies["__Host-gw_session"], before, "half a login changes nothing");
    is_consent(&shown(&world, &mut agent, &page, ("code", &phone.code(&world))).await);
    assert_ne!(agent.cookies["__Host-gw_session"], before);
    let mut old = world.agent();
    old.cookies.insert("__Host-gw_session".to_owned(), before);
    assert_eq!(old.get(&world.url("/account/security")).await.status, 303, "the old one is dead");
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_18_of_two_people_at_one_browser_nobody_gets_the_other_s_session() {
    let world = World::new().await;
    let phone = with_app(&world, "alice").await;
    let mut agent = world.agent();
    let half = at_factor(&world, &mut agent, &openid(), "alice").await;
    // Somebody else signs in, in another tab, while alice looks for her phone.
    let login = world.authorize(&mut agent, &Az::of("pub2").set("redirect_uri", "https://two.test/cb")).await;
    is_consent(&world.log_in(&mut agent, &login, "mallory").await);
    let consent = shown(&world, &mut agent, &half, ("code", &phone.code(&world))).await;
    is_consent(&consent);
    let tokens = tokens(&world, &mut agent, &consent).await;
    assert_eq!(claims(&tokens.access)["sub"], world.user("alice").await.to_string());
    assert_eq!(world.events("session.ended").await, 1, "mallory's session ended");
}

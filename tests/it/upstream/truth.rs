//! LG: what a provider's word is worth: when somebody signed in there, how, and that half of a login is none.

use gatewright_oauth::assurance::Acr;
use gatewright_tests::{Agent, Az, Page, World};
use serde_json::json;

use super::idp::{Idp, configured, press, sign_in};
use super::{is_consent, problem, world};

/// There and back, for what an app asks.
async fn come(world: &World, idp: &Idp, agent: &mut Agent, az: &Az) -> (String, Page) {
    let login = world.authorize(agent, az).await;
    let sent = press(world, agent, &login).await;
    let way = sent.location().unwrap().to_owned();
    let answer = agent.get(&idp.allow(&way)).await;
    (way, agent.follow(answer).await)
}

fn now(world: &World) -> i64 {
    world.operator().now.timestamp()
}

async fn auth_time(world: &World) -> i64 {
    let statement = "SELECT auth_time FROM sessions ORDER BY created_at DESC LIMIT 1";
    let at: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar(statement).fetch_one(&world.database).await.unwrap();
    at.timestamp()
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_12_a_sign_in_there_is_as_old_as_the_provider_says() {
    let (world, idp) = world().await;
    let then = now(&world) - 5000;
    idp.lie(vec![("auth_time", json!(then))]);
    let mut agent = world.agent();
    assert!(is_consent(&sign_in(&world, &idp, &mut agent).await));
    assert_eq!(auth_time(&world).await, then);
    // So a page of the account that takes a fresh one asks for it, and so does an app.
    let page = agent.get("/account/security/totp").await;
    let login = agent.follow(page).await;
    let sent = press(&world, &mut agent, &login).await;
    assert!(sent.location().unwrap().contains("max_age=900"), "{sent:?}");
    let (way, page) = come(&world, &idp, &mut agent, &Az::of("pub1").set("max_age", "600")).await;
    assert!(way.contains("max_age=600") && !way.contains("prompt="), "{way}");
    assert_eq!(
        (page.status.as_u16(), problem(&page).as_str()),
        (403, "upstream_not_fresh"),
        "it did not listen"
    );
    // Made up: later than now.
    for made_up in [json!(now(&world) + 5000), json!("yesterday"), json!(-1)] {
        idp.lie(vec![("auth_time", made_up)]);
        let (_, page) = come(&world, &idp, &mut agent, &Az::of("pub1").set("max_age", "600")).await;
        assert_eq!(problem(&page), "upstream_not_fresh");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_12_a_fresh_sign_in_is_asked_for_there_and_has_to_be_said() {
    let (world, idp) = world().await;
    for (name, value, sent, age) in [
        ("prompt", "login", "max_age=0&prompt=login", 3600),
        ("max_age", "0", "max_age=0&prompt=login", 120),
        ("max_age", "600", "max_age=600", 700),
    ] {
        let az = Az::of("pub1").set(name, value);
        idp.lie(vec![]);
        let (way, page) = come(&world, &idp, &mut world.agent(), &az).await;
        assert!(way.contains(sent), "{way}");
        assert_eq!(problem(&page), "upstream_not_fresh", "{name}: it says nothing about it");
        assert!(page.body.contains("Sign in another way: with a password or a passkey"), "{}", page.body);
        idp.lie(vec![("auth_time", json!(now(&world) - age))]);
        let (_, page) = come(&world, &idp, &mut world.agent(), &az).await;
        assert_eq!(problem(&page), "upstream_not_fresh", "{name}: too old");
        assert!(page.body.contains("Sign out at "), "{}", page.body);
        let at = now(&world) - i64::from(age == 700) * 100;
        idp.lie(vec![("auth_time", json!(at))]);
        let (_, page) = come(&world, &idp, &mut world.agent(), &az).await;
        assert!(is_consent(&page), "{name}: {} {}", page.status, page.body);
        assert!((auth_time(&world).await - at).abs() <= 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_12_a_provider_s_key_is_phishing_resistant_only_where_it_says_so() {
    let world = World::with(configured(|upstream| upstream.trust_amr = true)).await;
    let idp = Idp::on(&world).await;
    for (said, kept, worth) in [
        (json!(["pop", "mfa"]), "fed mfa", Acr::TwoFactors),
        (json!(["mfa", "pop", "swk"]), "fed mfa swk", Acr::TwoFactors),
        (json!(["hwk", "mfa"]), "fed hwk mfa pop", Acr::PhishingResistant),
        (json!(["phr", "mfa"]), "fed pop mfa", Acr::PhishingResistant),
        (json!(["hwk"]), "fed hwk pop", Acr::OneFactor),
        (json!("pop mfa hwk"), "fed", Acr::OneFactor),
    ] {
        idp.lie(vec![("amr", said.clone())]);
        sign_in(&world, &idp, &mut world.agent()).await;
        let amr: String = sqlx::query_scalar("SELECT amr FROM sessions ORDER BY created_at DESC LIMIT 1")
            .fetch_one(&world.database)
            .await
            .unwrap();
        assert_eq!((amr.as_str(), Acr::of(&amr)), (kept, worth), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_06_coming_from_another_provider_is_half_a_login_where_a_second_factor_is_missing() {
    let (world, idp) = world().await;
    // Ada comes, and adds an app to her account.
    let mut agent = world.agent();
    assert!(is_consent(&sign_in(&world, &idp, &mut agent).await));
    let phone = crate::factors::add_app(&world, &mut agent).await;
    let session = |agent: &Agent| {
        agent.cookies.iter().find(|(name, _)| name.contains("session")).map(|(_, value)| value.clone())
    };

    // Mallory's session is in the browser where Ada comes next: it gets her nothing, and ends.
    let mut shared = world.agent();
    let login = world.authorize(&mut shared, &Az::of("pub1")).await;
    assert!(is_consent(&world.log_in(&mut shared, &login, "mallory").await));
    let planted = session(&shared).unwrap();
    let (way, half) = come(&world, &idp, &mut shared, &Az::of("pub1").set("prompt", "select_account")).await;
    assert!(half.body.contains("id=\"second-factor\""), "{} {}", half.status, half.body);
    assert_eq!(session(&shared).as_ref(), Some(&planted), "no cookie for half a login");
    // What is sealed on that page opens in no other browser, and nothing that was used works again.
    let (request, step) = (half.hidden("request"), half.hidden("step"));
    let code = phone.codes[0].clone();
    let fields = [("request", request.as_str()), ("step", step.as_str()), ("recovery", code.as_str())];
    let elsewhere = world.agent().post("/login/factor", &fields).await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.headers.contains_key("set-cookie")), (400, false));
    assert_eq!(shared.get(&idp.allow(&way)).await.status, 400, "the journey is over");
    let answer = shared.post("/login/factor", &fields).await;
    assert!(answer.body.contains("id=\"recovery-used\""), "{} {}", answer.status, answer.body);
    let fresh = session(&shared).unwrap();
    assert_ne!(fresh, planted, "LG-05: a new session");
    let again = shared.clone().post("/login/factor", &fields).await;
    assert!(!again.headers.contains_key("set-cookie"), "a recovery code, and the step with it, are used up");
    let living = "SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.ended_at IS NULL AND u.username = 'mallory'";
    let living: i64 = sqlx::query_scalar(living).fetch_one(&world.database).await.unwrap();
    assert_eq!(living, 0, "LG-18: the session of who sat there before has ended");
}

//! LG-05, LG-18: whose session it is.

use gatewright_tests::flows::claims;
use gatewright_tests::{Az, Tokens, World};

use super::{is_signed_in, signed_in};

const SESSION: &str = "__Host-gw_session";

#[tokio::test(flavor = "multi_thread")]
async fn lg_05_a_session_id_known_before_login_is_worth_nothing_after_it() {
    let world = World::new().await;

    // One that was made up.
    let mut victim = world.agent();
    let made_up = {
        let (other, _) = signed_in(&world, "mallory").await;
        let real = other.cookies[SESSION].clone();
        let mut agent = other.clone();
        let asked = agent.get("/logout").await;
        agent.post("/logout", &[("ticket", &asked.hidden("ticket"))]).await;
        real
    };
    victim.cookies.insert(SESSION.to_owned(), made_up.clone());
    let login = world.authorize(&mut victim, &Az::of("pub1")).await;
    world.log_in(&mut victim, &login, "alice").await;
    assert_ne!(victim.cookies[SESSION], made_up);
    let mut attacker = world.agent();
    attacker.cookies.insert(SESSION.to_owned(), made_up);
    assert!(!is_signed_in(&world, &mut attacker).await);

    // The attacker's own, alive.
    let (mut mallory, _) = signed_in(&world, "mallory").await;
    let planted = mallory.cookies[SESSION].clone();
    let mut victim = world.agent();
    victim.cookies.insert(SESSION.to_owned(), planted.clone());
    let login = world.authorize(&mut victim, &Az::of("pub1").set("prompt", "login")).await;
    let consent = world.log_in(&mut victim, &login, "alice").await;
    assert!(consent.body.contains("alice@example.test"), "{}", consent.body);
    assert_ne!(victim.cookies[SESSION], planted);
    assert!(!is_signed_in(&world, &mut mallory).await, "the planted session ended");

    // Her own, from before she proved again who she is.
    let before = victim.cookies[SESSION].clone();
    let login = world.authorize(&mut victim, &Az::of("pub1").set("prompt", "login")).await;
    world.log_in(&mut victim, &login, "alice").await;
    assert_ne!(victim.cookies[SESSION], before);
    let mut thief = world.agent();
    thief.cookies.insert(SESSION.to_owned(), before);
    assert!(!is_signed_in(&world, &mut thief).await);
    assert!(is_signed_in(&world, &mut victim).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_05_a_wrong_password_opens_and_ends_no_session() {
    let world = World::new().await;
    let (mut agent, _) = signed_in(&world, "alice").await;
    let before = agent.cookies[SESSION].clone();
    let sessions = world.count("sessions").await;
    let login = world.authorize(&mut agent, &Az::of("pub1").set("prompt", "login")).await;
    let request = login.hidden("request");
    let fields = [("request", request.as_str()), ("username", "alice"), ("password", "wrong")];
    assert_eq!(agent.post("/login", &fields).await.status, 403);
    assert_eq!(agent.cookies[SESSION], before);
    assert_eq!(world.count("sessions").await, sessions);
    assert!(is_signed_in(&world, &mut agent).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_18_the_next_person_at_a_browser_inherits_nothing() {
    let world = World::new().await;
    let mut browser = world.agent();
    let az = Az::of("pub1").set("scope", "openid mcp:read");
    let back = world.approve(&mut browser, &az, "alice").await;
    let alices = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    let alices_cookie = browser.cookies[SESSION].clone();

    let login = world.authorize(&mut browser, &az.clone().set("prompt", "login")).await;
    let consent = world.log_in(&mut browser, &login, "mallory").await;
    let back = world.decide(&mut browser, &consent, "approve").await;
    let mallorys = Tokens::of(&world.redeem("pub1", &back.answer("code").unwrap(), &[]).await);
    let mallory = world.user("mallory").await.to_string();
    assert_eq!(claims(mallorys.id.as_deref().unwrap())["sub"], mallory.as_str());
    assert_eq!(claims(&mallorys.access)["sub"], mallory.as_str());
    assert_ne!(claims(mallorys.id.as_deref().unwrap())["sid"], claims(alices.id.as_deref().unwrap())["sid"]);

    let mut old = world.agent();
    old.cookies.insert(SESSION.to_owned(), alices_cookie);
    assert!(!is_signed_in(&world, &mut old).await, "alice's session is over");
    assert_eq!(world.events("session.ended").await, 1);
    assert!(world.is_active(&mallorys.access).await);
    // The agent alice had allowed goes on, as hers.
    let renewed = Tokens::of(&world.refresh("pub1", alices.refresh()).await);
    assert_eq!(claims(&renewed.access)["sub"], world.user("alice").await.to_string().as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn lg_18_a_cookie_that_stayed_behind_is_dead_after_logout() {
    let world = World::new().await;
    let (mut agent, _) = signed_in(&world, "alice").await;
    let copy = agent.clone();
    let asked = agent.get("/logout").await;
    agent.post("/logout", &[("ticket", &asked.hidden("ticket"))]).await;
    assert!(!agent.cookies.contains_key(SESSION));
    let mut agent = copy;
    assert!(!is_signed_in(&world, &mut agent).await, "the server ended it, not the cookie");
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let consent = world.log_in(&mut agent, &login, "mallory").await;
    assert!(
        consent.body.contains("mallory@example.test") && !consent.body.contains("alice"),
        "{}",
        consent.body
    );
}

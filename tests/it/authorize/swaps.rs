//! Nobody is put into a flow somebody else started (AZ-17), and tabs do not disturb each other.

use gatewright_tests::{Agent, Az, CALLBACK, PASSWORD, Page, World};

use super::{Before, answered, ask_as, error_page, is_consent, is_login, sealed, signed_in};

#[track_caller]
fn started_elsewhere(page: &Page, about: &str) {
    error_page(page, "invalid_request", about);
    assert!(page.body.contains("This sign-in was started somewhere else"), "{about}: {}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_17_a_request_works_only_in_the_browser_that_started_it() {
    let world = World::new().await;
    let mut mallory = world.agent();
    let first = ask_as(&world, &mut mallory, &Az::of("pub1")).await;
    let request = sealed(&first);
    let (name, cookie) = mallory.browser_cookie();
    assert!(!request.contains(&cookie), "the cookie does not travel in the address");
    let alice = signed_in(&world, "alice").await;
    let before = Before::of(&world).await;
    let mut tossed = world.agent();
    tossed.cookies.insert(name.clone(), format!("{cookie}; {name}={cookie}"));
    for (who, browser) in [("nobody", world.agent()), ("alice", alice.clone()), ("two cookies", tossed)] {
        for path in ["/login", "/consent", "/authorize/resume"] {
            let mut browser: Agent = browser.clone();
            let page = browser.get(&world.url(&format!("{path}?request={request}"))).await;
            started_elsewhere(&page, &format!("{who} {path}"));
        }
        // Not even a right password is looked at.
        let fields = [("request", request.as_str()), ("username", "alice"), ("password", PASSWORD)];
        let page = browser.clone().post(&world.url("/login"), &fields).await;
        started_elsewhere(&page, who);
        assert_eq!(page.headers.get("set-cookie"), None, "{who}");
    }
    before.holds(&world).await;
    // Where it was started it still works.
    let login = mallory.follow(first).await;
    is_consent(&world.log_in(&mut mallory, &login, "mallory").await, "mallory");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_17_a_consent_form_works_only_for_the_browser_and_session_that_saw_it() {
    let world = World::new().await;
    let mut mallory = world.agent();
    let login = world.authorize(&mut mallory, &Az::of("pub1")).await;
    let consent = world.log_in(&mut mallory, &login, "mallory").await;
    let ticket = consent.hidden("ticket");
    world.pass(2);
    let mut alice = signed_in(&world, "alice").await;
    let before = Before::of(&world).await;
    for decision in ["approve", "deny"] {
        let fields = [("ticket", ticket.as_str()), ("decision", decision)];
        started_elsewhere(&alice.post(&world.url("/consent"), &fields).await, decision);
        started_elsewhere(&world.agent().post(&world.url("/consent"), &fields).await, decision);
        // With mallory's browser cookie and no session, or alice's, nobody has answered either.
        let mut mixed = mallory.clone();
        mixed.cookies.remove("__Host-gw_session");
        let page = mixed.post(&world.url("/consent"), &fields).await;
        assert!(page.location().unwrap().starts_with("/authorize/resume?"), "{:?}", page.location());
        is_login(&mixed.follow(page).await, decision);
        mixed.cookies.insert("__Host-gw_session".to_owned(), alice.cookies["__Host-gw_session"].clone());
        let page = mixed.post(&world.url("/consent"), &fields).await;
        let page = mixed.follow(page).await;
        is_consent(&page, decision);
        assert!(page.body.contains("alice@example.test"), "asked as herself");
    }
    before.holds(&world).await;
    // One artefact is not another: a request is no ticket, a ticket no request.
    let request = sealed(&ask_as(&world, &mut mallory, &Az::of("pub1")).await);
    let page = mallory.post(&world.url("/consent"), &[("ticket", &request), ("decision", "approve")]).await;
    error_page(&page, "invalid_request", "a request as ticket");
    let page = mallory.get(&world.url(&format!("/authorize/resume?request={ticket}"))).await;
    error_page(&page, "invalid_request", "a ticket as request");
    before.holds(&world).await;
    let page = mallory.post(&world.url("/consent"), &[("ticket", &ticket), ("decision", "approve")]).await;
    answered(&world, &page, CALLBACK);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_17_a_form_of_the_person_before_is_not_answered_by_the_next_one() {
    let world = World::new().await;
    let mut browser = world.agent();
    let login = world.authorize(&mut browser, &Az::of("pub1")).await;
    let of_alice = world.log_in(&mut browser, &login, "alice").await;
    // "Not you?": mallory signs in in the same browser.
    let page = browser.get(&world.url(&format!("/login?request={}", login.hidden("request")))).await;
    is_login(&page, "somebody else");
    let of_mallory = world.log_in(&mut browser, &page, "mallory").await;
    is_consent(&of_mallory, "mallory");
    let page = world.decide(&mut browser, &of_alice, "approve").await;
    is_consent(&page, "asked again");
    assert!(page.body.contains("mallory@example.test") && !page.body.contains("alice@"), "{}", page.body);
    assert_eq!((world.count("codes").await, world.count("consents").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn az_17_a_request_ends_after_half_an_hour() {
    let world = World::new().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    world.pass(30 * 60 - 1);
    let consent = world.log_in(&mut agent, &login, "alice").await;
    is_consent(&consent, "in time");
    world.pass(2);
    let page = agent.get(&world.url(&format!("/login?request={}", login.hidden("request")))).await;
    error_page(&page, "invalid_request", "a second too late");
    assert!(page.body.contains("This page is no longer valid"));
    // A flow goes on with a fresh deadline at every step, and each step has its own.
    let page = world.decide(&mut agent, &consent, "approve").await;
    answered(&world, &page, CALLBACK);
    let stale = agent.post(&world.url("/consent"), &[("ticket", "x"), ("decision", "approve")]).await;
    error_page(&stale, "invalid_request", "no ticket");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_17_one_consent_form_gives_one_code() {
    let world = World::new().await;
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &Az::of("pub1")).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let first = world.decide(&mut agent, &consent, "approve").await;
    let second = world.decide(&mut agent, &consent, "approve").await;
    let code = answered(&world, &first, CALLBACK);
    assert_eq!(answered(&world, &second, CALLBACK), code, "a double click");
    assert_eq!((world.count("codes").await, world.events("code.issued").await), (1, 1));
    assert_eq!(world.redeem("pub1", &code, &[]).await.status, 200);
    let third = world.decide(&mut agent, &consent, "approve").await;
    error_page(&third, "invalid_request", "a spent form");
    assert_eq!(world.count("codes").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_of_one_browser_do_not_disturb_each_other() {
    let world = World::new().await;
    let mut agent = world.agent();
    let requests = [
        Az::of("pub1").set("state", "one"),
        Az::to("pub2", "https://two.test/cb").set("state", "two"),
        Az::to("nat1", "http://127.0.0.1:1/cb").set("state", "three"),
    ];
    let mut tabs = Vec::new();
    for az in &requests {
        let page = world.authorize(&mut agent, az).await;
        is_login(&page, "a new tab");
        tabs.push(page);
    }
    let consent = world.log_in(&mut agent, &tabs[1], "alice").await;
    // The other tabs reload: alice is signed in there too.
    let mut pages = vec![consent];
    for tab in [0, 2] {
        let request = tabs[tab].hidden("request");
        let page = agent.get(&world.url(&format!("/authorize/resume?request={request}"))).await;
        pages.push(agent.follow(page).await);
    }
    // All forms are open at once; answered in another order, each reaches its own client.
    let expected = [("https://two.test/cb", "two"), (CALLBACK, "one"), ("http://127.0.0.1:1/cb", "three")];
    for (page, (redirect, state)) in pages.iter().zip(expected).rev() {
        let back = world.decide(&mut agent, page, "approve").await;
        answered(&world, &back, redirect);
        assert_eq!(back.answer("state").as_deref(), Some(state));
    }
    assert_eq!(world.count("sessions").await, 1);
}

//! CK: the two cookies.

use axum::http::header::COOKIE;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatewright_tests::{Az, Page, World};

use super::{is_signed_in, signed_in};

const SESSION: &str = "__Host-gw_session";
const BROWSER: &str = "__Host-gw_browser_";

fn set_cookies(page: &Page) -> Vec<String> {
    page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_01_cookies_cannot_be_planted_by_a_sibling_domain() {
    let world = World::new().await;
    let mut agent = world.agent();
    let started = agent.get(&format!("/authorize?{}", Az::of("pub1").query())).await;
    let login = agent.follow(started.clone()).await;
    let request = login.hidden("request");
    let fields =
        [("request", request.as_str()), ("username", "alice"), ("password", gatewright_tests::PASSWORD)];
    let welcome = agent.post("/login", &fields).await;
    let asked = agent.get("/logout").await;
    let ended = agent.post("/logout", &[("ticket", &asked.hidden("ticket"))]).await;

    let lines: Vec<String> = [&started, &welcome, &ended].into_iter().flat_map(set_cookies).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, name) in lines.iter().zip([BROWSER, SESSION, SESSION]) {
        let (pair, attributes) = line.split_once("; ").unwrap();
        assert!(pair.starts_with(name), "{line}");
        let (attributes, age) = attributes.rsplit_once("; ").unwrap();
        assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Lax", "{line}");
        assert!(age.strip_prefix("Max-Age=").unwrap().parse::<u32>().is_ok(), "{line}");
        assert!(line.len() <= 512, "{line}");
    }
    assert!(lines[2].ends_with("Max-Age=0"), "{}", lines[2]);
    assert!(set_cookies(&login).is_empty() && set_cookies(&asked).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_01_a_second_cookie_of_the_same_name_counts_as_none() {
    let world = World::new().await;
    let (alice, _) = signed_in(&world, "alice").await;
    let (mallory, _) = signed_in(&world, "mallory").await;
    let (hers, planted) = (&alice.cookies[SESSION], &mallory.cookies[SESSION]);
    let silent = Az::of("pub1").set("prompt", "none").query();
    let heard = async |lines: &[String]| {
        let mut request = world.http.get(world.url(&format!("/authorize?{silent}")));
        for line in lines {
            request = request.header(COOKIE, line);
        }
        Page::read(request.send().await.unwrap()).await.answer("error").unwrap()
    };
    assert_eq!(heard(&[format!("{SESSION}={hers}")]).await, "consent_required");
    assert_eq!(heard(&[format!("{SESSION}={hers}; {SESSION}={planted}")]).await, "login_required");
    assert_eq!(heard(&[format!("{SESSION}={planted}; {SESSION}={hers}")]).await, "login_required");
    assert_eq!(heard(&[format!("{SESSION}={hers}"), format!("{SESSION}={planted}")]).await, "login_required");
    assert_eq!(
        heard(&[format!("gw_session={hers}")]).await,
        "login_required",
        "the prefix is the protection"
    );
    assert_eq!(heard(&[format!("{SESSION}={hers}x")]).await, "login_required");
    assert_eq!(heard(&[format!("{SESSION}=\"{hers}\"")]).await, "login_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_05_huge_cookies_are_answered_with_what_to_do_about_them() {
    let world = World::new().await;
    let sent = async |bytes: usize| {
        let request =
            world.http.get(world.url("/logout")).header(COOKIE, format!("junk={}", "x".repeat(bytes)));
        Page::read(request.send().await.unwrap()).await
    };
    assert_eq!(sent(15 * 1024).await.status, 200);
    for bytes in [16 * 1024, 32 * 1024] {
        let refused = sent(bytes).await;
        assert_eq!(refused.status, 431);
        assert!(refused.body.contains("Clear the cookies of this site"), "{}", refused.body);
        assert_eq!(refused.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(refused.header("cache-control"), "no-store");
    }
    let many = world
        .http
        .get(world.url("/jwks"))
        .header("x-one", "y".repeat(9_000))
        .header("x-two", "y".repeat(9_000));
    assert_eq!(Page::read(many.send().await.unwrap()).await.status, 431, "any header counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_06_session_ids_are_256_random_bits() {
    let world = World::new().await;
    let (first, _) = signed_in(&world, "alice").await;
    let (second, _) = signed_in(&world, "alice").await;
    assert_ne!(first.cookies[SESSION], second.cookies[SESSION]);
    let given = world.entropy.secrets();
    for agent in [first, second] {
        for token in [&agent.cookies[SESSION], &agent.browser_cookie().1] {
            let secret = URL_SAFE_NO_PAD.decode(&token[6..49]).unwrap();
            assert_eq!(secret.len(), 32, "{token}");
            assert!(given.contains(&secret), "drawn from the generator");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_06_a_session_ends_when_unused_and_in_any_case() {
    const HOUR: i64 = 3_600;
    let world = World::new().await;
    let (mut agent, consent) = signed_in(&world, "alice").await;
    world.decide(&mut agent, &consent, "approve").await;
    let mut idle = agent.clone();

    // Using it moves the idle end, never the absolute one.
    let mut hours = 0;
    while hours + 7 < 7 * 24 {
        world.pass(7 * HOUR);
        hours += 7;
        assert!(is_signed_in(&world, &mut agent).await, "after {hours} hours of use");
        if hours == 7 {
            idle = agent.clone();
        }
    }
    assert_eq!(hours, 161);
    world.pass(7 * HOUR - 60);
    assert!(is_signed_in(&world, &mut agent).await, "a minute before the end");
    world.pass(60);
    assert!(!is_signed_in(&world, &mut agent).await, "after seven days in any case");
    assert!(!is_signed_in(&world, &mut idle).await);

    let (mut agent, _) = signed_in(&world, "mallory").await;
    world.pass(8 * HOUR - 60);
    let page = agent.get("/logout").await;
    assert!(page.body.contains("id=\"logout-confirm\""), "looking does not end it");
    world.pass(60);
    assert!(!is_signed_in(&world, &mut agent).await, "after eight hours without use, and looking is no use");
    let page = agent.get("/logout").await;
    assert!(page.body.contains("id=\"logout-done\""), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_07_any_number_of_tabs_finish() {
    let world = World::new().await;
    let mut agent = world.agent();
    let mut tabs = Vec::new();
    for tab in 0..9 {
        let az = Az::of("pub1").set("state", &format!("tab-{tab}"));
        tabs.push(world.authorize(&mut agent, &az).await);
    }
    let browser = agent.browser_cookie();
    let mut codes = std::collections::BTreeSet::new();
    for (tab, login) in tabs.iter().enumerate().rev() {
        let mut page = world.log_in(&mut agent, login, "alice").await;
        if page.body.contains("id=\"consent-form\"") {
            page = world.decide(&mut agent, &page, "approve").await;
        }
        assert_eq!(page.answer("state"), Some(format!("tab-{tab}")));
        codes.insert(page.answer("code").unwrap());
    }
    assert_eq!(codes.len(), 9);
    assert_eq!(agent.browser_cookie(), browser, "no tab took the others' browser away");
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_07_tabs_that_open_at_the_same_moment_in_a_fresh_browser_all_finish() {
    let world = World::new().await;
    let fresh = world.agent();
    // Three requests leave before the first answer is back: none of them carries a cookie.
    let mut agent = world.agent();
    let mut started = Vec::new();
    for tab in 0..3 {
        let az = Az::of("pub1").set("state", &format!("tab-{tab}"));
        let mut alone = fresh.clone();
        started.push(alone.get(&format!("/authorize?{}", az.query())).await);
        agent.cookies.extend(alone.cookies);
    }
    assert_eq!(agent.cookies.len(), 3, "no answer overwrites another's cookie");
    for (tab, first) in started.into_iter().enumerate() {
        let mut page = agent.follow(first).await;
        if page.body.contains("id=\"login-form\"") {
            page = world.log_in(&mut agent, &page, "alice").await;
        }
        if page.body.contains("id=\"consent-form\"") {
            page = world.decide(&mut agent, &page, "approve").await;
        }
        assert_eq!(page.answer("state"), Some(format!("tab-{tab}")), "{}", page.body);
        assert!(page.answer("code").is_some());
    }
    // From now on one of them names the browser.
    let again = agent.get(&format!("/authorize?{}", Az::of("pub1").query())).await;
    assert_eq!(set_cookies(&again).len(), 1);
    assert_eq!(agent.cookies.len(), 4, "three browser cookies and the session");
}

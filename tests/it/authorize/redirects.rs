//! Which redirect URIs an answer may go to (RU-01 to RU-05, RU-09, RU-11, RU-12).

use gatewright_tests::{Az, CALLBACK, World};
use serde_json::json;

use super::{Before, accepted, answered, ask, error_page, json_error};

/// The person learns that nothing was sent anywhere; the address is not repeated.
async fn turned_away(world: &World, az: &Az, about: &str) {
    let page = ask(world, az).await;
    error_page(&page, "invalid_redirect_uri", about);
    assert!(page.body.contains("We cannot send you back to the app"), "{about}: {}", page.body);
    // The request's number may contain anything, `cb` for one.
    let said = page.body.replace(page.header("x-request-id"), "");
    assert!(!said.contains("evil.test") && !said.contains(about), "{about}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_01_nothing_but_the_registered_bytes_matches() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for redirect in [
        "https://app.test/cb/",
        "https://app.test/cb?x=1",
        "https://app.test/cb?",
        "https://app.test/cb#f",
        "https://app.test/cb#",
        "https://app.test/cb/..;/x",
        "https://app.test/cb/../x",
        "https://app.test/x/../cb",
        "https://app.test/./cb",
        "https://app.test//cb",
        "https://app.test/cb%2e",
        "https://app.test/%63b",
        "https://app.test/cb%252f",
        "https://app.test/cb.evil",
        "https://app.test/cbx",
        "https://app.test/c",
        "https://app.test",
        "https://app.test/",
        "https://app.test/*",
        "https://app.test:443/cb",
        "https://app.test:8443/cb",
        "https://app.test./cb",
        "https://app.test.evil.test/cb",
        "https://evil.test/cb",
        "https://evil.test/https://app.test/cb",
        "https://xapp.test/cb",
        "https://www.app.test/cb",
        "http://app.test/cb",
        "//app.test/cb",
        "https:app.test/cb",
        "https:/app.test/cb",
        "https:///app.test/cb",
        "https:\\\\app.test\\cb",
        "https://app.test\\@evil.test/cb",
        " https://app.test/cb",
        "https://app.test/cb ",
        "https://app.test/cb,https://evil.test/cb",
        "https://app.test/cb https://evil.test/cb",
        "https://app.test/cb\u{200b}",
        "/cb",
        "cb",
    ] {
        turned_away(&world, &Az::to("pub1", redirect), redirect).await;
    }
    // It does not depend on the rest of the request, nor on who is there.
    turned_away(&world, &Az::to("pub1", "https://app.test/cb/").set("prompt", "none"), "prompt=none").await;
    let form = Az::to("pub1", "https://app.test/cb/").set("response_mode", "form_post");
    turned_away(&world, &form, "form_post").await;
    // Another client's address is as foreign as any.
    turned_away(&world, &Az::to("pub1", "https://two.test/cb"), "https://two.test/cb").await;
    before.holds(&world).await;
    let mut alice = super::signed_in(&world, "alice").await;
    let page = super::ask_as(&world, &mut alice, &Az::to("pub1", "https://app.test/cb/")).await;
    error_page(&page, "invalid_redirect_uri", "signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_01_a_query_that_was_registered_is_kept_in_front() {
    let world = World::new().await;
    let redirect = "https://app.test/cb?tenant=a%20b&x";
    let id = super::stranger(&world, redirect).await;
    let back = world.approve(&mut world.agent(), &Az::to(&id, redirect), "alice").await;
    let location = back.location().unwrap();
    assert!(location.starts_with("https://app.test/cb?tenant=a%20b&x&code="), "{location}");
    for other in
        ["https://app.test/cb?tenant=a+b&x", "https://app.test/cb?x&tenant=a%20b", "https://app.test/cb"]
    {
        turned_away(&world, &Az::to(&id, other), other).await;
    }
    // Nobody registers the names an answer uses.
    for name in ["code", "state", "iss", "error"] {
        let document = json!({ "redirect_uris": [format!("https://app.test/cb?{name}=x")] });
        json_error(&super::register(&world, &document).await, 400, "invalid_redirect_uri", name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_02_userinfo_hides_no_host() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for redirect in
        ["https://a@b.test/", "https://app.test@evil.test/cb", "https://:@b.test/", "http://x@127.0.0.1/cb"]
    {
        let page = super::register(&world, &json!({ "redirect_uris": [redirect] })).await;
        json_error(&page, 400, "invalid_redirect_uri", redirect);
    }
    for (client, redirect) in [
        ("nat1", "http://127.0.0.1:80@evil.test/cb"),
        ("nat1", "http://127.0.0.1@evil.test/cb"),
        ("nat1", "http://evil.test@127.0.0.1/cb"),
        ("nat1", "http://@127.0.0.1/cb"),
        ("pub1", "https://app.test@evil.test/cb"),
        ("pub1", "https://evil.test@app.test/cb"),
        ("pub1", "https://a@app.test@evil.test/cb"),
    ] {
        turned_away(&world, &Az::to(client, redirect), redirect).await;
    }
    before.holds(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_03_this_computer_has_three_names() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for redirect in [
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.nip.io/cb",
        "http://localhost@evil.test/cb",
        "http://localhost./cb",
        "http://LOCALHOST/cb",
        "http://app.test/cb",
        "http://127.0.0.2/cb",
        "http://[::1].evil.test/cb",
        "http://[::2]/cb",
        "http://[0:0:0:0:0:0:0:1]/cb",
    ] {
        let page = super::register(&world, &json!({ "redirect_uris": [redirect] })).await;
        json_error(&page, 400, "invalid_redirect_uri", redirect);
        assert!(
            page.json()["error_description"].as_str().unwrap().contains(redirect),
            "named: {}",
            page.body
        );
        turned_away(&world, &Az::to("nat1", redirect), redirect).await;
    }
    before.holds(&world).await;
    for redirect in
        ["http://localhost/cb", "http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost:3000/cb"]
    {
        super::stranger(&world, redirect).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_04_on_this_computer_the_port_is_free_and_nothing_else() {
    let world = World::new().await;
    let mut agent = world.agent();
    for redirect in [
        "http://127.0.0.1:51004/cb",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:80/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]:1/cb",
    ] {
        accepted(&ask(&world, &Az::to("nat1", redirect)).await, redirect);
        let page = world.approve(&mut agent, &Az::to("nat1", redirect), "alice").await;
        answered(&world, &page, redirect);
    }
    let before = Before::of(&world).await;
    for redirect in [
        "http://127.0.0.1:51004/cb?x=1",
        "http://127.0.0.1:51004/evil",
        "http://127.0.0.1:51004/cb/",
        "http://127.0.0.1:51004/CB",
        "http://127.0.0.1:51004/cb#x",
        "https://127.0.0.1:51004/cb",
        "http://[::1]:1/cb2",
        "http://127.0.0.2:51004/cb",
        "http://localhost:51004/cb",
        "http://localhost/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:x/cb",
        "http://127.0.0.1:51004:1/cb",
        "http://127.0.0.1:+51004/cb",
    ] {
        turned_away(&world, &Az::to("nat1", redirect), redirect).await;
    }
    before.holds(&world).await;
    // `localhost` has a free port too, where it is the name that was registered (ruling 1).
    let id = super::stranger(&world, "http://localhost:3000/cb").await;
    accepted(&ask(&world, &Az::to(&id, "http://localhost:4000/cb")).await, "another port");
    accepted(&ask(&world, &Az::to(&id, "http://localhost/cb")).await, "no port");
    turned_away(&world, &Az::to(&id, "http://127.0.0.1:3000/cb"), "http://127.0.0.1:3000/cb").await;
    // And a port on the web is not free.
    let id = super::stranger(&world, "https://web.test:8443/cb").await;
    accepted(&ask(&world, &Az::to(&id, "https://web.test:8443/cb")).await, "its port");
    turned_away(&world, &Az::to(&id, "https://web.test:8444/cb"), "https://web.test:8444/cb").await;
    turned_away(&world, &Az::to(&id, "https://web.test/cb"), "https://web.test/cb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_05_hosts_are_registered_as_browsers_write_them() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for redirect in [
        "http://0/cb",
        "http://2130706433/cb",
        "http://0x7f.1/cb",
        "http://0177.0.0.1/cb",
        "http://127.1/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "http://[::ffff:7f00:1]/cb",
        "http://0.0.0.0/cb",
        "http://[::]/cb",
        "https://0x7f.1/cb",
        "https://2130706433/cb",
        "https://0.0.0.0/cb",
        "https://[::ffff:127.0.0.1]/cb",
        "https://EXAMPLE.test/cb",
        "https://ex%61mple.test/cb",
        "https://bücher.test/cb",
        "https://app.test:443/cb",
        "https://app.test:0443/cb",
        "https://app.test/a/../cb",
        "https://app.test/a b",
        "https://app.test\\cb",
        "https://*.app.test/cb",
        "https://",
    ] {
        let page = super::register(&world, &json!({ "redirect_uris": [CALLBACK, redirect] })).await;
        json_error(&page, 400, "invalid_redirect_uri", redirect);
    }
    before.holds(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_09_letter_case_counts() {
    let world = World::new().await;
    for redirect in [
        "https://APP.test/cb",
        "HTTPS://app.test/cb",
        "https://app.test/CB",
        "https://app.test/Cb",
        "https://app.TEST/cb",
    ] {
        turned_away(&world, &Az::to("pub1", redirect), redirect).await;
    }
    turned_away(&world, &Az::to("nat1", "HTTP://127.0.0.1:1/cb"), "HTTP://127.0.0.1:1/cb").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_10_a_dot_in_a_host_is_a_dot() {
    let world = World::new().await;
    for redirect in
        ["https://appxtest/cb", "https://evilapp.test/cb", "https://app-test/cb", "https://app.testx/cb"]
    {
        turned_away(&world, &Az::to("pub1", redirect), redirect).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_11_a_redirect_uri_may_be_left_out_only_where_there_is_one() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    let absent = |client: &str| Az::of(client).without("redirect_uri");
    error_page(&ask(&world, &absent("nat1")).await, "invalid_request", "two registered");
    for client in ["pub1", "conf1"] {
        let openid = absent(client).set("scope", "openid mcp:read");
        error_page(&ask(&world, &openid).await, "invalid_request", "OpenID Connect");
    }
    error_page(&ask(&world, &absent("rs1")).await, "invalid_request", "none registered");
    before.holds(&world).await;
    let page = world.approve(&mut world.agent(), &absent("pub1"), "alice").await;
    let code = answered(&world, &page, CALLBACK);
    assert_eq!(world.redeem("pub1", &code, &[]).await.status, 200);
    // Errors find their way, too.
    let page = ask(&world, &absent("pub1").set("scope", "bad")).await;
    super::refused(&world, &page, "invalid_scope", "absent");
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_12_the_token_endpoint_wants_the_same_redirect_uri_or_none() {
    let world = World::new().await;
    for other in ["https://other", "https://app.test/cb/", "https://APP.test/cb", "https://two.test/cb", "x"]
    {
        let code = world.code(&Az::of("pub1")).await;
        let grants = world.count("grants").await;
        let page = world.redeem("pub1", &code, &[("redirect_uri", other)]).await;
        json_error(&page, 400, "invalid_grant", other);
        assert_eq!(world.count("grants").await, grants, "{other}");
    }
    for same in [CALLBACK, ""] {
        let code = world.code(&Az::of("pub1")).await;
        assert_eq!(world.redeem("pub1", &code, &[("redirect_uri", same)]).await.status, 200, "{same}");
    }
    // The port of a loopback address is free between requests, not within one.
    let code = world.code(&Az::to("nat1", "http://127.0.0.1:5000/cb")).await;
    let page = world.redeem("nat1", &code, &[("redirect_uri", "http://127.0.0.1:6000/cb")]).await;
    json_error(&page, 400, "invalid_grant", "another port");
    let code = world.code(&Az::to("nat1", "http://127.0.0.1:5000/cb")).await;
    let page = world.redeem("nat1", &code, &[("redirect_uri", "http://127.0.0.1:5000/cb")]).await;
    assert_eq!(page.status, 200);
}

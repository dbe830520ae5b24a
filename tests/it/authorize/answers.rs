//! How answers leave: response modes, the `form_post` page, the page that opens an app, `state`
//! (AZ-15, AZ-16, AZ-18).

use gatewright_tests::{Az, CALLBACK, Page, Tokens, World};

use super::{Before, accepted, answered, ask, refused, refused_with, signed_in, stranger};

#[tokio::test(flavor = "multi_thread")]
async fn az_15_answers_travel_in_the_query_or_in_a_form() {
    let world = World::new().await;
    let before = Before::of(&world).await;
    for mode in
        ["fragment", "web_message", "jwt", "query.jwt", "form_post.jwt", "fragment.jwt", "QUERY", "query "]
    {
        let page = ask(&world, &Az::of("pub1").set("response_mode", mode)).await;
        refused(&world, &page, "invalid_request", mode);
        assert!(page.answer("error_description").unwrap().contains("response_mode"), "{mode}");
    }
    for mode in ["query", "form_post"] {
        accepted(&ask(&world, &Az::of("pub1").set("response_mode", mode)).await, mode);
    }
    before.holds(&world).await;
    let metadata = world.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["response_modes_supported"], serde_json::json!(["query", "form_post"]));
    assert_eq!(metadata["response_types_supported"], serde_json::json!(["code"]));
}

/// The form of the last hop: the names and values it posts.
#[track_caller]
fn form_post(page: &Page) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.location(), None);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains(&format!("method=\"post\" action=\"{CALLBACK}\"")), "{}", page.body);
    // One script, ours, by its nonce; nothing else may run or load.
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains("base-uri 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let nonce = policy.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(nonce.len() >= 22 && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.body.matches("<script").count(), 1, "{}", page.body);
    assert!(page.body.contains(&format!("nonce=\"{nonce}\" defer></script>")), "{}", page.body);
    let form = page.body.split("id=\"form-post\"").nth(1).unwrap().split("</form>").next().unwrap();
    assert!(form.contains("id=\"form-post-continue\""), "works without a script: {form}");
    form.split("name=\"").skip(1).map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn az_16_the_form_post_page_carries_markup_as_text() {
    let world = World::new().await;
    let state = "\"><script>alert(1)</script>'&amp;";
    let az = Az::of("pub1").set("response_mode", "form_post").set("state", state);
    let mut agent = world.agent();
    let page = world.approve(&mut agent, &az, "alice").await;
    assert_eq!(form_post(&page), ["code", "state", "iss"]);
    assert!(!page.body.contains("alert(1)</script>") && !page.body.contains(state), "{}", page.body);
    let escaped = page.hidden("state");
    assert!(
        escaped == "&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#39;&#38;amp;"
            || escaped.starts_with("&quot;&gt;&lt;script&gt;"),
        "{escaped}"
    );
    let issuer = page.hidden("iss");
    assert_eq!(issuer, world.issuer);
    Tokens::of(&world.redeem("pub1", &page.hidden("code"), &[]).await);
    // The nonce is new every time, and the code is in no header.
    let again = world.authorize(&mut agent, &az).await;
    assert_ne!(again.header("content-security-policy"), page.header("content-security-policy"));
    let code = again.hidden("code");
    assert!(again.headers.values().all(|value| !value.to_str().unwrap_or_default().contains(&code)));
}

#[tokio::test(flavor = "multi_thread")]
async fn az_16_refusals_leave_by_the_same_form() {
    let world = World::new().await;
    let az = Az::of("pub1").set("response_mode", "form_post");
    let page = ask(&world, &az.clone().set("scope", "bad")).await;
    assert_eq!(form_post(&page), ["error", "error_description", "state", "iss"]);
    assert_eq!((page.hidden("error"), page.hidden("state")), ("invalid_scope".to_owned(), "st-1".to_owned()));
    let page = ask(&world, &az.clone().set("prompt", "none").without("state")).await;
    assert_eq!(form_post(&page), ["error", "error_description", "iss"]);
    assert_eq!(page.hidden("error"), "login_required");
    let mut alice = signed_in(&world, "alice").await;
    let consent = world.authorize(&mut alice, &az).await;
    let page = world.decide(&mut alice, &consent, "deny").await;
    assert_eq!(form_post(&page), ["error", "error_description", "state", "iss"]);
    assert_eq!(page.hidden("error"), "access_denied");
    assert_eq!(world.count("codes").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_16_the_form_can_only_go_to_the_registered_address() {
    let world = World::new().await;
    let az = Az::of("pub1").set("response_mode", "form_post");
    for redirect in ["javascript:alert(1)", "https://evil.test/cb", "data:text/html,x"] {
        let page = ask(&world, &az.clone().set("redirect_uri", redirect)).await;
        super::error_page(&page, "invalid_redirect_uri", redirect);
        assert!(!page.body.contains("<form"), "{redirect}");
    }
    let loopback = "http://127.0.0.1:51004/cb";
    let az = Az::to("nat1", loopback).set("response_mode", "form_post");
    let page = world.approve(&mut world.agent(), &az, "alice").await;
    assert!(page.body.contains(&format!("method=\"post\" action=\"{loopback}\"")), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_18_state_comes_back_byte_for_byte_up_to_2048_bytes() {
    let world = World::new().await;
    let mut agent = signed_in(&world, "alice").await;
    let odd: String =
        (' '..='~').chain("äöß€漢\u{1F600}\u{202e}\u{feff}".chars()).cycle().take(1700).collect();
    let mut full = odd;
    while full.len() < 2048 {
        full.push('x');
    }
    while full.len() > 2048 {
        full.pop();
    }
    full.extend(std::iter::repeat_n('y', 2048 - full.len()));
    assert_eq!(full.len(), 2048);
    for state in [full.as_str(), "%41+%2B %00", "=&?#", " ", "a\u{0301}", "\u{e9}"] {
        let page = world.approve(&mut agent, &Az::of("pub1").set("state", state), "alice").await;
        answered(&world, &page, CALLBACK);
        assert_eq!(page.answer("state").as_deref(), Some(state));
        let page = ask(&world, &Az::of("pub1").set("state", state).set("scope", "bad")).await;
        refused_with(&world, &page, (CALLBACK, "invalid_scope", Some(state)), state);
    }
    let page = ask(&world, &Az::of("pub1").set("state", &format!("{full}z"))).await;
    refused_with(&world, &page, (CALLBACK, "invalid_request", None), "2049 bytes");
    // No state in, no state out.
    let page = world.approve(&mut agent, &Az::of("pub1").without("state"), "alice").await;
    answered(&world, &page, CALLBACK);
    assert_eq!(page.answer("state"), None);
    assert!(!page.location().unwrap().contains("state"));
}

#[tokio::test(flavor = "multi_thread")]
async fn az_18_every_browser_window_gets_its_own_state_and_code() {
    let world = World::new().await;
    let mut agent = world.agent();
    let mut tabs = Vec::new();
    for number in 0..4 {
        let az = Az::of("pub1").set("state", &format!("tab-{number}"));
        tabs.push(world.authorize(&mut agent, &az).await);
    }
    let mut codes = std::collections::BTreeSet::new();
    for (number, tab) in tabs.iter().enumerate().rev() {
        let mut page = world.log_in(&mut agent, tab, "alice").await;
        if page.body.contains("id=\"consent-form\"") {
            page = world.decide(&mut agent, &page, "approve").await;
        }
        codes.insert(answered(&world, &page, CALLBACK));
        assert_eq!(page.answer("state"), Some(format!("tab-{number}")));
    }
    assert_eq!(codes.len(), 4);
    for code in codes {
        Tokens::of(&world.redeem("pub1", &code, &[]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_a_scheme_of_its_own_is_opened_by_a_link() {
    let world = World::new().await;
    for redirect in ["com.example.app:/cb", "cursor://anysphere.cursor-mcp/oauth/callback?x=1"] {
        let id = stranger(&world, redirect).await;
        for (mode, decision) in [("query", "approve"), ("form_post", "approve"), ("query", "deny")] {
            let mut agent = signed_in(&world, "alice").await;
            let az = Az::to(&id, redirect)
                .set("response_mode", mode)
                .set("state", "a&\"b")
                .set("prompt", "consent");
            let consent = world.authorize(&mut agent, &az).await;
            assert!(consent.body.contains("An app on this device"), "{}", consent.body);
            let page = world.decide(&mut agent, &consent, decision).await;
            assert_eq!((page.status.as_u16(), page.location()), (200, None));
            assert_eq!(page.header("cache-control"), "no-store");
            assert!(!page.body.contains("<script") && !page.body.contains("http-equiv"));
            let link = page.body.split("id=\"open-app\"").nth(1).unwrap().split("href=\"").nth(1).unwrap();
            let link = link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
            let uri = url::Url::parse(&link).unwrap();
            let value = |name: &str| {
                let mut pairs = uri.query_pairs();
                pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
            };
            assert!(link.starts_with(redirect), "{link}");
            assert_eq!(value("state").as_deref(), Some("a&\"b"));
            assert_eq!(value("iss").as_deref(), Some(world.issuer.as_str()));
            if decision == "approve" {
                let code = value("code").unwrap();
                assert_eq!(world.redeem(&id, &code, &[]).await.status, 200, "{redirect}");
            } else {
                assert_eq!(value("error").as_deref(), Some("access_denied"));
                assert_eq!(value("code"), None);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_request_survives_the_whole_journey() {
    let world = World::new().await;
    let redirect = format!("https://app.test/{}", "r".repeat(2048 - 17));
    let id = stranger(&world, &redirect).await;
    let (state, hint) = ("\"".repeat(2048), "\"".repeat(256));
    let az = Az::to(&id, &redirect)
        .set("state", &state)
        .set("nonce", &"n".repeat(512))
        .set("login_hint", &hint)
        .set("acr_values", &hint)
        .set("ui_locales", &hint);
    let mut agent = world.agent();
    let login = world.authorize(&mut agent, &az).await;
    let consent = world.log_in(&mut agent, &login, "alice").await;
    let back = world.decide(&mut agent, &consent, "approve").await;
    answered(&world, &back, &redirect);
    assert_eq!(back.answer("state"), Some(state));
    // And again, silently and by POST.
    let page = agent.post(&world.url("/authorize"), &az.pairs()).await;
    answered(&world, &agent.follow(page).await, &redirect);
}

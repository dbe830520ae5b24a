//! Clients nobody vouches for are no way to bounce people around (AZ-09, AZ-10; RFC 9700 section 4.11.2).

use gatewright_tests::{Az, CALLBACK, Page, World};

use super::{
    Before, answered, ask, ask_as, error_page, is_consent, is_login, refused, refused_with, signed_in,
    stranger,
};

const EVIL: &str = "https://evil.test/cb";

/// A page that asks before it leads to a stranger.
#[track_caller]
fn interstitial(world: &World, page: &Page, code: &str) {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.location(), None);
    assert_eq!(page.data_error(), Some(code));
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains("Continue to <bdi class=\"host\">evil.test</bdi>?"), "{}", page.body);
    assert!(page.body.contains("Not verified"));
    assert!(
        !page.body.contains("http-equiv")
            && !page.body.contains("<script")
            && !page.body.contains("autofocus")
    );
    let href = page.body.split("id=\"continue\"").nth(1).unwrap().split("href=\"").nth(1).unwrap();
    let href = href.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let uri = url::Url::parse(&href).unwrap();
    let has = |name: &str, value: &str| uri.query_pairs().any(|(key, found)| key == name && found == value);
    assert!(href.starts_with("https://evil.test/cb?"), "{href}");
    assert!(has("error", code) && has("state", "st-1") && has("iss", &world.issuer), "{href}");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_09_a_bad_request_of_a_stranger_asks_before_it_redirects() {
    let world = World::new().await;
    let id = stranger(&world, EVIL).await;
    let before = Before::of(&world).await;
    let az = Az::to(&id, EVIL);
    for (bad, code) in [
        (az.clone().set("scope", "bad"), "invalid_scope"),
        (az.clone().set("response_type", "token"), "unsupported_response_type"),
        (az.clone().without("code_challenge"), "invalid_request"),
        (az.clone().set("resource", "https://evil.test"), "invalid_target"),
        (az.clone().set("request", "x"), "request_not_supported"),
        (az.clone().set("prompt", "none login"), "invalid_request"),
        (az.clone().set("response_mode", "form_post").set("scope", "bad"), "invalid_scope"),
    ] {
        interstitial(&world, &ask(&world, &bad).await, code);
    }
    before.holds(&world).await;
    // The same from a client an administrator registered goes back at once.
    refused(&world, &ask(&world, &Az::of("pub1").set("scope", "bad")).await, "invalid_scope", "verified");
    // And with somebody at the browser who has an account here.
    let mut alice = signed_in(&world, "alice").await;
    let page = ask_as(&world, &mut alice, &az.clone().set("scope", "bad")).await;
    refused_with(&world, &page, (EVIL, "invalid_scope", Some("st-1")), "signed in");
    // A cookie that belongs to no session is nobody.
    let mut nobody = world.agent();
    let forged = gatewright_oauth::secret::Token::<gatewright_oauth::secret::SessionId>::from_random([3; 32]);
    nobody.cookies.insert("__Host-gw_session".to_owned(), forged.text().expose().clone());
    interstitial(
        &world,
        &ask_as(&world, &mut nobody, &az.clone().set("scope", "bad")).await,
        "invalid_scope",
    );
    world.pass(8 * 3600 + 1);
    interstitial(&world, &ask_as(&world, &mut alice, &az.set("scope", "bad")).await, "invalid_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_09_what_a_stranger_wrote_is_shown_as_text() {
    let world = World::new().await;
    let document = serde_json::json!({
        "client_name": "<img src=x onerror=alert(1)>\u{202e}Claude",
        "redirect_uris": ["https://evil.test/cb?a=%22%3E%3Cscript%3E"],
    });
    let page = super::register(&world, &document).await;
    let id = page.json()["client_id"].as_str().unwrap().to_owned();
    let az =
        Az::to(&id, "https://evil.test/cb?a=%22%3E%3Cscript%3E").set("scope", "x").set("state", "\"><b>");
    let page = ask(&world, &az).await;
    assert_eq!(page.status, 200);
    for raw in ["<img src=x", "<script", "\"><b>", "\u{202e}"] {
        assert!(!page.body.contains(raw), "{raw}: {}", page.body);
    }
    assert!(page.body.contains("&#60;img") || page.body.contains("&lt;img"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn az_10_prompt_none_is_answered_silently_or_not_at_all() {
    let world = World::new().await;
    let id = stranger(&world, EVIL).await;
    let silent = |az: Az| az.set("prompt", "none");
    let before = Before::of(&world).await;
    error_page(&ask(&world, &silent(Az::to(&id, EVIL))).await, "login_required", "a stranger, nobody there");
    let page = ask(&world, &silent(Az::of("pub1"))).await;
    refused(&world, &page, "login_required", "verified, nobody there");
    before.holds(&world).await;

    let mut alice = signed_in(&world, "alice").await;
    let before = Before::of(&world).await;
    let page = world.authorize(&mut alice, &silent(Az::of("pub1"))).await;
    refused(&world, &page, "consent_required", "verified, no consent");
    let page = world.authorize(&mut alice, &silent(Az::to(&id, EVIL))).await;
    error_page(&page, "consent_required", "a stranger, no consent");
    before.holds(&world).await;

    // Once alice has dealt with them, both are answered.
    for (client, redirect) in [("pub1", CALLBACK), (id.as_str(), EVIL)] {
        let az = Az::to(client, redirect);
        answered(&world, &world.approve(&mut alice, &az, "alice").await, redirect);
        answered(&world, &world.authorize(&mut alice, &silent(az.clone())).await, redirect);
        let more = silent(az).set("scope", "mcp:read mcp:write");
        let page = world.authorize(&mut alice, &more).await;
        refused_with(&world, &page, (redirect, "consent_required", Some("st-1")), "more than allowed");
    }
    // Mallory has not.
    let mut mallory = signed_in(&world, "mallory").await;
    let page = world.authorize(&mut mallory, &silent(Az::to(&id, EVIL))).await;
    error_page(&page, "consent_required", "a stranger, somebody else's consent");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_10_prompt_none_excludes_other_prompts_and_programs_on_this_computer() {
    let world = World::new().await;
    for prompt in ["none login", "consent none", "none none2", "nothing", "NONE"] {
        refused(&world, &ask(&world, &Az::of("pub1").set("prompt", prompt)).await, "invalid_request", prompt);
    }
    let mut alice = world.agent();
    let loopback = "http://127.0.0.1:5000/cb";
    let az = Az::to("nat1", loopback);
    let login = world.authorize(&mut alice, &az).await;
    is_login(&login, "first");
    let consent = world.log_in(&mut alice, &login, "alice").await;
    is_consent(&consent, "first");
    answered(&world, &world.decide(&mut alice, &consent, "approve").await, loopback);
    let page = world.authorize(&mut alice, &az.set("prompt", "none")).await;
    refused_with(&world, &page, (loopback, "consent_required", Some("st-1")), "never silently");
}

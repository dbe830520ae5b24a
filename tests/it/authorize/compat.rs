//! The `oidc_compat` profile: PKCE is optional there, and only there, and only for clients with a secret
//! (PK-04); scopes are refused rather than dropped (AZ-07).

use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::{ClientId, Profile};
use gatewright_store::{Write, clients};
use gatewright_tests::{Az, CALLBACK, Page, VERIFIER, World};
use serde_json::json;

use super::{ask, error_page, json_error, refused};

/// Registers `compat` with a secret that `conf1` has too.
async fn compat(world: &World) {
    let policy = RegistrationPolicy { profile: Profile::OidcCompat, ..RegistrationPolicy::administrator() };
    let document =
        json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic" });
    let raw = RegistrationRequest::parse(document.to_string().as_bytes()).unwrap();
    let moment = world.operator();
    let mut client = register(&policy, raw, ClientId::parse("compat").unwrap(), moment.now).unwrap();
    let conf1 = clients::load(&world.app.store, &ClientId::parse("conf1").unwrap()).await.unwrap().unwrap();
    client.secret = conf1.secret;
    let made = clients::create(&world.app.store, &client, &moment.trace(&world.app)).await.unwrap();
    assert!(matches!(made, Write::Applied(_)));
}

async fn redeem(world: &World, code: &str, verifier: Option<&str>) -> Page {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
    let secret = gatewright_tests::world::secret_of("conf1");
    let request = world.http.post(world.url("/token")).basic_auth("compat", Some(secret)).form(&fields);
    Page::read(request.send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pk_04_a_verifier_wants_its_challenge() {
    let world = World::new().await;
    compat(&world).await;
    let bare = Az::of("compat").without("code_challenge").without("code_challenge_method");
    let code = world.code(&bare).await;
    let page = redeem(&world, &code, Some(&"x".repeat(43))).await;
    json_error(&page, 400, "invalid_grant", "a verifier without a challenge");
    let page = redeem(&world, &code, Some(VERIFIER)).await;
    json_error(&page, 400, "invalid_grant", "any verifier");
    assert_eq!(world.count("grants").await, 0);
    // Neither is fine for such a client, and both are.
    let code = world.code(&bare).await;
    assert_eq!(redeem(&world, &code, None).await.status, 200);
    let code = world.code(&Az::of("compat")).await;
    assert_eq!(redeem(&world, &code, Some(VERIFIER)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pk_03_a_client_that_may_do_without_pkce_cannot_drop_it_half_way() {
    let world = World::new().await;
    compat(&world).await;
    let code = world.code(&Az::of("compat")).await;
    json_error(&redeem(&world, &code, None).await, 400, "invalid_grant", "challenge, no verifier");
    json_error(&redeem(&world, &code, Some("")).await, 400, "invalid_grant", "challenge, empty verifier");
    assert_eq!(world.count("grants").await, 0);
    let plain = Az::of("compat").set("code_challenge_method", "plain");
    refused(&world, &ask(&world, &plain).await, "invalid_request", "plain");
    let empty = Az::of("compat").set("code_challenge", "");
    refused(&world, &ask(&world, &empty).await, "invalid_request", "a method alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn az_07_the_compatibility_profile_refuses_what_it_cannot_give() {
    let world = World::new().await;
    compat(&world).await;
    let page = ask(&world, &Az::of("compat").set("scope", "mcp:read admin:*")).await;
    refused(&world, &page, "invalid_scope", "one of two unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn ru_11_the_compatibility_profile_always_wants_the_redirect_uri() {
    let world = World::new().await;
    compat(&world).await;
    let page = ask(&world, &Az::of("compat").without("redirect_uri")).await;
    error_page(&page, "invalid_request", "absent");
}

//! What a device may ask for (DV-06), and how often.

use gatewright_tests::world::{OTHER, secret_of};
use gatewright_tests::{Az, Tokens};
use serde_json::json;

use super::{Asked, GRANT, ask, ask_with, decide, enter, poll, refused, signed_in, world};

#[tokio::test(flavor = "multi_thread")]
async fn dv_06_scopes_and_resources_follow_the_rules_of_the_authorization_endpoint() {
    let world = world().await;
    refused(&ask_with(&world, &[("scope", "everything else")]).await, "invalid_scope");
    refused(&ask_with(&world, &[("scope", "mcp:read\u{7f}")]).await, "invalid_request");
    refused(&ask_with(&world, &[("resource", "https://nowhere.test/mcp")]).await, "invalid_target");
    refused(&ask_with(&world, &[("resource", "not a url")]).await, "invalid_target");
    let two = [("client_id", "tv1"), ("resource", gatewright_tests::world::MCP), ("resource", OTHER)];
    refused(&world.post("/device_authorization", &two).await, "invalid_target");
    refused(&ask_with(&world, &[("authorization_details", "[]")]).await, "invalid_authorization_details");
    let twice = [("client_id", "tv1"), ("scope", "mcp:read"), ("scope", "mcp:write")];
    refused(&world.post("/device_authorization", &twice).await, "invalid_request");
    let long = "n".repeat(201);
    refused(&ask_with(&world, &[("device_name", &long)]).await, "invalid_request");
    // What cannot be given falls away, as for every client of the profile.
    let asked = Asked::of(&ask_with(&world, &[("scope", "mcp:read made:up")]).await);
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    assert!(!question.body.contains("made:up"), "{}", question.body);
    decide(&world, &mut agent, &question, "approve").await;
    assert_eq!(poll(&world, &asked).await.json()["scope"], "mcp:read");
    // A resource that is only for clients somebody vouches for.
    world.close_to_strangers(OTHER).await;
    Asked::of(&ask_with(&world, &[("resource", OTHER), ("scope", "")]).await);
    // The answer for one resource is no answer for another.
    let asked = ask(&world).await;
    let fields = [
        ("grant_type", GRANT),
        ("client_id", "tv1"),
        ("device_code", &asked.device_code),
        ("resource", OTHER),
    ];
    refused(&world.post("/token", &fields).await, "invalid_target");
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_06_whoever_has_nothing_to_give_is_not_asked() {
    let world = world().await;
    let admin = world.url("/admin/v1");
    let asked = Asked::of(
        &ask_with(&world, &[("client_id", "gatewright-cli"), ("resource", &admin), ("scope", "")]).await,
    );
    let mut agent = signed_in(&world, "alice").await;
    let page = enter(&mut agent, &asked.user_code).await;
    assert_eq!(page.data_error(), Some("access_denied"), "{} {}", page.status, page.body);
    world.pass(5);
    refused(&super::poll_as(&world, "gatewright-cli", &asked.device_code).await, "access_denied");
    assert_eq!(world.events("device.denied").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_06_an_account_or_client_that_ends_ends_the_approval() {
    let world = world().await;
    let asked = ask(&world).await;
    super::approve(&world, &asked, "alice").await;
    world.disable_user("alice").await;
    refused(&poll(&world, &asked).await, "invalid_grant");
    let asked = ask(&world).await;
    super::approve(&world, &asked, "mallory").await;
    sqlx::query("DELETE FROM consents").execute(&world.database).await.unwrap();
    refused(&poll(&world, &asked).await, "invalid_grant");
    let asked = ask(&world).await;
    super::approve(&world, &asked, "mallory").await;
    world.disable_client("tv1").await;
    let page = poll(&world, &asked).await;
    assert_eq!((page.status.as_u16(), &page.json()["error"]), (401, &json!("invalid_client")));
    assert_eq!(world.count("grants").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_is_the_one_it_says_it_is() {
    let world = world().await;
    // Registered for other grants.
    let page = world.post("/device_authorization", &[("client_id", "pub1")]).await;
    refused(&page, "unauthorized_client");
    let confidential = json!({ "client_name": "Signs", "grant_types": [GRANT],
                               "token_endpoint_auth_method": "client_secret_basic" });
    world.add_client("signs", confidential).await;
    let fields = [("client_id", "signs"), ("scope", "mcp:read")];
    let page = world.post("/device_authorization", &fields).await;
    assert_eq!(
        (page.status.as_u16(), &page.json()["error"]),
        (401, &json!("invalid_client")),
        "{}",
        page.body
    );
    let asked = Asked::of(&world.post_as("signs", "/device_authorization", &fields[1..]).await);
    assert_eq!(secret_of("signs").len(), 56);
    // Whoever proves who they are is shown as verified.
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    assert!(question.body.contains("Verified") && question.body.contains("Signs"), "{}", question.body);
    let query = world.post("/device_authorization?client_id=tv1", &[("scope", "mcp:read")]).await;
    refused(&query, "invalid_request");
}

/// A code is bound to its verifier wherever it is brought; what a device gets is a code of another kind.
#[tokio::test(flavor = "multi_thread")]
async fn pk_09_no_other_grant_redeems_a_code_without_its_verifier() {
    let world = world().await;
    let code = world.code(&Az::of("pub1")).await;
    for grant in [GRANT, "refresh_token", "authorization_code"] {
        for field in ["device_code", "refresh_token", "code"] {
            let page =
                world.post("/token", &[("grant_type", grant), ("client_id", "pub1"), (field, &code)]).await;
            assert_eq!(page.status, 400, "{grant} {field}: {}", page.body);
            assert!(page.json()["access_token"].is_null());
        }
    }
    assert_eq!(world.count("grants").await, 0);
    Tokens::of(&world.redeem("pub1", &code, &[]).await);

    // RFC 8628 knows no PKCE: a device's challenge is like any field nobody knows (§3.1), and a device code is no code.
    let challenge = ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let page = ask_with(&world, &[challenge, ("code_challenge_method", "S256")]).await;
    let device_code = Asked::of(&page).device_code;
    let fields = [("grant_type", "authorization_code"), ("client_id", "pub1"), ("code", &*device_code)];
    refused(&world.post("/token", &fields).await, "invalid_grant");
    refused(&world.redeem("pub1", &device_code, &[]).await, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_01_a_flood_of_requests_is_a_few_rows() {
    let world = world().await;
    world.clock.stop();
    let mut waiting = 0;
    for _ in 0..60 {
        let page = ask_with(&world, &[]).await;
        match page.status.as_u16() {
            200 => waiting += 1,
            status => {
                assert_eq!((status, page.header("retry-after")), (429, "60"), "{}", page.body);
                assert_eq!(page.json()["error"], "slow_down");
            }
        }
    }
    assert_eq!((waiting, world.count("device_codes").await), (30, 30));
    // Nothing of it is in the log that is kept.
    assert_eq!(world.events("device.claimed").await, 0);
    // Several processes have their own buckets, and one table.
    for minute in 0..3 {
        world.pass(60);
        for _ in 0..30 {
            assert!([200, 429].contains(&ask_with(&world, &[]).await.status.as_u16()), "{minute}");
        }
    }
    assert_eq!(world.count("device_codes").await, 100, "room for one client in one network");
    world.pass(601);
    assert_eq!(ask_with(&world, &[]).await.status, 200, "and again when they are over");
}

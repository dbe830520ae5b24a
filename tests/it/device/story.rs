//! From a television to its tokens.

use gatewright_tests::flows::{Tokens, claims};
use gatewright_tests::world::{MCP, PASSWORD};
use gatewright_tests::{Az, World};
use serde_json::json;

use super::{Asked, GRANT, approve, ask, ask_with, decide, enter, poll, poll_as, refused, signed_in, world};

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_answered_by_a_person_elsewhere() {
    let world = world().await;

    // The metadata says where to ask.
    let metadata = world.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["device_authorization_endpoint"], world.url("/device_authorization"));
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));

    // The device asks, and shows what it is told (§3.2).
    let page = ask_with(&world, &[("device_name", "TV in the living room")]).await;
    assert_eq!(page.header("cache-control"), "no-store");
    let asked = Asked::of(&page);
    assert!(asked.device_code.starts_with("gw_dc_"), "{}", asked.body);
    let code = asked.user_code.clone();
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
    assert_eq!(
        asked.body,
        json!({ "device_code": asked.device_code, "user_code": code, "verification_uri": world.url("/device"),
                "verification_uri_complete": world.url(&format!("/device?user_code={code}")),
                "expires_in": 600, "interval": 5 })
    );
    refused(&poll(&world, &asked).await, "authorization_pending");

    // Alice follows the link, signs in, and finds the code again.
    let mut agent = world.agent();
    let first = agent.get(asked.body["verification_uri_complete"].as_str().unwrap()).await;
    let login = agent.follow(first).await;
    let form = world.log_in_with(&mut agent, &login, ("alice", PASSWORD)).await;
    assert!(form.body.contains("id=\"device-form\"") && form.body.contains(&code), "{}", form.body);
    refused(&poll(&world, &asked).await, "authorization_pending");

    // She types it her own way, reads, and allows.
    let question = enter(&mut agent, &format!(" {} ", code.replace('-', " ").to_lowercase())).await;
    assert_eq!(question.status, 200);
    for shown in
        ["Living Room", "Registered", "TV in the living room", &code, "127.0.0.1", "alice@example.test", MCP]
    {
        assert!(question.body.contains(shown), "{shown}: {}", question.body);
    }
    refused(&poll(&world, &asked).await, "authorization_pending");
    let done = decide(&world, &mut agent, &question, "approve").await;
    assert!(done.status == 200 && done.body.contains("id=\"device-done\""), "{} {}", done.status, done.body);

    // The device hears it, once, and can refresh.
    let tokens = Tokens::of(&poll(&world, &asked).await);
    let token = claims(&tokens.access);
    assert_eq!(token["sub"], world.user("alice").await.to_string());
    assert_eq!(
        (&token["client_id"], &token["aud"], &token["scope"]),
        (&json!("tv1"), &json!(MCP), &json!("mcp:read"))
    );
    assert!(world.is_active(&tokens.access).await);
    let refreshed = Tokens::of(&world.refresh("tv1", tokens.refresh()).await);
    assert!(world.is_active(&refreshed.access).await);
    refused(&poll(&world, &asked).await, "invalid_grant");

    let kinds: Vec<String> = sqlx::query_scalar(
        "SELECT kind FROM events WHERE client_id = 'tv1' AND kind <> 'client.created' ORDER BY at, id",
    )
    .fetch_all(&world.database)
    .await
    .unwrap();
    let mut sorted = kinds.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        ["consent.granted", "device.approved", "device.claimed", "grant.created", "grant.refreshed"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_says_no_is_heard() {
    let world = world().await;
    let asked = ask(&world).await;
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    let done = decide(&world, &mut agent, &question, "deny").await;
    assert!(done.body.contains("Nothing was allowed"), "{}", done.body);
    refused(&poll(&world, &asked).await, "access_denied");
    assert_eq!((world.events("device.denied").await, world.count("consents").await), (1, 0));
    // A no is final.
    let late = decide(&world, &mut agent, &question, "approve").await;
    assert_eq!(late.status, 409, "{}", late.body);
    refused(&poll(&world, &asked).await, "access_denied");
    assert_eq!((world.count("grants").await, world.count("consents").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_07_after_ten_minutes_it_is_too_late() {
    let world = world().await;
    let asked = ask(&world).await;
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    let other = ask(&world).await;
    approve(&world, &other, "alice").await;
    world.pass(600);
    refused(&poll(&world, &asked).await, "expired_token");
    refused(&poll(&world, &other).await, "expired_token");
    let late = agent
        .post("/device/confirm", &[("ticket", &question.hidden("ticket")), ("decision", "approve")])
        .await;
    assert_eq!(late.status, 400, "{}", late.body);
    let typed = enter(&mut agent, &ask_late(&world).await).await;
    assert_eq!(typed.status, 404, "{}", typed.body);
    assert_eq!(world.count("grants").await, 0);
}

/// A code that nobody waits for any more.
async fn ask_late(world: &World) -> String {
    let asked = ask(world).await;
    world.pass(601);
    asked.user_code
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_05_a_device_code_is_good_once_and_for_its_own_client() {
    let world = world().await;
    super::tv_named(&world, "tv2").await;
    let asked = ask(&world).await;
    refused(&poll_as(&world, "tv2", &asked.device_code).await, "invalid_grant");
    approve(&world, &asked, "alice").await;
    refused(&poll_as(&world, "tv2", &asked.device_code).await, "invalid_grant");
    let tokens = Tokens::of(&poll(&world, &asked).await);
    refused(&poll(&world, &asked).await, "invalid_grant");
    assert_eq!(world.count("grants").await, 1);
    assert!(world.is_active(&tokens.access).await, "asking twice takes nothing away");
    let changed = format!("{}A", &asked.device_code[..asked.device_code.len() - 1]);
    refused(&poll_as(&world, "tv1", &changed).await, "invalid_grant");
    refused(&poll_as(&world, "tv1", "").await, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn cn_05_consent_elsewhere_is_no_consent_here_and_the_other_way_round() {
    let world = world().await;
    let both = json!({ "client_name": "Both", "redirect_uris": ["https://both.test/cb"],
                       "grant_types": ["authorization_code", "refresh_token", GRANT],
                       "token_endpoint_auth_method": "none" });
    world.add_client("both", both).await;
    // Alice allows everything in the browser.
    let az = Az::to("both", "https://both.test/cb").set("scope", "mcp:read mcp:write");
    world.tokens_for(&az, "both").await;
    // A device of the same client still waits for her, and gets what it asks for only.
    let asked = Asked::of(&ask_with(&world, &[("client_id", "both")]).await);
    let waits = async || {
        world.pass(5);
        poll_as(&world, "both", &asked.device_code).await
    };
    refused(&waits().await, "authorization_pending");
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    assert!(question.body.contains("device-approve"), "asked, although she allowed it before");
    refused(&waits().await, "authorization_pending");
    decide(&world, &mut agent, &question, "approve").await;
    let tokens = Tokens::of(&waits().await);
    assert_eq!(claims(&tokens.access)["scope"], "mcp:read");
    // What she allowed in the browser is remembered as it was.
    let remembered: String = sqlx::query_scalar("SELECT scope FROM consents WHERE client_id = 'both'")
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert_eq!(remembered, "mcp:read mcp:write");
}

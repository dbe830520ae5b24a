//! Codes that are guessed, and codes that somebody sends around (DV-01, DV-02, DV-03).

use gatewright_tests::World;
use gatewright_tests::places::{Atlas, town};
use serde_json::json;

use super::{approve, ask, decide, enter, poll, refused, signed_in, world};

#[tokio::test(flavor = "multi_thread")]
async fn dv_01_following_a_link_allows_nothing() {
    let world = world().await;
    let asked = ask(&world).await;
    let link = asked.body["verification_uri_complete"].as_str().unwrap();
    let mut agent = signed_in(&world, "alice").await;
    for _ in 0..3 {
        let form = agent.get(link).await;
        assert!(form.status == 200 && form.body.contains("id=\"device-form\""), "{}", form.body);
        assert!(form.body.contains(&asked.user_code), "to be compared");
    }
    refused(&poll(&world, &asked).await, "authorization_pending");
    let claimed: i64 = sqlx::query_scalar("SELECT count(*) FROM device_codes WHERE user_id IS NOT NULL")
        .fetch_one(&world.database)
        .await
        .unwrap();
    assert_eq!((claimed, world.events("device.claimed").await), (0, 0));
    // Nor does opening the question, however often.
    let question = enter(&mut agent, &asked.user_code).await;
    assert!(question.body.contains("id=\"device-confirm-form\""));
    refused(&poll(&world, &asked).await, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_01_the_question_tells_where_and_when_the_device_asked() {
    let world = world().await;
    let asked = ask(&world).await;
    sqlx::query("UPDATE device_codes SET peer = '203.0.113.9'").execute(&world.database).await.unwrap();
    world.pass(200);
    let mut agent = signed_in(&world, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    for shown in [
        "203.0.113.9",
        "another network than the one you are in now",
        "3 minutes ago",
        "Only continue if you started this yourself",
        &asked.user_code,
    ] {
        assert!(question.body.contains(shown), "{shown}: {}", question.body);
    }
    let deny = question.body.find("device-deny").unwrap();
    assert!(deny < question.body.find("device-approve").unwrap(), "deny comes first");
    assert!(question.body.contains("value=\"deny\" formnovalidate autofocus"));
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_01_the_question_tells_where_a_device_elsewhere_probably_is() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("places.mmdb");
    let lagos = town(&json!({ "en": "Lagos" }), &json!({ "en": "Nigeria" }), "NG");
    Atlas::of("GeoLite2-City").with(([41, 184, 0, 0].into(), 16), &lagos).write(&file);
    let world = World::with(|config| config.places.database = Some(file)).await;
    super::tv(&world).await;
    let asked = ask(&world).await;
    let mut agent = signed_in(&world, "alice").await;
    let here = enter(&mut agent, &asked.user_code).await;
    assert!(here.body.contains("the network you are in now") && !here.body.contains("probably"));
    for (peer, is_known) in [("41.184.1.2", true), ("10.1.2.3", false)] {
        sqlx::query("UPDATE device_codes SET peer = $1").bind(peer).execute(&world.database).await.unwrap();
        let question = enter(&mut agent, &asked.user_code).await;
        let is_told = question.body.contains("you are in now (probably <bdi>Lagos, Nigeria</bdi>)");
        assert_eq!((is_told, question.body.contains("another network")), (is_known, true), "{peer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_01_clients_nobody_vouches_for_may_not_ask_unless_the_operator_wants_that() {
    let registration = serde_json::json!({ "client_name": "Phisher", "grant_types": [super::GRANT],
                                           "redirect_uris": ["https://evil.test/cb"],
                                           "token_endpoint_auth_method": "none" });
    let world = world().await;
    let refusal = world.post_json("/register", &registration).await;
    assert_eq!(refusal.status, 400, "the grant is not offered: {}", refusal.body);

    let open = gatewright_tests::World::with(|config| {
        config.device.clients = gatewright_server::config::DeviceClients::Any;
    })
    .await;
    let registered = open.post_json("/register", &registration).await.json();
    let id = registered["client_id"].as_str().unwrap();
    let fields = [("client_id", id), ("scope", "mcp:read")];
    let asked = super::Asked::of(&open.post("/device_authorization", &fields).await);
    let mut agent = signed_in(&open, "alice").await;
    let question = enter(&mut agent, &asked.user_code).await;
    assert!(question.body.contains("Not verified") && question.body.contains("Phisher"), "{}", question.body);

    // The same client, where the operator has changed their mind.
    let closed = open
        .replica_with(|config| config.device.clients = gatewright_server::config::DeviceClients::default())
        .await;
    let refusal = closed.post("/device_authorization", &fields).await;
    refused(&refusal, "unauthorized_client");
    let off = open
        .replica_with(|config| config.device.clients = gatewright_server::config::DeviceClients::None)
        .await;
    refused(&off.post("/device_authorization", &fields).await, "unauthorized_client");
    let metadata = off.get("/.well-known/oauth-authorization-server").await.json();
    assert!(metadata["device_authorization_endpoint"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_02_the_sixth_wrong_code_waits() {
    let world = world().await;
    world.clock.stop();
    let asked = ask(&world).await;
    let mut agent = signed_in(&world, "mallory").await;
    for wrong in ["BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD", "FFFF-FFFF", "GGGG-GGGG"] {
        let page = enter(&mut agent, wrong).await;
        assert_eq!(page.status, 404, "{}", page.body);
        assert!(page.body.contains("No device is waiting with this code"), "{}", page.body);
        // What cannot be a code is no guess.
        assert_eq!(enter(&mut agent, "1234").await.status, 422);
    }
    for code in ["HHHH-HHHH", &asked.user_code] {
        let page = enter(&mut agent, code).await;
        assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "720"), "{}", page.body);
        assert!(page.body.contains("Too many wrong codes."), "{}", page.body);
    }
    // Another browser of the same person makes no difference; somebody else is not held up.
    let mut again = signed_in(&world, "mallory").await;
    assert_eq!(enter(&mut again, &asked.user_code).await.status, 429);
    assert!(approve(&world, &asked, "alice").await.body.contains("device-done"));
    world.pass(3600);
    assert_eq!(enter(&mut agent, "BBBB-BBBB").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_02_the_code_is_not_in_the_database() {
    let world = world().await;
    let asked = ask(&world).await;
    let row: String = sqlx::query_scalar("SELECT device_codes::text FROM device_codes")
        .fetch_one(&world.database)
        .await
        .unwrap();
    let letters = asked.user_code.replace('-', "");
    let plain = ring::digest::digest(&ring::digest::SHA256, letters.as_bytes());
    let hex = plain.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    for secret in [asked.user_code.as_str(), &letters, &asked.device_code, &hex] {
        assert!(!row.contains(secret), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_03_who_types_the_code_first_has_the_request() {
    let world = world().await;
    let asked = ask(&world).await;
    let mut alice = signed_in(&world, "alice").await;
    let mut mallory = signed_in(&world, "mallory").await;
    let question = enter(&mut alice, &asked.user_code).await;
    let url = alice.post("/device", &[("user_code", &asked.user_code)]).await.location().unwrap().to_owned();

    let page = enter(&mut mallory, &asked.user_code).await;
    assert_eq!(page.status, 409, "{}", page.body);
    assert!(page.body.contains("Somebody else has entered this code already."), "{}", page.body);
    // Neither alice's link nor her form is of use to anybody else.
    let page = mallory.get(&url).await;
    assert_eq!(page.status, 409, "{}", page.body);
    for decision in ["approve", "deny"] {
        let page = decide(&world, &mut mallory, &question, decision).await;
        assert_eq!(page.status, 409, "{}", page.body);
    }
    assert_eq!((world.count("consents").await, world.events("device.denied").await), (0, 0));
    assert!(decide(&world, &mut alice, &question, "approve").await.body.contains("device-done"));
    refused(&poll_other(&world).await, "invalid_request");
    super::poll(&world, &asked).await;
    let owner: uuid::Uuid =
        sqlx::query_scalar("SELECT user_id FROM grants").fetch_one(&world.database).await.unwrap();
    assert_eq!(owner, world.user("alice").await);
}

/// A poll without its code.
async fn poll_other(world: &gatewright_tests::World) -> gatewright_tests::Page {
    world.post("/token", &[("grant_type", super::GRANT), ("client_id", "tv1")]).await
}

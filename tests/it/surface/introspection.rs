//! Introspection: who learns what about whose token (rows IN).

use std::time::{Duration, Instant};

use gatewright_tests::world::{Replica, secret_of};
use gatewright_tests::{Az, MCP, OTHER, Page, Tokens, World, flows};
use serde_json::{Value, json};

const INACTIVE: &str = "{\"active\":false}";

async fn ask(world: &World, caller: &str, token: &str) -> Page {
    let fields = [("token", token)];
    let page = if caller == "conf2" {
        let secret = secret_of("conf2");
        world
            .post("/introspect", &[("client_id", "conf2"), ("client_secret", &secret), ("token", token)])
            .await
    } else {
        world.post_as(caller, "/introspect", &fields).await
    };
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"), "{}", page.body);
    page
}

/// A code of `conf1`, redeemed.
async fn confidential(world: &World, az: &Az) -> Tokens {
    let code = world.code(az).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("code_verifier", gatewright_tests::VERIFIER),
    ];
    Tokens::of(&world.post_as("conf1", "/token", &fields).await)
}

#[tokio::test]
async fn in_01_only_the_audience_and_the_holder_learn_anything() {
    let world = World::new().await;
    let token = world.tokens().await;
    let told = ask(&world, "rs1", &token.access).await.json();
    let claims = flows::claims(&token.access);
    assert_eq!(told["active"], true);
    for name in ["iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp", "auth_time", "gid"] {
        assert!(!told[name].is_null() && told[name] == claims[name], "{name}: {told}");
    }
    assert_eq!((&told["token_type"], told.get("username")), (&json!("Bearer"), None));
    super::discovery::assert_nothing_is_empty(&told, "introspection");
    // Sixteen bytes for everybody else, whatever they hold: another resource server, clients, the same person's app.
    for caller in ["rs2", "conf1", "conf2"] {
        assert_eq!(ask(&world, caller, &token.access).await.body, INACTIVE, "{caller}");
    }
    let other = world.tokens_for(&Az::of("pub1").set("resource", OTHER), "pub1").await;
    assert_eq!(ask(&world, "rs1", &other.access).await.body, INACTIVE);
    assert_eq!(ask(&world, "rs2", &other.access).await.json()["aud"], OTHER);
    // Its own client, if it can prove who it is: access and refresh tokens alike.
    let own = confidential(&world, &Az::of("conf1")).await;
    assert_eq!(ask(&world, "conf1", &own.access).await.json()["client_id"], "conf1");
    let refresh = ask(&world, "conf1", own.refresh()).await.json();
    assert_eq!(
        (&refresh["active"], &refresh["client_id"], refresh.get("aud")),
        (&json!(true), &json!("conf1"), None)
    );
    for caller in ["rs1", "rs2", "conf2"] {
        assert_eq!(ask(&world, caller, own.refresh()).await.body, INACTIVE, "{caller}");
    }
    // An `Accept` for a JWT answer buys no claims either.
    let request = world.http.post(world.url("/introspect")).basic_auth("rs2", Some(secret_of("rs2")));
    let request =
        request.header("accept", "application/token-introspection+jwt").form(&[("token", &token.access)]);
    assert_eq!(Page::read(request.send().await.unwrap()).await.body, INACTIVE);
}

#[tokio::test]
async fn in_01_a_client_s_own_token_is_told_like_any_other() {
    let world = World::new().await;
    let page =
        world.post_as("conf1", "/token", &[("grant_type", "client_credentials"), ("resource", MCP)]).await;
    let own = Tokens::of(&page).access;
    assert_eq!(ask(&world, "rs1", &own).await.json()["sub"], "conf1");
    assert_eq!(ask(&world, "rs2", &own).await.body, INACTIVE);
    world.disable_client("conf1").await;
    assert_eq!(ask(&world, "rs1", &own).await.body, INACTIVE);
}

#[tokio::test]
async fn in_02_introspection_needs_a_client_that_can_prove_itself() {
    let world = World::new().await;
    let token = world.tokens().await.access;
    let wrong = secret_of("rs2");
    let cases = [
        (&[("token", &*token)][..], None),
        (&[("token", &token), ("client_id", "pub1")], None),
        (&[("token", &token), ("client_id", "rs1")], None),
        (&[("token", &token), ("client_id", "nobody")], None),
        (&[("token", &token)], Some(("rs1", &wrong))),
        (&[("token", &token)], Some(("nobody", &wrong))),
    ];
    for (fields, basic) in cases {
        let mut request = world.http.post(world.url("/introspect")).form(fields);
        if let Some((id, secret)) = basic {
            request = request.basic_auth(id, Some(secret));
        }
        let page = Page::read(request.send().await.unwrap()).await;
        assert_eq!(
            (page.status.as_u16(), page.json()["error"].as_str()),
            (401, Some("invalid_client")),
            "{fields:?}"
        );
        assert_eq!(page.header("www-authenticate").starts_with("Basic "), basic.is_some());
        assert!(page.json().get("active").is_none());
    }
    // The token itself authenticates nobody.
    let request = world.http.post(world.url("/introspect")).bearer_auth(&token).form(&[("token", &token)]);
    assert_eq!(Page::read(request.send().await.unwrap()).await.status, 401);
    let page = world.post_as("rs1", "/introspect", &[]).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_request")));
    assert_eq!(
        world.post_as("rs1", "/introspect", &[("token", &token), ("token", &token)]).await.status,
        400
    );
    assert_eq!(world.post_as("rs1", &format!("/introspect?token={token}"), &[]).await.status, 400);
}

#[tokio::test]
async fn in_03_guessing_tells_nothing_however_well_it_is_made() {
    let world = World::new().await;
    let genuine = world.tokens().await;
    let mut guesses = vec![
        "x".to_owned(),
        "a.b.c".to_owned(),
        "...".to_owned(),
        "gw_rt_".to_owned(),
        String::from("\u{1f600}"),
    ];
    // Right shapes: the genuine ones with one character changed, at many places.
    for text in [genuine.access.as_str(), genuine.refresh()] {
        for at in (6..text.len()).step_by(7) {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            guesses.push(String::from_utf8(bytes).unwrap());
        }
    }
    // Right checksums: refresh tokens of this very grant, derived with keys that are not the server's.
    let grant = flows::claims(&genuine.access)["gid"].as_str().unwrap().parse().unwrap();
    let salt: Vec<u8> =
        sqlx::query_scalar("SELECT salt FROM grants").fetch_one(&world.database).await.unwrap();
    for guess in 0..50 {
        let token = gatewright_oauth::refresh::RefreshToken::derive(&[guess; 32], &salt, grant, 1);
        guesses.push(token.text().expose().clone());
    }
    for guess in &guesses {
        assert_eq!(ask(&world, "rs1", guess).await.body, INACTIVE, "{guess}");
        assert_eq!(ask(&world, "conf1", guess).await.body, INACTIVE, "{guess}");
    }
    assert!(world.is_active(&genuine.access).await, "and nothing happened to the real one");
    assert_eq!(world.refresh("pub1", genuine.refresh()).await.status, 200);
}

async fn ask_replica(world: &World, replica: &Replica, token: &str) -> Value {
    let request = world.http.post(format!("{}/introspect", replica.url)).header("host", &replica.host);
    let request = request.basic_auth("rs1", Some(secret_of("rs1"))).form(&[("token", token)]);
    Page::read(request.send().await.unwrap()).await.json()
}

#[tokio::test]
async fn in_04_a_revoked_token_is_inactive_here_at_once_and_everywhere_within_a_second() {
    let world = World::new().await;
    let replica = world.replica().await;
    let user = world.tokens().await;
    let page = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    let own = Tokens::of(&page).access;
    // Warm in both processes.
    for token in [&user.access, &own] {
        assert!(world.is_active(token).await);
        assert_eq!(ask_replica(&world, &replica, token).await["active"], true);
    }
    assert_eq!(world.post("/revoke", &[("client_id", "pub1"), ("token", &user.access)]).await.status, 200);
    assert_eq!(world.post_as("conf1", "/revoke", &[("token", &own)]).await.status, 200);
    let revoked = Instant::now();
    for token in [&user.access, &own] {
        assert!(!world.is_active(token).await, "the process that revoked it knows at once");
    }
    for token in [&user.access, &own] {
        while ask_replica(&world, &replica, token).await["active"] == true {
            assert!(revoked.elapsed() < Duration::from_millis(1500), "the other process still believes it");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(ask_replica(&world, &replica, token).await, json!({ "active": false }));
    }
}

#[tokio::test]
async fn in_04_what_a_token_stands_on_ends_it() {
    let world = World::new().await;
    let token = world.tokens().await;
    let one = Tokens::of(&world.refresh("pub1", token.refresh()).await);
    let two = Tokens::of(&world.refresh("pub1", one.refresh()).await);
    world.pass(61);
    assert_eq!(world.refresh("pub1", token.refresh()).await.status, 400);
    for reused in [token, one, two] {
        assert_eq!(ask(&world, "rs1", &reused.access).await.body, INACTIVE, "reuse");
    }
    let token = world.tokens().await;
    world.disable_user("alice").await;
    assert_eq!(ask(&world, "rs1", &token.access).await.body, INACTIVE, "user");
    let world = World::new().await;
    let token = world.tokens().await;
    world.disable_client("pub1").await;
    assert_eq!(ask(&world, "rs1", &token.access).await.body, INACTIVE, "client");
    let world = World::new().await;
    let token = world.tokens().await;
    world.pass(898);
    assert!(world.is_active(&token.access).await);
    world.pass(2);
    assert_eq!(ask(&world, "rs1", &token.access).await.body, INACTIVE, "expired");
}

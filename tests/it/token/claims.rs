//! What tokens say (RFC 9068, OpenID Connect Core section 2), verified with the published keys only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatewright_jose::{Expect, Expired, JwkSet, KeySet, verify};
use gatewright_oauth::claims::{AccessClaims, IdClaims};
use gatewright_server::clock::Clock;
use gatewright_tests::flows::{claims, header};
use gatewright_tests::{Az, MCP, OTHER, Tokens, World};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{grant, own_token, redeem_as, tokens_as};

/// Every claim an access token may have (JW-12).
const ALLOWED: [&str; 12] =
    ["iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp", "auth_time", "acr", "amr", "gid"];

async fn published(world: &World) -> KeySet {
    let set: JwkSet = serde_json::from_str(&world.get("/jwks").await.body).unwrap();
    KeySet::from_jwks(&set)
}

fn names(claims: &Value) -> Vec<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn jw_12_an_access_token_says_who_for_whom_where_and_nothing_else() {
    let world = World::new().await;
    let keys = published(&world).await;
    let before = world.clock.now().timestamp();
    let az = Az::of("pub1").set("scope", "mcp:read openid profile email offline_access");
    let tokens = world.tokens_for(&az, "pub1").await;
    let expect = Expect {
        typ: &["at+jwt"],
        issuer: &world.issuer,
        audience: Some(MCP),
        now: world.clock.now().timestamp(),
        leeway: 0,
        expired_ok: Expired::Refuse,
    };
    verify::<AccessClaims>(&keys, &tokens.access, &expect).unwrap();
    let (said, head) = (claims(&tokens.access), header(&tokens.access));
    assert_eq!((&head["typ"], &head["alg"]), (&json!("at+jwt"), &json!("ES256")));
    assert_eq!(head.as_object().unwrap().len(), 3, "typ, alg, kid: {head}");
    let unexpected: Vec<&str> = names(&said).into_iter().filter(|name| !ALLOWED.contains(name)).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    let alice = world.user("alice").await;
    let (id, _, _) = grant(&world).await;
    assert_eq!(said["iss"], world.issuer);
    assert_eq!(said["sub"], json!(alice));
    assert_eq!(said["aud"], MCP);
    assert_eq!(said["client_id"], "pub1");
    assert_eq!(said["scope"], "email mcp:read offline_access openid profile");
    assert_eq!(said["gid"], json!(id));
    assert_eq!(said["amr"], json!(["pwd"]));
    let number = |name: &str| said[name].as_i64().unwrap_or_else(|| panic!("{name} in {said}"));
    assert_eq!(number("exp") - number("iat"), 900);
    assert_eq!(tokens.body["expires_in"], json!(900));
    assert!((before..=before + 60).contains(&number("iat")));
    assert!(number("auth_time") <= number("iat") && number("auth_time") >= before);
    let jti = URL_SAFE_NO_PAD.decode(said["jti"].as_str().unwrap()).unwrap();
    assert_eq!(jti.len(), 16);
    for personal in ["alice", "Alice", "example.test", "127.0.0.1"] {
        let said = said.to_string().replace(&world.issuer, "");
        assert!(!said.contains(personal), "{personal} in {said}");
    }

    let again = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    let next = claims(&again.access);
    assert_ne!(next["jti"], said["jti"]);
    for same in ["sub", "aud", "client_id", "scope", "gid", "auth_time", "amr"] {
        assert_eq!(next[same], said[same], "{same}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_the_token_endpoint_is_strict() {
    let world = World::new().await;
    let page = redeem_as(&world, "conf2", &world.code(&Az::of("conf2")).await).await;
    let body = page.json();
    assert_eq!(names(&body), ["access_token", "expires_in", "refresh_token", "scope", "token_type"]);
    assert_eq!((&body["token_type"], &body["scope"]), (&json!("Bearer"), &json!("mcp:read")));
    assert!(body["expires_in"].is_u64() && !page.body.contains("null"), "{}", page.body);
    assert_eq!(page.header("content-type"), "application/json");
    assert_eq!((page.header("cache-control"), page.header("pragma")), ("no-store", "no-cache"));
    assert_eq!(page.header("access-control-allow-origin"), "*");
    assert!(page.headers.get("access-control-allow-credentials").is_none());
    assert!(page.headers.get("set-cookie").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_is_bound_to_request_session_and_access_token() {
    let world = World::new().await;
    let keys = published(&world).await;
    let az = Az::of("pub1").set("scope", "mcp:read openid email").set("nonce", "n-0S6_WzA2Mj");
    let tokens = world.tokens_for(&az, "pub1").await;
    let token = tokens.id.as_deref().unwrap();
    let expect = Expect {
        typ: &["JWT"],
        issuer: &world.issuer,
        audience: Some("pub1"),
        now: world.clock.now().timestamp(),
        leeway: 0,
        expired_ok: Expired::Refuse,
    };
    verify::<IdClaims>(&keys, token, &expect).unwrap();
    let said = claims(token);
    assert_eq!((header(token)["alg"].as_str(), header(token)["typ"].as_str()), (Some("RS256"), Some("JWT")));
    let hash = ring::digest::digest(&ring::digest::SHA256, tokens.access.as_bytes());
    assert_eq!(said["at_hash"], json!(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])));
    let session: Uuid =
        sqlx::query_scalar("SELECT id FROM sessions").fetch_one(&world.database).await.unwrap();
    assert_eq!(said["sid"], json!(session));
    assert_eq!((&said["nonce"], &said["aud"]), (&json!("n-0S6_WzA2Mj"), &json!("pub1")));
    assert_eq!(said["sub"], claims(&tokens.access)["sub"]);
    assert_eq!(said["auth_time"], claims(&tokens.access)["auth_time"]);
    assert_eq!((&said["email"], &said["email_verified"]), (&json!("alice@example.test"), &json!(false)));
    assert!(
        said.get("name").is_none() && said.get("preferred_username").is_none(),
        "profile was not asked for"
    );

    // At refresh (OpenID Connect Core section 12.2): the same person and login, no nonce.
    world.pass(100);
    let again = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    let next = claims(again.id.as_deref().unwrap());
    for same in ["iss", "sub", "aud", "auth_time", "sid"] {
        assert_eq!(next[same], said[same], "{same}");
    }
    assert!(next.get("nonce").is_none());
    assert_ne!(next["at_hash"], said["at_hash"]);
    assert!(next["iat"].as_i64() > said["iat"].as_i64());
    // Without `openid` there is none.
    assert!(world.tokens().await.id.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn jw_02_no_token_of_ours_passes_for_another_kind() {
    let world = World::new().await;
    let tokens = world.tokens_for(&Az::of("pub1").set("scope", "mcp:read openid"), "pub1").await;
    let id = tokens.id.clone().unwrap();
    let userinfo = async |token: &str| {
        let request = world.http.get(world.url("/userinfo")).bearer_auth(token);
        gatewright_tests::Page::read(request.send().await.unwrap()).await
    };
    assert_eq!(userinfo(&tokens.access).await.status, 200);
    for other in [id.as_str(), tokens.refresh()] {
        let page = userinfo(other).await;
        assert_eq!(page.status, 401);
        assert!(page.header("www-authenticate").contains("error=\"invalid_token\""), "{:?}", page.headers);
    }
    assert_eq!(world.introspect(&id).await, json!({ "active": false }));
    // An access token without `openid` is genuine and not for this.
    let page = userinfo(&world.tokens().await.access).await;
    assert_eq!(page.status, 403);
    assert!(page.header("www-authenticate").contains("error=\"insufficient_scope\""));
    // Nobody signs in with an access token as a hint of who they are.
    let az = Az::of("pub1").set("id_token_hint", &tokens.access);
    let page = world.authorize(&mut world.agent(), &az).await;
    assert_eq!(page.answer("error").as_deref(), Some("invalid_request"), "{} {}", page.status, page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_speaks_for_itself_is_its_own_subject() {
    let world = World::new().await;
    let keys = published(&world).await;
    let secret = gatewright_tests::world::secret_of("conf2");
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", "conf2"),
        ("client_secret", secret.as_str()),
        ("resource", OTHER),
    ];
    for (client, audience, page) in [
        ("conf1", MCP, own_token(&world, &[("scope", "mcp:read")]).await),
        ("conf2", OTHER, world.post("/token", &fields).await),
    ] {
        let tokens = Tokens::of(&page);
        assert_eq!(names(&tokens.body), ["access_token", "expires_in", "scope", "token_type"]);
        let expect = Expect {
            typ: &["at+jwt"],
            issuer: &world.issuer,
            audience: Some(audience),
            now: world.clock.now().timestamp(),
            leeway: 0,
            expired_ok: Expired::Refuse,
        };
        verify::<AccessClaims>(&keys, &tokens.access, &expect).unwrap();
        let said = claims(&tokens.access);
        assert_eq!(names(&said), ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"]);
        assert_eq!((&said["sub"], &said["client_id"]), (&json!(client), &json!(client)));
        let server = if audience == MCP { "rs1" } else { "rs2" };
        let asked = async || world.post_as(server, "/introspect", &[("token", &tokens.access)]).await.json();
        assert_eq!(asked().await["sub"], client);
        // Its own revocation ends this one token.
        let revoke =
            [("token", tokens.access.as_str()), ("client_id", "conf2"), ("client_secret", secret.as_str())];
        let page = match client {
            "conf1" => world.post_as("conf1", "/revoke", &revoke[..1]).await,
            _ => world.post("/revoke", &revoke).await,
        };
        assert_eq!((page.status.as_u16(), page.body.as_str()), (200, ""));
        assert_eq!(asked().await, json!({ "active": false }), "at once where it was revoked");
    }
    assert_eq!((world.events("token.issued").await, world.events("token.revoked").await), (2, 2));
    assert_eq!((world.count("grants").await, world.count("revoked_tokens").await), (0, 2));
    // A client that is disabled is believed no longer.
    let tokens = tokens_as(&world, "conf1", &Az::of("conf1")).await;
    let own = Tokens::of(&own_token(&world, &[]).await);
    assert!(world.is_active(&own.access).await);
    world.disable_client("conf1").await;
    assert!(!world.is_active(&own.access).await && !world.is_active(&tokens.access).await);
}

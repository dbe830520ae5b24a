//! Access tokens that were tampered with, at every door that takes one (rows JW).

use gatewright_tests::{Az, MCP, OTHER, Tokens, VERIFIER, World, flows};
use serde_json::{Value, json};

use super::forger::{Doors, Forger, encode};

/// A token with `openid`, so that userinfo would take it.
async fn genuine(world: &World) -> Tokens {
    world.tokens_for(&Az::of("pub1").set("scope", "openid mcp:read"), "pub1").await
}

#[tokio::test]
async fn jw_01_no_signature_is_no_token() {
    let world = World::new().await;
    let token = genuine(&world).await.access;
    let (doors, forger) = (Doors::of(&world), Forger::of(&world, &token).await);
    doors.all_open(&token, "genuine").await;
    doors
        .all_open(
            &forger.sign(&forger.header.to_string(), &forger.claims.to_string()),
            "forged without a change",
        )
        .await;
    let payload = encode(forger.claims.to_string());
    for alg in [
        "none", "None", "NONE", "nOnE", "HS256", "HS512", "RS256", "ES384", "ES512", "EdDSA", "PS256", "",
        "es256",
    ] {
        let mut header = forger.header.clone();
        header["alg"] = json!(alg);
        let unsigned = format!("{}.{payload}.", encode(header.to_string()));
        doors.all_closed(&unsigned, alg).await;
        doors.all_closed(&format!("{unsigned}AA"), alg).await;
        doors.all_closed(&forger.header("alg", json!(alg)), alg).await;
    }
    // The published key as an HMAC secret.
    let jwks = world.get("/jwks").await.body;
    let mut header = forger.header.clone();
    header["alg"] = json!("HS256");
    let input = format!("{}.{payload}", encode(header.to_string()));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, jwks.as_bytes());
    doors.all_closed(&format!("{input}.{}", encode(ring::hmac::sign(&key, input.as_bytes()))), "HMAC").await;
    // Another signature, and none of the parts.
    let cut = token.rsplit_once('.').unwrap().0;
    for odd in [
        format!("{cut}."),
        format!("{cut}.{}", encode([1; 64])),
        cut.to_owned(),
        format!("{token}.x"),
        format!("{token}A"),
        "..".to_owned(),
    ] {
        doors.all_closed(&odd, "cut").await;
    }
}

#[tokio::test]
async fn jw_02_one_kind_of_token_is_never_another() {
    let world = World::new().await;
    let tokens = genuine(&world).await;
    let (doors, forger) = (Doors::of(&world), Forger::of(&world, &tokens.access).await);
    let id = tokens.id.clone().unwrap();
    doors.all_closed(&id, "an ID token as access token").await;
    for typ in [
        "JWT",
        "jwt",
        "logout+jwt",
        "dpop+jwt",
        "oauth-authz-req+jwt",
        "secevent+jwt",
        "oauth-id-jag+jwt",
        "",
    ] {
        doors.all_closed(&forger.header("typ", json!(typ)), typ).await;
    }
    let mut untyped = forger.header.clone();
    untyped.as_object_mut().unwrap().remove("typ");
    doors.all_closed(&forger.sign(&untyped.to_string(), &forger.claims.to_string()), "no typ").await;
    // Secrets of every other kind, as bearer, refresh token and code.
    let refresh = tokens.refresh().to_owned();
    let secret = gatewright_tests::world::secret_of("conf1");
    for other in [&refresh, &secret] {
        assert_eq!(doors.userinfo(other).await.status, 401);
        assert!(doors.resource.verify(other).await.is_err());
    }
    assert!(!world.is_active(&refresh).await, "a resource server has no business with refresh tokens");
    let code = world.code(&Az::of("pub1")).await;
    for other in [&tokens.access, &id, &secret, &code] {
        let page = world.refresh("pub1", other).await;
        assert_eq!(
            (page.status.as_u16(), page.json()["error"].as_str()),
            (400, Some("invalid_grant")),
            "{other}"
        );
    }
    for other in [&tokens.access, &id, &secret, &refresh] {
        let page = world.redeem("pub1", other, &[]).await;
        assert_eq!(
            (page.status.as_u16(), page.json()["error"].as_str()),
            (400, Some("invalid_grant")),
            "{other}"
        );
    }
    // Still alive, all of them.
    doors.all_open(&tokens.access, "untouched").await;
    assert_eq!(world.redeem("pub1", &code, &[]).await.status, 200);
}

#[tokio::test]
async fn jw_03_jw_04_headers_that_change_the_meaning_are_refused() {
    let world = World::new().await;
    let token = genuine(&world).await.access;
    let (doors, forger) = (Doors::of(&world), Forger::of(&world, &token).await);
    for (name, value) in [
        ("crit", json!(["x"])),
        ("crit", json!([])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("jku", json!("https://evil.test/jwks")),
        ("jwk", json!({ "kty": "oct", "k": "AA" })),
        ("x5u", json!("https://evil.test/x")),
        ("x5c", json!(["AA"])),
        ("kid", json!("../../etc/passwd")),
        ("kid", json!("unknown")),
        ("kid", json!(7)),
        ("kid", json!(["x"])),
        ("alg", json!(["ES256"])),
    ] {
        doors.all_closed(&forger.header(name, value.clone()), &format!("{name} {value}")).await;
    }
    // Detached: the payload elsewhere.
    let parts: Vec<&str> = token.split('.').collect();
    doors.all_closed(&format!("{}..{}", parts[0], parts[2]), "detached").await;
    // Padding, other alphabets, white space.
    for odd in [
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}\u{20}.{}", parts[0], parts[1], parts[2]),
    ] {
        assert!(!world.is_active(&odd).await);
        assert!(doors.resource.verify(&odd).await.is_err());
    }
}

#[tokio::test]
async fn jw_05_signatures_of_nothing_are_refused() {
    let world = World::new().await;
    let token = genuine(&world).await.access;
    let doors = Doors::of(&world);
    let (input, signature) = token.rsplit_once('.').unwrap();
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&order[2 * at..2 * at + 2], 16).unwrap()).collect();
    for bad in [
        vec![0; 64],
        [order.clone(), order.clone()].concat(),
        [vec![0; 32], order].concat(),
        vec![0xff; 64],
        vec![0; 96],
        Vec::new(),
    ] {
        doors.all_closed(&format!("{input}.{}", encode(&bad)), &format!("{bad:?}")).await;
    }
    // As DER, which JWS does not use (RFC 7518 §3.4).
    doors
        .all_closed(&format!("{input}.{}", encode([0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01])), "DER")
        .await;
    assert!(signature.len() == 86);
}

#[tokio::test]
async fn jw_06_times_are_whole_seconds_or_nothing() {
    let world = World::new().await;
    let token = genuine(&world).await.access;
    let (doors, forger) = (Doors::of(&world), Forger::of(&world, &token).await);
    let exp = forger.claims["exp"].as_i64().unwrap();
    for name in ["exp", "iat"] {
        for raw in [
            format!("\"{exp}\""),
            "-1".to_owned(),
            "1e400".to_owned(),
            "1e12".to_owned(),
            format!("{exp}.5"),
            "9007199254740992".to_owned(),
            "99999999999999999999".to_owned(),
            "null".to_owned(),
            "true".to_owned(),
            "[]".to_owned(),
            "{}".to_owned(),
        ] {
            doors.all_closed(&forger.raw_claim(name, &raw), &format!("{name} {raw}")).await;
        }
        doors.all_closed(&forger.claim(name, Value::Null), &format!("no {name}")).await;
    }
    doors.all_closed(&forger.claim("exp", json!(0)), "expired long ago").await;
    doors.all_closed(&forger.claim("iat", json!(exp + 9_000_000)), "from the future").await;
    doors.all_open(&forger.claim("exp", json!(exp + 1)), "the forger works").await;
}

#[tokio::test]
async fn jw_07_nothing_is_said_twice() {
    let world = World::new().await;
    let token = genuine(&world).await.access;
    let (doors, forger) = (Doors::of(&world), Forger::of(&world, &token).await);
    let (header, claims) = (forger.header.to_string(), forger.claims.to_string());
    let mallory = world.user("mallory").await;
    for extra in [
        format!("\"sub\":\"{mallory}\""),
        format!("\"aud\":\"{MCP}\""),
        "\"x\":1,\"x\":1".to_owned(),
        "\"s\\u0075b\":\"x\"".to_owned(),
    ] {
        let twice = format!("{},{extra}}}", &claims[..claims.len() - 1]);
        doors.all_closed(&forger.sign(&header, &twice), &extra).await;
        let first = format!("{{{extra},{}", &claims[1..]);
        doors.all_closed(&forger.sign(&header, &first), &extra).await;
    }
    let twice = format!("{},\"alg\":\"none\"}}", &header[..header.len() - 1]);
    doors.all_closed(&forger.sign(&twice, &claims), "alg twice").await;
    for odd in ["", "[]", "null", "\"x\"", "7", "{", &format!("{claims} x")] {
        doors.all_closed(&forger.sign(&header, odd), odd).await;
    }
}

#[tokio::test]
async fn jw_10_a_token_is_for_one_resource() {
    let world = World::new().await;
    let tokens = genuine(&world).await;
    assert_eq!(flows::claims(&tokens.access)["aud"], MCP, "one audience, as registered");
    let (doors, forger) = (Doors::of(&world), Forger::of(&world, &tokens.access).await);
    for aud in [
        json!(OTHER),
        json!([OTHER]),
        json!("https://mcp.test"),
        json!("https://mcp.test/mcp/"),
        json!(world.issuer),
        json!([]),
        json!(""),
        Value::Null,
        json!(7),
        json!([7]),
    ] {
        let forged = forger.claim("aud", aud.clone());
        assert!(doors.resource.verify(&forged).await.is_err(), "{aud}");
        assert!(!world.is_active(&forged).await, "{aud}");
    }
    for iss in [
        json!("https://evil.test"),
        json!(format!("{}/", world.issuer)),
        json!(world.issuer.to_uppercase()),
        Value::Null,
    ] {
        doors.all_closed(&forger.claim("iss", iss.clone()), &format!("iss {iss}")).await;
    }
    // Two at once are refused by the token endpoint, for codes and for client credentials.
    let two = [("grant_type", "client_credentials"), ("resource", MCP), ("resource", OTHER)];
    let page = world.post_as("conf1", "/token", &two).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_target")));
    let code = world.code(&Az::of("pub1")).await;
    let two = [
        ("grant_type", "authorization_code"),
        ("client_id", "pub1"),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("resource", MCP),
        ("resource", OTHER),
    ];
    let page = world.post("/token", &two).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_target")));
}

#[tokio::test]
async fn jw_11_the_resource_that_was_asked_for_is_the_audience() {
    let world = World::new().await;
    let az = Az::of("pub1").set("resource", OTHER);
    let tokens = world.tokens_for(&az, "pub1").await;
    assert_eq!(
        flows::claims(&tokens.access)["aud"],
        OTHER,
        "not the default, though the token request named none"
    );
    let again = Tokens::of(&world.refresh("pub1", tokens.refresh()).await);
    assert_eq!(flows::claims(&again.access)["aud"], OTHER);
    let code = world.code(&az).await;
    let page = world.redeem("pub1", &code, &[("resource", MCP)]).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_target")));
}

#[tokio::test]
async fn jw_12_an_access_token_holds_nothing_about_the_person() {
    let world = World::new().await;
    let az = Az::of("pub1").set("scope", "openid profile email mcp:read offline_access");
    let tokens = world.tokens_for(&az, "pub1").await;
    let claims = flows::claims(&tokens.access);
    let names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    let mut allowed =
        ["iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp", "auth_time", "acr", "amr", "gid"];
    allowed.sort_unstable();
    assert_eq!(names, allowed);
    assert!(!claims.to_string().contains("alice"));
    let header = flows::header(&tokens.access);
    assert_eq!(header.as_object().unwrap().keys().collect::<Vec<_>>(), ["alg", "kid", "typ"]);
    assert_eq!(
        (header["typ"].as_str(), claims["sub"].as_str()),
        (Some("at+jwt"), Some(&*world.user("alice").await.to_string()))
    );
    // A client's own token is as silent.
    let page = world.post_as("conf1", "/token", &[("grant_type", "client_credentials")]).await;
    let own = flows::claims(&Tokens::of(&page).access);
    let names: Vec<&str> = own.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(names.iter().all(|name| allowed.contains(name)) && own["sub"] == "conf1", "{own}");
}

#[tokio::test]
async fn jw_16_a_huge_token_is_refused_unread() {
    let world = World::new().await;
    let tokens = genuine(&world).await;
    let (doors, forger) = (Doors::of(&world), Forger::of(&world, &tokens.access).await);
    // Genuinely signed, and padded past 8 KiB.
    let huge = forger.claim("pad", json!("x".repeat(9 * 1024)));
    assert!(huge.len() > 9 * 1024);
    doors.all_closed(&huge, "9 KiB").await;
    // Just below the limit it is read.
    doors.all_open(&forger.claim("pad", json!("x".repeat(4 * 1024))), "5 KiB").await;
}

//! `private_key_jwt` at the token endpoint (CA-03, CA-05 to CA-11, CA-15) and secrets that are replaced (CA-16).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use gatewright_jose::Algorithm;
use gatewright_oauth::ClientId;
use gatewright_oauth::secret::{ClientSecret, Token};
use gatewright_store::clients::Overlap;
use gatewright_store::{Write, clients};
use gatewright_tests::internet::Reply;
use gatewright_tests::world::secret_of;
use gatewright_tests::{Az, Tokens, VERIFIER, World};
use serde_json::{Value, json};

use super::{HOST, ID, Signer, key_metadata, published, refused, unknown, visit, with, with_key, world};

const OWN: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test(flavor = "multi_thread")]
async fn a_client_proves_itself_with_its_key_everywhere() {
    let world = World::new().await;
    for (id, algorithm) in [
        ("es", Algorithm::Es256),
        ("ed", Algorithm::EdDsa),
        ("rs", Algorithm::Rs256),
        ("ps", Algorithm::Ps256),
    ] {
        let signer = Signer::new(id, algorithm);
        world.add_client(id, key_metadata(&json!({ "jwks": signer.jwks() }))).await;
        let code = world.code(&Az::of(id)).await;
        let fields = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", VERIFIER)];
        let tokens = Tokens::of(&signer.post(&world, "/token", &signer.assertion(&world), &fields).await);
        // `client_id` beside it is allowed, if it is the same.
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh()), ("client_id", id)];
        let tokens = Tokens::of(&signer.post(&world, "/token", &signer.assertion(&world), &fields).await);
        let own = Tokens::of(&signer.own(&world, &signer.assertion(&world)).await);
        let page =
            signer.post(&world, "/introspect", &signer.assertion(&world), &[("token", &own.access)]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let page =
            signer.post(&world, "/revoke", &signer.assertion(&world), &[("token", tokens.refresh())]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(!world.is_active(&tokens.access).await);
    }
    let (one, two) = (with_key(&world, "one").await, with_key(&world, "two").await);
    let page = one.post(&world, "/token", &two.assertion(&world), &[OWN, ("client_id", "one")]).await;
    refused(&page, 401, "invalid_client", "an assertion of somebody else");
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_03_a_client_with_a_key_has_no_other_way_in() {
    let world = World::new().await;
    let signer = with_key(&world, "keyed").await;
    let secret = secret_of("keyed");
    refused(&world.post("/token", &[OWN, ("client_id", "keyed")]).await, 401, "invalid_client", "nothing");
    let page = world.post("/token", &[OWN, ("client_id", "keyed"), ("client_secret", &secret)]).await;
    refused(&page, 401, "invalid_client", "a secret in the body");
    refused(&world.post_as("keyed", "/token", &[OWN]).await, 401, "invalid_client", "HTTP Basic");
    let unsigned = format!("{}.{}.", encode(&json!({ "alg": "none" })), encode(&signer.claims(&world)));
    refused(&signer.own(&world, &unsigned).await, 401, "invalid_client", "unsigned (CVE-2026-16093)");
    // Nor has a client with a secret this one.
    let conf1 = Signer::new("conf1", Algorithm::Es256);
    refused(&conf1.own(&world, &conf1.assertion(&world)).await, 401, "invalid_client", "conf1");
    let page =
        signer.post(&world, "/token", &signer.assertion(&world), &[OWN, ("client_secret", &secret)]).await;
    refused(&page, 400, "invalid_request", "two methods (CA-02)");
    assert_eq!(world.events("token.issued").await, 0);
    Tokens::of(&signer.own(&world, &signer.assertion(&world)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_05_an_assertion_is_good_once_whoever_is_first() {
    let world = World::new().await;
    let signer = with_key(&world, "keyed").await;
    let replica = world.replica().await;
    let assertion = signer.assertion(&world);
    let kind = gatewright_oauth::assertion::JWT_BEARER;
    let fields = [OWN, ("client_assertion_type", kind), ("client_assertion", assertion.as_str())];
    let here = join_all((0..50).map(|_| world.post("/token", &fields)));
    let there = join_all((0..50).map(|_| replica.post("/token", &fields)));
    let (here, there) = futures_util::join!(here, there);
    let all: Vec<_> = here.into_iter().chain(there).collect();
    assert_eq!(all.iter().filter(|page| page.status == 200).count(), 1);
    for page in all.iter().filter(|page| page.status != 200) {
        refused(page, 401, "invalid_client", "again");
    }
    assert_eq!(world.events("token.issued").await, 1);
    // For as long as it would be good.
    world.pass(59);
    refused(&signer.own(&world, &assertion).await, 401, "invalid_client", "later");
    // The same jti of another client is another assertion.
    let other = with_key(&world, "other").await;
    let (mut first, mut second) = (signer.claims(&world), other.claims(&world));
    first["jti"] = "same".into();
    second["jti"] = "same".into();
    Tokens::of(&signer.own(&world, &signer.sign(&first)).await);
    Tokens::of(&other.own(&world, &other.sign(&second)).await);
    refused(&signer.own(&world, &signer.sign(&first)).await, 401, "invalid_client", "the same jti");
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_05_a_bad_assertion_uses_nothing_up() {
    let world = World::new().await;
    let signer = with_key(&world, "keyed").await;
    let stranger = Signer::new("keyed", Algorithm::Es256);
    let claims = signer.claims(&world);
    refused(
        &signer.own(&world, &stranger.sign(&claims)).await,
        401,
        "invalid_client",
        "a stranger's signature",
    );
    Tokens::of(&signer.own(&world, &signer.sign(&claims)).await);
}

/// Every change to good claims, and whether they are still good.
#[tokio::test(flavor = "multi_thread")]
async fn ca_06_ca_07_an_assertion_is_for_us_by_the_client_and_of_now() {
    let world = World::new().await;
    let signer = with_key(&world, "keyed").await;
    let now = signer.claims(&world)["iat"].as_i64().unwrap();
    let issuer = &world.issuer;
    for (member, value, is_good) in [
        ("aud", json!(issuer), true),
        ("aud", json!(format!("{issuer}/")), true),
        ("aud", json!([issuer]), false),
        ("aud", json!([issuer, "https://other.test"]), false),
        ("aud", json!(format!("{issuer}/token")), false),
        ("aud", json!(format!("{issuer}/par")), false),
        ("aud", json!("https://other.test"), false),
        ("aud", Value::Null, false),
        ("iss", json!("pub1"), false),
        ("sub", json!("pub1"), false),
        ("sub", Value::Null, false),
        ("iss", Value::Null, false),
        ("exp", Value::Null, false),
        ("exp", json!(now - 300), false),
        ("exp", json!(now + 3600), false),
        ("nbf", json!(now + 8), true),
        ("nbf", json!(now + 90), false),
        ("iat", json!(now + 90), false),
        ("jti", Value::Null, false),
        ("jti", json!(""), false),
        ("jti", json!("x".repeat(257)), false),
    ] {
        let mut claims = signer.claims(&world);
        claims[member] = value.clone();
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let page = signer.own(&world, &signer.sign(&claims)).await;
        if is_good {
            Tokens::of(&page);
        } else {
            refused(&page, 401, "invalid_client", &format!("{member}: {value}"));
        }
    }
    let mut double = signer.claims(&world);
    double["sub"] = "pub1".into();
    double["iss"] = "pub1".into();
    let page = signer.post(&world, "/token", &signer.sign(&double), &[OWN, ("client_id", "keyed")]).await;
    refused(&page, 401, "invalid_client", "somebody else in both");
}

#[tokio::test(flavor = "multi_thread")]
async fn mx_04_an_assertion_made_for_another_server_is_worth_nothing_here() {
    let (here, there) = (World::new().await, World::new().await);
    let signer = with_key(&here, "keyed").await;
    there.add_client("keyed", key_metadata(&json!({ "jwks": signer.jwks() }))).await;
    let assertion = signer.assertion(&there);
    refused(&signer.own(&here, &assertion).await, 401, "invalid_client", "made for another server");
    Tokens::of(&signer.own(&there, &assertion).await);
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_08_ca_09_ca_10_nothing_in_the_header_chooses_a_key() {
    let world = super::world().await;
    let signer = with_key(&world, "keyed").await;
    let evil = world.internet.site("evil.test").await;
    evil.serve("/k", Reply::json(&signer.jwks()));
    let kid = signer.key.kid().to_owned();
    let genuine = signer.assertion(&world);
    let [_, claims, signature] = genuine.split('.').collect::<Vec<_>>()[..] else { panic!("{genuine}") };
    let public = signer.jwks()["keys"][0].clone();
    let mut headers = vec![
        json!({ "alg": "none", "kid": kid }),
        json!({ "alg": "None", "kid": kid }),
        json!({ "alg": "nOnE", "kid": kid }),
        json!({ "alg": "RS256", "kid": kid }),
        json!({ "alg": "ES256", "kid": "../../etc/passwd" }),
        json!({ "alg": "ES256", "kid": "' OR 1=1--" }),
        json!({ "alg": "ES256", "kid": "k".repeat(10_000) }),
        json!({ "alg": "ES256", "kid": 7 }),
        json!({ "alg": "ES256", "kid": kid, "crit": ["x"], "x": 1 }),
    ];
    for (member, value) in [
        ("jwk", public.clone()),
        ("jku", json!("https://evil.test/k")),
        ("x5u", json!("https://evil.test/k")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut header = json!({ "alg": "ES256", "kid": kid });
        header[member] = value;
        headers.push(header);
    }
    for header in &headers {
        for assertion in
            [format!("{}.{claims}.{signature}", encode(header)), format!("{}.{claims}.", encode(header))]
        {
            let page = signer.own(&world, &assertion).await;
            refused(&page, 401, "invalid_client", &header.to_string());
        }
    }
    // A symmetric signature with what everybody knows.
    for secret in [public.to_string(), public["x"].as_str().unwrap().to_owned(), String::new()] {
        let input = format!("{}.{claims}", encode(&json!({ "alg": "HS256", "kid": kid })));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, input.as_bytes()));
        refused(&signer.own(&world, &format!("{input}.{tag}")).await, 401, "invalid_client", "HS256");
    }
    for nonsense in ["", "x", "a.b", "a.b.c", "a.b.c.d", &"x".repeat(20_000)] {
        let page = signer.own(&world, nonsense).await;
        assert!(page.status == 401 || page.status == 400, "{nonsense}: {}", page.body);
    }
    assert_eq!(world.internet.asked(), [], "no key is fetched");
    Tokens::of(&signer.own(&world, &genuine).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_08_only_the_registered_algorithm_is_used() {
    let world = World::new().await;
    let (rsa, ec) = (Signer::new("two", Algorithm::Rs256), Signer::new("two", Algorithm::Es256));
    let both = json!({ "keys": [rsa.key.public_jwk(), ec.key.public_jwk()] });
    let metadata = key_metadata(&json!({ "jwks": both, "token_endpoint_auth_signing_alg": "ES256" }));
    world.add_client("two", metadata).await;
    refused(&rsa.own(&world, &rsa.assertion(&world)).await, 401, "invalid_client", "RS256");
    Tokens::of(&ec.own(&world, &ec.assertion(&world)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_11_a_key_set_is_fetched_once_a_minute_whatever_is_presented_and_rotation_is_noticed() {
    let world = super::world().await;
    let site = world.internet.site(HOST).await;
    let (old, new) = (Signer::new("keyed", Algorithm::Es256), Signer::new("keyed", Algorithm::Es256));
    site.serve("/jwks.json", Reply::json(&old.jwks()).header("cache-control", "max-age=86400"));
    world
        .add_client("keyed", key_metadata(&json!({ "jwks_uri": format!("https://{HOST}/jwks.json") })))
        .await;
    assert_eq!(world.internet.asked(), [], "keys are fetched when they are needed");
    Tokens::of(&old.own(&world, &old.assertion(&world)).await);
    let strangers: Vec<Signer> = (0..20).map(|_| Signer::new("keyed", Algorithm::Es256)).collect();
    for _ in 0..10 {
        let storm = strangers.iter().map(|stranger| async {
            let page = stranger.own(&world, &stranger.assertion(&world)).await;
            refused(&page, 401, "invalid_client", "a key nobody published");
        });
        join_all(storm).await;
    }
    assert_eq!(site.asked("/jwks.json"), 1);
    site.serve("/jwks.json", Reply::json(&new.jwks()).header("cache-control", "max-age=86400"));
    world.pass(61);
    Tokens::of(&new.own(&world, &new.assertion(&world)).await);
    assert_eq!(site.asked("/jwks.json"), 2);
    refused(&old.own(&world, &old.assertion(&world)).await, 401, "invalid_client", "the old key");
    // The host is away: what was fetched last is good for a day more.
    world.internet.close(world.internet.address_of(HOST));
    world.pass(25 * 3600);
    Tokens::of(&new.own(&world, &new.assertion(&world)).await);
    world.pass(48 * 3600);
    refused(&new.own(&world, &new.assertion(&world)).await, 401, "invalid_client", "away too long");
}

#[tokio::test(flavor = "multi_thread")]
async fn dc_01_dc_02_no_registered_address_leads_inside() {
    let world = super::world().await;
    world.internet.name("rebind.test", &[&["10.0.0.1".parse().unwrap()]]);
    let inside = [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://rebind.test/k",
    ];
    for uri in inside {
        let body =
            key_metadata(&json!({ "jwks_uri": uri, "logo_uri": uri, "client_uri": uri, "tos_uri": uri,
                                        "policy_uri": uri, "grant_types": ["authorization_code"] }));
        let page = world.post_json("/register", &body).await;
        if page.status != 201 {
            refused(&page, 400, "invalid_client_metadata", uri);
            continue;
        }
        let id = page.json()["client_id"].as_str().unwrap().to_owned();
        let signer = Signer::new(&id, Algorithm::Es256);
        let fields = [("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", VERIFIER)];
        let page = signer.post(&world, "/token", &signer.assertion(&world), &fields).await;
        refused(&page, 401, "invalid_client", uri);
    }
    for uri in ["http://keys.test/", "ftp://keys.test/", "file:///etc/passwd", "https://u:p@keys.test/"] {
        let page = world.post_json("/register", &key_metadata(&json!({ "jwks_uri": uri }))).await;
        assert_eq!(page.status, 400, "{uri}: {}", page.body);
        assert!(page.body.contains("jwks_uri"), "{uri}: {}", page.body);
    }
    assert_eq!(world.internet.asked(), [], "not one packet");
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_15_a_document_has_no_secret_and_no_method_that_needs_one() {
    let world = world().await;
    let site = published(&world, &with("client_secret", "s3cret".into())).await;
    for (n, method) in ["client_secret_basic", "client_secret_post", "client_secret_jwt"].iter().enumerate() {
        let mut document = with("token_endpoint_auth_method", (*method).into());
        document["client_id"] = format!("https://{HOST}/{n}.json").into();
        site.serve(&format!("/{n}.json"), Reply::json(&document));
    }
    let ids = (0..3).map(|n| format!("https://{HOST}/{n}.json")).chain([ID.to_owned()]);
    let visits = ids.map(|id| {
        let world = &world;
        async move { unknown(&visit(world, &id).await, &id) }
    });
    join_all(visits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ca_16_a_replaced_secret_cuts_nobody_off_and_ends_when_it_was_said_to() {
    let world = World::new().await;
    let secret = Token::<ClientSecret>::from_random([9; 32]);
    let moment = world.operator();
    let until = moment.now + chrono::Duration::hours(1);
    let id = ClientId::parse("conf1").unwrap();
    let change = (&secret.digest(), Overlap::Until(until));
    let done =
        clients::replace_secret(&world.app.store, &id, change, &moment.trace(&world.app)).await.unwrap();
    assert!(matches!(done, Write::Applied(())));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let new = secret.text().expose().clone();
    let use_new = async || {
        let request = world.http.post(world.url("/token")).basic_auth("conf1", Some(&new)).form(&[OWN]);
        gatewright_tests::Page::read(request.send().await.unwrap()).await
    };
    Tokens::of(&use_new().await);
    Tokens::of(&world.post_as("conf1", "/token", &[OWN]).await);
    world.pass(3601);
    refused(&world.post_as("conf1", "/token", &[OWN]).await, 401, "invalid_client", "the old secret");
    Tokens::of(&use_new().await);
}

use gatewright_jose::{JwkSet, SigningKey};
use serde_json::json;

use super::*;

const ISSUER: &str = "https://idp.test";
const NOW: i64 = 1_700_000_000;

fn key() -> SigningKey {
    let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
    key
}

fn keys(key: &SigningKey) -> KeySet {
    let set = json!({ "keys": [serde_json::to_value(key.public_jwk()).unwrap()] });
    KeySet::from_jwks(&serde_json::from_value::<JwkSet>(set).unwrap())
}

fn claims() -> Value {
    json!({ "iss": ISSUER, "sub": "248289761001", "aud": "gw", "exp": NOW + 300, "iat": NOW, "nonce": "n-1",
            "email": "ada@example.test", "email_verified": true })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name),
        value => claims.as_object_mut().unwrap().insert(name.to_owned(), value),
    };
    claims
}

fn judge(claims: &Value) -> Result<Person, Doubt> {
    let key = key();
    let token = key.sign("JWT", claims).unwrap();
    let awaited = Awaited { issuer: ISSUER, client_id: "gw", nonce: "n-1", now: NOW };
    verify(&token, &keys(&key), &awaited)
}

#[test]
fn lg_12_what_is_missing_is_as_bad_as_what_is_wrong() {
    let person = judge(&claims()).unwrap();
    assert_eq!((person.issuer.as_str(), person.subject.as_str()), (ISSUER, "248289761001"));
    assert!(person.profile.email_verified);
    for required in ["iss", "sub", "aud", "exp", "iat", "nonce"] {
        assert!(judge(&with(required, Value::Null)).is_err(), "without {required}");
    }
    let wrong = [
        ("iss", json!("https://idp.test/")),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", json!(["gw", "other"])),
        ("azp", json!("other")),
        ("nonce", json!("n-2")),
        ("nonce", json!("")),
        ("exp", json!(NOW - 61)),
        ("exp", json!("9999999999")),
        ("iat", json!(NOW + 61)),
        ("iat", json!(NOW - 601)),
        ("nbf", json!(NOW + 61)),
        ("sub", json!("")),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("a\u{0}b")),
        ("sub", json!(7)),
    ];
    for (name, value) in wrong {
        assert!(judge(&with(name, value.clone())).is_err(), "{name} {value}");
    }
    let mut several = with("aud", json!(["gw", "other"]));
    several["azp"] = json!("gw");
    assert!(judge(&several).is_ok());
}

#[test]
fn lg_12_neither_another_key_nor_a_secret_nor_nothing_signs() {
    let (key, other) = (key(), key());
    let awaited = Awaited { issuer: ISSUER, client_id: "gw", nonce: "n-1", now: NOW };
    let token = other.sign("JWT", &claims()).unwrap();
    assert_eq!(verify(&token, &keys(&key), &awaited), Err(Doubt::UnknownKey));
    let part = |value: &Value| gatewright_jose::base64url::encode(value.to_string());
    for alg in ["none", "HS256"] {
        let message = format!("{}.{}", part(&json!({ "alg": alg, "typ": "JWT" })), part(&claims()));
        let mac =
            ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"secret"), message.as_bytes());
        let token = format!("{message}.{}", gatewright_jose::base64url::encode(mac.as_ref()));
        assert!(matches!(verify(&token, &keys(&key), &awaited), Err(Doubt::Token(_))), "{alg}");
    }
}

#[test]
fn lg_11_an_address_is_verified_only_if_it_says_so() {
    for (value, verified) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("yes"), false),
        (json!(1), false),
    ] {
        assert_eq!(
            judge(&with("email_verified", value.clone())).unwrap().profile.email_verified,
            verified,
            "{value}"
        );
    }
    assert!(!judge(&with("email_verified", Value::Null)).unwrap().profile.email_verified);
    assert!(!judge(&with("email", json!("no address"))).unwrap().profile.email_verified);
    assert_eq!(judge(&with("email", json!(["a@b.test"]))).unwrap().profile.email, None);
}

#[test]
fn lg_12_userinfo_is_about_the_same_person() {
    let person = judge(&claims()).unwrap();
    let said =
        |sub: &str| userinfo(&person, json!({ "sub": sub, "email": "a@b.test" }).to_string().as_bytes());
    assert_eq!(said("248289761001").unwrap().email.as_deref(), Some("a@b.test"));
    assert!(said("248289761002").is_err());
    assert!(userinfo(&person, br#"{"email":"a@b.test"}"#).is_err());
}

#[test]
fn a_document_is_the_issuers_own() {
    let document = |change: &[(&str, Value)]| {
        let mut document = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://idp.test/a", "token_endpoint": "https://idp.test/t",
            "jwks_uri": "https://idp.test/k", "authorization_response_iss_parameter_supported": true,
        });
        for (name, value) in change {
            document[*name] = value.clone();
        }
        Discovered::parse(ISSUER, document.to_string().as_bytes())
    };
    let found = document(&[]).unwrap();
    assert!(found.judge_answer(Some(ISSUER)).is_ok());
    assert!(found.judge_answer(None).is_err() && found.judge_answer(Some("https://evil.test")).is_err());
    for bad in [
        ("issuer", json!("https://idp.test/")),
        ("token_endpoint", json!("http://idp.test/t")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("id_token_signing_alg_values_supported", json!(["HS256"])),
        ("jwks_uri", Value::Null),
    ] {
        assert!(document(std::slice::from_ref(&bad)).is_err(), "{bad:?}");
    }
    let methods = ("token_endpoint_auth_methods_supported", json!(["client_secret_post"]));
    assert!(document(&[methods]).unwrap().secret_in_form);
    assert!(!found.secret_in_form);
    assert_eq!(Discovered::address("https://a.test/t/"), "https://a.test/t/.well-known/openid-configuration");
}

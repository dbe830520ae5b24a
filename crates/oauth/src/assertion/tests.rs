//! Assertions that are believed, and everything else.

use chrono::DateTime;
use gatewright_jose::{Algorithm, JwkSet, SigningKey};
use serde_json::{Value, json};

use super::*;
use crate::register::{RegistrationPolicy, RegistrationRequest, register};

const ISSUER: &str = "https://as.test";
const NOW: i64 = 1_900_000_000;

struct Signer {
    key: SigningKey,
    client: Client,
    keys: KeySet,
}

fn signer(profile: Profile, member: &str, value: Value) -> Signer {
    let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwks = JwkSet { keys: vec![key.public_jwk().clone()] };
    let mut document = json!({"client_name": "C", "redirect_uris": ["https://app.test/cb"], "jwks": jwks,
                              "token_endpoint_auth_method": "private_key_jwt"});
    document[member] = value;
    let raw = RegistrationRequest::parse(document.to_string().as_bytes()).unwrap();
    let policy = RegistrationPolicy { profile, ..RegistrationPolicy::administrator() };
    let client = register(&policy, raw, ClientId::parse("conf2").unwrap(), DateTime::UNIX_EPOCH).unwrap();
    let keys = KeySet::from_jwks(client.metadata.jwks.as_ref().unwrap());
    Signer { key, client, keys }
}

fn claims() -> Value {
    json!({"iss": "conf2", "sub": "conf2", "aud": ISSUER, "iat": NOW, "exp": NOW + 60, "jti": "one"})
}

fn with(member: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[member] = value;
    claims
}

impl Signer {
    fn judge_for(&self, claims: &Value, audiences: &Audiences<'_>) -> Result<Use, Doubt> {
        let assertion = self.key.sign("JWT", claims).unwrap();
        verify(&assertion, &self.client, &self.keys, (audiences, at(0)))
    }

    fn judge(&self, claims: &Value) -> Result<Use, Doubt> {
        self.judge_for(claims, &Audiences { issuer: ISSUER, token_endpoint: None })
    }
}

fn at(seconds: i64) -> Time {
    Time::from_timestamp(NOW + seconds, 0).unwrap()
}

fn mcp() -> Signer {
    signer(Profile::Mcp, "client_name", json!("C"))
}

#[test]
fn an_assertion_is_believed_and_used_once() {
    let signer = mcp();
    let one = signer.judge(&claims()).unwrap();
    assert_eq!(one.until, at(90));
    assert_eq!(signer.judge(&with("exp", json!(NOW + 50))).unwrap().digest, one.digest, "the same jti");
    assert_ne!(signer.judge(&with("jti", json!("two"))).unwrap().digest, one.digest);
    let assertion = signer.key.sign("JWT", &claims()).unwrap();
    assert_eq!(claimed_client(&assertion).unwrap().as_str(), "conf2");
    for junk in ["", ".", "a.b.c", "e30.e30.x", &"x".repeat(9000)] {
        assert!(claimed_client(junk).is_err(), "{junk}");
    }
}

#[test]
fn ca_06_an_assertion_is_for_this_server_and_nobody_else() {
    let signer = mcp();
    let token_endpoint = "https://as.test/token";
    for fine in [json!(ISSUER), json!("https://as.test/")] {
        assert!(signer.judge(&with("aud", fine)).is_ok());
    }
    for foreign in [
        json!([ISSUER]),
        json!([ISSUER, "https://evil.test"]),
        json!([]),
        json!("https://evil.test"),
        json!("https://as.test//"),
        json!("https://AS.test"),
        json!(token_endpoint),
        json!("https://as.test/par"),
        json!(""),
    ] {
        assert!(signer.judge(&with("aud", foreign.clone())).is_err(), "{foreign}");
    }
    let also = Audiences { issuer: ISSUER, token_endpoint: Some(token_endpoint) };
    assert!(signer.judge_for(&with("aud", json!(token_endpoint)), &also).is_ok());
    assert!(signer.judge_for(&with("aud", json!("https://as.test/token/")), &also).is_err());

    let compat = self::signer(Profile::OidcCompat, "client_name", json!("C"));
    assert!(compat.judge(&with("aud", json!([ISSUER]))).is_ok());
    assert!(compat.judge(&with("aud", json!([ISSUER, ISSUER]))).is_err());
    let fapi2 = self::signer(Profile::Fapi2, "client_name", json!("C"));
    assert!(fapi2.judge(&claims()).is_ok());
    for foreign in [json!("https://as.test/"), json!([ISSUER])] {
        assert!(fapi2.judge(&with("aud", foreign)).is_err());
    }
}

#[test]
fn ca_07_it_says_who_and_when_and_not_for_long() {
    let signer = mcp();
    for fine in [
        with("nbf", json!(NOW + 8)),
        with("iat", json!(NOW + 30)),
        with("exp", json!(NOW + 300)),
        with("exp", json!(NOW - 20)),
    ] {
        assert!(signer.judge(&fine).is_ok(), "{fine}");
    }
    for (member, value) in [
        ("iss", json!("other")),
        ("sub", json!("other")),
        ("exp", json!(NOW - 300)),
        ("exp", json!(NOW + 400)),
        ("exp", json!(NOW + 86_400)),
        ("exp", json!("1900000060")),
        ("nbf", json!(NOW + 90)),
        ("iat", json!(NOW + 90)),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
        ("jti", json!(7)),
    ] {
        assert!(signer.judge(&with(member, value.clone())).is_err(), "{member} {value}");
    }
    for missing in ["iss", "sub", "aud", "exp", "jti"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(missing);
        assert!(signer.judge(&claims).is_err(), "{missing}");
    }
    let mut undated = claims();
    undated.as_object_mut().unwrap().remove("iat");
    assert!(signer.judge(&undated).is_ok());
}

#[test]
fn ca_08_the_key_decides_and_the_registered_algorithm_is_the_only_one() {
    let signer = self::signer(Profile::Mcp, "token_endpoint_auth_signing_alg", json!("RS256"));
    assert!(matches!(signer.judge(&claims()), Err(Doubt::Refused(_))), "signed with ES256");
    let other = SigningKey::generate(Algorithm::EdDsa).unwrap().0;
    let mcp = mcp();
    let foreign = other.sign("JWT", &claims()).unwrap();
    let us = Audiences { issuer: ISSUER, token_endpoint: None };
    assert_eq!(verify(&foreign, &mcp.client, &mcp.keys, (&us, at(0))), Err(Doubt::UnknownKey));
    let unsigned = format!(
        "{}.{}.",
        base64url::encode(br#"{"alg":"none"}"#),
        base64url::encode(claims().to_string().as_bytes())
    );
    assert!(matches!(verify(&unsigned, &mcp.client, &mcp.keys, (&us, at(0))), Err(Doubt::Refused(_))));
}

//! Tokens, keys and what else is signed, sealed or drawn.

use std::sync::LazyLock;

use gatewright_jose::{Algorithm, Expect, Expired, JwkSet, KeySet, SigningKey, VerifyingKey};
use gatewright_oauth::claims::AccessClaims;
use gatewright_oauth::refresh::RefreshToken;
use gatewright_oauth::revoke::Presented;
use gatewright_oauth::seal::{Purpose, RANDOM, SealKey, SealKeys};
use gatewright_oauth::secret::{ApiKey, AuthCode, ClientSecret, PasswordLink, SessionId, Token};
use serde_json::Value;

use crate::{now, text};

/// One text is one sequence of bytes, and the other way round.
pub fn base64url(bytes: &[u8]) {
    let encoded = gatewright_jose::base64url::encode(bytes);
    assert_eq!(gatewright_jose::base64url::decode(&encoded).as_deref(), Ok(bytes));
    if let Ok(decoded) = gatewright_jose::base64url::decode(bytes) {
        assert_eq!(gatewright_jose::base64url::encode(decoded).as_bytes(), bytes);
    }
}

/// What is accepted means the same to `serde_json`.
pub fn json(bytes: &[u8]) {
    if let Ok(value) = gatewright_jose::parse_strict::<Value>(bytes) {
        assert_eq!(serde_json::from_slice::<Value>(bytes).ok(), Some(value));
    }
}

/// Keys that are accepted are written and read alike, and have one thumbprint.
pub fn jwk(bytes: &[u8]) {
    let Ok((set, _left_out)) = JwkSet::parse_foreign(bytes) else {
        assert!(JwkSet::parse(bytes).is_err(), "strictly accepted, leniently not");
        return;
    };
    for key in &set.keys {
        let written = serde_json::to_vec(key).unwrap_or_default();
        let again = gatewright_jose::Jwk::parse(&written);
        assert_eq!(again.as_ref().map(gatewright_jose::Jwk::thumbprint).ok(), Some(key.thumbprint()));
        if let Some(verifying) = VerifyingKey::from_jwk(key) {
            assert!(!verifying.is_signature(b"message", bytes), "any bytes are a signature");
        }
    }
    assert!(KeySet::from_jwks(&set).len() <= set.keys.len());
}

static KEY: LazyLock<Option<SigningKey>> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256).ok().map(|(key, _pkcs8)| key));

/// Nothing that a stranger wrote verifies, and no claims of ours verify in another place.
pub fn jws(bytes: &[u8]) {
    let Some(key) = KEY.as_ref() else { return };
    let mut keys = KeySet::default();
    keys.insert(key.verifying_key());
    let expect = Expect {
        typ: &["at+jwt"],
        issuer: "https://id.test",
        audience: Some("https://mcp.test/mcp"),
        now: now().timestamp(),
        leeway: 0,
        expired_ok: Expired::Refuse,
    };
    let verify = |token: &str| gatewright_jose::verify::<AccessClaims>(&keys, token, &expect);
    if let Some(text) = text(bytes) {
        let _ = gatewright_jose::peek(text);
        assert!(verify(text).is_err(), "a stranger's token verifies");
    }
    let Ok(claims) = serde_json::from_slice::<Value>(bytes) else { return };
    let Ok(token) = key.sign("at+jwt", &claims) else { return };
    if let Ok(verified) = verify(&token) {
        assert_eq!(verified.iss, "https://id.test");
        assert_eq!(claims["iss"], "https://id.test");
    }
    let Ok(other) = key.sign("JWT", &claims) else { return };
    assert!(verify(&other).is_err(), "a token of another type verifies");
    // Any other last character is another signature, or not the one way to write it.
    let (rest, last) = token.split_at(token.len() - 1);
    let other = if last == "A" { "B" } else { "A" };
    assert!(verify(&format!("{rest}{other}")).is_err(), "a changed signature verifies");
}

/// What was sealed opens, for its purpose and in its place only; what a stranger made does not.
pub fn seal(bytes: &[u8]) {
    let keys = SealKeys::new(SealKey::new(7, [7; 32]), vec![SealKey::new(3, [3; 32])]);
    assert!(keys.open(Purpose::AuthorizationRequest, b"", bytes).is_err());
    if let Some(text) = text(bytes) {
        assert!(keys.open_value::<Value>(Purpose::AdminCursor, text, now()).is_err());
    }
    let sealed = keys.seal(Purpose::WebhookSecret, b"here", bytes, &[9; RANDOM]);
    let opened = keys.open(Purpose::WebhookSecret, b"here", &sealed);
    assert_eq!(opened.as_deref().map(Vec::as_slice), Ok(bytes));
    assert!(keys.open(Purpose::WebhookSecret, b"there", &sealed).is_err());
    assert!(keys.open(Purpose::KeptAnswer, b"here", &sealed).is_err());
    assert!(!keys.is_stale(&sealed));
}

/// What is accepted is written as it came: there are not two ways to write one secret.
pub fn secrets(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    macro_rules! same {
        ($($kind:ty),*) => {$(
            if let Some(token) = Token::<$kind>::parse(text) {
                assert_eq!(token.text().expose(), text);
            }
        )*};
    }
    same!(AuthCode, SessionId, ClientSecret, ApiKey, PasswordLink);
    if let Some(token) = RefreshToken::parse(text) {
        assert_eq!(token.text().expose(), text);
    }
    let _ = Presented::of(text);
}

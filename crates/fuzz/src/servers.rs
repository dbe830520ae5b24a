//! What other servers answer, and addresses that strangers would have us ask.

use gatewright_oauth::discovery::Question;
use gatewright_oauth::upstream::{self, Discovered, Person, Profile};
use gatewright_resource::webhook::{Message, Receiver};
use gatewright_server::fetch::Target;
use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::{now, text};

/// Metadata of a protected resource is about that resource.
pub fn discovery(bytes: &[u8]) {
    if let Ok(question) = Question::about("https://mcp.test/mcp") {
        let _ = question.answer(bytes);
    }
    if let Some(text) = text(bytes) {
        let _ = Question::about(text);
    }
}

/// What a provider says about itself and about somebody.
pub fn provider(bytes: &[u8]) {
    if let Ok(found) = Discovered::parse("https://idp.test", bytes) {
        for address in [&found.authorization_endpoint, &found.token_endpoint] {
            assert!(Url::parse(address).is_ok(), "{address}");
        }
    }
    let person = Person {
        issuer: "https://idp.test".to_owned(),
        subject: "alice".to_owned(),
        profile: Profile::default(),
        amr: Vec::new(),
        auth_time: None,
    };
    if let Ok(profile) = upstream::userinfo(&person, bytes) {
        assert!(profile.email.is_none_or(|email| !email.chars().any(char::is_control)));
    }
}

/// An address that is asked has one reading.
pub fn fetch(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Ok(target) = Target::of(text) else { return };
    let scheme = if target.is_clear { "http" } else { "https" };
    let read = format!("{scheme}://{}{}", target.authority, target.path);
    let again = Target::of(&read).unwrap_or_else(|error| panic!("{read}: {error:?}"));
    assert_eq!((again.host, again.literal, again.port), (target.host, target.literal, target.port));
    assert!(target.path.starts_with('/') && !target.path.contains(['\r', '\n', ' ']));
    assert!(!target.authority.contains(['/', '@', '\r', '\n', ' ']));
}

/// No stranger's message is believed.
pub fn webhook(bytes: &[u8]) {
    let Ok(receiver) = Receiver::new(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]) else { return };
    let mut parts = bytes.splitn(4, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let Some(value) = parts.next().and_then(|value| HeaderValue::from_bytes(value).ok()) else { return };
        headers.insert(name, value);
    }
    let body = parts.next().unwrap_or_default();
    let believed: Result<Message, _> = receiver.verify_at(&headers, body, now().timestamp());
    assert!(believed.is_err(), "a stranger's message was believed");
}

//! Receiving webhooks: whether a message is from your authorization server (Standard Webhooks 1.0).
//!
//! ```
//! use gatewright_resource::webhook::Receiver;
//!
//! # fn handle(headers: &http::HeaderMap, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! // While a secret is replaced, name both.
//! let receiver = Receiver::new(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])?;
//! // The body exactly as it came, before anything parses it.
//! let message = receiver.verify(headers, body)?;
//! // The same event may come more than once: remember `message.id` and drop what you have seen.
//! # Ok(())
//! # }
//! ```
//!
//! 1. `webhook-id`, `webhook-timestamp` and `webhook-signature` are each there once.
//! 2. The timestamp is not further than five minutes from now: a message that somebody recorded is not good for long.
//! 3. One of the `v1` signatures is HMAC-SHA256 of `id.timestamp.body` under one of the secrets. Every signature is
//!    looked at, those of other versions are passed over, and each is compared in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use ring::hmac;

use crate::clock::Clock;

/// How far a timestamp may be from now, in seconds.
const TOLERANCE: i64 = 5 * 60;
/// The most signatures that are looked at: a rotation has two.
const MOST_SIGNATURES: usize = 16;
/// The shortest secret, in bytes.
const SHORTEST: usize = 24;

/// Why a message is not taken for one of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// A secret is not `whsec_` and base64 of at least 24 bytes.
    #[error("a webhook's secret is whsec_ and base64 of at least 24 bytes")]
    Secret,
    /// A header is missing, unreadable, or there twice.
    #[error("the header {0} has to be there once")]
    Header(&'static str),
    /// The message is too old, or from the future.
    #[error("the message is more than five minutes away from now: is the clock right?")]
    Time,
    /// No signature fits.
    #[error("no signature fits: wrong secret, or not the body as it was sent")]
    Signature,
}

/// What is known about a message that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, the same at every attempt.
    pub id: String,
    /// When this attempt was made: seconds since 1970.
    pub timestamp: i64,
}

/// Knows the secrets of a webhook.
#[derive(Clone)]
pub struct Receiver {
    keys: Vec<hmac::Key>,
    clock: Clock,
}

impl Receiver {
    /// One that believes these secrets, `whsec_…` each.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Result<Receiver, WebhookError> {
        let keys: Vec<hmac::Key> = secrets.into_iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(WebhookError::Secret);
        }
        Ok(Receiver { keys, clock: Clock::system() })
    }

    /// Verifies a message that came now.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<Message, WebhookError> {
        self.verify_at(headers, body, self.clock.unix())
    }

    /// Verifies a message that came at this time, in seconds since 1970.
    pub fn verify_at(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<Message, WebhookError> {
        let id = one(headers, "webhook-id")?;
        let timestamp = one(headers, "webhook-timestamp")?;
        let signatures = one(headers, "webhook-signature")?;
        // Only as the server writes it: no sign, no spaces, no leading zero.
        let at = timestamp.parse::<i64>().ok().filter(|at| at.to_string() == timestamp);
        let at = at.ok_or(WebhookError::Header("webhook-timestamp"))?;
        if at.abs_diff(now) > TOLERANCE.unsigned_abs() {
            return Err(WebhookError::Time);
        }
        // Where the id ends must not be a matter of opinion.
        if id.is_empty() || id.contains('.') {
            return Err(WebhookError::Header("webhook-id"));
        }
        let mut signed = format!("{id}.{timestamp}.").into_bytes();
        signed.extend_from_slice(body);
        let fits = |signature: &str| {
            let Some(tag) = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok()) else {
                return false;
            };
            self.keys.iter().any(|key| hmac::verify(key, &signed, &tag).is_ok())
        };
        if signatures.split(' ').take(MOST_SIGNATURES).any(fits) {
            Ok(Message { id: id.to_owned(), timestamp: at })
        } else {
            Err(WebhookError::Signature)
        }
    }
}

fn key(secret: &str) -> Result<hmac::Key, WebhookError> {
    let bytes = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
    let bytes = bytes.filter(|bytes| bytes.len() >= SHORTEST).ok_or(WebhookError::Secret)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, WebhookError> {
    let mut found = headers.get_all(name).iter();
    match (found.next(), found.next()) {
        (Some(value), None) => value.to_str().map_err(|_| WebhookError::Header(name)),
        (None, _) | (Some(_), Some(_)) => Err(WebhookError::Header(name)),
    }
}

//! What a receiver gets, and how it knows that it is from us (Standard Webhooks 1.0, "Signature scheme").
//!
//! `webhook-id` is the event's id and the same at every attempt; `webhook-timestamp` is the attempt's. The signature is
//! HMAC-SHA256 over `id.timestamp.body`, once for each secret that is good at the time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::SecondsFormat;
use gatewright_oauth::Time;
use gatewright_oauth::seal::Purpose;
use gatewright_oauth::secret::Secret;
use gatewright_store::events::Event;
use gatewright_store::webhooks::Webhook;
use ring::hmac;
use serde::Serialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::app::App;
use crate::audit::shown::Shown;
use crate::data_keys::Use;
use crate::error::{Fault, Outcome};

/// What the text of a secret begins with.
pub const PREFIX: &str = "whsec_";
const SECRET: (Use, Purpose) = (Use::Webhooks, Purpose::WebhookSecret);

/// A secret is bound to its row.
fn place(id: Uuid) -> Vec<u8> {
    format!("webhooks.secret:{id}").into_bytes()
}

/// A new secret: its text, which is shown once, and how it is kept.
pub fn new_secret(app: &App, id: Uuid) -> (Secret<String>, Vec<u8>) {
    let bytes = Zeroizing::new(app.random::<32>());
    let sealed = app.data_keys.seal_bytes(app.entropy.as_ref(), SECRET, &place(id), bytes.as_slice());
    (Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes.as_slice()))), sealed)
}

/// The keys that deliveries of a webhook are signed with.
pub struct Signer(Vec<hmac::Key>);

impl Signer {
    /// Those of a webhook at this time: the newest first.
    pub fn of(app: &App, webhook: &Webhook, now: Time) -> Outcome<Signer> {
        let previous =
            webhook.previous_until.filter(|until| *until > now).and(webhook.previous_secret.as_ref());
        let mut keys = Vec::with_capacity(2);
        for sealed in std::iter::once(&webhook.secret).chain(previous) {
            let opened = app
                .data_keys
                .unseal(SECRET, &place(webhook.id), sealed)
                .ok_or_else(|| Fault::internal("the secret of a webhook does not open"))?;
            keys.push(hmac::Key::new(hmac::HMAC_SHA256, &opened));
        }
        Ok(Signer(keys))
    }

    /// `webhook-signature`.
    pub fn sign(&self, id: Uuid, timestamp: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp}.{body}");
        let signatures = self.0.iter().map(|key| {
            let tag = hmac::sign(key, signed.as_bytes());
            format!("v1,{}", STANDARD.encode(tag.as_ref()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

/// The bytes behind the text of a secret.
pub fn secret_bytes(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    Some(Zeroizing::new(STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?))
}

#[derive(Serialize)]
struct Message<'a, T> {
    r#type: &'a str,
    timestamp: String,
    data: T,
}

/// The body of a message.
pub fn body<T: Serialize>(kind: &str, at: Time, data: T) -> Outcome<String> {
    let timestamp = at.to_rfc3339_opts(SecondsFormat::Micros, true);
    Ok(serde_json::to_string(&Message { r#type: kind, timestamp, data }).map_err(Fault::internal)?)
}

/// The body of an event's message.
pub fn of_event(event: &Event) -> Outcome<String> {
    body(event.kind.as_str(), event.at, Shown::of(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries.
    #[test]
    fn wh_02_the_signature_is_the_one_of_the_specification() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signer = Signer(vec![hmac::Key::new(hmac::HMAC_SHA256, &key)]);
        let signed =
            format!("{}.{}.{}", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        let tag = hmac::sign(&signer.0[0], signed.as_bytes());
        assert_eq!(STANDARD.encode(tag.as_ref()), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let id = Uuid::from_u128(7);
        let two = Signer(vec![signer.0[0].clone(), hmac::Key::new(hmac::HMAC_SHA256, b"another")]);
        let text = two.sign(id, 1, "{}");
        let (new, old) = text.split_once(' ').unwrap();
        assert_eq!(new, signer.sign(id, 1, "{}"));
        assert!(old.starts_with("v1,") && old != new);
    }
}

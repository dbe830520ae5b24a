//! WH-02: what a receiver believes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use ring::hmac;

use crate::webhook::{Receiver, WebhookError};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT: i64 = 1_614_265_330;
const BODY: &str = r#"{"test": 2432232314}"#;
/// Of the specification's reference libraries.
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
    {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn sign(secret: &str, text: &str) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), text.as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

#[test]
fn wh_02_a_message_is_believed_for_its_signature_and_for_nothing_else() {
    let receiver = Receiver::new([SECRET]).unwrap();
    let at = AT.to_string();
    let old = (AT - 301).to_string();
    let other = sign(OTHER, &format!("{ID}.{AT}.{BODY}"));
    let stripped = SIGNATURE.trim_end_matches('=').to_owned();
    let bare = SIGNATURE.strip_prefix("v1,").unwrap().to_owned();
    let short = format!("v1,{}", STANDARD.encode([0; 31]));
    let many = format!("{}{SIGNATURE}", format!("{other} ").repeat(16));
    let moved = sign(SECRET, &format!("{ID}.{AT}.{{}}"));
    let signature_error = Err(WebhookError::Signature);
    let vectors = [
        ("as sent", ID, at.as_str(), SIGNATURE.to_owned(), BODY, Ok(())),
        ("second of two", ID, &at, format!("{other} {SIGNATURE}"), BODY, Ok(())),
        ("first of two", ID, &at, format!("{SIGNATURE} {other}"), BODY, Ok(())),
        ("beside another version", ID, &at, format!("v1a,abc {SIGNATURE}"), BODY, Ok(())),
        ("behind an empty one", ID, &at, format!(" {SIGNATURE}"), BODY, Ok(())),
        ("wrong secret", ID, &at, other.clone(), BODY, signature_error),
        ("another body", ID, &at, SIGNATURE.to_owned(), "{\"test\": 1}", signature_error),
        ("a space more", ID, &at, SIGNATURE.to_owned(), "{\"test\":  2432232314}", signature_error),
        ("empty body", ID, &at, SIGNATURE.to_owned(), "", signature_error),
        ("another id", "msg_other", &at, SIGNATURE.to_owned(), BODY, signature_error),
        ("another version", ID, &at, SIGNATURE.replace("v1,", "v2,"), BODY, signature_error),
        ("upper case", ID, &at, SIGNATURE.replace("v1,", "V1,"), BODY, signature_error),
        ("no version", ID, &at, bare, BODY, signature_error),
        ("without padding", ID, &at, stripped, BODY, signature_error),
        ("a shorter tag", ID, &at, short, BODY, signature_error),
        ("nothing", ID, &at, String::new(), BODY, signature_error),
        ("only a version", ID, &at, "v1,".to_owned(), BODY, signature_error),
        ("separated by commas", ID, &at, format!("{other},{SIGNATURE}"), BODY, signature_error),
        ("behind too many", ID, &at, many, BODY, signature_error),
        ("of another message", ID, &at, moved, BODY, signature_error),
        ("another time", ID, "1614265331", SIGNATURE.to_owned(), BODY, signature_error),
        ("too old", ID, &old, sign(SECRET, &format!("{ID}.{old}.{BODY}")), BODY, Err(WebhookError::Time)),
        ("no number", ID, "now", SIGNATURE.to_owned(), BODY, Err(WebhookError::Header("webhook-timestamp"))),
        (
            "a plus",
            ID,
            "+1614265330",
            SIGNATURE.to_owned(),
            BODY,
            Err(WebhookError::Header("webhook-timestamp")),
        ),
        (
            "id and time moved",
            "msg.1614265330",
            "1614265330",
            sign(SECRET, "msg.1614265330.1614265330.{}"),
            "{}",
            Err(WebhookError::Header("webhook-id")),
        ),
    ];
    assert!(vectors.len() >= 20);
    for (what, id, timestamp, signature, body, expected) in vectors {
        let found = receiver.verify_at(&headers(id, timestamp, &signature), body.as_bytes(), AT);
        let found = found.map(|message| assert_eq!((message.id.as_str(), message.timestamp), (ID, AT)));
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn wh_02_every_header_is_there_once() {
    let receiver = Receiver::new([SECRET]).unwrap();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut missing = headers(ID, &AT.to_string(), SIGNATURE);
        missing.remove(name);
        let mut twice = headers(ID, &AT.to_string(), SIGNATURE);
        twice.append(name, HeaderValue::from_static("x"));
        for headers in [missing, twice] {
            assert_eq!(receiver.verify_at(&headers, BODY.as_bytes(), AT), Err(WebhookError::Header(name)));
        }
    }
}

#[test]
fn wh_02_a_message_is_good_for_five_minutes_and_not_before_it_was_sent() {
    let receiver = Receiver::new([OTHER, SECRET]).unwrap();
    let headers = headers(ID, &AT.to_string(), SIGNATURE);
    for (now, is_good) in
        [(AT, true), (AT + 300, true), (AT - 300, true), (AT + 301, false), (AT - 301, false)]
    {
        assert_eq!(receiver.verify_at(&headers, BODY.as_bytes(), now).is_ok(), is_good, "{now}");
    }
    assert_eq!(receiver.verify_at(&headers, BODY.as_bytes(), i64::MIN), Err(WebhookError::Time));
    assert_eq!(receiver.verify(&headers, BODY.as_bytes()), Err(WebhookError::Time), "it is long ago");
}

#[test]
fn secrets_are_secrets() {
    for wrong in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_???", "whsec_c2hvcnQ="] {
        assert_eq!(Receiver::new([wrong]).err(), Some(WebhookError::Secret), "{wrong}");
    }
    assert_eq!(Receiver::new([]).err(), Some(WebhookError::Secret));
}

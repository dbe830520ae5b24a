//! What an event is, as bytes that do not depend on who writes them down.
//!
//! A JSON array of the columns in their order, times in microseconds since the epoch, members of objects sorted.
//! Changing this makes every log written before unverifiable: it is a contract.

use gatewright_store::events::Event;

use super::tree::{self, Hash};

/// The bytes of an event.
pub fn bytes(event: &Event) -> serde_json::Result<Vec<u8>> {
    let subject = &event.subject;
    serde_json::to_vec(&(
        "v1",
        event.id,
        event.at.timestamp_micros(),
        event.kind.as_str(),
        event.request,
        &event.peer,
        &event.actor,
        subject.user,
        &subject.client,
        subject.resource,
        subject.grant,
        &event.detail,
    ))
}

/// The leaf of an event.
pub fn leaf(event: &Event) -> serde_json::Result<Hash> {
    Ok(tree::leaf(&bytes(event)?))
}

#[cfg(test)]
mod tests {
    use gatewright_oauth::Time;
    use gatewright_store::EventKind;
    use gatewright_store::events::Subject;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_bytes_of_an_event_never_change() {
        let event = Event {
            id: Uuid::from_u128(1),
            at: Time::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            kind: EventKind::GrantCreated,
            request: Uuid::from_u128(2),
            peer: "192.0.2.1".to_owned(),
            actor: "client:c".to_owned(),
            subject: Subject {
                user: Some(Uuid::from_u128(3)),
                client: Some("c".to_owned()),
                ..Subject::default()
            },
            detail: json!({ "b": 1, "a": "ü" }),
        };
        assert_eq!(
            String::from_utf8(bytes(&event).unwrap()).unwrap(),
            "[\"v1\",\"00000000-0000-0000-0000-000000000001\",1700000000123456,\"grant.created\",\
             \"00000000-0000-0000-0000-000000000002\",\"192.0.2.1\",\"client:c\",\
             \"00000000-0000-0000-0000-000000000003\",\"c\",null,null,{\"a\":\"ü\",\"b\":1}]"
        );
    }
}

//! `events`: append only, written by the statement that makes the change.
//!
//! Audit is a view of this table; webhooks and the event feed are cursors over `(at, id)`.
//! No event carries a secret. `detail` holds what the columns do not, and is never needed to
//! understand which row changed.

mod kind;
mod record;

use serde_json::Value;
use uuid::Uuid;

pub use self::kind::EventKind;
pub(crate) use self::record::Recorded;
pub use self::record::insert;
use crate::decode::corrupt;
use crate::{Store, Stored, Time, tx};

/// What every change records about the request that made it.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The event's id, a version 7 UUID, fresh for every statement.
    pub event: Uuid,
    /// The request's one reading of the clock; also the time the change is written with.
    pub at: Time,
    /// The request's id as it appears in logs and on error pages.
    pub request: Uuid,
    /// The peer's address as text, or `local` for commands.
    pub peer: String,
    /// `user:<id>`, `client:<id>`, `operator` or `system`.
    pub actor: String,
}

/// Which rows an event is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The account concerned.
    pub user: Option<Uuid>,
    /// The client concerned.
    pub client: Option<String>,
    /// The resource concerned.
    pub resource: Option<Uuid>,
    /// The grant concerned.
    pub grant: Option<Uuid>,
}

/// An event as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// A version 7 UUID.
    pub id: Uuid,
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub kind: EventKind,
    /// The request that caused it.
    pub request: Uuid,
    /// Where the request came from.
    pub peer: String,
    /// Who acted.
    pub actor: String,
    /// What it is about.
    pub subject: Subject,
    /// Particulars; an object.
    pub detail: Value,
}

pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) at: Time,
    pub(crate) kind: String,
    pub(crate) request_id: Uuid,
    pub(crate) peer: String,
    pub(crate) actor: String,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) client_id: Option<String>,
    pub(crate) resource_id: Option<Uuid>,
    pub(crate) grant_id: Option<Uuid>,
    pub(crate) detail: Value,
}

impl Row {
    pub(crate) fn decode(self) -> Stored<Event> {
        Ok(Event {
            kind: EventKind::parse(&self.kind).ok_or_else(|| corrupt("events", "kind", self.id))?,
            id: self.id,
            at: self.at,
            request: self.request_id,
            peer: self.peer,
            actor: self.actor,
            subject: Subject {
                user: self.user_id,
                client: self.client_id,
                resource: self.resource_id,
                grant: self.grant_id,
            },
            detail: self.detail,
        })
    }
}

/// A place in the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The time of the last event read.
    pub at: Time,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// Before every event.
    pub const START: Cursor = Cursor { at: Time::UNIX_EPOCH, id: Uuid::nil() };

    /// Behind everything that happened by `now`.
    pub fn end(now: Time) -> Cursor {
        Cursor { at: now + chrono::Duration::days(1), id: Uuid::max() }
    }
}

/// Which events are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Before this time.
    pub until: Option<Time>,
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// By this actor.
    pub actor: Option<&'a str>,
    /// About this account.
    pub user: Option<Uuid>,
    /// About this client.
    pub client: Option<&'a str>,
    /// About this resource.
    pub resource: Option<Uuid>,
    /// About this grant.
    pub grant: Option<Uuid>,
    /// Caused by this request.
    pub request: Option<Uuid>,
}

/// What was found, and how far was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Oldest first.
    pub events: Vec<Event>,
    /// Everything up to here was looked at.
    pub read_to: Cursor,
    /// Whether there may be more.
    pub goes_on: bool,
}

/// Events that one search looks at: what is rare must not be searched for in one go through years.
pub const LOOKED_AT: u32 = 10_000;

/// Up to `limit` events after `cursor`, oldest first.
pub async fn after(store: &Store, cursor: Cursor, limit: u32) -> Stored<Vec<Event>> {
    Ok(search(store, cursor, &Wanted::default(), limit).await?.events)
}

/// Up to `limit` of the next [`LOOKED_AT`] events after `cursor`, oldest first.
pub async fn search(store: &Store, cursor: Cursor, wanted: &Wanted<'_>, limit: u32) -> Stored<Found> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail
             FROM (SELECT * FROM events
                   WHERE (at, id) > ($1, $2) AND ($5::TIMESTAMPTZ IS NULL OR at < $5)
                   ORDER BY at, id LIMIT $4) AS looked_at
             WHERE ($6::TEXT IS NULL OR kind = $6) AND ($7::TEXT IS NULL OR actor = $7)
               AND ($8::UUID IS NULL OR user_id = $8) AND ($9::TEXT IS NULL OR client_id = $9)
               AND ($10::UUID IS NULL OR request_id = $10) AND ($11::UUID IS NULL OR resource_id = $11)
               AND ($12::UUID IS NULL OR grant_id = $12)
             ORDER BY at, id LIMIT $3",
            cursor.at,
            cursor.id,
            i64::from(limit),
            i64::from(LOOKED_AT),
            wanted.until,
            wanted.kind.map(EventKind::as_str),
            wanted.actor,
            wanted.user,
            wanted.client,
            wanted.request,
            wanted.resource,
            wanted.grant,
        )
        .fetch_all(store.pool())
    })
    .await?;
    let events = rows.into_iter().map(Row::decode).collect::<Stored<Vec<Event>>>()?;
    if events.len() >= limit as usize {
        let read_to = events.last().map_or(cursor, |event| Cursor { at: event.at, id: event.id });
        return Ok(Found { events, read_to, goes_on: true });
    }
    let end = end_of(store, cursor, wanted.until).await?;
    let (read_to, goes_on) = match (end, events.last()) {
        (Some(end), _) => (end, true),
        (None, Some(event)) => (Cursor { at: event.at, id: event.id }, false),
        (None, None) => (cursor, false),
    };
    Ok(Found { events, read_to, goes_on })
}

/// Up to `limit` of what somebody allowed and took back, before `cursor`, latest first.
pub async fn of_person(store: &Store, user: Uuid, cursor: Cursor, limit: u32) -> Stored<Vec<Event>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail
             FROM events
             WHERE user_id = $1 AND (at, id) < ($2, $3)
               AND kind IN ('consent.granted', 'consent.limited', 'consent.revoked', 'consent.expired', 'grant.revoked',
                            'token.reuse_detected', 'code.replayed', 'user.access_ended')
             ORDER BY at DESC, id DESC LIMIT $4",
            user,
            cursor.at,
            cursor.id,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Those of these events that are there, in no order.
pub async fn by_ids(store: &Store, ids: &[Uuid]) -> Stored<Vec<Event>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail
             FROM events WHERE id = ANY($1)",
            ids,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// The last event that a search from `cursor` looks at, if it looks at as many as it may.
async fn end_of(store: &Store, cursor: Cursor, until: Option<Time>) -> Stored<Option<Cursor>> {
    tx::read(|| {
        sqlx::query_as!(
            Cursor,
            "SELECT at, id FROM events
             WHERE (at, id) > ($1, $2) AND ($4::TIMESTAMPTZ IS NULL OR at < $4)
             ORDER BY at, id LIMIT 1 OFFSET $3",
            cursor.at,
            cursor.id,
            i64::from(LOOKED_AT) - 1,
            until,
        )
        .fetch_optional(store.pool())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::EventKind;

    #[test]
    fn every_kind_reads_back() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(EventKind::parse("grant.exploded"), None);
    }
}

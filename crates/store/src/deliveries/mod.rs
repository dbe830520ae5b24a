//! `deliveries`: what is to be sent to webhooks, and what became of it.
//!
//! Of one subject, a delivery is never due before the ones before it: [`plan`] and [`hold`] see to that, so whoever
//! takes what is due in the order of `seq` and stops a subject at its first failure keeps the order. Who sends holds
//! the webhook's lease; [`record`] is guarded by the number of attempts all the same.
//!
//! A row is the news of an event, not a change of its own: it leaves no event, except when a person meddles.

use serde_json::Value;
use uuid::Uuid;

use crate::decode::corrupt;
use crate::{Store, Stored, Time, tx};

mod write;

pub use write::{Attempted, again, forget, hold, plan, put, put_checkpoint, record, release};

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is to be sent.
    Pending,
    /// The receiver has it.
    Delivered,
    /// It was given up.
    Dead,
}

impl State {
    /// Every state.
    pub const ALL: [State; 3] = [State::Pending, State::Delivered, State::Dead];

    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Delivered => "delivered",
            State::Dead => "dead",
        }
    }

    /// Reads the column.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its row.
    pub id: Uuid,
    /// Where it goes.
    pub webhook: Uuid,
    /// The event it tells of; also its message id.
    pub event: Uuid,
    /// The event's place in the log; -1 of what is no event.
    pub seq: i64,
    /// The event's kind.
    pub kind: String,
    /// What it is about: of one subject, deliveries keep their order.
    pub subject: String,
    /// What is sent, of what is no event.
    pub body: Option<String>,
    /// What became of it.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// The last attempts, the oldest first.
    pub log: Value,
    /// Since when it is tried.
    pub begun_at: Time,
    /// When it is tried next.
    pub next_at: Time,
    /// When it arrived or was given up.
    pub ended_at: Option<Time>,
}

struct Row {
    id: Uuid,
    webhook_id: Uuid,
    event_id: Uuid,
    seq: i64,
    kind: String,
    subject: String,
    body: Option<String>,
    state: String,
    attempts: i64,
    log: Value,
    begun_at: Time,
    next_at: Time,
    ended_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<Delivery> {
        let wrong = |column| corrupt("deliveries", column, self.id);
        Ok(Delivery {
            state: State::parse(&self.state).ok_or_else(|| wrong("state"))?,
            attempts: u32::try_from(self.attempts).map_err(|_| wrong("attempts"))?,
            id: self.id,
            webhook: self.webhook_id,
            event: self.event_id,
            seq: self.seq,
            kind: self.kind,
            subject: self.subject,
            body: self.body,
            log: self.log,
            begun_at: self.begun_at,
            next_at: self.next_at,
            ended_at: self.ended_at,
        })
    }
}

/// A delivery to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its row.
    pub id: Uuid,
    /// The event.
    pub event: Uuid,
    /// The event's place in the log.
    pub seq: i64,
    /// The event's kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
}

/// Whether more than `most` deliveries of a webhook wait.
pub async fn waiting(store: &Store, webhook: Uuid, most: u32) -> Stored<bool> {
    let found = tx::read(|| {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!" FROM (
                   SELECT 1 FROM deliveries WHERE webhook_id = $1 AND state = 'pending' LIMIT $2
               ) AS waiting"#,
            webhook,
            i64::from(most) + 1,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(found > i64::from(most))
}

/// Up to `limit` deliveries that are due, in their order.
pub async fn due(store: &Store, webhook: Uuid, now: Time, limit: u32) -> Stored<Vec<Delivery>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, webhook_id, event_id, seq, kind, subject, body, state, attempts, log, begun_at, next_at,
                    ended_at
             FROM deliveries
             WHERE webhook_id = $1 AND state = 'pending' AND next_at <= $2
             ORDER BY seq, id LIMIT $3",
            webhook,
            now,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// One delivery of a webhook.
pub async fn by_id(store: &Store, webhook: Uuid, id: Uuid) -> Stored<Option<Delivery>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, webhook_id, event_id, seq, kind, subject, body, state, attempts, log, begun_at, next_at,
                    ended_at
             FROM deliveries WHERE id = $1 AND webhook_id = $2",
            id,
            webhook,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Up to `limit` deliveries of a webhook behind a place, in the order of their making.
pub async fn list(
    store: &Store,
    webhook: Uuid,
    (state, event): (Option<State>, Option<Uuid>),
    ((begun_at, id), limit): ((Time, Uuid), u32),
) -> Stored<Vec<Delivery>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, webhook_id, event_id, seq, kind, subject, body, state, attempts, log, begun_at, next_at,
                    ended_at
             FROM deliveries
             WHERE webhook_id = $1 AND (begun_at, id) > ($2, $3) AND ($4::TEXT IS NULL OR state = $4)
               AND ($5::UUID IS NULL OR event_id = $5)
             ORDER BY begun_at, id LIMIT $6",
            webhook,
            begun_at,
            id,
            state.map(State::as_str),
            event,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Up to `limit` deliveries that were given up, the oldest first.
pub async fn dead(store: &Store, webhook: Uuid, limit: u32) -> Stored<Vec<Delivery>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, webhook_id, event_id, seq, kind, subject, body, state, attempts, log, begun_at, next_at,
                    ended_at
             FROM deliveries WHERE webhook_id = $1 AND state = 'dead' ORDER BY begun_at, id LIMIT $2",
            webhook,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// What waits for a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// How many wait.
    pub pending: u64,
    /// How many were given up.
    pub dead: u64,
    /// Since when the oldest waits.
    pub oldest: Option<Time>,
}

/// What waits for each webhook that something waits for.
pub async fn backlogs(store: &Store) -> Stored<Vec<(Uuid, Backlog)>> {
    let rows = tx::read(|| {
        sqlx::query!(
            r#"SELECT w.id, p.pending AS "pending!", p.oldest, d.dead AS "dead!"
               FROM webhooks w
                    CROSS JOIN LATERAL (SELECT count(*) AS pending, min(begun_at) AS oldest FROM deliveries
                                        WHERE webhook_id = w.id AND state = 'pending') AS p
                    CROSS JOIN LATERAL (SELECT count(*) AS dead FROM deliveries
                                        WHERE webhook_id = w.id AND state = 'dead') AS d"#
        )
        .fetch_all(store.pool())
    })
    .await?;
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| {
            let backlog =
                Backlog { pending: number(row.pending), dead: number(row.dead), oldest: row.oldest };
            (row.id, backlog)
        })
        .collect())
}

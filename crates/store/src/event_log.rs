//! `event_log` and `checkpoints`: the order of events, sealed (RFC 6962 §2.1).
//!
//! Rows are only ever added, by one replica at a time: [`append`] adds leaves only behind the checkpoint its writer
//! started from, so of two writers one is `Lost`. What the hashes are of is the business of whoever makes them.

use std::collections::HashMap;

use uuid::Uuid;

use crate::decode::corrupt;
use crate::events::{self, Event};
use crate::{Store, Stored, Time, Write, tx};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The tree when it had so many leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// Roots of its complete subtrees, the largest first.
    pub frontier: Vec<u8>,
    /// Size, root and time, signed.
    pub signed: String,
    /// When.
    pub at: Time,
}

/// A leaf as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Its number, from zero.
    pub seq: u64,
    /// Its event.
    pub event: Uuid,
    /// Its hash.
    pub hash: Hash,
}

struct Row {
    size: i64,
    root: Vec<u8>,
    frontier: Vec<u8>,
    signed: String,
    at: Time,
}

impl Row {
    fn decode(self) -> Stored<Checkpoint> {
        Ok(Checkpoint {
            size: number("checkpoints", "size", self.size)?,
            root: hash("checkpoints", "root", (&self.root, self.size))?,
            frontier: self.frontier,
            signed: self.signed,
            at: self.at,
        })
    }
}

fn number(table: &'static str, column: &'static str, value: i64) -> Stored<u64> {
    u64::try_from(value).map_err(|_| corrupt(table, column, value))
}

fn hash(table: &'static str, column: &'static str, (bytes, row): (&[u8], i64)) -> Stored<Hash> {
    bytes.try_into().map_err(|_| corrupt(table, column, row))
}

/// A number of ours as the database has them.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The newest checkpoint.
pub async fn newest(store: &Store) -> Stored<Option<Checkpoint>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT size, root, frontier, signed, at FROM checkpoints ORDER BY size DESC LIMIT 1"
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Up to `limit` checkpoints of more than `size` leaves, the smallest first.
pub async fn checkpoints(store: &Store, size: u64, limit: u32) -> Stored<Vec<Checkpoint>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT size, root, frontier, signed, at FROM checkpoints WHERE size > $1 ORDER BY size LIMIT $2",
            stored(size),
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Up to `limit` leaves from number `seq` on.
pub async fn leaves(store: &Store, seq: u64, limit: u32) -> Stored<Vec<Leaf>> {
    let rows = tx::read(|| {
        sqlx::query!(
            "SELECT seq, event_id, leaf FROM event_log WHERE seq >= $1 ORDER BY seq LIMIT $2",
            stored(seq),
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Leaf {
                seq: number("event_log", "seq", row.seq)?,
                event: row.event_id,
                hash: hash("event_log", "leaf", (&row.leaf, row.seq))?,
            })
        })
        .collect()
}

/// An event by its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Its place.
    pub seq: u64,
    /// Its id.
    pub id: Uuid,
    /// The event, unless it was removed since.
    pub event: Option<Event>,
}

/// Up to `limit` events from place `seq` on.
pub async fn from(store: &Store, seq: u64, limit: u32) -> Stored<Vec<Placed>> {
    let leaves = leaves(store, seq, limit).await?;
    let ids: Vec<Uuid> = leaves.iter().map(|leaf| leaf.event).collect();
    let mut events: HashMap<Uuid, Event> =
        events::by_ids(store, &ids).await?.into_iter().map(|event| (event.id, event)).collect();
    let placed = leaves.into_iter();
    Ok(placed
        .map(|leaf| Placed { seq: leaf.seq, id: leaf.event, event: events.remove(&leaf.event) })
        .collect())
}

/// The places of those of these events that have one.
pub async fn places(store: &Store, events: &[Uuid]) -> Stored<HashMap<Uuid, u64>> {
    let rows = tx::read(|| {
        sqlx::query!("SELECT event_id, seq FROM event_log WHERE event_id = ANY($1)", events)
            .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(|row| Ok((row.event_id, number("event_log", "seq", row.seq)?))).collect()
}

/// Up to `limit` events later than `after` and not later than `until` that have no leaf, oldest first.
pub async fn unsealed(store: &Store, (after, until): (Time, Time), limit: u32) -> Stored<Vec<Event>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            events::Row,
            "SELECT id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail
             FROM events e
             WHERE at > $1 AND at <= $2 AND NOT EXISTS (SELECT 1 FROM event_log l WHERE l.event_id = e.id)
             ORDER BY at, id LIMIT $3",
            after,
            until,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(events::Row::decode).collect()
}

/// Whether an event has its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The event.
    pub id: Uuid,
    /// When it happened.
    pub at: Time,
    /// Whether it has.
    pub is_sealed: bool,
}

/// Whether up to `limit` events behind that one and not later than `until` have their places, oldest first.
pub async fn standing(
    store: &Store,
    (after, until): ((Time, Uuid), Time),
    limit: u32,
) -> Stored<Vec<Standing>> {
    tx::read(|| {
        sqlx::query_as!(
            Standing,
            r#"SELECT e.id, e.at,
                      EXISTS (SELECT 1 FROM event_log l WHERE l.event_id = e.id) AS "is_sealed!"
               FROM (SELECT id, at FROM events
                     WHERE (at, id) > ($1, $2) AND at <= $3 ORDER BY at, id LIMIT $4) AS e
               ORDER BY e.at, e.id"#,
            after.0,
            after.1,
            until,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await
}

/// Adds leaves behind the first `from`, with the checkpoint of the tree they make. `Lost` when somebody else added
/// some first.
pub async fn append(
    store: &Store,
    from: u64,
    leaves: &[(Uuid, Hash)],
    checkpoint: &Checkpoint,
) -> Stored<Write<()>> {
    let numbers: Vec<i64> = (from..).take(leaves.len()).map(stored).collect();
    let events: Vec<Uuid> = leaves.iter().map(|(event, _)| *event).collect();
    let hashes: Vec<Vec<u8>> = leaves.iter().map(|(_, hash)| hash.to_vec()).collect();
    let written = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH point AS (
                   INSERT INTO checkpoints (size, root, frontier, signed, at)
                   SELECT $2, $3, $4, $5, $6
                   WHERE COALESCE((SELECT max(size) FROM checkpoints), 0) = $1
                   ON CONFLICT (size) DO NOTHING
                   RETURNING size
               ), added AS (
                   INSERT INTO event_log (seq, event_id, leaf)
                   SELECT l.seq, l.event_id, l.leaf
                   FROM point, unnest($7::BIGINT[], $8::UUID[], $9::BYTEA[]) AS l (seq, event_id, leaf)
                   RETURNING seq
               )
               SELECT count(*) AS "n!" FROM added"#,
            stored(from),
            stored(checkpoint.size),
            checkpoint.root.as_slice(),
            checkpoint.frontier,
            checkpoint.signed,
            checkpoint.at,
            &numbers,
            &events,
            &hashes,
        )
        .fetch_one(store.pool())
    })
    .await;
    match written {
        Ok(rows) => Ok(Write::from_count(rows)),
        // Another writer's leaves have these numbers: it was faster.
        Err(error) if error.is_taken() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Up to `limit` events that say up to where events were removed by policy, the newest first.
pub async fn pruned(store: &Store, limit: u32) -> Stored<Vec<Event>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            events::Row,
            "SELECT id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail
             FROM events WHERE kind = 'events.pruned' ORDER BY at DESC, id DESC LIMIT $1",
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(events::Row::decode).collect()
}

/// Removes at most `limit` events from before `before` whose leaves are among the first `leaves`, and says how many.
/// The leaves stay. What says up to where stays, too.
pub async fn prune(store: &Store, (before, leaves): (Time, u64), limit: u32) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM events WHERE id IN (
                 SELECT e.id FROM events e JOIN event_log l ON l.event_id = e.id
                 WHERE e.at < $1 AND e.kind <> 'events.pruned' AND l.seq < $2
                 ORDER BY e.at, e.id LIMIT $3)",
            before,
            stored(leaves),
            i64::from(limit),
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

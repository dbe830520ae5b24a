//! Every statement that changes deliveries.

use serde_json::Value;
use uuid::Uuid;

use super::{Delivery, Planned, State};
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// Attempts a row remembers.
const REMEMBERED: i32 = 20;

struct Columns {
    ids: Vec<Uuid>,
    events: Vec<Uuid>,
    seqs: Vec<i64>,
    kinds: Vec<String>,
    subjects: Vec<String>,
}

impl Columns {
    fn of(planned: &[Planned]) -> Columns {
        Columns {
            ids: planned.iter().map(|one| one.id).collect(),
            events: planned.iter().map(|one| one.event).collect(),
            seqs: planned.iter().map(|one| one.seq).collect(),
            kinds: planned.iter().map(|one| one.kind.clone()).collect(),
            subjects: planned.iter().map(|one| one.subject.clone()).collect(),
        }
    }
}

/// Makes deliveries of what happened in the log from `from` to `to`, and moves the webhook's cursor there. One whose
/// subject waits is due no sooner than the ones before it. `Lost` when the cursor is elsewhere, or the webhook
/// disabled.
pub async fn plan(
    store: &Store,
    webhook: Uuid,
    (from, to): (u64, u64),
    (planned, now): (&[Planned], Time),
) -> Stored<Write<()>> {
    let Columns { ids, events, seqs, kinds, subjects } = Columns::of(planned);
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH moved AS (
                   UPDATE webhooks SET cursor = $3 WHERE id = $1 AND cursor = $2 AND disabled_at IS NULL
                   RETURNING id
               ), held AS (
                   SELECT subject, max(next_at) AS until FROM deliveries
                   WHERE webhook_id = $1 AND state = 'pending' AND subject = ANY($9) AND next_at > $4
                   GROUP BY subject
               ), made AS (
                   INSERT INTO deliveries (id, webhook_id, event_id, seq, kind, subject, state, attempts, log,
                                           begun_at, next_at)
                   SELECT p.id, moved.id, p.event, p.seq, p.kind, p.subject, 'pending', 0, '[]', $4,
                          COALESCE(held.until, $4)
                   FROM moved, unnest($5::UUID[], $6::UUID[], $7::BIGINT[], $8::TEXT[], $9::TEXT[])
                                   AS p (id, event, seq, kind, subject)
                        LEFT JOIN held ON held.subject = p.subject
                   ON CONFLICT (webhook_id, event_id) DO NOTHING
               )
               SELECT count(*) AS "n!" FROM moved"#,
            webhook,
            i64::try_from(from).unwrap_or(i64::MAX),
            i64::try_from(to).unwrap_or(i64::MAX),
            now,
            &ids,
            &events,
            &seqs,
            &kinds,
            &subjects,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Holds everything of these subjects back until these times.
pub async fn hold(store: &Store, webhook: Uuid, held: &[(String, Time)]) -> Stored<()> {
    let (subjects, until): (Vec<String>, Vec<Time>) = held.iter().cloned().unzip();
    tx::write(|| {
        sqlx::query!(
            "UPDATE deliveries d SET next_at = h.until
             FROM unnest($2::TEXT[], $3::TIMESTAMPTZ[]) AS h (subject, until)
             WHERE d.webhook_id = $1 AND d.state = 'pending' AND d.subject = h.subject AND d.next_at < h.until",
            webhook,
            &subjects,
            &until,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(())
}

/// Makes everything due that waits for its next attempt: the receiver is back.
pub async fn release(store: &Store, webhook: Uuid, now: Time) -> Stored<()> {
    tx::write(|| {
        sqlx::query!(
            "UPDATE deliveries SET next_at = $2 WHERE webhook_id = $1 AND state = 'pending' AND next_at > $2",
            webhook,
            now,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(())
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempted {
    /// The delivery.
    pub id: Uuid,
    /// How often it was tried before.
    pub before: u32,
    /// What it is now.
    pub state: State,
    /// When it is tried next, or ended.
    pub at: Time,
    /// What the log says.
    pub entry: Value,
}

/// Writes attempts down. One that somebody else wrote down first is left alone; says how many were not.
pub async fn record(store: &Store, attempted: &[Attempted]) -> Stored<u64> {
    let ids: Vec<Uuid> = attempted.iter().map(|one| one.id).collect();
    let before: Vec<i64> = attempted.iter().map(|one| i64::from(one.before)).collect();
    let states: Vec<String> = attempted.iter().map(|one| one.state.as_str().to_owned()).collect();
    let times: Vec<Time> = attempted.iter().map(|one| one.at).collect();
    let entries: Vec<Value> = attempted.iter().map(|one| one.entry.clone()).collect();
    let done = tx::write(|| {
        sqlx::query!(
            "UPDATE deliveries d
             SET state = a.state,
                 attempts = d.attempts + 1,
                 log = CASE WHEN jsonb_array_length(d.log) >= $6 THEN d.log - 0 ELSE d.log END || a.entry,
                 next_at = CASE WHEN a.state = 'pending' THEN a.at ELSE d.next_at END,
                 ended_at = CASE WHEN a.state = 'pending' THEN NULL ELSE a.at END
             FROM unnest($1::UUID[], $2::BIGINT[], $3::TEXT[], $4::TIMESTAMPTZ[], $5::JSONB[])
                      AS a (id, before, state, at, entry)
             WHERE d.id = a.id AND d.state = 'pending' AND d.attempts = a.before",
            &ids,
            &before,
            &states,
            &times,
            &entries,
            REMEMBERED,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

/// Puts something to be sent that is no event: at once, before everything else. With an event of its own when a
/// person asked for it. `Lost` when it is there, or the webhook is not.
pub async fn put(
    store: &Store,
    delivery: &Delivery,
    (asked, trace): (Option<EventKind>, &Trace),
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO deliveries (id, webhook_id, event_id, seq, kind, subject, body, state, attempts, log,
                                           begun_at, next_at)
                   SELECT $1, w.id, $3, -1, $4, $5, $6, 'pending', 0, '[]', $7, $7
                   FROM webhooks w WHERE w.id = $2 AND w.disabled_at IS NULL
                   ON CONFLICT (webhook_id, event_id) DO NOTHING
                   RETURNING webhook_id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $8, $7, $9, $10, $11, $12, jsonb_build_object('webhook', webhook_id) FROM made
                   WHERE $9::TEXT IS NOT NULL
               )
               SELECT count(*) AS "n!" FROM made"#,
            delivery.id,
            delivery.webhook,
            delivery.event,
            delivery.kind,
            delivery.subject,
            delivery.body,
            trace.at,
            trace.event,
            asked.map(EventKind::as_str),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Has these sent again, whatever became of them before. Says how many: those that wait already are not.
pub async fn again(store: &Store, webhook: Uuid, planned: &[Planned], trace: &Trace) -> Stored<u64> {
    let Columns { ids, events, seqs, kinds, subjects } = Columns::of(planned);
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO deliveries (id, webhook_id, event_id, seq, kind, subject, state, attempts, log,
                                           begun_at, next_at)
                   SELECT p.id, w.id, p.event, p.seq, p.kind, p.subject, 'pending', 0, '[]', $2, $2
                   FROM webhooks w, unnest($3::UUID[], $4::UUID[], $5::BIGINT[], $6::TEXT[], $7::TEXT[])
                                        AS p (id, event, seq, kind, subject)
                   WHERE w.id = $1
                   ON CONFLICT (webhook_id, event_id) DO UPDATE
                   SET state = 'pending', begun_at = EXCLUDED.begun_at, next_at = EXCLUDED.next_at, ended_at = NULL
                   WHERE deliveries.state <> 'pending'
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $8, $2, $9, $10, $11, $12,
                          jsonb_build_object('webhook', $1::UUID, 'deliveries', (SELECT count(*) FROM made))
                   WHERE EXISTS (SELECT 1 FROM made)
               )
               SELECT count(*) AS "n!" FROM made"#,
            webhook,
            trace.at,
            &ids,
            &events,
            &seqs,
            &kinds,
            &subjects,
            trace.event,
            EventKind::WebhookReplayed.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// Forgets at most `limit` deliveries that arrived before `arrived` or were given up before `dead`.
pub async fn forget(store: &Store, (arrived, dead): (Time, Time), limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM deliveries WHERE id IN (
                 SELECT id FROM deliveries
                 WHERE ended_at < $1 AND (state = 'delivered' OR ended_at < $2) ORDER BY ended_at LIMIT $3)",
            arrived,
            dead,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

/// Puts a checkpoint of `size` to be sent, unless one as large was. `Lost` when it was, or the webhook is disabled.
pub async fn put_checkpoint(store: &Store, delivery: &Delivery, size: u64) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH moved AS (
                   UPDATE webhooks SET checkpoint = $7 WHERE id = $2 AND checkpoint < $7 AND disabled_at IS NULL
                   RETURNING id
               ), made AS (
                   INSERT INTO deliveries (id, webhook_id, event_id, seq, kind, subject, body, state, attempts, log,
                                           begun_at, next_at)
                   SELECT $1, id, $1, -1, $3, $4, $5, 'pending', 0, '[]', $6, $6 FROM moved
               )
               SELECT count(*) AS "n!" FROM moved"#,
            delivery.id,
            delivery.webhook,
            delivery.kind,
            delivery.subject,
            delivery.body,
            delivery.begun_at,
            i64::try_from(size).unwrap_or(i64::MAX),
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

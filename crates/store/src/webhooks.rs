//! `webhooks`: where events are delivered to, and how that goes.
//!
//! `cursor` is the place in the sealed log (`event_log.seq`) up to which events were looked at; `deliveries` holds what
//! is under way. One replica at a time works for a webhook, under its lease.

use uuid::Uuid;

use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// The most webhooks there are: each costs a look a second.
pub const MOST: i64 = 100;

/// A webhook. Its secrets are sealed to its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its row.
    pub id: Uuid,
    /// What it is for, in an administrator's words.
    pub name: String,
    /// Where deliveries go.
    pub url: String,
    /// Which kinds of events; every kind when empty.
    pub kinds: Vec<String>,
    /// What deliveries are signed with, sealed.
    pub secret: Vec<u8>,
    /// The secret before the last rotation, sealed.
    pub previous_secret: Option<Vec<u8>>,
    /// Until when deliveries are signed with that one, too.
    pub previous_until: Option<Time>,
    /// The first place in the log that was not looked at.
    pub cursor: u64,
    /// The size of the last checkpoint that was sent.
    pub checkpoint: u64,
    /// How many deliveries failed in a row.
    pub failures: u32,
    /// Nothing is sent before.
    pub rest_until: Option<Time>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Time,
    /// Since when nothing is sent.
    pub disabled_at: Option<Time>,
}

/// After so many failures in a row a receiver is failing.
pub const FAILING: u32 = 10;

impl Webhook {
    /// Whether deliveries fail one after the other.
    pub fn is_failing(&self) -> bool {
        self.failures >= FAILING
    }
}

struct Row {
    id: Uuid,
    name: String,
    url: String,
    kinds: String,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    previous_until: Option<Time>,
    cursor: i64,
    checkpoint: i64,
    failures: i64,
    rest_until: Option<Time>,
    created_by: String,
    created_at: Time,
    disabled_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<Webhook> {
        let wrong = |column| corrupt("webhooks", column, self.id);
        Ok(Webhook {
            cursor: u64::try_from(self.cursor).map_err(|_| wrong("cursor"))?,
            checkpoint: u64::try_from(self.checkpoint).map_err(|_| wrong("checkpoint"))?,
            failures: u32::try_from(self.failures).map_err(|_| wrong("failures"))?,
            id: self.id,
            name: self.name,
            url: self.url,
            kinds: self.kinds.split_whitespace().map(str::to_owned).collect(),
            secret: self.secret,
            previous_secret: self.previous_secret,
            previous_until: self.previous_until,
            rest_until: self.rest_until,
            created_by: self.created_by,
            created_at: self.created_at,
            disabled_at: self.disabled_at,
        })
    }
}

/// Every webhook, oldest first.
pub async fn list(store: &Store) -> Stored<Vec<Webhook>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, name, url, kinds, secret, previous_secret, previous_until, cursor, checkpoint, failures,
                    rest_until, created_by, created_at, disabled_at
             FROM webhooks ORDER BY created_at, id LIMIT $1",
            MOST,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// One webhook.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<Webhook>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, name, url, kinds, secret, previous_secret, previous_until, cursor, checkpoint, failures,
                    rest_until, created_by, created_at, disabled_at
             FROM webhooks WHERE id = $1",
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Stores a new webhook, for what happens from now on. `Lost` when there are [`MOST`], or its id is taken.
pub async fn create(store: &Store, webhook: &Webhook, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO webhooks (id, name, url, kinds, secret, cursor, checkpoint, failures, created_by,
                                         created_at)
                   SELECT $1, $2, $3, $4, $5, end_of.log, end_of.log, 0, $6, $7
                   FROM (SELECT COALESCE((SELECT max(seq) + 1 FROM event_log), 0) AS log) AS end_of
                   WHERE (SELECT count(*) FROM (SELECT 1 FROM webhooks LIMIT $8) AS others) < $8
                   ON CONFLICT DO NOTHING
                   RETURNING id, url
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $9, $7, $10, $11, $12, $6, jsonb_build_object('webhook', id, 'url', url) FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            webhook.id,
            webhook.name,
            webhook.url,
            webhook.kinds.join(" "),
            webhook.secret,
            trace.actor,
            trace.at,
            MOST,
            trace.event,
            EventKind::WebhookCreated.as_str(),
            trace.request,
            trace.peer,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Changes name, address and kinds from what `was` there. A new address is tried at once. `Lost` when it is not what
/// was there any more.
pub async fn update(store: &Store, was: &Webhook, is: &Webhook, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE webhooks
                   SET name = $5, url = $6, kinds = $7,
                       failures = CASE WHEN url = $6 THEN failures ELSE 0 END,
                       rest_until = CASE WHEN url = $6 THEN rest_until END
                   WHERE id = $1 AND name = $2 AND url = $3 AND kinds = $4
                   RETURNING id, url
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $8, $9, $10, $11, $12, $13, jsonb_build_object('webhook', id, 'url', url) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            was.id,
            was.name,
            was.url,
            was.kinds.join(" "),
            is.name,
            is.url,
            is.kinds.join(" "),
            trace.event,
            trace.at,
            EventKind::WebhookUpdated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Gives a webhook another secret; deliveries are signed with the one before, too, until `overlap`. `Lost` when it is
/// unknown.
pub async fn rotate(
    store: &Store,
    id: Uuid,
    (sealed, overlap): (&[u8], Time),
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE webhooks SET previous_secret = secret, previous_until = $3, secret = $2 WHERE id = $1
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $4, $5, $6, $7, $8, $9, jsonb_build_object('webhook', id) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            sealed,
            overlap,
            trace.event,
            trace.at,
            EventKind::WebhookSecretReplaced.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Sends nothing any more. `Lost` when it is unknown or disabled already.
pub async fn disable(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE webhooks SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL
                   RETURNING id, url
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $2, $4, $5, $6, $7, jsonb_build_object('webhook', id, 'url', url) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            trace.at,
            trace.event,
            EventKind::WebhookDisabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Sends what happens from now on; what waited when it was disabled goes on. `Lost` when it is unknown or enabled.
pub async fn enable(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE webhooks
                   SET disabled_at = NULL, failures = 0, rest_until = NULL,
                       cursor = COALESCE((SELECT max(seq) + 1 FROM event_log), 0)
                   WHERE id = $1 AND disabled_at IS NOT NULL
                   RETURNING id, url
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $2, $4, $5, $6, $7, jsonb_build_object('webhook', id, 'url', url) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            trace.at,
            trace.event,
            EventKind::WebhookEnabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Removes a webhook with everything that waits for it. `Lost` when it is unknown.
pub async fn delete(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH gone AS (
                   DELETE FROM webhooks WHERE id = $1 RETURNING id, url
               ), waiting AS (
                   DELETE FROM deliveries WHERE webhook_id IN (SELECT id FROM gone)
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $2, $3, $4, $5, $6, $7, jsonb_build_object('webhook', id, 'url', url) FROM gone
               )
               SELECT count(*) AS "n!" FROM gone"#,
            id,
            trace.event,
            trace.at,
            EventKind::WebhookDeleted.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// How deliveries of a webhook go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// How many failed in a row.
    pub failures: u32,
    /// Nothing is sent before.
    pub rest_until: Option<Time>,
}

/// Notes how it goes, with an event when that is news. `Lost` when the webhook is gone.
pub async fn note(
    store: &Store,
    id: Uuid,
    (health, news): (Health, Option<EventKind>),
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE webhooks SET failures = $2, rest_until = $3 WHERE id = $1
                   RETURNING id, url
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $4, $5, $6, $7, $8, $9, jsonb_build_object('webhook', id, 'url', url) FROM changed
                   WHERE $6::TEXT IS NOT NULL
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            i64::from(health.failures),
            health.rest_until,
            trace.event,
            trace.at,
            news.map(EventKind::as_str),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Which webhooks have something to do: events to look at, deliveries that are due.
pub async fn busy(store: &Store, now: Time) -> Stored<Vec<Uuid>> {
    tx::read(|| {
        sqlx::query_scalar!(
            "SELECT id FROM webhooks w
             WHERE disabled_at IS NULL AND (rest_until IS NULL OR rest_until <= $1)
               AND (cursor <= (SELECT max(seq) FROM event_log)
                    OR EXISTS (SELECT 1 FROM deliveries d
                               WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_at <= $1))",
            now,
        )
        .fetch_all(store.pool())
    })
    .await
}

/// The first place in the sealed log whose event some endpoint has not had yet; `None` when all have had everything
/// there is, or there is none.
pub async fn first_needed(store: &Store) -> Stored<Option<u64>> {
    let seq = tx::read(|| {
        sqlx::query_scalar!(
            "SELECT LEAST((SELECT min(cursor) FROM webhooks WHERE disabled_at IS NULL),
                          (SELECT min(d.seq) FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id
                           WHERE d.state = 'pending' AND d.seq >= 0 AND w.disabled_at IS NULL))"
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(seq.and_then(|seq| u64::try_from(seq).ok()))
}

//! `api_keys`: what machines use the admin API with.
//!
//! A key that is rotated has two secrets for a while; each request is told by the digest of the one it brings.
//! A key is never deleted: who did what must stay readable. `last_used_at` is to the minute and no event: it is a
//! hint for tidying up, not a record.

use gatewright_oauth::{Digest, Scopes};
use uuid::Uuid;

use crate::decode::{corrupt, scopes};
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A key, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its row, and who it is in events: `key:<id>`.
    pub id: Uuid,
    /// What it is for, in an administrator's words.
    pub name: String,
    /// What it may.
    pub scopes: Scopes,
    /// From where; anywhere when empty. CIDR notation.
    pub networks: Vec<String>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Time,
    /// From when on it is over.
    pub expires_at: Option<Time>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Time>,
    /// Until when the secret before the last rotation is good.
    pub previous_until: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

struct Row {
    id: Uuid,
    name: String,
    scope: String,
    networks: String,
    created_by: String,
    created_at: Time,
    expires_at: Option<Time>,
    last_used_at: Option<Time>,
    previous_until: Option<Time>,
    revoked_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<ApiKey> {
        Ok(ApiKey {
            scopes: scopes(&self.scope).ok_or_else(|| corrupt("api_keys", "scope", self.id))?,
            id: self.id,
            name: self.name,
            networks: self.networks.split_whitespace().map(str::to_owned).collect(),
            created_by: self.created_by,
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
            previous_until: self.previous_until,
            revoked_at: self.revoked_at,
        })
    }
}

/// The key with a secret of this digest, if it is good at `now`.
pub async fn live(store: &Store, digest: &Digest, now: Time) -> Stored<Option<ApiKey>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, name, scope, networks, created_by, created_at, expires_at, last_used_at, previous_until,
                    revoked_at
             FROM api_keys
             WHERE (digest = $1 OR (previous_digest = $1 AND previous_until > $2))
               AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
            digest.as_bytes(),
            now,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// One key, whatever its state.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<ApiKey>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, name, scope, networks, created_by, created_at, expires_at, last_used_at, previous_until,
                    revoked_at
             FROM api_keys WHERE id = $1",
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Up to `limit` keys made after this one, oldest first; with `live_at`, those that are good then.
pub async fn list(
    store: &Store,
    (created_at, id): (Time, Uuid),
    (limit, live_at): (u32, Option<Time>),
) -> Stored<Vec<ApiKey>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, name, scope, networks, created_by, created_at, expires_at, last_used_at, previous_until,
                    revoked_at
             FROM api_keys
             WHERE (created_at, id) > ($1, $2)
               AND ($4::TIMESTAMPTZ IS NULL
                    OR (revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4)))
             ORDER BY created_at, id LIMIT $3",
            created_at,
            id,
            i64::from(limit),
            live_at,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Stores a new key. `Lost` when its id or digest is taken.
pub async fn create(store: &Store, key: &ApiKey, digest: &Digest, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO api_keys (id, digest, name, scope, networks, created_by, created_at, expires_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                   ON CONFLICT DO NOTHING
                   RETURNING id, scope
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $9, $7, $10, $11, $12, $6, jsonb_build_object('api_key', id, 'scope', scope) FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            key.id,
            digest.as_bytes(),
            key.name,
            key.scopes.to_string(),
            key.networks.join(" "),
            trace.actor,
            trace.at,
            key.expires_at,
            trace.event,
            EventKind::ApiKeyCreated.as_str(),
            trace.request,
            trace.peer,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Gives a key another secret; the one before stays good until `overlap`. `Lost` when it is unknown or revoked.
pub async fn rotate(
    store: &Store,
    id: Uuid,
    (digest, overlap): (&Digest, Time),
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE api_keys SET previous_digest = digest, previous_until = $3, digest = $2
                   WHERE id = $1 AND revoked_at IS NULL
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $4, $5, $6, $7, $8, $9, jsonb_build_object('api_key', id) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            digest.as_bytes(),
            overlap,
            trace.event,
            trace.at,
            EventKind::ApiKeyRotated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Ends a key with all its secrets. `Lost` when it is unknown or ended already.
pub async fn revoke(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $2, $4, $5, $6, $7, jsonb_build_object('api_key', id) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            trace.at,
            trace.event,
            EventKind::ApiKeyRevoked.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Notes that a key was used in the minute of `now`. `Lost` when that is noted already.
pub async fn touch(store: &Store, id: Uuid, now: Time) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE api_keys SET last_used_at = $2
                   WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)
                   RETURNING id
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            now,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

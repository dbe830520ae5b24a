//! Removing what ended long ago, in small batches.
//!
//! Every statement deletes at most `limit` rows, found through an index on their expiry, so it
//! stays far below the statement timeout and holds few locks; the job repeats until a batch comes
//! back short. Expired rows already mean nothing, so their removal is not an event. Clients are
//! different: what becomes of one that was never used is written down. It is put aside first, and comes back
//! by being used; half a year later it is gone.
//!
//! A session is kept while a grant names it ([`crate::standing`]), a client once it was used.
//! Both conditions are on the deleted row or cannot come back: a code is only issued in a session
//! that has not expired, and issuing the first code updates the client's row.

use crate::{EventKind, Store, Stored, Time, Trace, traces, tx};

/// Everything that ended before these times goes.
#[derive(Debug, Clone, Copy)]
pub struct Cutoffs {
    /// Codes by expiry. Until then a second presentation of a redeemed code is recognised.
    pub codes: Time,
    /// Sessions by absolute expiry.
    pub sessions: Time,
    /// Grants by absolute expiry.
    pub grants: Time,
    /// Revoked tokens by their own expiry, plus the leeway of those who verify.
    pub revoked_tokens: Time,
    /// Used assertions by when nobody believes them any more.
    pub assertions: Time,
    /// Dynamic registrations by creation, if never used: put aside.
    pub unused_clients: Time,
    /// Registrations put aside, by when that was.
    pub swept_clients: Time,
    /// Traces by age.
    pub traces: Time,
}

/// How many rows went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Codes.
    pub codes: u64,
    /// Sessions.
    pub sessions: u64,
    /// Grants.
    pub grants: u64,
    /// Revoked tokens.
    pub revoked_tokens: u64,
    /// Used assertions.
    pub assertions: u64,
    /// Clients put aside.
    pub clients: u64,
    /// Clients that were put aside long ago.
    pub forgotten_clients: u64,
    /// Traces.
    pub traces: u64,
}

impl Swept {
    /// Whether some kind may have more to sweep than this batch of `limit`.
    pub fn is_full(&self, limit: u32) -> bool {
        let Swept { codes, sessions, grants, revoked_tokens, assertions, clients, forgotten_clients, traces } =
            *self;
        [codes, sessions, grants, revoked_tokens, assertions, clients, forgotten_clients, traces]
            .into_iter()
            .any(|count| count >= u64::from(limit))
    }
}

/// Removes up to `limit` rows of every kind. Two kinds write events: `traces` has one for each.
pub async fn batch(
    store: &Store,
    cutoffs: &Cutoffs,
    limit: u32,
    [trace, forgetting]: [&Trace; 2],
) -> Stored<Swept> {
    let limit = i64::from(limit);
    let codes = tx::write(|| {
        sqlx::query!(
            "DELETE FROM codes WHERE digest IN (
                 SELECT digest FROM codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            cutoffs.codes,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    let grants = tx::write(|| {
        sqlx::query!(
            "DELETE FROM grants WHERE id IN (
                 SELECT id FROM grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            cutoffs.grants,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    let sessions = tx::write(|| {
        sqlx::query!(
            "DELETE FROM sessions WHERE id IN (
                 SELECT s.id FROM sessions s
                 WHERE s.expires_at < $1 AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.session_id = s.id)
                 ORDER BY s.expires_at LIMIT $2)",
            cutoffs.sessions,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    let revoked_tokens = tx::write(|| {
        sqlx::query!(
            "DELETE FROM revoked_tokens WHERE jti_digest IN (
                 SELECT jti_digest FROM revoked_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            cutoffs.revoked_tokens,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    let assertions = tx::write(|| {
        sqlx::query!(
            "DELETE FROM replay WHERE digest IN (
                 SELECT digest FROM replay WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            cutoffs.assertions,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Swept {
        codes: codes.rows_affected(),
        grants: grants.rows_affected(),
        sessions: sessions.rows_affected(),
        revoked_tokens: revoked_tokens.rows_affected(),
        assertions: assertions.rows_affected(),
        clients: put_clients_aside(store, cutoffs.unused_clients, limit, trace).await?,
        forgotten_clients: forget_clients(store, cutoffs.swept_clients, limit, forgetting).await?,
        traces: traces::forget(store, cutoffs.traces, limit).await?,
    })
}

/// What is needed to recognise the client stays; the rest of what it said goes.
async fn put_clients_aside(store: &Store, before: Time, limit: i64, trace: &Trace) -> Stored<u64> {
    let count = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH aside AS (
                   UPDATE clients
                   SET swept_at = $4,
                       metadata = metadata - ARRAY['scope', 'client_uri', 'logo_uri', 'tos_uri', 'policy_uri',
                                                   'contacts', 'software_id', 'software_version',
                                                   'software_statement', 'application_type']
                   WHERE id IN (
                       SELECT id FROM clients
                       WHERE origin = 'dynamic' AND first_used_at IS NULL AND swept_at IS NULL
                         AND approved_at IS NULL AND created_at < $1
                       ORDER BY created_at LIMIT $2)
                     AND first_used_at IS NULL AND approved_at IS NULL
                   RETURNING id
               ), counted AS (
                   SELECT count(*) AS n FROM aside
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $4, $5, $6, $7, $8, jsonb_build_object('clients', n, 'fate', 'put aside')
                   FROM counted WHERE n > 0
               )
               SELECT n AS "n!" FROM counted"#,
            before,
            limit,
            trace.event,
            trace.at,
            EventKind::ClientsSwept.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

async fn forget_clients(store: &Store, before: Time, limit: i64, trace: &Trace) -> Stored<u64> {
    let count = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH gone AS (
                   DELETE FROM clients
                   WHERE id IN (
                       SELECT id FROM clients
                       WHERE first_used_at IS NULL AND swept_at IS NOT NULL AND swept_at < $1
                         AND disabled_at IS NULL
                       ORDER BY swept_at LIMIT $2)
                     AND first_used_at IS NULL AND disabled_at IS NULL
                   RETURNING id
               ), counted AS (
                   SELECT count(*) AS n FROM gone
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $4, $5, $6, $7, $8, jsonb_build_object('clients', n, 'fate', 'removed')
                   FROM counted WHERE n > 0
               )
               SELECT n AS "n!" FROM counted"#,
            before,
            limit,
            trace.event,
            trace.at,
            EventKind::ClientsSwept.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

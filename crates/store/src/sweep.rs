//! Removing what ended long ago, in small batches.
//!
//! Every statement deletes at most `limit` rows, found through an index on their expiry, so it
//! stays far below the statement timeout and holds few locks; the job repeats until a batch comes
//! back short. Expired rows already mean nothing, so their removal is not an event. Clients are
//! different: a client that was never used vanishes, and that is written down.
//!
//! A session is kept while a grant names it ([`crate::standing`]), a client while it was used once.
//! Both conditions are on the deleted row or cannot come back: a code is only issued in a session
//! that has not expired, and issuing the first code updates the client's row.

use crate::{EventKind, Store, Stored, Time, Trace, tx};

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
    /// Dynamic registrations by creation, if never used.
    pub unused_clients: Time,
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
    /// Clients.
    pub clients: u64,
}

impl Swept {
    /// Whether some kind may have more to sweep than this batch of `limit`.
    pub fn is_full(&self, limit: u32) -> bool {
        [self.codes, self.sessions, self.grants, self.revoked_tokens, self.clients]
            .into_iter()
            .any(|count| count >= u64::from(limit))
    }
}

/// Removes up to `limit` rows of every kind.
pub async fn batch(store: &Store, cutoffs: &Cutoffs, limit: u32, trace: &Trace) -> Stored<Swept> {
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
    Ok(Swept {
        codes: codes.rows_affected(),
        grants: grants.rows_affected(),
        sessions: sessions.rows_affected(),
        revoked_tokens: revoked_tokens.rows_affected(),
        clients: unused_clients(store, cutoffs.unused_clients, limit, trace).await?,
    })
}

async fn unused_clients(store: &Store, before: Time, limit: i64, trace: &Trace) -> Stored<u64> {
    let count = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH gone AS (
                   DELETE FROM clients
                   WHERE id IN (
                       SELECT id FROM clients
                       WHERE origin = 'dynamic' AND first_used_at IS NULL AND created_at < $1
                       ORDER BY created_at LIMIT $2)
                     AND first_used_at IS NULL
                   RETURNING id
               ), counted AS (
                   SELECT count(*) AS n FROM gone
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $4, $5, $6, $7, $8, jsonb_build_object('clients', n) FROM counted WHERE n > 0
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

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

use crate::{EventKind, Store, Stored, Time, Trace};
use crate::{deliveries, device_codes, idempotency, jobs, known_browsers, mailed_codes, mailed_links, mails};
use crate::{password_links, traces, tries, tx};

/// What is swept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Codes, by expiry. Until then a second presentation of a redeemed code is recognised.
    Codes,
    /// Grants, by absolute expiry.
    Grants,
    /// Sessions, by absolute expiry.
    Sessions,
    /// Revoked tokens, by their own expiry.
    RevokedTokens,
    /// Used assertions, by when nobody believes them any more.
    Assertions,
    /// Dynamic registrations that were never used, by creation: put aside.
    UnusedClients,
    /// Registrations put aside, by when that was.
    SweptClients,
    /// Traces, by age.
    Traces,
    /// Kept answers, by when they are forgotten.
    Idempotency,
    /// Deliveries of webhooks, by their end; dead letters stay longer.
    Deliveries,
    /// Jobs, by when they began.
    Jobs,
    /// Links to choose a password with, by expiry.
    PasswordLinks,
    /// Counted attempts to sign in, by when their bucket was empty.
    Tries,
    /// Requests of devices, by expiry. Until then a second redemption is recognised.
    DeviceCodes,
    /// Links that were mailed, by expiry.
    MailedLinks,
    /// Codes that were mailed, by expiry.
    MailedCodes,
    /// Mails, by when they were written.
    Mails,
    /// Browsers somebody signed in from, by when that was last.
    KnownBrowsers,
}

/// How much longer a delivery that was given up is kept than one that arrived.
const DEAD_LETTERS: chrono::Duration = chrono::Duration::days(23);

impl Kind {
    /// Every kind, in the order in which they can go: a grant keeps its session.
    pub const ALL: [Kind; 18] = [
        Kind::Codes,
        Kind::Grants,
        Kind::Sessions,
        Kind::RevokedTokens,
        Kind::Assertions,
        Kind::UnusedClients,
        Kind::SweptClients,
        Kind::Traces,
        Kind::Idempotency,
        Kind::Deliveries,
        Kind::Jobs,
        Kind::PasswordLinks,
        Kind::Tries,
        Kind::DeviceCodes,
        Kind::MailedLinks,
        Kind::MailedCodes,
        Kind::Mails,
        Kind::KnownBrowsers,
    ];
}

/// Sweeps at most `limit` rows of one kind that ended before `before`, and says how many. Clients leave an event.
pub async fn batch(store: &Store, kind: Kind, (before, limit): (Time, u32), trace: &Trace) -> Stored<u64> {
    let limit = i64::from(limit);
    match kind {
        Kind::Codes => codes(store, before, limit).await,
        Kind::Grants => grants(store, before, limit).await,
        Kind::Sessions => sessions(store, before, limit).await,
        Kind::RevokedTokens => revoked_tokens(store, before, limit).await,
        Kind::Assertions => assertions(store, before, limit).await,
        Kind::UnusedClients => put_clients_aside(store, before, limit, trace).await,
        Kind::SweptClients => forget_clients(store, before, limit, trace).await,
        Kind::Traces => traces::forget(store, before, limit).await,
        Kind::Idempotency => idempotency::forget(store, before, limit).await,
        Kind::Deliveries => deliveries::forget(store, (before, before - DEAD_LETTERS), limit).await,
        Kind::Jobs => jobs::forget(store, before, limit).await,
        Kind::PasswordLinks => password_links::forget(store, before, limit).await,
        Kind::Tries => tries::forget(store, before, limit).await,
        Kind::DeviceCodes => device_codes::forget(store, before, limit).await,
        Kind::MailedLinks => mailed_links::forget(store, before, limit).await,
        Kind::MailedCodes => mailed_codes::forget(store, before, limit).await,
        Kind::Mails => mails::forget(store, before, limit).await,
        Kind::KnownBrowsers => known_browsers::forget(store, before, limit).await,
    }
}

async fn codes(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM codes WHERE digest IN (
                 SELECT digest FROM codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

async fn grants(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM grants WHERE id IN (
                 SELECT id FROM grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

async fn sessions(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM sessions WHERE id IN (
                 SELECT s.id FROM sessions s
                 WHERE s.expires_at < $1 AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.session_id = s.id)
                 ORDER BY s.expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

async fn revoked_tokens(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM revoked_tokens WHERE jti_digest IN (
                 SELECT jti_digest FROM revoked_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

async fn assertions(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM replay WHERE digest IN (
                 SELECT digest FROM replay WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
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

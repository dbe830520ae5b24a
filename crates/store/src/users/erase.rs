//! An account goes for good, with everything personal about it (GDPR art. 17).
//!
//! What stays are events, which name it by its id alone, and for a while codes and what was kept of answers: an id
//! that leads nowhere, and what nobody can open without the request it belongs to
//! (`docs/decisions/0017-erasure-and-retention.md`).

use uuid::Uuid;

use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// How much went with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Passwords, links to choose one with, and identities at other providers.
    pub credentials: u64,
    /// Sessions.
    pub sessions: u64,
    /// Remembered answers.
    pub consents: u64,
    /// Grants.
    pub grants: u64,
}

/// Waits until nobody opens a session or makes a link for this account any more, in a transaction: then [`erase`] finds
/// all there are. `Lost` when there is no such account.
pub async fn hold(store: &Store, id: Uuid) -> Stored<Write<()>> {
    let found = tx::write(|| {
        sqlx::query_scalar!("SELECT id FROM users WHERE id = $1 FOR UPDATE", id).fetch_optional(store.pool())
    })
    .await?;
    Ok(Write::from_option(found.map(drop)))
}

/// Deletes an account that is [held](hold) and whatever belongs to it; its factors go by themselves (`ON DELETE
/// CASCADE`), also when a release does it that does not know them. `Lost` when there is no such account.
pub async fn erase(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<Erased>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH links AS (
                   DELETE FROM password_links WHERE user_id = $1 RETURNING user_id
               ), mailed AS (
                   DELETE FROM mailed_links WHERE user_id = $1
               ), unsent AS (
                   DELETE FROM mails WHERE user_id = $1
               ), codes_sent AS (
                   DELETE FROM mailed_codes WHERE user_id = $1
               ), browsers AS (
                   DELETE FROM known_browsers WHERE user_id = $1
               ), passwords AS (
                   DELETE FROM credentials WHERE user_id = $1 RETURNING id
               ), elsewhere AS (
                   DELETE FROM identities WHERE user_id = $1 RETURNING id
               ), signed_in AS (
                   DELETE FROM sessions WHERE user_id = $1 RETURNING id
               ), allowed AS (
                   DELETE FROM consents WHERE user_id = $1 RETURNING id
               ), devices AS (
                   DELETE FROM device_codes WHERE user_id = $1 RETURNING id
               ), granted AS (
                   DELETE FROM grants WHERE user_id = $1 RETURNING id
               ), gone AS (
                   DELETE FROM users WHERE id = $1 RETURNING id
               ), counted AS (
                   SELECT gone.id,
                          (SELECT count(*) FROM links) + (SELECT count(*) FROM passwords)
                              + (SELECT count(*) FROM elsewhere) AS credentials,
                          (SELECT count(*) FROM signed_in) AS sessions,
                          (SELECT count(*) FROM allowed) AS consents,
                          (SELECT count(*) FROM granted) AS grants
                   FROM gone
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $2, $3, $4, $5, $6, $7, id,
                          jsonb_build_object('sessions', sessions, 'consents', consents, 'grants', grants)
                   FROM counted
               )
               SELECT credentials AS "credentials!", sessions AS "sessions!", consents AS "consents!",
                      grants AS "grants!"
               FROM counted"#,
            id,
            trace.event,
            trace.at,
            EventKind::UserDeleted.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    let number = |count| u64::try_from(count).unwrap_or_default();
    Ok(Write::from_option(row.map(|row| Erased {
        credentials: number(row.credentials),
        sessions: number(row.sessions),
        consents: number(row.consents),
        grants: number(row.grants),
    })))
}

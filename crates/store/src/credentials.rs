//! `credentials`: sealed password hashes, one per user.
//!
//! Finding and creating a password happens together with its user, in [`crate::users`]. Setting
//! one ends the user's era: whoever held a session or a grant under the old password signs in
//! again. Storing the same password with stronger parameters ends nothing.

use gatewright_oauth::Digest;
use uuid::Uuid;

use crate::standing::Era;
use crate::users::NewPassword;
use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// Sets a user's password and ends all its sessions, codes and grants. `Lost` when there is no
/// such user.
pub async fn set_password(
    store: &Store,
    user: Uuid,
    password: NewPassword<'_>,
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH account AS (
                   UPDATE users SET era = era + 1 WHERE id = $1 RETURNING id, era
               ), secured AS (
                   INSERT INTO credentials (id, user_id, kind, sealed, created_at, updated_at)
                   SELECT $2, id, 'password', $3, $4, $4 FROM account
                   ON CONFLICT (user_id, kind) DO UPDATE
                   SET id = EXCLUDED.id, sealed = EXCLUDED.sealed, scheme = NULL,
                       updated_at = EXCLUDED.updated_at
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $5, $4, $6, $7, $8, $9, id, jsonb_build_object('era', era) FROM account
               )
               SELECT count(*) AS "n!" FROM account"#,
            user,
            password.id,
            password.sealed,
            trace.at,
            trace.event,
            EventKind::UserPasswordSet.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// A password that somebody chooses who is signed in.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    /// Who.
    pub user: Uuid,
    /// Their session.
    pub session: Uuid,
    /// The era in which it was read.
    pub era: Era,
    /// Digest of the session's secret from then on.
    pub secret: &'a Digest,
    /// The password.
    pub password: NewPassword<'a>,
}

/// Sets the password of somebody who is signed in, and ends whatever was begun before in their name, but for this session,
/// which gets another secret. `Lost` when the session or the era is over, or the account disabled: of two passwords that
/// are chosen at once one is set.
pub async fn change(store: &Store, own: &Own<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH account AS (
                   UPDATE users AS u SET era = u.era + 1
                   WHERE u.id = $1 AND u.era = $12 AND u.disabled_at IS NULL
                     AND EXISTS (SELECT 1 FROM sessions s
                                 WHERE s.id = $10 AND s.user_id = u.id AND s.user_era = u.era
                                   AND s.ended_at IS NULL)
                   RETURNING u.id, u.era
               ), kept AS (
                   UPDATE sessions AS s SET user_era = account.era, digest = $11
                   FROM account WHERE s.id = $10
               ), secured AS (
                   INSERT INTO credentials (id, user_id, kind, sealed, created_at, updated_at)
                   SELECT $2, id, 'password', $3, $4, $4 FROM account
                   ON CONFLICT (user_id, kind) DO UPDATE
                   SET id = EXCLUDED.id, sealed = EXCLUDED.sealed, scheme = NULL,
                       updated_at = EXCLUDED.updated_at
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $5, $4, $6, $7, $8, $9, id, jsonb_build_object('era', era, 'session', $10::UUID)
                   FROM account
               )
               SELECT count(*) AS "n!" FROM account"#,
            own.user,
            own.password.id,
            own.password.sealed,
            trace.at,
            trace.event,
            EventKind::UserPasswordSet.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            own.session,
            own.secret.as_bytes(),
            own.era.0,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// A password just verified, to be stored again with today's parameters.
#[derive(Clone, Copy)]
pub struct Rehash<'a> {
    /// The credential's row.
    pub credential: Uuid,
    /// What was read and verified.
    pub was: &'a [u8],
    /// The same password, hashed anew and sealed for the same row.
    pub sealed: &'a [u8],
}

/// Replaces a hash by a stronger one. `Lost` when the password changed since it was read.
pub async fn rehash(store: &Store, change: &Rehash<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE credentials SET sealed = $3, scheme = NULL, updated_at = $4
                   WHERE id = $1 AND sealed = $2
                   RETURNING user_id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $5, $4, $6, $7, $8, $9, user_id, '{}' FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            change.credential,
            change.was,
            change.sealed,
            trace.at,
            trace.event,
            EventKind::UserPasswordRehashed.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Whether any password still has the hash it had on another server.
pub async fn any_foreign(store: &Store) -> Stored<bool> {
    tx::read(|| {
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT 1 FROM credentials WHERE scheme IS NOT NULL) AS "any!""#)
            .fetch_one(store.pool())
    })
    .await
}

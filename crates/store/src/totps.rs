//! `totps`: authenticator apps, one for each account.
//!
//! 1. [`enrol`] when a code has shown that the app has the seed. The step of that code is spent with it.
//! 2. [`accept`] spends a step: of two requests with the same code one loses (RFC 6238 §5.2).
//! 3. [`remove`] takes it away, and the recovery codes if it was the last factor.

use uuid::Uuid;

use crate::standing::Era;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A stored authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totp {
    /// Of the seed.
    pub id: Uuid,
    /// The seed, sealed for that id.
    pub sealed: Vec<u8>,
    /// The last step that was accepted.
    pub last_step: i64,
    /// When it was set up.
    pub created_at: Time,
    /// When a code of it was last accepted.
    pub last_used_at: Option<Time>,
}

/// An authenticator app to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewTotp<'a> {
    /// Whose.
    pub user: Uuid,
    /// The era in which they showed who they are.
    pub era: Era,
    /// Fresh id.
    pub id: Uuid,
    /// The seed, sealed for that id.
    pub sealed: &'a [u8],
    /// The step whose code was typed.
    pub step: i64,
}

/// The app of an account.
pub async fn find(store: &Store, user: Uuid) -> Stored<Option<Totp>> {
    tx::read(|| {
        sqlx::query_as!(
            Totp,
            "SELECT id, sealed, last_step, created_at, last_used_at FROM totps WHERE user_id = $1",
            user,
        )
        .fetch_optional(store.pool())
    })
    .await
}

/// Step 1. `Lost` when the account has one, is disabled, or its era ended.
pub async fn enrol(store: &Store, new: &NewTotp<'_>, trace: &Trace) -> Stored<Write<()>> {
    let made = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO totps (user_id, id, sealed, last_step, created_at)
                   SELECT id, $2, $3, $4, $5 FROM users WHERE id = $1 AND era = $6 AND disabled_at IS NULL
                   ON CONFLICT DO NOTHING
                   RETURNING user_id, id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $7, $5, $8, $9, $10, $11, user_id, jsonb_build_object('factor', id, 'type', 'totp') FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            new.user,
            new.id,
            new.sealed,
            new.step,
            trace.at,
            new.era.0,
            trace.event,
            EventKind::FactorAdded.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await;
    match made {
        Ok(rows) => Ok(Write::from_count(rows)),
        // The account was deleted at this moment.
        Err(error) if error.is_orphaned() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Step 2. `Lost` when this step or a later one was accepted before, or the seed is another one now.
pub async fn accept(store: &Store, user: Uuid, (id, step): (Uuid, i64), trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH used AS (
                   UPDATE totps SET last_step = $3, last_used_at = $4
                   WHERE user_id = $1 AND id = $2 AND last_step < $3
                   RETURNING user_id, id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $5, $4, $6, $7, $8, $9, user_id, jsonb_build_object('factor', id, 'type', 'totp') FROM used
               )
               SELECT count(*) AS "n!" FROM used"#,
            user,
            id,
            step,
            trace.at,
            trace.event,
            EventKind::FactorUsed.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Step 3, in a transaction that [holds](crate::users::hold) the account. `Lost` when it has none, or must keep one and
/// has no other.
pub async fn remove(
    store: &Store,
    user: Uuid,
    keep: crate::factors::Keep,
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH gone AS (
                   DELETE FROM totps
                   WHERE user_id = $1 AND (NOT $2 OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1))
                   RETURNING user_id, id
               ), codes AS (
                   DELETE FROM recovery_codes
                   WHERE user_id IN (SELECT user_id FROM gone)
                     AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1)
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $3, $4, $5, $6, $7, $8, user_id, jsonb_build_object('factor', id, 'type', 'totp') FROM gone
               )
               SELECT count(*) AS "n!" FROM gone"#,
            user,
            keep == crate::factors::Keep::One,
            trace.event,
            trace.at,
            EventKind::FactorRemoved.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

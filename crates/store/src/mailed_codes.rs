//! `mailed_codes`: codes that were mailed, to sign in with.
//!
//! 1. [`make`] when one is mailed. The row's id is in the sealed ticket of the browser that asked; a code is short, so what
//!    is stored is a MAC of it under a key that is not here.
//! 2. [`try_one`] counts an attempt and judges it in the same statement: of two at the same moment the second sees what
//!    the first one left. After [`ATTEMPTS`], or the right one, there are no more, from whatever network they come.
//!
//! A code lives in its account's era (see [`crate::standing`]).

use gatewright_oauth::Digest;
use uuid::Uuid;

use crate::standing::Era;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// How often somebody may mistype a code.
pub const ATTEMPTS: u32 = 5;

/// A code to be mailed.
#[derive(Debug, Clone, Copy)]
pub struct NewCode<'a> {
    /// Of the ticket.
    pub id: Uuid,
    /// Whose.
    pub user: Uuid,
    /// The MAC of the code.
    pub tag: &'a Digest,
    /// When it ends.
    pub expires_at: Time,
}

/// Step 1. `Lost` when there is no such account, it is disabled, or the ticket has a code already.
pub async fn make(store: &Store, new: &NewCode<'_>, trace: &Trace) -> Stored<Write<()>> {
    let made = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO mailed_codes (id, user_id, user_era, tag, attempts, created_at, expires_at)
                   SELECT $1, id, era, $3, 0, $4, $5 FROM users WHERE id = $2 AND disabled_at IS NULL
                   ON CONFLICT DO NOTHING
                   RETURNING user_id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $6, $4, $7, $8, $9, $10, user_id, '{}' FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            new.id,
            new.user,
            new.tag.as_bytes(),
            trace.at,
            new.expires_at,
            trace.event,
            EventKind::UserCodeSent.as_str(),
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

/// Step 2: whose code it is, and the era in which that is so. `Lost` when it is not this one, or none any more.
pub async fn try_one(store: &Store, id: Uuid, tag: &Digest, now: Time) -> Stored<Write<(Uuid, Era)>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH tried AS (
                   UPDATE mailed_codes
                   SET attempts = attempts + 1, used_at = CASE WHEN tag = $2 THEN $3::TIMESTAMPTZ ELSE used_at END
                   WHERE id = $1 AND used_at IS NULL AND attempts < $4 AND expires_at > $3::TIMESTAMPTZ
                   RETURNING user_id, user_era, tag = $2 AS is_right
               )
               SELECT u.id, u.era FROM tried t JOIN users u ON u.id = t.user_id
               WHERE t.is_right AND u.era = t.user_era AND u.disabled_at IS NULL"#,
            id,
            tag.as_bytes(),
            now,
            i64::from(ATTEMPTS),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(Write::from_option(row.map(|row| (row.id, Era(row.era)))))
}

/// Removes at most `limit` that ended before `before`, and says how many.
pub(crate) async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM mailed_codes WHERE id IN (
                 SELECT id FROM mailed_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

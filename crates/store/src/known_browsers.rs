//! `known_browsers`: which browsers an account was used from, so that its person hears of one that is new.
//!
//! The digest is of the browser's cookie and the account: who reads the table learns neither, nor which accounts share a
//! browser. Rows are written by the statement that opens a session ([`crate::sessions::open`]), whose event says whether
//! the browser is new.

use crate::{Store, Stored, Time, tx};

/// Removes at most `limit` that were last seen before `before`, and says how many.
pub(crate) async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM known_browsers k USING (
                 SELECT user_id, digest FROM known_browsers WHERE seen_at < $1 ORDER BY seen_at LIMIT $2) old
             WHERE k.user_id = old.user_id AND k.digest = old.digest AND k.seen_at < $1",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

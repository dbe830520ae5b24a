//! What user names read like, for accounts from before that was looked at.
//!
//! A skeleton follows from the name and changes nothing that anybody could notice, so it writes no event.

use uuid::Uuid;

use crate::{Store, Stored, Write, tx};

/// Up to `limit` accounts whose name nobody has looked at, with the name in normal form.
pub async fn without_skeleton(store: &Store, limit: u32) -> Stored<Vec<(Uuid, String)>> {
    let rows = tx::read(|| {
        sqlx::query!(
            "SELECT id, username_key FROM users WHERE username_skeleton IS NULL ORDER BY id LIMIT $1",
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.username_key)).collect())
}

/// Remembers what an account's name reads like. `Lost` when another name reads like it, or somebody was faster.
pub async fn set_skeleton(store: &Store, id: Uuid, skeleton: &str) -> Stored<Write<()>> {
    let written = tx::write(|| {
        sqlx::query!(
            "UPDATE users SET username_skeleton = $2 WHERE id = $1 AND username_skeleton IS NULL",
            id,
            skeleton,
        )
        .execute(store.pool())
    })
    .await;
    match written {
        Ok(done) => Ok(Write::from_count(i64::from(done.rows_affected() > 0))),
        Err(error) if error.is_taken() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

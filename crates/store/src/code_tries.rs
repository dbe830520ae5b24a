//! `code_tries`: how often somebody whose first factor was right tried a code (threat row LG-07).
//!
//! Six digits are guessed by whoever may try often enough from enough networks, so these tries are counted for the
//! account alone, in one row that all replicas share. Only people who got past the first factor count there: no
//! stranger can use the tries up. A try is no event; what it leads to is.

use uuid::Uuid;

use crate::{Store, Stored, Time, Write, tx};

/// Takes one of `most` tries that began after `since`. `Lost` when there is none left.
pub async fn take(store: &Store, user: Uuid, (since, most): (Time, i64), now: Time) -> Stored<Write<()>> {
    let taken = tx::write(|| {
        sqlx::query!(
            "INSERT INTO code_tries AS t (user_id, tries, began_at) VALUES ($1, 1, $2)
             ON CONFLICT (user_id) DO UPDATE
             SET tries = CASE WHEN t.began_at <= $3 THEN 1 ELSE t.tries + 1 END,
                 began_at = CASE WHEN t.began_at <= $3 THEN $2 ELSE t.began_at END
             WHERE t.tries < $4 OR t.began_at <= $3",
            user,
            now,
            since,
            most,
        )
        .execute(store.pool())
    })
    .await;
    match taken {
        Ok(done) => Ok(Write::from_count(i64::from(done.rows_affected() > 0))),
        // The account was deleted at this moment.
        Err(error) if error.is_orphaned() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Gives the tries back, after a right one.
pub async fn forgive(store: &Store, user: Uuid) -> Stored<()> {
    tx::write(|| sqlx::query!("DELETE FROM code_tries WHERE user_id = $1", user).execute(store.pool()))
        .await
        .map(drop)
}

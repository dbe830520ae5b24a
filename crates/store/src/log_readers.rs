//! `log_readers`: how far somebody has read the sealed log of events, apart from webhooks, which have their own place.
//!
//! A place changes nothing that anybody could notice, so it writes no event. [`advance`] is guarded by where its caller
//! began: of two who read on from one place one is `Lost`, with everything its transaction made of what it read.

use crate::{Store, Stored, Write, tx};

/// The next place this reader reads.
pub async fn place(store: &Store, name: &str) -> Stored<Option<u64>> {
    let seq = tx::read(|| {
        sqlx::query_scalar!("SELECT seq FROM log_readers WHERE name = $1", name).fetch_optional(store.pool())
    })
    .await?;
    Ok(seq.map(|seq| u64::try_from(seq).unwrap_or_default()))
}

/// A reader begins at this place. `Lost` when it has begun already.
pub async fn begin(store: &Store, name: &str, seq: u64) -> Stored<Write<()>> {
    let done = tx::write(|| {
        sqlx::query!(
            "INSERT INTO log_readers (name, seq) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            name,
            stored(seq),
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}

/// A reader has read from one place up to another. `Lost` when it was not there any more.
pub async fn advance(store: &Store, name: &str, (from, to): (u64, u64)) -> Stored<Write<()>> {
    let done = tx::write(|| {
        sqlx::query!(
            "UPDATE log_readers SET seq = $3 WHERE name = $1 AND seq = $2",
            name,
            stored(from),
            stored(to),
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}

fn stored(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

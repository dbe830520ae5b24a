//! `replay`: signed assertions that were used (RFC 7523 §3, item 7).
//!
//! A row is the one use of an assertion. The first insert wins, however many arrive at once; the row stays until
//! nobody would believe the assertion any more, and is never removed earlier. That a client authenticated is no event
//! of its own: what it did then is.

use gatewright_oauth::Digest;
use gatewright_oauth::assertion::Use;

use crate::{Store, Stored, Write, tx};

/// Uses an assertion up. `Lost` when it was used before.
pub async fn consume(store: &Store, used: &Use) -> Stored<Write<()>> {
    let digest: &Digest = &used.digest;
    let done = tx::write(|| {
        sqlx::query!(
            "INSERT INTO replay (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING",
            digest.as_bytes(),
            used.until,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}

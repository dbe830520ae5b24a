//! `idempotency`: requests that are done at most once, and what was answered
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! 1. [`claim`] takes a key for one request. Of several at once, one gets it.
//! 2. That one does its work in a transaction and [`keep`]s its answer in the same transaction: there is no change
//!    without its answer, and no answer without its change.
//! 3. Whoever comes later [`find`]s the answer. One that did not get to an answer is [`release`]d, or, after a crash,
//!    taken over when its time has passed.

use gatewright_oauth::secret::Digest;
use uuid::Uuid;

use crate::decode::{corrupt, hex};
use crate::{Store, Stored, Time, Write, tx};

/// A request with a key.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Of caller and key.
    pub digest: Digest,
    /// Of what is asked.
    pub request: Digest,
    /// The request's id.
    pub holder: Uuid,
    /// The time of the request.
    pub now: Time,
    /// Until when nobody else may do it.
    pub until: Time,
}

/// What became of a key.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Of what was asked.
    pub request: Digest,
    /// The sealed answer; `None` while somebody is at work.
    pub answer: Option<Vec<u8>>,
}

/// Step 1. `Lost` when the key is taken.
pub async fn claim(store: &Store, claim: &Claim) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH taken AS (
                   INSERT INTO idempotency (digest, request_digest, holder, expires_at)
                   VALUES ($1, $2, $3, $5)
                   ON CONFLICT (digest) DO UPDATE
                   SET request_digest = $2, holder = $3, answer = NULL, expires_at = $5
                   WHERE idempotency.expires_at <= $4
                   RETURNING digest
               )
               SELECT count(*) AS "n!" FROM taken"#,
            claim.digest.as_bytes(),
            claim.request.as_bytes(),
            claim.holder,
            claim.now,
            claim.until,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Step 3: what is known under a key.
pub async fn find(store: &Store, key: &Digest, now: Time) -> Stored<Option<Kept>> {
    let row = tx::read(|| {
        sqlx::query!(
            "SELECT request_digest, answer FROM idempotency WHERE digest = $1 AND expires_at > $2",
            key.as_bytes(),
            now,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(|row| {
        let request = crate::decode::digest(&row.request_digest)
            .ok_or_else(|| corrupt("idempotency", "request_digest", hex(key.as_bytes())))?;
        Ok(Kept { request, answer: row.answer })
    })
    .transpose()
}

/// Step 2. `Lost` when somebody took over meanwhile: then the work must not be committed.
pub async fn keep(store: &Store, claim: &Claim, answer: &[u8], until: Time) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH kept AS (
                   UPDATE idempotency SET answer = $3, expires_at = $4
                   WHERE digest = $1 AND holder = $2 AND answer IS NULL
                   RETURNING digest
               )
               SELECT count(*) AS "n!" FROM kept"#,
            claim.digest.as_bytes(),
            claim.holder,
            answer,
            until,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Step 3: nothing was done, so the key may be used again. `Lost` when it is not this request's any more.
pub async fn release(store: &Store, claim: &Claim) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH gone AS (
                   DELETE FROM idempotency WHERE digest = $1 AND holder = $2 AND answer IS NULL RETURNING digest
               )
               SELECT count(*) AS "n!" FROM gone"#,
            claim.digest.as_bytes(),
            claim.holder,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Removes at most `limit` that ended before `before`, and says how many.
pub(crate) async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM idempotency WHERE digest IN (
                 SELECT digest FROM idempotency WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

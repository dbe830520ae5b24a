//! `tries`: attempts to sign in, counted by all replicas together (threat rows LG-01, LG-20).
//!
//! 1. [`take`] takes one try before anything is looked at: from the bucket of an account in a network, and from that
//!    of the whole network. However many ask at once, no more get one than there are.
//! 2. [`forgive`] gives back what somebody took who then proved who they are.
//! 3. A try that is not there writes nothing.
//!
//! A bucket is an instant: when it will be empty. A try moves that into the future, by more each time once there were
//! many; while it is too far ahead, there is none to take. That somebody had to wait is no event: nobody is known to
//! have asked. Both statements lock rows in the order of their digests, so none waits for another in a circle.

use gatewright_oauth::Digest;

use crate::{Store, Stored, Time, tx};

/// One of the two buckets a try is taken from.
#[derive(Debug, Clone, Copy)]
pub struct Bucket<'a> {
    /// Whose it is.
    pub digest: &'a Digest,
    /// There is a try as long as it is empty by then.
    pub room_until: Time,
    /// When an empty one is empty again after one try.
    pub after_one: Time,
}

/// A try somebody wants.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of the account in the network.
    pub account: Bucket<'a>,
    /// Of the network.
    pub network: Bucket<'a>,
    /// After so many tries of the account each costs twice what the one before cost.
    pub patience: i64,
    /// When an empty bucket is empty again after the most expensive try.
    pub after_dearest: Time,
    /// Failures of buckets that were empty by then are forgotten.
    pub forgotten: Time,
    /// The time.
    pub now: Time,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether it was there.
    pub is_open: bool,
    /// When the account's bucket is empty, as far as it was looked at.
    pub account: Option<Time>,
    /// When the network's bucket is empty, as far as it was looked at.
    pub network: Option<Time>,
}

/// Takes a try, if both buckets have one.
pub async fn take(store: &Store, wanted: &Wanted<'_>) -> Stored<Taken> {
    let Wanted { account, network, .. } = wanted;
    let rows = tx::write(|| {
        sqlx::query!(
            r#"WITH full_ones AS (
                   SELECT digest, drained_at FROM tries
                   WHERE digest IN ($1, $2) AND drained_at > CASE WHEN digest = $1 THEN $3::TIMESTAMPTZ ELSE $4 END
               ), taken AS (
                   INSERT INTO tries AS t (digest, failures, drained_at)
                   SELECT w.digest, 1, w.drained_at
                   FROM (VALUES ($1::BYTEA, $5::TIMESTAMPTZ), ($2, $6)) AS w (digest, drained_at)
                   WHERE NOT EXISTS (SELECT 1 FROM full_ones)
                   ORDER BY w.digest
                   ON CONFLICT (digest) DO UPDATE
                   SET failures = CASE WHEN t.drained_at > $7 THEN t.failures ELSE 0 END + 1,
                       drained_at = GREATEST(t.drained_at, $8::TIMESTAMPTZ) + CASE
                           WHEN t.digest = $1 AND t.drained_at > $7 AND t.failures >= $9
                           THEN LEAST((EXCLUDED.drained_at - $8::TIMESTAMPTZ)
                                      * (1 << LEAST(t.failures + 1 - $9::BIGINT, 10)::INT), $10::TIMESTAMPTZ - $8)
                           ELSE EXCLUDED.drained_at - $8
                       END
                   WHERE t.drained_at <= CASE WHEN t.digest = $1 THEN $3::TIMESTAMPTZ ELSE $4 END
                   RETURNING t.digest, t.drained_at
               )
               SELECT digest AS "digest!", drained_at AS "drained_at!", true AS "taken!" FROM taken
               UNION ALL
               SELECT digest, drained_at, false FROM full_ones"#,
            account.digest.as_bytes(),
            network.digest.as_bytes(),
            account.room_until,
            network.room_until,
            account.after_one,
            network.after_one,
            wanted.forgotten,
            wanted.now,
            wanted.patience,
            wanted.after_dearest,
        )
        .fetch_all(store.pool())
    })
    .await?;
    let of = |bucket: &Bucket<'_>| {
        rows.iter().find(|row| row.digest == bucket.digest.as_bytes()).map(|row| row.drained_at)
    };
    let is_open = rows.iter().filter(|row| row.taken).count() == 2;
    Ok(Taken { is_open, account: of(account), network: of(network) })
}

/// Empties the bucket of an account in a network, and gives the network one try back.
pub async fn forgive(store: &Store, account: &Digest, network: &Bucket<'_>, now: Time) -> Stored<()> {
    tx::write(|| {
        sqlx::query!(
            "WITH held AS (
                 SELECT digest FROM tries WHERE digest IN ($1, $2) ORDER BY digest FOR UPDATE
             )
             UPDATE tries AS t
             SET failures = CASE WHEN t.digest = $1 THEN 0 ELSE GREATEST(t.failures - 1, 0) END,
                 drained_at = CASE WHEN t.digest = $1 THEN LEAST(t.drained_at, $3::TIMESTAMPTZ)
                                   ELSE t.drained_at - ($4::TIMESTAMPTZ - $3) END
             FROM held WHERE t.digest = held.digest",
            account.as_bytes(),
            network.digest.as_bytes(),
            now,
            network.after_one,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(())
}

/// Removes buckets that were empty before `before`, and says how many.
pub(crate) async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM tries WHERE digest IN (
                 SELECT digest FROM tries WHERE drained_at < $1 ORDER BY drained_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

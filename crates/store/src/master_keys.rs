//! `master_keys`: a known plaintext sealed under each master key that was ever used, and which of them is in use.
//!
//! At start the canary of the key in use is opened: a wrong or missing key stops the start before anything is written.
//! An index allows one key in use. Its row is what a rotation and whoever makes a data key meet at
//! ([`data_keys`](crate::data_keys)).

use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A master key as the database knows it.
#[derive(Clone)]
pub struct MasterKey {
    /// Its fingerprint.
    pub fingerprint: String,
    /// The known plaintext, sealed under it.
    pub canary: Vec<u8>,
    /// When it was first used.
    pub created_at: Time,
    /// When another one took its place. The one without is in use.
    pub retired_at: Option<Time>,
}

/// Takes a new database's first master key into use. `Lost` when there is one already: another replica was faster.
pub async fn insert(store: &Store, fingerprint: &str, canary: &[u8], trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO master_keys (fingerprint, canary, created_at) VALUES ($1, $2, $3)
                   ON CONFLICT DO NOTHING
                   RETURNING fingerprint
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $4, $3, $5, $6, $7, $8, jsonb_build_object('fingerprint', fingerprint) FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            fingerprint,
            canary,
            trace.at,
            trace.event,
            EventKind::MasterKeyAdded.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Every master key ever used, oldest first. Empty only before the first start.
pub async fn list(store: &Store) -> Stored<Vec<MasterKey>> {
    tx::read(|| {
        sqlx::query_as!(
            MasterKey,
            "SELECT fingerprint, canary, created_at, retired_at FROM master_keys ORDER BY created_at, fingerprint"
        )
        .fetch_all(store.pool())
    })
    .await
}

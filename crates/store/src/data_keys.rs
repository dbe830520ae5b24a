//! `data_keys`: one key per purpose and version, wrapped by the master key.
//!
//! Wrapped bytes mean nothing without the master key, which is never here.

use sqlx::Connection as _;

use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A data key to be stored.
#[derive(Clone, Copy)]
pub struct NewDataKey<'a> {
    /// What it is for (`signing`, `pepper`, `refresh`, …).
    pub purpose: &'a str,
    /// 1, 2, 3 … within the purpose.
    pub version: u32,
    /// Fingerprint of the master key that wraps it.
    pub master_key: &'a str,
    /// The wrapped key.
    pub wrapped: &'a [u8],
}

/// A data key as stored.
#[derive(Clone)]
pub struct DataKey {
    /// What it is for.
    pub purpose: String,
    /// Its number within the purpose; the highest is current.
    pub version: u32,
    /// Fingerprint of the master key that wraps it.
    pub master_key: String,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: Time,
}

/// Stores a key. `Lost` when this version exists (another replica was faster): read it instead.
pub async fn insert(store: &Store, key: &NewDataKey<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO data_keys (purpose, version, master_key, wrapped, created_at)
                   VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (purpose, version) DO NOTHING
                   RETURNING purpose, version
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $6, $5, $7, $8, $9, $10, jsonb_build_object('purpose', purpose, 'version', version)
                   FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            key.purpose,
            i64::from(key.version),
            key.master_key,
            key.wrapped,
            trace.at,
            trace.event,
            EventKind::DataKeyCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Every data key, by purpose and version.
pub async fn list(store: &Store) -> Stored<Vec<DataKey>> {
    let rows = tx::read(|| {
        sqlx::query!(
            "SELECT purpose, version, master_key, wrapped, created_at FROM data_keys ORDER BY purpose, version"
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter()
        .map(|row| {
            let version =
                u32::try_from(row.version).map_err(|_| corrupt("data_keys", "version", &row.purpose))?;
            Ok(DataKey {
                purpose: row.purpose,
                version,
                master_key: row.master_key,
                wrapped: row.wrapped,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// A data key wrapped again under another master key.
#[derive(Clone, Copy)]
pub struct Rewrapped<'a> {
    /// The key concerned, with its new wrapping.
    pub key: NewDataKey<'a>,
    /// Fingerprint of the master key that wrapped it until now.
    pub was: &'a str,
}

/// Changes the master key of all given data keys, or of none.
///
/// The one change that is a transaction of several statements: it runs once per master key, by
/// hand, and a data key whose wrapping was changed meanwhile makes all of it `Lost`.
pub async fn rewrap(store: &Store, keys: &[Rewrapped<'_>], trace: &Trace) -> Stored<Write<()>> {
    let mut line = store.lines()?.take().await?;
    let mut transaction = line.begin().await?;
    for Rewrapped { key, was } in keys {
        crate::count::write();
        let done = sqlx::query!(
            "UPDATE data_keys SET wrapped = $1, master_key = $2
             WHERE purpose = $3 AND version = $4 AND master_key = $5",
            key.wrapped,
            key.master_key,
            key.purpose,
            i64::from(key.version),
            was,
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() != 1 {
            transaction.rollback().await?;
            return Ok(Write::Lost);
        }
    }
    crate::count::write();
    sqlx::query!(
        "INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
         VALUES ($1, $2, $3, $4, $5, $6, jsonb_build_object('keys', $7::BIGINT))",
        trace.event,
        trace.at,
        EventKind::DataKeysRewrapped.as_str(),
        trace.request,
        trace.peer,
        trace.actor,
        i64::try_from(keys.len()).unwrap_or(i64::MAX),
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Write::Applied(()))
}

//! `data_keys`: one key per purpose and version, wrapped by the master key.
//!
//! Wrapped bytes mean nothing without the master key, which is never here. All of them are wrapped by the one that is in
//! use (`master_keys`).

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

/// Stores a key. `Lost` when this version exists (another replica was faster), or when the master key that wraps it is
/// not in use any more: read again.
///
/// The row of the master key is locked, so of a rotation and this one waits for the other: no key is left under a
/// master key that the rotation retired.
pub async fn insert(store: &Store, key: &NewDataKey<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH wrapping AS (
                   SELECT fingerprint FROM master_keys WHERE fingerprint = $3 AND retired_at IS NULL FOR UPDATE
               ), made AS (
                   INSERT INTO data_keys (purpose, version, master_key, wrapped, created_at)
                   SELECT $1, $2, fingerprint, $4, $5 FROM wrapping
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

/// The master keys that wrap data keys, of a database of any release; none when it has no tables yet.
pub async fn wrapped_by(store: &Store) -> Stored<Vec<String>> {
    let found = tx::read(|| {
        sqlx::query_scalar!("SELECT DISTINCT master_key FROM data_keys ORDER BY master_key")
            .fetch_all(store.pool())
    })
    .await;
    match found {
        Err(error) if error.is_tableless() => Ok(Vec::new()),
        found => found,
    }
}

/// Another master key takes the place of the one in use.
#[derive(Clone, Copy)]
pub struct Rotation<'a> {
    /// Fingerprint of the one in use.
    pub from: &'a str,
    /// Fingerprint of the other one.
    pub to: &'a str,
    /// The known plaintext, sealed under the other one.
    pub canary: &'a [u8],
    /// Every data key there is.
    pub keys: &'a [Rewrapped],
}

/// A data key, wrapped again under the other master key.
#[derive(Clone)]
pub struct Rewrapped {
    /// What it is for.
    pub purpose: String,
    /// Its number within the purpose.
    pub version: u32,
    /// The same key, wrapped by the other master key.
    pub wrapped: Vec<u8>,
}

/// Replaces the master key of all data keys, or of none. `Lost` when the one in use is another one by now, or when
/// there are other data keys than the given ones: read again.
///
/// The one change that is a transaction of several statements: it runs once per master key, by hand. Its first
/// statement locks the row of the key in use until the end, which is what makes one winner of many; after it nobody
/// makes a data key, so the last look sees all of them.
pub async fn rewrap(store: &Store, rotation: &Rotation<'_>, trace: &Trace) -> Stored<Write<()>> {
    let Rotation { from, to, canary, keys } = *rotation;
    let mut line = store.lines()?.take().await?;
    let mut transaction = line.begin().await?;
    crate::count::write();
    let retired = sqlx::query!(
        "UPDATE master_keys SET retired_at = $1 WHERE fingerprint = $2 AND retired_at IS NULL",
        trace.at,
        from,
    )
    .execute(&mut *transaction)
    .await?;
    if retired.rows_affected() != 1 {
        transaction.rollback().await?;
        return Ok(Write::Lost);
    }
    crate::count::write();
    // Whoever goes back to a key that was retired finds its row there.
    sqlx::query!(
        "INSERT INTO master_keys (fingerprint, canary, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (fingerprint) DO UPDATE SET canary = excluded.canary, retired_at = NULL",
        to,
        canary,
        trace.at,
    )
    .execute(&mut *transaction)
    .await?;
    let purposes: Vec<String> = keys.iter().map(|key| key.purpose.clone()).collect();
    let versions: Vec<i64> = keys.iter().map(|key| i64::from(key.version)).collect();
    let wrapped: Vec<Vec<u8>> = keys.iter().map(|key| key.wrapped.clone()).collect();
    crate::count::write();
    let moved = sqlx::query!(
        "UPDATE data_keys AS k SET wrapped = n.wrapped, master_key = $2
         FROM UNNEST($3::TEXT[], $4::BIGINT[], $5::BYTEA[]) AS n (purpose, version, wrapped)
         WHERE k.purpose = n.purpose AND k.version = n.version AND k.master_key = $1",
        from,
        to,
        &purposes,
        &versions,
        &wrapped,
    )
    .execute(&mut *transaction)
    .await?;
    crate::count::read();
    let left = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM data_keys WHERE master_key <> $1"#, to)
        .fetch_one(&mut *transaction)
        .await?;
    if left != 0 || usize::try_from(moved.rows_affected()) != Ok(keys.len()) {
        transaction.rollback().await?;
        return Ok(Write::Lost);
    }
    crate::count::write();
    sqlx::query!(
        "INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
         VALUES ($1, $2, $3, $4, $5, $6, jsonb_build_object('from', $7::TEXT, 'to', $8::TEXT, 'keys', $9::BIGINT))",
        trace.event,
        trace.at,
        EventKind::DataKeysRewrapped.as_str(),
        trace.request,
        trace.peer,
        trace.actor,
        from,
        to,
        i64::try_from(keys.len()).unwrap_or(i64::MAX),
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Write::Applied(()))
}

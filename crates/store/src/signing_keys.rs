//! `signing_keys`: `next → active → retired → revoked`, one `next` and one `active` per algorithm.
//!
//! Two partial unique indexes hold that invariant, so of several replicas starting on an empty
//! database exactly one makes the first key, and of several rotating exactly one wins. To revoke
//! a key that is active, promote its successor first: there is no moment without a signer.

use gatewright_jose::{Algorithm, Jwk};
use serde_json::Value;

use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, not yet signing.
    Next,
    /// Signing.
    Active,
    /// No longer signing, still published.
    Retired,
    /// Gone from the published set at once.
    Revoked,
}

impl KeyState {
    /// The text in the `state` column.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyState::Next => "next",
            KeyState::Active => "active",
            KeyState::Retired => "retired",
            KeyState::Revoked => "revoked",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "next" => Some(KeyState::Next),
            "active" => Some(KeyState::Active),
            "retired" => Some(KeyState::Retired),
            "revoked" => Some(KeyState::Revoked),
            _ => None,
        }
    }
}

/// A key to be stored; its state is the function's name.
#[derive(Clone, Copy)]
pub struct NewKey<'a> {
    /// RFC 7638 thumbprint.
    pub kid: &'a str,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// PKCS#8, sealed for this row.
    pub sealed: &'a [u8],
    /// What is published.
    pub public: &'a Jwk,
}

/// A key as stored.
#[derive(Clone)]
pub struct StoredKey {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Where it stands.
    pub state: KeyState,
    /// PKCS#8, sealed for this row.
    pub sealed: Vec<u8>,
    /// What is published.
    pub public: Jwk,
    /// When it was made.
    pub created_at: Time,
    /// When it began to sign.
    pub activated_at: Option<Time>,
    /// When it stopped signing.
    pub retired_at: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

/// Stores an algorithm's first signer. `Lost` when it has one (another replica was faster).
pub async fn insert_active(store: &Store, key: &NewKey<'_>, trace: &Trace) -> Stored<Write<()>> {
    insert(store, key, KeyState::Active, trace).await
}

/// Stores an algorithm's next signer. `Lost` when one is waiting already.
pub async fn insert_next(store: &Store, key: &NewKey<'_>, trace: &Trace) -> Stored<Write<()>> {
    insert(store, key, KeyState::Next, trace).await
}

async fn insert(store: &Store, key: &NewKey<'_>, state: KeyState, trace: &Trace) -> Stored<Write<()>> {
    let public = json(key)?;
    let activated_at = (state == KeyState::Active).then_some(trace.at);
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO signing_keys (kid, alg, state, sealed, public_jwk, created_at, activated_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)
                   ON CONFLICT DO NOTHING
                   RETURNING kid, alg, state
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $8, $6, $9, $10, $11, $12, jsonb_build_object('kid', kid, 'alg', alg, 'state', state)
                   FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            key.kid,
            key.algorithm.to_string(),
            state.as_str(),
            key.sealed,
            public,
            trace.at,
            activated_at,
            trace.event,
            EventKind::KeyCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// The waiting key `kid` becomes the signer of its algorithm; the signer before it retires.
/// `Lost` when `kid` is not waiting any more.
///
/// The index allows one active key at any moment, so the old one must be written first: the
/// promotion reads how many were retired, and therefore waits for them.
pub async fn promote(store: &Store, kid: &str, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH waiting AS (
                   SELECT kid, alg FROM signing_keys WHERE kid = $1 AND state = 'next' FOR UPDATE
               ), retired AS (
                   UPDATE signing_keys AS k SET state = 'retired', retired_at = $2
                   FROM waiting WHERE k.alg = waiting.alg AND k.state = 'active'
                   RETURNING k.kid
               ), promoted AS (
                   UPDATE signing_keys AS k SET state = 'active', activated_at = $2
                   FROM waiting, (SELECT max(kid) AS kid FROM retired) AS before
                   WHERE k.kid = waiting.kid AND k.state = 'next'
                   RETURNING k.kid, k.alg, before.kid AS before
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $2, $4, $5, $6, $7, jsonb_build_object('kid', kid, 'alg', alg, 'retired', before)
                   FROM promoted
               )
               SELECT count(*) AS "n!" FROM promoted"#,
            kid,
            trace.at,
            trace.event,
            EventKind::KeyActivated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Takes a key out of use at once: it neither signs nor verifies from now on.
/// `Lost` when it is unknown or revoked already.
pub async fn revoke(store: &Store, kid: &str, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH gone AS (
                   UPDATE signing_keys SET state = 'revoked', revoked_at = $2
                   WHERE kid = $1 AND state <> 'revoked'
                   RETURNING kid, alg
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $3, $2, $4, $5, $6, $7, jsonb_build_object('kid', kid, 'alg', alg) FROM gone
               )
               SELECT count(*) AS "n!" FROM gone"#,
            kid,
            trace.at,
            trace.event,
            EventKind::KeyRevoked.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Removes a key that retired before `before`, once nothing it signed can still be valid.
/// `Lost` when it is unknown or has not been retired that long.
pub async fn remove(store: &Store, kid: &str, before: Time, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH gone AS (
                   DELETE FROM signing_keys WHERE kid = $1 AND state = 'retired' AND retired_at < $3
                   RETURNING kid, alg
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, detail)
                   SELECT $4, $2, $5, $6, $7, $8, jsonb_build_object('kid', kid, 'alg', alg) FROM gone
               )
               SELECT count(*) AS "n!" FROM gone"#,
            kid,
            trace.at,
            before,
            trace.event,
            EventKind::KeyRemoved.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Every key, oldest first.
pub async fn list(store: &Store) -> Stored<Vec<StoredKey>> {
    let rows = tx::read(|| {
        sqlx::query!(
            "SELECT kid, alg, state, sealed, public_jwk, created_at, activated_at, retired_at, revoked_at
             FROM signing_keys ORDER BY created_at, kid"
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter()
        .map(|row| {
            let wrong = |column| corrupt("signing_keys", column, &row.kid);
            let key = StoredKey {
                algorithm: row.alg.parse().map_err(|_| wrong("alg"))?,
                state: KeyState::parse(&row.state).ok_or_else(|| wrong("state"))?,
                public: serde_json::from_value(row.public_jwk.clone()).map_err(|_| wrong("public_jwk"))?,
                sealed: row.sealed,
                created_at: row.created_at,
                activated_at: row.activated_at,
                retired_at: row.retired_at,
                revoked_at: row.revoked_at,
                kid: row.kid,
            };
            let dates_fit = match key.state {
                KeyState::Next => key.activated_at.is_none() && key.retired_at.is_none(),
                KeyState::Active => key.activated_at.is_some() && key.retired_at.is_none(),
                KeyState::Retired => key.activated_at.is_some() && key.retired_at.is_some(),
                KeyState::Revoked => key.revoked_at.is_some(),
            };
            if dates_fit { Ok(key) } else { Err(corrupt("signing_keys", "state", &key.kid)) }
        })
        .collect()
}

fn json(key: &NewKey<'_>) -> Stored<Value> {
    serde_json::to_value(key.public).map_err(|_| corrupt("signing_keys", "public_jwk", key.kid))
}

//! `passkeys`: keys that people's devices and password managers keep for them.
//!
//! 1. [`add`] when a registration was judged good.
//! 2. [`by_credential`] and [`of_user`] find what an answer is judged by.
//! 3. [`accept`] spends the challenge and moves the counter in one statement: of two requests with the same answer one
//!    loses.
//! 4. [`rename`] and [`remove`].

use gatewright_oauth::Digest;
use uuid::Uuid;

use crate::factors::Keep;
use crate::standing::Era;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// More than anybody needs, and few enough to be shown on one page.
pub const MOST: i64 = 20;

/// A stored passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its row.
    pub id: Uuid,
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// COSE.
    pub public_key: Vec<u8>,
    /// The counter it had when it was last used.
    pub sign_count: i64,
    /// Whether it can be on several devices.
    pub synced: bool,
    /// Given by the person.
    pub name: String,
    /// When it was set up.
    pub created_at: Time,
    /// When it was last used.
    pub last_used_at: Option<Time>,
}

/// A passkey and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// The passkey.
    pub passkey: Passkey,
    /// Whose; enabled.
    pub user: Uuid,
    /// What they sign in with, in normal form.
    pub username_key: String,
    /// The era in which this was read.
    pub era: Era,
}

/// A passkey to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewPasskey<'a> {
    /// Fresh id.
    pub id: Uuid,
    /// Whose.
    pub user: Uuid,
    /// The era in which they showed who they are.
    pub era: Era,
    /// What the authenticator calls it.
    pub credential_id: &'a [u8],
    /// COSE.
    pub public_key: &'a [u8],
    /// Its counter.
    pub sign_count: i64,
    /// Whether it can be on several devices.
    pub synced: bool,
    /// What to call it.
    pub name: &'a str,
    /// Of the challenge that was answered, and until when anybody would believe it.
    pub challenge: (&'a Digest, Time),
}

/// The use of a passkey.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// Its row.
    pub id: Uuid,
    /// The counter that the answer was judged by.
    pub was: i64,
    /// The counter in the answer.
    pub sign_count: i64,
    /// Of the challenge that was answered, and until when anybody would believe it.
    pub challenge: (&'a Digest, Time),
}

/// Step 1. `Lost` when the challenge was answered before, the credential is known, the account is disabled, its era
/// ended, or it has [`MOST`].
pub async fn add(store: &Store, new: &NewPasskey<'_>, trace: &Trace) -> Stored<Write<()>> {
    let (challenge, until) = new.challenge;
    let made = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH fresh AS (
                   INSERT INTO replay (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING
                   RETURNING digest
               ), made AS (
                   INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, synced, name, created_at)
                   SELECT $3, u.id, $5, $6, $7, $8, $9, $10
                   FROM users u, fresh
                   WHERE u.id = $4 AND u.era = $11 AND u.disabled_at IS NULL
                     AND (SELECT count(*) FROM passkeys WHERE user_id = $4) < $12
                   ON CONFLICT DO NOTHING
                   RETURNING user_id, id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $13, $10, $14, $15, $16, $17, user_id, jsonb_build_object('factor', id, 'type', 'passkey')
                   FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            challenge.as_bytes(),
            until,
            new.id,
            new.user,
            new.credential_id,
            new.public_key,
            new.sign_count,
            new.synced,
            new.name,
            trace.at,
            new.era.0,
            MOST,
            trace.event,
            EventKind::FactorAdded.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await;
    match made {
        Ok(rows) => Ok(Write::from_count(rows)),
        // The account was deleted at this moment.
        Err(error) if error.is_orphaned() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Step 2: the passkey with this credential id, of an account that is not disabled.
pub async fn by_credential(store: &Store, credential_id: &[u8]) -> Stored<Option<Owned>> {
    let row = tx::read(|| {
        sqlx::query!(
            "SELECT p.id, p.credential_id, p.public_key, p.sign_count, p.synced, p.name, p.created_at, p.last_used_at,
                    u.id AS user_id, u.username_key, u.era
             FROM passkeys p JOIN users u ON u.id = p.user_id
             WHERE p.credential_id = $1 AND u.disabled_at IS NULL",
            credential_id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(row.map(|row| Owned {
        passkey: Passkey {
            id: row.id,
            credential_id: row.credential_id,
            public_key: row.public_key,
            sign_count: row.sign_count,
            synced: row.synced,
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        },
        user: row.user_id,
        username_key: row.username_key,
        era: Era(row.era),
    }))
}

/// Step 2: the passkeys of an account, oldest first.
pub async fn of_user(store: &Store, user: Uuid) -> Stored<Vec<Passkey>> {
    tx::read(|| {
        sqlx::query_as!(
            Passkey,
            "SELECT id, credential_id, public_key, sign_count, synced, name, created_at, last_used_at
             FROM passkeys WHERE user_id = $1 ORDER BY created_at, id",
            user,
        )
        .fetch_all(store.pool())
    })
    .await
}

/// Step 3. `Lost` when the challenge was answered before, or the passkey is gone or was used meanwhile.
pub async fn accept(store: &Store, used: &Use<'_>, trace: &Trace) -> Stored<Write<()>> {
    let (challenge, until) = used.challenge;
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH fresh AS (
                   INSERT INTO replay (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING
                   RETURNING digest
               ), used AS (
                   UPDATE passkeys AS p SET sign_count = $5, last_used_at = $6
                   FROM fresh WHERE p.id = $3 AND p.sign_count = $4
                   RETURNING p.user_id, p.id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $7, $6, $8, $9, $10, $11, user_id, jsonb_build_object('factor', id, 'type', 'passkey')
                   FROM used
               )
               SELECT count(*) AS "n!" FROM used"#,
            challenge.as_bytes(),
            until,
            used.id,
            used.was,
            used.sign_count,
            trace.at,
            trace.event,
            EventKind::FactorUsed.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Step 4: another name. `Lost` when the account has no such passkey.
pub async fn rename(store: &Store, (user, id): (Uuid, Uuid), name: &str, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH named AS (
                   UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2
                   RETURNING user_id, id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $4, $5, $6, $7, $8, $9, user_id, jsonb_build_object('factor', id, 'type', 'passkey')
                   FROM named
               )
               SELECT count(*) AS "n!" FROM named"#,
            id,
            user,
            name,
            trace.event,
            trace.at,
            EventKind::FactorUpdated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Step 4, in a transaction that [holds](crate::users::hold) the account; the recovery codes go with the last factor.
/// `Lost` when the account has no such passkey, must keep a factor and has no other, or would keep no way in
/// ([`crate::ways_in`]).
pub async fn remove(store: &Store, (user, id): (Uuid, Uuid), keep: Keep, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH others AS (
                   SELECT EXISTS (SELECT 1 FROM totps WHERE user_id = $2)
                       OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = $2 AND id <> $1) AS left_over,
                          EXISTS (SELECT 1 FROM passkeys WHERE user_id = $2 AND id <> $1)
                       OR EXISTS (SELECT 1 FROM credentials WHERE user_id = $2)
                       OR EXISTS (SELECT 1 FROM identities WHERE user_id = $2) AS way_in
               ), gone AS (
                   DELETE FROM passkeys AS p USING others
                   WHERE p.id = $1 AND p.user_id = $2 AND (NOT $3 OR others.left_over) AND others.way_in
                   RETURNING p.user_id, p.id
               ), codes AS (
                   DELETE FROM recovery_codes AS r USING gone, others
                   WHERE r.user_id = gone.user_id AND NOT others.left_over
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $4, $5, $6, $7, $8, $9, user_id, jsonb_build_object('factor', id, 'type', 'passkey')
                   FROM gone
               )
               SELECT count(*) AS "n!" FROM gone"#,
            id,
            user,
            keep == Keep::One,
            trace.event,
            trace.at,
            EventKind::FactorRemoved.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

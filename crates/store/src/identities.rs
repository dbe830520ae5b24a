//! `identities`: people as other providers know them (threat row LG-11).
//!
//! An identity is an issuer and a subject, and belongs to one account. Nothing else connects the two: not an address,
//! not a name.
//!
//! 1. [`find`] tells whose identity it is when somebody comes from there.
//! 2. [`sign_up`] makes an account for somebody who comes for the first time; [`link`] connects an account that is there.
//!    Of two that want one identity at the same moment one gets it.
//! 3. [`unlink`] takes it away, unless it would be the last way in ([`crate::ways_in`]).

use uuid::Uuid;

use crate::standing::Era;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// An identity of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id here.
    pub id: Uuid,
    /// The provider.
    pub issuer: String,
    /// Who, there.
    pub subject: String,
    /// What the provider called them when it was connected.
    pub label: Option<String>,
    /// When it was connected.
    pub created_at: Time,
    /// When somebody last signed in with it.
    pub last_used_at: Option<Time>,
}

/// Whose identity it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The identity.
    pub id: Uuid,
    /// The account.
    pub user: Uuid,
    /// The account's user name.
    pub username: String,
    /// The era in which this was read.
    pub era: Era,
    /// Since when the account is disabled.
    pub disabled_at: Option<Time>,
}

/// An identity to be connected.
#[derive(Debug, Clone, Copy)]
pub struct NewIdentity<'a> {
    /// Fresh id.
    pub id: Uuid,
    /// The provider.
    pub issuer: &'a str,
    /// Who, there.
    pub subject: &'a str,
    /// What the provider calls them.
    pub label: Option<&'a str>,
}

/// An account to be made for an identity.
#[derive(Debug, Clone, Copy)]
pub struct NewPerson<'a> {
    /// Fresh id of the account.
    pub user: Uuid,
    /// The name to sign in with.
    pub username: &'a str,
    /// The same in normal form.
    pub username_key: &'a str,
    /// What it reads like.
    pub username_skeleton: &'a str,
    /// An address the provider found to be theirs, as it says it and in normal form.
    pub email: Option<(&'a str, &'a str)>,
    /// What to call them.
    pub display_name: Option<&'a str>,
    /// The identity.
    pub identity: NewIdentity<'a>,
    /// Fresh id of the second event.
    pub linked: Uuid,
}

/// Whether an account has to keep a way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// One has to be left: a password, a passkey or another identity.
    AWayIn,
    /// An administrator can make a link for it.
    Nothing,
}

/// Whose identity this is, if it is anybody's.
pub async fn find(store: &Store, issuer: &str, subject: &str) -> Stored<Option<Known>> {
    let row = tx::read(|| {
        sqlx::query!(
            "SELECT i.id, i.user_id, u.username, u.era, u.disabled_at
             FROM identities i JOIN users u ON u.id = i.user_id WHERE i.issuer = $1 AND i.subject = $2",
            issuer,
            subject,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(row.map(|row| Known {
        id: row.id,
        user: row.user_id,
        username: row.username,
        era: Era(row.era),
        disabled_at: row.disabled_at,
    }))
}

/// Whether an address in normal form is somebody's name to sign in with.
pub async fn is_taken(store: &Store, key: &str) -> Stored<bool> {
    tx::read(|| {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM users WHERE username_key = $1 OR email_key = $1) AS "taken!""#,
            key
        )
        .fetch_one(store.pool())
    })
    .await
}

/// The identities of an account, oldest first.
pub async fn of_user(store: &Store, user: Uuid) -> Stored<Vec<Identity>> {
    tx::read(|| {
        sqlx::query_as!(
            Identity,
            "SELECT id, issuer, subject, label, created_at, last_used_at FROM identities
             WHERE user_id = $1 ORDER BY id LIMIT 100",
            user,
        )
        .fetch_all(store.pool())
    })
    .await
}

/// Somebody signed in with it. No event: that is the session's.
pub async fn used(store: &Store, id: Uuid, now: Time) -> Stored<()> {
    tx::write(|| {
        sqlx::query!("UPDATE identities SET last_used_at = $2 WHERE id = $1", id, now).execute(store.pool())
    })
    .await?;
    Ok(())
}

/// Connects an identity to an account. `Lost` when it is somebody's already, or the account is gone or disabled.
pub async fn link(store: &Store, user: Uuid, new: &NewIdentity<'_>, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH linked AS (
                   INSERT INTO identities (id, user_id, issuer, subject, label, created_at)
                   SELECT $1, u.id, $3, $4, $5, $6 FROM users u WHERE u.id = $2 AND u.disabled_at IS NULL
                   ON CONFLICT DO NOTHING
                   RETURNING id, user_id, issuer
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $7, $6, $8, $9, $10, $11, user_id, jsonb_build_object('identity', id, 'issuer', issuer)
                   FROM linked
               )
               SELECT count(*) AS "n!" FROM linked"#,
            new.id,
            user,
            new.issuer,
            new.subject,
            new.label,
            trace.at,
            trace.event,
            EventKind::IdentityLinked.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await;
    match rows {
        Ok(rows) => Ok(Write::from_count(rows)),
        // The account was deleted at this moment.
        Err(error) if error.is_orphaned() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Makes an account for an identity. `Lost` when the name, one that reads like it, the address or the identity is taken.
pub async fn sign_up(store: &Store, new: &NewPerson<'_>, trace: &Trace) -> Stored<Write<()>> {
    let (email, email_key) = new.email.unzip();
    let identity = &new.identity;
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO users (id, username, username_key, email, email_key, email_verified, display_name,
                                      is_owner, era, created_at, username_skeleton)
                   SELECT $1, $2, $3, $4, $5, $5::TEXT IS NOT NULL, $6, false, 0, $7, $19
                   WHERE NOT EXISTS (SELECT 1 FROM users WHERE username_key = $5)
                     AND NOT EXISTS (SELECT 1 FROM users WHERE email_key = $3)
                   ON CONFLICT DO NOTHING
                   RETURNING id
               ), linked AS (
                   INSERT INTO identities (id, user_id, issuer, subject, label, created_at)
                   SELECT $8, id, $9, $10, $11, $7 FROM made
                   RETURNING id, user_id, issuer
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $12::UUID, $7, $13::TEXT, $14::UUID, $15::TEXT, $16::TEXT, user_id,
                          jsonb_build_object('owner', false, 'issuer', issuer) FROM linked
                   UNION ALL
                   SELECT $17::UUID, $7, $18::TEXT, $14, $15, $16, user_id,
                          jsonb_build_object('identity', id, 'issuer', issuer) FROM linked
               )
               SELECT count(*) AS "n!" FROM linked"#,
            new.user,
            new.username,
            new.username_key,
            email,
            email_key,
            new.display_name,
            trace.at,
            identity.id,
            identity.issuer,
            identity.subject,
            identity.label,
            trace.event,
            EventKind::UserCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            new.linked,
            EventKind::IdentityLinked.as_str(),
            new.username_skeleton,
        )
        .fetch_one(store.pool())
    })
    .await;
    match rows {
        Ok(rows) => Ok(Write::from_count(rows)),
        // The identity became somebody's at this moment; nothing of all this happened.
        Err(error) if error.is_taken() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Takes an identity away from an account. `Lost` when it has no such identity, or keeps no way in and has to. What has to
/// stay is counted in a transaction that [holds](crate::users::hold) the account.
pub async fn unlink(store: &Store, (user, id): (Uuid, Uuid), keep: Keep, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH mine AS (
                   SELECT id FROM identities WHERE user_id = $1 ORDER BY id FOR UPDATE
               ), gone AS (
                   DELETE FROM identities
                   WHERE id = $2 AND id IN (SELECT id FROM mine)
                     AND ($3 OR (SELECT count(*) FROM mine) > 1
                          OR EXISTS (SELECT 1 FROM credentials WHERE user_id = $1)
                          OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1))
                   RETURNING id, user_id, issuer
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $4, $5, $6, $7, $8, $9, user_id, jsonb_build_object('identity', id, 'issuer', issuer)
                   FROM gone
               )
               SELECT count(*) AS "n!" FROM gone"#,
            user,
            id,
            keep == Keep::Nothing,
            trace.event,
            trace.at,
            EventKind::IdentityUnlinked.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

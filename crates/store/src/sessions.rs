//! `sessions`: who is signed in in which browser.
//!
//! 1. [`open`] after a login, on the facts the login was judged by: the user is enabled and its
//!    era is still the one in which the password was read.
//! 2. [`find`] or [`with_consent`] on every page, by the digest of the cookie.
//! 3. [`renew`] when the same person proves again who they are: the row (and `sid`) stays, the
//!    cookie's secret and `auth_time` change, so applications bound to the session stay signed in.
//! 4. [`end`] is final. It marks the session's grants that are not offline as revoked; one that
//!    is being created at that moment joins the ended session on its first use and is refused.
//!
//! An operator sees sessions without their secrets (`sessions/listed.rs`).
//!
//! Idle expiry moves only when a code is issued (see [`crate::codes::issue`]): reading a page
//! writes nothing.

mod listed;

use gatewright_oauth::{ClientId, Digest};
use uuid::Uuid;

pub use self::listed::{Listed, Which, by_id, live, of_user};

use crate::consents::{self, Consent};
use crate::grants::Reason;
use crate::standing::Era;
use crate::users::{self, User};
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// A browser session that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// `sid` in ID tokens.
    pub id: Uuid,
    /// When the person last proved who they are.
    pub auth_time: Time,
    /// How (RFC 8176), space separated.
    pub amr: String,
    /// When it was opened.
    pub created_at: Time,
    /// When it ends unless used.
    pub idle_expires_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
    /// Browser and system it was opened in, as far as the browser said.
    pub device: Option<String>,
    /// The address the person last proved from who they are.
    pub peer: Option<String>,
    /// When something was last allowed in it.
    pub seen_at: Option<Time>,
}

/// A live session and the enabled user it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionFacts {
    /// The session.
    pub session: Session,
    /// Who is signed in.
    pub user: User,
    /// The era of both.
    pub era: Era,
}

/// A session to be opened.
#[derive(Clone, Copy)]
pub struct NewSession<'a> {
    /// Fresh id.
    pub id: Uuid,
    /// Digest of the cookie.
    pub digest: &'a Digest,
    /// Who signed in.
    pub user: Uuid,
    /// The era in which the credentials were read.
    pub era: Era,
    /// When they proved who they are: now, or earlier when something was added to an earlier proof.
    pub auth_time: Time,
    /// How (RFC 8176), space separated.
    pub amr: &'a str,
    /// When it ends unless used.
    pub idle_expires_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
    /// Browser and system, as far as the browser said.
    pub device: Option<&'a str>,
    /// The browser and the account, as [`crate::known_browsers`] knows them.
    pub browser: &'a Digest,
}

/// Opens a session at `trace.at`. `Lost` when the user was disabled, or its password set, since
/// its credentials were read.
pub async fn open(store: &Store, new: &NewSession<'_>, trace: &Trace) -> Stored<Write<()>> {
    let opened = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH opened AS (
                   INSERT INTO sessions (id, digest, user_id, user_era, auth_time, amr, created_at,
                                         idle_expires_at, expires_at, device, peer, seen_at)
                   SELECT $1, $2, u.id, u.era, $16, $6, $5, $7, $8, $14, $12, $5
                   FROM users u WHERE u.id = $3 AND u.era = $4 AND u.disabled_at IS NULL
                   ON CONFLICT DO NOTHING
                   RETURNING id, user_id, amr
               ), browsers AS (
                   INSERT INTO known_browsers (user_id, digest, first_seen_at, seen_at)
                   SELECT user_id, $15::BYTEA, $5, $5 FROM opened
                   ON CONFLICT (user_id, digest) DO UPDATE SET seen_at = EXCLUDED.seen_at
               ), news AS (
                   SELECT EXISTS (SELECT 1 FROM known_browsers WHERE user_id = $3)
                      AND NOT EXISTS (SELECT 1 FROM known_browsers WHERE user_id = $3 AND digest = $15::BYTEA)
                          AS new_browser
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $9, $5, $10, $11, $12, $13, user_id,
                          jsonb_build_object('session', id, 'amr', amr, 'new_browser', new_browser)
                   FROM opened, news
               )
               SELECT count(*) AS "n!" FROM opened"#,
            new.id,
            new.digest.as_bytes(),
            new.user,
            new.era.0,
            trace.at,
            new.amr,
            new.idle_expires_at,
            new.expires_at,
            trace.event,
            EventKind::SessionOpened.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            new.device,
            new.browser.as_bytes(),
            new.auth_time,
        )
        .fetch_one(store.pool())
    })
    .await;
    match opened {
        Ok(rows) => Ok(Write::from_count(rows)),
        // The account was deleted at this moment.
        Err(error) if error.is_orphaned() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// A session whose user signed in again; `id` of the new values is the session's own.
#[derive(Clone, Copy)]
pub struct Renewal<'a> {
    /// Digest of the cookie until now.
    pub was: &'a Digest,
    /// The session's values from now on.
    pub session: NewSession<'a>,
}

/// Gives a live session another secret, `auth_time` and end. `Lost` when it is no longer live,
/// belongs to somebody else, was renewed by another tab, or its user's era ended.
pub async fn renew(store: &Store, renewal: &Renewal<'_>, trace: &Trace) -> Stored<Write<()>> {
    let Renewal { was, session: new } = renewal;
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH renewed AS (
                   UPDATE sessions AS s
                   SET digest = $3, auth_time = $16, amr = $6, idle_expires_at = $7, expires_at = $8,
                       device = COALESCE($15, s.device), peer = $13, seen_at = $5
                   FROM users u
                   WHERE s.id = $1 AND s.digest = $2 AND s.user_id = $4 AND s.ended_at IS NULL
                     AND s.idle_expires_at > $5 AND s.expires_at > $5 AND s.user_era = $9
                     AND u.id = s.user_id AND u.era = s.user_era AND u.disabled_at IS NULL
                   RETURNING s.id, s.user_id, s.amr
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $10, $5, $11, $12, $13, $14, user_id, jsonb_build_object('session', id, 'amr', amr)
                   FROM renewed
               )
               SELECT count(*) AS "n!" FROM renewed"#,
            new.id,
            was.as_bytes(),
            new.digest.as_bytes(),
            new.user,
            trace.at,
            new.amr,
            new.idle_expires_at,
            new.expires_at,
            new.era.0,
            trace.event,
            EventKind::SessionRenewed.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            new.device,
            new.auth_time,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// The live session of a cookie, with its user.
pub async fn find(store: &Store, digest: &Digest, now: Time) -> Stored<Option<SessionFacts>> {
    let row = tx::read(|| {
        sqlx::query!(
            "SELECT s.id AS session_id, s.auth_time, s.amr, s.created_at AS opened_at, s.idle_expires_at,
                    s.expires_at, s.device, s.peer, s.seen_at, u.id, u.username, u.email, u.display_name, u.email_verified, u.locale, u.role, u.created_at,
                    u.disabled_at, u.era
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.digest = $1 AND s.ended_at IS NULL AND s.idle_expires_at > $2 AND s.expires_at > $2
               AND u.disabled_at IS NULL AND u.era = s.user_era",
            digest.as_bytes(),
            now,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SessionFacts {
        session: Session {
            id: row.session_id,
            auth_time: row.auth_time,
            amr: row.amr,
            created_at: row.opened_at,
            idle_expires_at: row.idle_expires_at,
            expires_at: row.expires_at,
            device: row.device,
            peer: row.peer,
            seen_at: row.seen_at,
        },
        user: User {
            id: row.id,
            username: row.username,
            email: row.email,
            display_name: row.display_name,
            email_verified: row.email_verified,
            locale: row.locale,
            role: users::role(row.role.as_deref(), row.id)?,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        },
        era: Era(row.era),
    }))
}

/// What an authorization request is about, for [`with_consent`].
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The client asking.
    pub client: &'a ClientId,
    /// The resource it asks for.
    pub resource: Uuid,
}

/// The live session of a cookie with its user, and what that user once allowed this client at
/// this resource: all that `GET /authorize` asks the database about a person, in one statement.
pub async fn with_consent(
    store: &Store,
    digest: &Digest,
    wanted: Wanted<'_>,
    now: Time,
) -> Stored<Option<(SessionFacts, Option<Consent>)>> {
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT s.id AS session_id, s.auth_time, s.amr, s.created_at AS opened_at, s.idle_expires_at,
                      s.expires_at, s.device, s.peer, s.seen_at, u.id, u.username, u.email, u.display_name, u.email_verified, u.locale, u.role, u.created_at,
                      u.disabled_at, u.era, k.id AS "consent_id?", k.scope AS "scope?",
                      k.metadata_digest AS "metadata_digest?", k.resource_digest AS "resource_digest?",
                      k.granted_at AS "granted_at?", k.expires_at AS consent_expires_at,
                      k.by_policy
               FROM sessions s
               JOIN users u ON u.id = s.user_id
               LEFT JOIN consents k ON k.user_id = u.id AND k.client_id = $3 AND k.resource_id = $4
               WHERE s.digest = $1 AND s.ended_at IS NULL AND s.idle_expires_at > $2 AND s.expires_at > $2
                 AND u.disabled_at IS NULL AND u.era = s.user_era"#,
            digest.as_bytes(),
            now,
            wanted.client.as_str(),
            wanted.resource,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    let Some(row) = row else { return Ok(None) };
    let stored = match (row.consent_id, row.scope, row.metadata_digest, row.resource_digest, row.granted_at) {
        (Some(id), Some(scope), Some(metadata_digest), Some(resource_digest), Some(granted_at)) => {
            let stored = consents::Row {
                id,
                user_id: row.id,
                client_id: wanted.client.as_str().to_owned(),
                resource_id: wanted.resource,
                scope,
                metadata_digest,
                resource_digest,
                granted_at,
                expires_at: row.consent_expires_at,
                by_policy: row.by_policy,
            };
            Some(stored.decode()?)
        }
        _ => None,
    };
    let facts = SessionFacts {
        session: Session {
            id: row.session_id,
            auth_time: row.auth_time,
            amr: row.amr,
            created_at: row.opened_at,
            idle_expires_at: row.idle_expires_at,
            expires_at: row.expires_at,
            device: row.device,
            peer: row.peer,
            seen_at: row.seen_at,
        },
        user: User {
            id: row.id,
            username: row.username,
            email: row.email,
            display_name: row.display_name,
            email_verified: row.email_verified,
            locale: row.locale,
            role: users::role(row.role.as_deref(), row.id)?,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        },
        era: Era(row.era),
    };
    Ok(Some((facts, stored)))
}

/// Ends a session and revokes its grants that are not offline; answers how many those were.
/// `Lost` when it is unknown or ended already.
pub async fn end(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<u64>> {
    end_if(store, (id, None), trace).await
}

/// The same, only of a session of this person.
pub async fn end_own(store: &Store, user: Uuid, id: Uuid, trace: &Trace) -> Stored<Write<u64>> {
    end_if(store, (id, Some(user)), trace).await
}

async fn end_if(store: &Store, (id, user): (Uuid, Option<Uuid>), trace: &Trace) -> Stored<Write<u64>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH ended AS (
                   UPDATE sessions SET ended_at = $2
                   WHERE id = $1 AND ended_at IS NULL AND ($9::UUID IS NULL OR user_id = $9)
                   RETURNING id, user_id
               ), revoked AS (
                   UPDATE grants AS g SET revoked_at = $2, revoked_reason = $3
                   FROM ended WHERE g.session_id = ended.id AND NOT g.offline AND g.revoked_at IS NULL
                   RETURNING g.id
               ), counted AS (
                   SELECT count(*) AS n FROM revoked
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $4, $2, $5, $6, $7, $8, ended.user_id,
                          jsonb_build_object('session', ended.id, 'grants', counted.n)
                   FROM ended, counted
               )
               SELECT counted.n AS "n!" FROM ended, counted"#,
            id,
            trace.at,
            Reason::SessionEnded.as_str(),
            trace.event,
            EventKind::SessionEnded.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            user,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    Ok(Write::from_option(row.map(|row| u64::try_from(row.n).unwrap_or_default())))
}

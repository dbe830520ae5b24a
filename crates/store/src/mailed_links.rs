//! `mailed_links`: links that were sent to an address, each good once and for a while.
//!
//! 1. [`make`] gives an account one more. Links that an operator hands over ([`crate::password_links`]) stay as they are:
//!    a stranger who asks for a mail takes nothing away from anybody.
//! 2. A link to choose a password with is found and used up like an operator's ([`crate::password_links`]).
//! 3. A link with which somebody shows that an address is theirs is [found](find_address) and [used up](confirm) here; the
//!    address takes effect with that.
//!
//! A link lives in its account's era (see [`crate::standing`]), and while the account has the address it had when the
//! link was made.

use gatewright_oauth::Digest;
use uuid::Uuid;

use crate::password_links::Purpose;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// What a mailed link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For<'a> {
    /// Choosing a password.
    Password(Purpose),
    /// Showing that the address is one's own, the account having had `was` in normal form.
    Address {
        /// The address it takes the place of; the same one, if only that is to be shown.
        was: Option<&'a str>,
    },
}

impl For<'_> {
    const fn as_str(self) -> &'static str {
        match self {
            For::Password(purpose) => purpose.as_str(),
            For::Address { .. } => "address",
        }
    }
}

/// A link to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewLink<'a> {
    /// Whose.
    pub user: Uuid,
    /// Of its secret.
    pub digest: &'a Digest,
    /// What for.
    pub purpose: For<'a>,
    /// Where it is sent, as typed and in normal form.
    pub email: (&'a str, &'a str),
    /// When it ends.
    pub expires_at: Time,
}

/// An address to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The account.
    pub user: Uuid,
    /// Its name to sign in with.
    pub username: String,
    /// What to call the person.
    pub display_name: Option<String>,
    /// The address it has now.
    pub email: Option<String>,
    /// The address it is to have.
    pub new: String,
}

/// Step 1. `Lost` when there is no such account, or it is disabled.
pub async fn make(store: &Store, new: &NewLink<'_>, trace: &Trace) -> Stored<Write<()>> {
    let was = match new.purpose {
        For::Password(_) => None,
        For::Address { was } => was,
    };
    let made = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO mailed_links (digest, user_id, purpose, user_era, email, email_key, was_email_key,
                                             created_at, expires_at)
                   SELECT $2, id, $3::TEXT, era, $4, $5, $6, $7::TIMESTAMPTZ, $8 FROM users
                   WHERE id = $1 AND disabled_at IS NULL
                   RETURNING user_id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $9, $7::TIMESTAMPTZ, $10, $11, $12, $13, user_id,
                          jsonb_build_object('purpose', $3::TEXT, 'mailed', true) FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            new.user,
            new.digest.as_bytes(),
            new.purpose.as_str(),
            new.email.0,
            new.email.1,
            was,
            trace.at,
            new.expires_at,
            trace.event,
            EventKind::UserLinkCreated.as_str(),
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

/// Step 3: the address that the link with this secret confirms, while it is good.
pub async fn find_address(store: &Store, digest: &Digest, now: Time) -> Stored<Option<Address>> {
    tx::read(|| {
        sqlx::query_as!(
            Address,
            r#"SELECT u.id AS "user", u.username, u.display_name, u.email, l.email AS "new"
               FROM mailed_links l JOIN users u ON u.id = l.user_id
               WHERE l.digest = $1 AND l.purpose = 'address' AND l.expires_at > $2 AND u.era = l.user_era
                 AND u.disabled_at IS NULL AND u.email_key IS NOT DISTINCT FROM l.was_email_key"#,
            digest.as_bytes(),
            now,
        )
        .fetch_optional(store.pool())
    })
    .await
}

/// Step 3: the address is the account's, and known to be the person's. `Lost` when the link is not good any more, or the
/// address is somebody else's name to sign in with.
pub async fn confirm(store: &Store, digest: &Digest, trace: &Trace) -> Stored<Write<()>> {
    let written = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH used AS (
                   DELETE FROM mailed_links l USING users u
                   WHERE l.digest = $1 AND l.purpose = 'address' AND l.expires_at > $2 AND u.id = l.user_id
                     AND u.era = l.user_era AND u.disabled_at IS NULL
                     AND u.email_key IS NOT DISTINCT FROM l.was_email_key
                     AND NOT EXISTS (SELECT 1 FROM users o WHERE o.id <> l.user_id AND o.username_key = l.email_key)
                   RETURNING l.user_id, l.user_era, l.email, l.email_key, l.was_email_key
               ), changed AS (
                   UPDATE users SET email = used.email, email_key = used.email_key, email_verified = true FROM used
                   WHERE id = used.user_id AND era = used.user_era AND disabled_at IS NULL
                     AND users.email_key IS NOT DISTINCT FROM used.was_email_key
                   RETURNING id, used.was_email_key IS DISTINCT FROM used.email_key AS is_new
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $3, $2, CASE WHEN is_new THEN $4 ELSE $5 END, $6, $7, $8, id, '{}' FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            digest.as_bytes(),
            trace.at,
            trace.event,
            EventKind::UserEmailChanged.as_str(),
            EventKind::UserEmailVerified.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await;
    match written {
        Ok(rows) => Ok(Write::from_count(rows)),
        // The address is somebody's already.
        Err(error) if error.is_taken() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Removes at most `limit` that ended before `before`, and says how many.
pub(crate) async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM mailed_links WHERE digest IN (
                 SELECT digest FROM mailed_links WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

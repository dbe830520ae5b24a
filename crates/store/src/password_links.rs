//! `password_links`: links with which somebody chooses a password.
//!
//! 1. [`make`] gives an account its one link; the one before is dead with that.
//! 2. [`find`] tells whose it is, as often as anybody asks: programs that look at links in messages use none up.
//! 3. [`redeem`] sets the password and uses the link up, once.
//!
//! The last two take links that were mailed as well ([`crate::mailed_links`]): those show in addition that the address
//! is the person's.
//!
//! A link lives in its account's era (see [`crate::standing`]): disabling the account or setting its password in any
//! other way ends it.

use gatewright_oauth::Digest;
use uuid::Uuid;

use crate::decode::corrupt;
use crate::users::NewPassword;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody has an account now, and chooses their first password.
    Invite,
    /// Somebody forgot their password.
    Reset,
}

impl Purpose {
    /// The text in the `purpose` column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Purpose::Invite => "invite",
            Purpose::Reset => "reset",
        }
    }

    fn parse(text: &str) -> Option<Purpose> {
        [Purpose::Invite, Purpose::Reset].into_iter().find(|purpose| purpose.as_str() == text)
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
    pub purpose: Purpose,
    /// When it ends.
    pub expires_at: Time,
}

/// Whose a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The account.
    pub user: Uuid,
    /// Its name to sign in with.
    pub username: String,
    /// Its address.
    pub email: Option<String>,
    /// What the link is for.
    pub purpose: Purpose,
}

/// Step 1. `Lost` when there is no such account, or it is disabled.
pub async fn make(store: &Store, new: &NewLink<'_>, trace: &Trace) -> Stored<Write<()>> {
    let made = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO password_links (user_id, digest, purpose, user_era, created_at, expires_at)
                   SELECT id, $2, $3, era, $4, $5 FROM users WHERE id = $1 AND disabled_at IS NULL
                   ON CONFLICT (user_id) DO UPDATE
                   SET digest = EXCLUDED.digest, purpose = EXCLUDED.purpose, user_era = EXCLUDED.user_era,
                       created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at
                   RETURNING user_id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $6, $4, $7, $8, $9, $10, user_id, jsonb_build_object('purpose', $3::TEXT) FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            new.user,
            new.digest.as_bytes(),
            new.purpose.as_str(),
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

/// Step 2: the link with this secret, while it is good.
pub async fn find(store: &Store, digest: &Digest, now: Time) -> Stored<Option<Link>> {
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT u.id, u.username, u.email, l.purpose AS "purpose!"
               FROM (SELECT user_id, purpose, user_era, expires_at, NULL::TEXT AS email_key
                     FROM password_links WHERE digest = $1
                     UNION ALL
                     SELECT user_id, purpose, user_era, expires_at, email_key
                     FROM mailed_links WHERE digest = $1 AND purpose <> 'address') l
               JOIN users u ON u.id = l.user_id
               WHERE l.expires_at > $2 AND u.era = l.user_era AND u.disabled_at IS NULL
                 AND (l.email_key IS NULL OR l.email_key = u.email_key)"#,
            digest.as_bytes(),
            now,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(|row| {
        let purpose =
            Purpose::parse(&row.purpose).ok_or_else(|| corrupt("password_links", "purpose", row.id))?;
        Ok(Link { user: row.id, username: row.username, email: row.email, purpose })
    })
    .transpose()
}

/// Step 3: sets the password, ends all sessions, codes and grants of the account, and the link. `Lost` when the link is
/// not good any more.
pub async fn redeem(
    store: &Store,
    digest: &Digest,
    password: NewPassword<'_>,
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH handed AS (
                   DELETE FROM password_links l USING users u
                   WHERE l.digest = $1 AND l.expires_at > $4 AND u.id = l.user_id AND u.era = l.user_era
                     AND u.disabled_at IS NULL
                   RETURNING l.user_id, l.user_era, l.purpose, NULL::TEXT AS email_key
               ), mailed AS (
                   DELETE FROM mailed_links l USING users u
                   WHERE l.digest = $1 AND l.purpose <> 'address' AND l.expires_at > $4 AND u.id = l.user_id
                     AND u.era = l.user_era AND u.disabled_at IS NULL AND u.email_key = l.email_key
                   RETURNING l.user_id, l.user_era, l.purpose, l.email_key
               ), used AS (
                   SELECT * FROM handed UNION ALL SELECT * FROM mailed
               ), account AS (
                   UPDATE users SET era = era + 1, email_verified = email_verified OR used.email_key IS NOT NULL
                   FROM used
                   WHERE id = used.user_id AND era = used.user_era AND disabled_at IS NULL
                     AND (used.email_key IS NULL OR users.email_key = used.email_key)
                   RETURNING id, era, used.purpose, used.email_key IS NOT NULL AS mailed
               ), secured AS (
                   INSERT INTO credentials (id, user_id, kind, sealed, created_at, updated_at)
                   SELECT $2, id, 'password', $3, $4, $4 FROM account
                   ON CONFLICT (user_id, kind) DO UPDATE
                   SET id = EXCLUDED.id, sealed = EXCLUDED.sealed, scheme = NULL,
                       updated_at = EXCLUDED.updated_at
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $5, $4, $6, $7, $8, $9, id,
                          jsonb_build_object('era', era, 'link', purpose, 'mailed', mailed)
                   FROM account
               )
               SELECT count(*) AS "n!" FROM account"#,
            digest.as_bytes(),
            password.id,
            password.sealed,
            trace.at,
            trace.event,
            EventKind::UserPasswordSet.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
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
            "DELETE FROM password_links WHERE user_id IN (
                 SELECT user_id FROM password_links WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
               AND expires_at < $1",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

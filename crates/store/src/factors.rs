//! What an account can show besides a password, across its tables: [`crate::totps`], [`crate::passkeys`],
//! [`crate::recovery_codes`].

use uuid::Uuid;

use crate::standing::Era;
use crate::users::{self, Role};
use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// What a sign-in is decided by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// What the person signs in with, as typed when the account was made.
    pub username: String,
    /// The same in normal form.
    pub username_key: String,
    /// What the person does in the administration of the server.
    pub role: Option<Role>,
    /// The era in which this was read.
    pub era: Era,
    /// Whether there is an authenticator app.
    pub totp: bool,
    /// How many passkeys there are.
    pub passkeys: u64,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
}

/// Whether an account may be without a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It may.
    None,
    /// It has to keep one.
    One,
}

/// How much a reset took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    /// Authenticator apps: one or none.
    pub totps: u64,
    /// Passkeys.
    pub passkeys: u64,
    /// Whether there were recovery codes.
    pub recovery_codes: u64,
}

/// What an enabled account has.
pub async fn of_user(store: &Store, user: Uuid) -> Stored<Option<Factors>> {
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT u.username, u.username_key, u.role, u.era,
                      EXISTS (SELECT 1 FROM totps WHERE user_id = u.id) AS "totp!",
                      (SELECT count(*) FROM passkeys WHERE user_id = u.id) AS "passkeys!",
                      coalesce((SELECT octet_length(digests) FROM recovery_codes WHERE user_id = u.id), 0) / 32
                          AS "recovery_codes!"
               FROM users u WHERE u.id = $1 AND u.disabled_at IS NULL"#,
            user,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Factors {
        username: row.username,
        username_key: row.username_key,
        role: users::role(row.role.as_deref(), user)?,
        era: Era(row.era),
        totp: row.totp,
        passkeys: u64::try_from(row.passkeys).unwrap_or_default(),
        recovery_codes: u64::try_from(row.recovery_codes).unwrap_or_default(),
    }))
}

/// Takes every second factor of an account away. `Lost` when it has none.
pub async fn reset(store: &Store, user: Uuid, trace: &Trace) -> Stored<Write<Reset>> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH apps AS (
                   DELETE FROM totps WHERE user_id = $1 RETURNING user_id
               ), keys AS (
                   DELETE FROM passkeys WHERE user_id = $1 RETURNING id
               ), codes AS (
                   DELETE FROM recovery_codes WHERE user_id = $1 RETURNING user_id
               ), counted AS (
                   SELECT (SELECT count(*) FROM apps) AS totps, (SELECT count(*) FROM keys) AS passkeys,
                          (SELECT count(*) FROM codes) AS codes
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $2, $3, $4, $5, $6, $7, $1, jsonb_build_object('totps', totps, 'passkeys', passkeys)
                   FROM counted WHERE totps + passkeys + codes > 0
               )
               SELECT totps AS "totps!", passkeys AS "passkeys!", codes AS "codes!"
               FROM counted WHERE totps + passkeys + codes > 0"#,
            user,
            trace.event,
            trace.at,
            EventKind::FactorsReset.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    let number = |count| u64::try_from(count).unwrap_or_default();
    Ok(Write::from_option(row.map(|row| Reset {
        totps: number(row.totps),
        passkeys: number(row.passkeys),
        recovery_codes: number(row.codes),
    })))
}

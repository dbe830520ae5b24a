//! `users`: the people who sign in.
//!
//! Disabling a user adds one to its era (see [`crate::standing`]): every session, code and grant
//! is dead with that one row, those included whose statement was running at that moment, and
//! enabling the user again revives none of them.
//!
//! A name to sign in with is a username or an e-mail address, in normal form. `create` refuses a
//! username that is somebody's address and the other way round, so one key names one person.

mod erase;
mod import;
mod joined;
mod own;
mod owners;
mod search;
mod skeletons;

pub use erase::{Erased, erase, hold};
pub use import::{Newcomer, Password, import};
pub(crate) use joined::joined;
pub use own::{Own, describe, end_access, locale};
pub use owners::{count_owners, hold_owners};
pub use search::{Filter, search};
pub use skeletons::{set_skeleton, without_skeleton};

use uuid::Uuid;

use crate::decode::corrupt;
use crate::standing::Era;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What somebody does in the administration of the server. What each may is the admin API's business.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            /// Every role, the mightiest first.
            pub const ALL: &'static [Role] = &[$(Role::$name,)*];

            /// The text in the `role` column and in the admin API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Role::$name => $text,)* }
            }

            /// Reads the `role` column.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Role::$name),)* _ => None }
            }
        }
    };
}

roles! {
    /// Everything, and who else may.
    Owner = "owner",
    /// Everything but the roles of owners.
    Admin = "admin",
    /// Helps people: accounts, sessions, grants.
    Support = "support",
    /// Sees everything and changes nothing.
    Auditor = "auditor",
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `sub` in every token.
    pub id: Uuid,
    /// As typed when the account was made.
    pub username: String,
    /// The address, if any, as typed.
    pub email: Option<String>,
    /// What pages and ID tokens call the person.
    pub display_name: Option<String>,
    /// Whether somebody found out that the address is the person's.
    pub email_verified: bool,
    /// The language the person chose for our pages (BCP 47), if they did.
    pub locale: Option<String>,
    /// What the person does in the administration of the server, if anything.
    pub role: Option<Role>,
    /// When the account was made.
    pub created_at: Time,
    /// Since when it is disabled.
    pub disabled_at: Option<Time>,
}

struct Row {
    id: Uuid,
    username: String,
    email: Option<String>,
    display_name: Option<String>,
    email_verified: bool,
    locale: Option<String>,
    role: Option<String>,
    created_at: Time,
    disabled_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<User> {
        Ok(User {
            role: role(self.role.as_deref(), self.id)?,
            id: self.id,
            username: self.username,
            email: self.email,
            display_name: self.display_name,
            email_verified: self.email_verified,
            locale: self.locale,
            created_at: self.created_at,
            disabled_at: self.disabled_at,
        })
    }
}

/// A role column.
pub(crate) fn role(text: Option<&str>, user: Uuid) -> Stored<Option<Role>> {
    text.map(|text| Role::parse(text).ok_or_else(|| corrupt("users", "role", user))).transpose()
}

/// An account to be made.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    /// Fresh id.
    pub id: Uuid,
    /// As typed.
    pub username: &'a str,
    /// In normal form.
    pub username_key: &'a str,
    /// What it reads like.
    pub username_skeleton: &'a str,
    /// As typed, and in normal form.
    pub email: Option<(&'a str, &'a str)>,
    /// Whether the person has shown that it is theirs.
    pub email_verified: bool,
    /// What to call the person.
    pub display_name: Option<&'a str>,
    /// The language of what they read (BCP 47), if somebody knows it.
    pub locale: Option<&'a str>,
    /// What the person does in the administration of the server, if anything.
    pub role: Option<Role>,
    /// The first password, if there is one.
    pub password: Option<NewPassword<'a>>,
}

/// A password to be stored.
#[derive(Clone, Copy)]
pub struct NewPassword<'a> {
    /// Fresh id of the credential's row.
    pub id: Uuid,
    /// The argon2id PHC string, sealed for that row.
    pub sealed: &'a [u8],
}

/// What signing in needs.
#[derive(Clone)]
pub struct LoginFacts {
    /// The account, possibly disabled.
    pub user: User,
    /// Its password, if it has one.
    pub password: Option<SealedPassword>,
    /// The era in which this was read: a session opened on these facts must still be in it.
    pub era: Era,
}

/// A stored password.
#[derive(Clone)]
pub struct SealedPassword {
    /// The credential's row.
    pub id: Uuid,
    /// The PHC string, sealed for that row.
    pub sealed: Vec<u8>,
}

/// Makes an account, with its password if one is given. `Lost` when the username, one that reads like it, or the
/// address is taken.
pub async fn create(store: &Store, new: &NewUser<'_>, trace: &Trace) -> Stored<Write<()>> {
    let (email, email_key) = new.email.unzip();
    let (credential, sealed) = new.password.map(|password| (password.id, password.sealed)).unzip();
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO users (id, username, username_key, email, email_key, display_name, role,
                                      is_owner, era, created_at, username_skeleton, email_verified, locale)
                   SELECT $1, $2, $3, $4, $5, $6, $7::TEXT, $7::TEXT IS NOT DISTINCT FROM 'owner', 0, $8, $16, $17,
                          $18
                   WHERE NOT EXISTS (SELECT 1 FROM users WHERE username_key = $5)
                     AND NOT EXISTS (SELECT 1 FROM users WHERE email_key = $3)
                   ON CONFLICT DO NOTHING
                   RETURNING id
               ), secured AS (
                   INSERT INTO credentials (id, user_id, kind, sealed, created_at, updated_at)
                   SELECT $9::UUID, id, 'password', $10::BYTEA, $8, $8 FROM made WHERE $9::UUID IS NOT NULL
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $11, $8, $12, $13, $14, $15, id, jsonb_strip_nulls(jsonb_build_object(
                              'owner', $7::TEXT IS NOT DISTINCT FROM 'owner', 'role', $7::TEXT)) FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            new.id,
            new.username,
            new.username_key,
            email,
            email_key,
            new.display_name,
            new.role.map(Role::as_str),
            trace.at,
            credential,
            sealed,
            trace.event,
            EventKind::UserCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            new.username_skeleton,
            new.email_verified,
            new.locale,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Finds who signs in by a username or address in normal form.
pub async fn for_login(store: &Store, key: &str) -> Stored<Option<LoginFacts>> {
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT u.id, u.username, u.email, u.display_name, u.email_verified, u.locale, u.role, u.created_at, u.disabled_at, u.era,
                      c.id AS "credential_id?", c.sealed AS "sealed?"
               FROM users u LEFT JOIN credentials c ON c.user_id = u.id AND c.kind = 'password'
               WHERE u.username_key = $1 OR u.email_key = $1
               ORDER BY u.username_key = $1 DESC LIMIT 1"#,
            key,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(LoginFacts {
        user: User {
            id: row.id,
            username: row.username,
            email: row.email,
            display_name: row.display_name,
            email_verified: row.email_verified,
            locale: row.locale,
            role: role(row.role.as_deref(), row.id)?,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        },
        password: row.credential_id.zip(row.sealed).map(|(id, sealed)| SealedPassword { id, sealed }),
        era: Era(row.era),
    }))
}

/// One account.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<User>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, username, email, display_name, email_verified, locale, role, created_at, disabled_at
             FROM users WHERE id = $1",
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// A place in the list of accounts.
#[derive(Debug, Clone, Copy)]
pub struct Cursor {
    /// When the last account read was made.
    pub created_at: Time,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// Before every account.
    pub const START: Cursor = Cursor { created_at: Time::UNIX_EPOCH, id: Uuid::nil() };
}

/// Up to `limit` accounts after `cursor`, oldest first.
pub async fn list(store: &Store, cursor: Cursor, limit: u32) -> Stored<Vec<User>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, username, email, display_name, email_verified, locale, role, created_at, disabled_at
             FROM users WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3",
            cursor.created_at,
            cursor.id,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// What an account is called, and how to reach the person.
#[derive(Debug, Clone, Copy)]
pub struct Profile<'a> {
    /// As typed, and in normal form.
    pub email: Option<(&'a str, &'a str)>,
    /// What to call the person.
    pub display_name: Option<&'a str>,
    /// The language of what they read (BCP 47).
    pub locale: Option<&'a str>,
}

/// Changes an account's address, name and language. `Lost` when the account is unknown, is not as `was` any more, or the address
/// is somebody's name to sign in with.
pub async fn update(store: &Store, was: &User, profile: Profile<'_>, trace: &Trace) -> Stored<Write<()>> {
    let (email, email_key) = profile.email.unzip();
    let written = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE users SET email = $2, email_key = $3, display_name = $4,
                                    email_verified = email_verified AND email_key IS NOT DISTINCT FROM $3,
                                    locale = $13
                   WHERE id = $1 AND email IS NOT DISTINCT FROM $5::TEXT
                     AND display_name IS NOT DISTINCT FROM $6::TEXT
                     AND locale IS NOT DISTINCT FROM $14::TEXT
                     AND NOT EXISTS (SELECT 1 FROM users o WHERE o.id <> $1 AND o.username_key = $3)
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $7, $8, $9, $10, $11, $12, id, '{}' FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            was.id,
            email,
            email_key,
            profile.display_name,
            was.email,
            was.display_name,
            trace.event,
            trace.at,
            EventKind::UserUpdated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            profile.locale,
            was.locale,
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

/// Disables an account and ends all its sessions, codes and grants. `Lost` when it is unknown or
/// disabled already.
pub async fn disable(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE users SET disabled_at = $2, era = era + 1
                   WHERE id = $1 AND disabled_at IS NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $3, $2, $4, $5, $6, $7, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            trace.at,
            trace.event,
            EventKind::UserDisabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Lets a disabled account sign in again. `Lost` when it is unknown or not disabled.
pub async fn enable(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE users SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $3, $2, $4, $5, $6, $7, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            trace.at,
            trace.event,
            EventKind::UserEnabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Gives an account a role in the administration, or takes it away. `Lost` when the account is unknown or has another
/// role than `was`.
pub async fn set_role(
    store: &Store,
    id: Uuid,
    (was, role): (Option<Role>, Option<Role>),
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE users SET role = $3::TEXT, is_owner = $3::TEXT IS NOT DISTINCT FROM 'owner'
                   WHERE id = $1 AND role IS NOT DISTINCT FROM $2::TEXT
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, detail)
                   SELECT $4, $5, $6, $7, $8, $9, id,
                          jsonb_strip_nulls(jsonb_build_object('was', $2::TEXT, 'role', $3::TEXT)) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            was.map(Role::as_str),
            role.map(Role::as_str),
            trace.event,
            trace.at,
            EventKind::UserRoleSet.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

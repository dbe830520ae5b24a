//! `grants`: one authorization of one client instance, and also the refresh-token family
//! (RFC 6749 §6, RFC 9700 §4.14).
//!
//! 1. A grant is created by [`crate::codes::redeem`], at generation 0.
//! 2. [`for_refresh`] reads it with everything a refresh decision needs.
//! 3. [`rotate`] moves `generation` from the presented value to the next: of many concurrent
//!    refreshes one does (RT-02). There is no row per refresh token, so nothing grows (RT-12).
//! 4. [`revoke`] is final and idempotent. It and `rotate` update the same row, so their order is
//!    decided there: a rotation that comes second re-reads `revoked_at` and loses.
//! 5. [`limit`] has it end at a time its person chose, and the remembered answer with it.
//! 6. [`state`] is what introspection asks.
//!
//! A grant lives while it is neither revoked nor expired *and* what it stands on lives
//! ([`crate::standing`]); every read joins those facts, so disabling a client or user, ending
//! a session or withdrawing a consent takes effect with its commit, on all replicas.

mod change;
mod limit;
mod listed;
mod read;

use gatewright_oauth::{ClientId, Resource, Scopes};
use uuid::Uuid;

pub(crate) use self::change::Rotated;
pub use self::change::{Revocation, Rotation, revoke, rotate};
pub use self::limit::{Limit, limit};
pub use self::listed::{Filter, by_id, list, living};
pub(crate) use self::read::Sought;
pub use self::read::for_refresh;
use crate::decode::{self, corrupt};
use crate::standing::{Found, Standing};
use crate::users::{self, User};
use crate::{Store, Stored, Time, tx};

/// Why a grant was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The client asked (RFC 7009).
    Client,
    /// The user asked.
    User,
    /// An administrator asked.
    Operator,
    /// The browser session ended and the grant was bound to it.
    SessionEnded,
    /// The user withdrew the consent.
    ConsentRevoked,
    /// Its authorization code was presented again.
    CodeReplayed,
    /// A refresh token of an old generation was presented.
    RefreshReuse,
}

impl Reason {
    /// The text in the `revoked_reason` column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Client => "client",
            Reason::User => "user",
            Reason::Operator => "operator",
            Reason::SessionEnded => "session_ended",
            Reason::ConsentRevoked => "consent_revoked",
            Reason::CodeReplayed => "code_replayed",
            Reason::RefreshReuse => "refresh_reuse",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "client" => Some(Reason::Client),
            "user" => Some(Reason::User),
            "operator" => Some(Reason::Operator),
            "session_ended" => Some(Reason::SessionEnded),
            "consent_revoked" => Some(Reason::ConsentRevoked),
            "code_replayed" => Some(Reason::CodeReplayed),
            "refresh_reuse" => Some(Reason::RefreshReuse),
            _ => None,
        }
    }
}

/// When and why a grant was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// When.
    pub at: Time,
    /// Why.
    pub reason: Reason,
}

/// A grant.
#[derive(Clone)]
pub struct Grant {
    /// Carried by every token issued under it.
    pub id: Uuid,
    /// Whom it was given to.
    pub client: ClientId,
    /// Who gave it.
    pub user: Uuid,
    /// In which session; `sid`.
    pub session: Uuid,
    /// Under which consent.
    pub consent: Uuid,
    /// For which resource.
    pub resource: Uuid,
    /// What was given; refreshing can only narrow it.
    pub scope: Scopes,
    /// When the user proved who they are.
    pub auth_time: Time,
    /// How (RFC 8176), space separated.
    pub amr: String,
    /// Whether refresh tokens are issued under it.
    pub refreshable: bool,
    /// Whether it outlives the browser session.
    pub offline: bool,
    /// Half of every refresh secret.
    pub salt: Vec<u8>,
    /// How often it was rotated; the current refresh token carries this number.
    pub generation: u64,
    /// When it was last rotated.
    pub rotated_at: Time,
    /// When it was created.
    pub created_at: Time,
    /// When it ends unless refreshed.
    pub idle_expires_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
    /// When it would end had its person set no earlier time.
    pub most_expires_at: Time,
    /// The address its last token was fetched from.
    pub peer: Option<String>,
    /// Whether it was revoked itself; what it stands on is another question.
    pub revoked: Option<Revoked>,
}

/// A grant and what a refresh decision needs.
#[derive(Clone)]
pub struct RefreshFacts {
    /// The grant.
    pub grant: Grant,
    /// Whether what it stands on still lives.
    pub standing: Standing,
    /// What the access token will be for.
    pub resource: Resource,
    /// Whom it will speak of.
    pub user: User,
}

/// What introspection and userinfo need to know about a grant.
#[derive(Debug, Clone)]
pub struct GrantState {
    /// Whom it was given to.
    pub client: ClientId,
    /// Whom it speaks of.
    pub user: User,
    /// For which resource.
    pub resource: Uuid,
    /// What was given.
    pub scope: Scopes,
    /// When it ends in any case.
    pub expires_at: Time,
    /// Whether it was revoked itself.
    pub revoked: bool,
    /// Whether what it stands on still lives.
    pub standing: Standing,
}

impl GrantState {
    /// Whether tokens issued under the grant are good at `now`, their own expiry aside.
    pub fn lives(&self, now: Time) -> bool {
        !self.revoked && self.expires_at > now && self.standing.is_live()
    }
}

/// The state of a grant, in one statement. `None` when there is none (any more).
pub async fn state(store: &Store, id: Uuid) -> Stored<Option<GrantState>> {
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT g.client_id, g.user_id, g.resource_id, g.scope, g.expires_at,
                      g.revoked_at IS NOT NULL AS "revoked!",
                      c.disabled_at IS NULL AND c.era = g.client_era AS "client_lives!",
                      u.disabled_at IS NULL AND u.era = g.user_era AS "user_lives!",
                      r.disabled_at IS NULL AS "resource_lives!",
                      a.id IS NOT NULL AS "consent_lives!",
                      g.offline OR (s.id IS NOT NULL AND s.ended_at IS NULL) AS "session_lives!",
                      u.username, u.email, u.display_name, u.email_verified, u.locale, u.role, u.created_at, u.disabled_at
               FROM grants g
               JOIN clients c ON c.id = g.client_id
               JOIN users u ON u.id = g.user_id
               JOIN resources r ON r.id = g.resource_id
               LEFT JOIN consents a ON a.id = g.consent_id
               LEFT JOIN sessions s ON s.id = g.session_id
               WHERE g.id = $1"#,
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(|row| {
        let standing = Standing::from(Found {
            client: row.client_lives,
            user: row.user_lives,
            resource: row.resource_lives,
            consent: row.consent_lives,
            session: row.session_lives,
        });
        Ok(GrantState {
            client: decode::client_id(&row.client_id).ok_or_else(|| corrupt("grants", "client_id", id))?,
            user: User {
                id: row.user_id,
                username: row.username,
                email: row.email,
                display_name: row.display_name,
                email_verified: row.email_verified,
                locale: row.locale,
                role: users::role(row.role.as_deref(), row.user_id)?,
                created_at: row.created_at,
                disabled_at: row.disabled_at,
            },
            resource: row.resource_id,
            scope: decode::scopes(&row.scope).ok_or_else(|| corrupt("grants", "scope", id))?,
            expires_at: row.expires_at,
            revoked: row.revoked,
            standing,
        })
    })
    .transpose()
}

struct Row {
    id: Uuid,
    client_id: String,
    user_id: Uuid,
    session_id: Uuid,
    consent_id: Uuid,
    resource_id: Uuid,
    scope: String,
    auth_time: Time,
    amr: String,
    refreshable: bool,
    offline: bool,
    salt: Vec<u8>,
    generation: i64,
    rotated_at: Time,
    created_at: Time,
    idle_expires_at: Time,
    expires_at: Time,
    revoked_at: Option<Time>,
    revoked_reason: Option<String>,
    peer: Option<String>,
    most_expires_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<Grant> {
        let wrong = |column| corrupt("grants", column, self.id);
        let revoked = match (self.revoked_at, self.revoked_reason.as_deref()) {
            (None, None) => None,
            (Some(at), Some(text)) => {
                let reason = Reason::parse(text).ok_or_else(|| wrong("revoked_reason"))?;
                Some(Revoked { at, reason })
            }
            (Some(_), None) | (None, Some(_)) => return Err(wrong("revoked_reason")),
        };
        Ok(Grant {
            client: decode::client_id(&self.client_id).ok_or_else(|| wrong("client_id"))?,
            scope: decode::scopes(&self.scope).ok_or_else(|| wrong("scope"))?,
            generation: u64::try_from(self.generation).map_err(|_| wrong("generation"))?,
            id: self.id,
            user: self.user_id,
            session: self.session_id,
            consent: self.consent_id,
            resource: self.resource_id,
            auth_time: self.auth_time,
            amr: self.amr,
            refreshable: self.refreshable,
            offline: self.offline,
            salt: self.salt,
            rotated_at: self.rotated_at,
            created_at: self.created_at,
            idle_expires_at: self.idle_expires_at,
            expires_at: self.expires_at,
            most_expires_at: self.most_expires_at.unwrap_or(self.expires_at),
            peer: self.peer,
            revoked,
        })
    }
}

//! `device_codes`: requests of devices (RFC 8628), ten minutes and one redemption.
//!
//! 1. [`request`] writes a row for whoever asks, as long as there is room: so many live ones per client and network,
//!    and so many per client. It is the one write of the grant that nobody has signed in for
//!    (docs/decisions/0020-a-row-for-a-device.md).
//! 2. [`by_user_code`] finds the row a person typed the code of, and [`claim`] makes it theirs: nobody else can answer
//!    it any more (DV-03).
//! 3. [`approve`] and [`deny`] end the waiting, once. An approval judges client, user, resource and session again, like
//!    the issuing of a code ([`crate::codes`]), and remembers the consent.
//! 4. [`for_poll`] reads the row and all a poll's answer needs; [`slower`] is written only for a client that polls too
//!    fast.
//! 5. [`redeem`] turns an approved row into its grant. Of any number of concurrent polls the first locks the row; the
//!    others re-read `redeemed_at` and lose (DV-05).

mod answer;
mod ask;
mod redeem;

use gatewright_oauth::{ClientId, Digest, Resource, Scopes};
use uuid::Uuid;

pub use self::answer::{Approval, approve, claim, deny};
pub use self::ask::{NewRequest, Requested, Room, request};
pub(crate) use self::redeem::forget;
pub use self::redeem::{Redemption, redeem, slower};
use crate::decode::{self, corrupt};
use crate::standing::{Found, Standing};
use crate::users::{self, User};
use crate::{Store, Stored, Time, resources, tx};

/// A device's request.
#[derive(Debug, Clone)]
pub struct DeviceRequest {
    /// The grant it becomes.
    pub id: Uuid,
    /// Who asked.
    pub client: ClientId,
    /// For which resource.
    pub resource: Uuid,
    /// What it asked for; once approved, what was approved.
    pub scope: Scopes,
    /// What the device calls itself.
    pub device_name: Option<String>,
    /// Where it asked from.
    pub peer: String,
    /// When it asked.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// Who typed its code first.
    pub user: Option<Uuid>,
    /// What became of it.
    pub state: State,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for an answer, or waited in vain.
    Waiting,
    /// Somebody said yes.
    Approved,
    /// Somebody said no.
    Denied,
    /// Somebody said yes, and the tokens were fetched.
    Redeemed,
}

impl State {
    fn of(approved: Option<Time>, denied: Option<Time>, redeemed: Option<Time>) -> State {
        match (approved, denied, redeemed) {
            (_, _, Some(_)) => State::Redeemed,
            (_, Some(_), None) => State::Denied,
            (Some(_), None, None) => State::Approved,
            (None, None, None) => State::Waiting,
        }
    }
}

/// The request with this user code, whatever its state.
pub async fn by_user_code(store: &Store, user_code: &Digest) -> Stored<Option<DeviceRequest>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, client_id, resource_id, scope, device_name, peer, created_at, expires_at, user_id,
                    approved_at, denied_at, redeemed_at
             FROM device_codes WHERE user_code = $1",
            user_code.as_bytes(),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// The request with this id, whatever its state.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<DeviceRequest>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, client_id, resource_id, scope, device_name, peer, created_at, expires_at, user_id,
                    approved_at, denied_at, redeemed_at
             FROM device_codes WHERE id = $1",
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

struct Row {
    id: Uuid,
    client_id: String,
    resource_id: Uuid,
    scope: String,
    device_name: Option<String>,
    peer: String,
    created_at: Time,
    expires_at: Time,
    user_id: Option<Uuid>,
    approved_at: Option<Time>,
    denied_at: Option<Time>,
    redeemed_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<DeviceRequest> {
        let wrong = |column| corrupt("device_codes", column, self.id);
        Ok(DeviceRequest {
            client: decode::client_id(&self.client_id).ok_or_else(|| wrong("client_id"))?,
            scope: decode::scopes(&self.scope).ok_or_else(|| wrong("scope"))?,
            state: State::of(self.approved_at, self.denied_at, self.redeemed_at),
            id: self.id,
            resource: self.resource_id,
            device_name: self.device_name,
            peer: self.peer,
            created_at: self.created_at,
            expires_at: self.expires_at,
            user: self.user_id,
        })
    }
}

/// A request and what the answer to a poll needs.
#[derive(Debug, Clone)]
pub struct PollFacts {
    /// The request.
    pub request: DeviceRequest,
    /// Seconds its client has to wait between two polls.
    pub interval: i64,
    /// What the token will be for.
    pub resource: Resource,
    /// What an approval stands on; `None` while there is none.
    pub approval: Option<Approved>,
}

/// An approval, as a grant is made from it.
#[derive(Debug, Clone)]
pub struct Approved {
    /// Whom the token will speak of.
    pub user: User,
    /// In which session it was given; `sid`.
    pub session: Uuid,
    /// When they proved who they are.
    pub auth_time: Time,
    /// How (RFC 8176), space separated.
    pub amr: String,
    /// When the answer it stands on ends, and what comes of it.
    pub answer_ends: Option<Time>,
    /// Whether what it stands on still lives.
    pub standing: Standing,
}

/// The request with this device code, and everything the answer to its poll needs, in one read.
pub async fn for_poll(store: &Store, digest: &Digest) -> Stored<Option<PollFacts>> {
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT d.id, d.client_id, d.resource_id, d.scope, d.device_name, d.peer, d.created_at,
                      d.expires_at, d.user_id, d.approved_at, d.denied_at, d.redeemed_at, d.interval_seconds,
                      d.session_id, d.auth_time, d.amr,
                      c.disabled_at IS NULL AND c.era = d.client_era AS client_lives,
                      u.disabled_at IS NULL AND u.era = d.user_era AS user_lives,
                      a.id IS NOT NULL AS "consent_lives!", LEAST(a.expires_at, d.answer_ends) AS answer_ends,
                      s.id IS NOT NULL AND s.ended_at IS NULL AS "session_lives!",
                      u.username AS "username?", u.email, u.display_name,
                      u.email_verified AS "email_verified?", u.locale, u.role, u.created_at AS "user_created_at?",
                      u.disabled_at AS user_disabled_at,
                      r.identifier, r.name, r.scopes, r.access_token_seconds, r.signing_alg, r.is_default,
                      r.verified_clients_only, r.demand, r.disabled_at AS resource_disabled_at
               FROM device_codes d
               JOIN resources r ON r.id = d.resource_id
               LEFT JOIN clients c ON c.id = d.client_id
               LEFT JOIN users u ON u.id = d.user_id
               LEFT JOIN consents a ON a.id = d.consent_id
               LEFT JOIN sessions s ON s.id = d.session_id
               WHERE d.digest = $1"#,
            digest.as_bytes(),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    let Some(row) = row else { return Ok(None) };
    let person = match (row.user_id, row.username, row.email_verified, row.user_created_at) {
        (Some(id), Some(username), Some(email_verified), Some(created_at)) => Some(User {
            id,
            username,
            email: row.email,
            display_name: row.display_name,
            email_verified,
            locale: row.locale,
            role: users::role(row.role.as_deref(), id)?,
            created_at,
            disabled_at: row.user_disabled_at,
        }),
        _ => None,
    };
    let standing = Standing::from(Found {
        client: row.client_lives.unwrap_or_default(),
        user: row.user_lives.unwrap_or_default(),
        resource: row.resource_disabled_at.is_none(),
        consent: row.consent_lives,
        session: row.session_lives,
    });
    let approval = match (person, row.session_id, row.auth_time, row.amr) {
        (Some(user), Some(session), Some(auth_time), Some(amr)) if row.approved_at.is_some() => {
            Some(Approved { user, session, auth_time, amr, answer_ends: row.answer_ends, standing })
        }
        _ => None,
    };
    let request = Row {
        id: row.id,
        client_id: row.client_id,
        resource_id: row.resource_id,
        scope: row.scope,
        device_name: row.device_name,
        peer: row.peer,
        created_at: row.created_at,
        expires_at: row.expires_at,
        user_id: row.user_id,
        approved_at: row.approved_at,
        denied_at: row.denied_at,
        redeemed_at: row.redeemed_at,
    };
    let resource = resources::joined!(row)?;
    Ok(Some(PollFacts { request: request.decode()?, interval: row.interval_seconds, resource, approval }))
}

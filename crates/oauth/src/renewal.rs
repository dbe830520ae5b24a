//! Refreshing a grant (RFC 6749 §6, OAuth 2.1 §4.3, RFC 9700 §4.14).
//!
//! 1. The token was made by this server: whoever cannot show that changes nothing, least of all by "reuse".
//! 2. It belongs to the client that presents it (RT-04).
//! 3. [`refresh::decide`] places its generation: current, the one before within grace, or stolen.
//! 4. The resource is the grant's; the scopes do not exceed it (RT-08).
//! 5. The machine and the gate, as for every token (RT-09).

use uuid::Uuid;

use crate::client::{Client, ClientId};
use crate::narrow;
use crate::oxide;
use crate::permit::{Barred, Basis, GateFacts, Permit, Person, Way, gate};
use crate::question::Refreshing;
use crate::refresh::{self, RefreshDecision, RefreshFacts};
use crate::resource::Resource;
use crate::scope::Scopes;
use crate::token::{Footing, RefreshRequest, not_our_refresh_token, same_resource};
use crate::{Code, Decision, Refusal, Time};

/// Whether the presented token is one this server made for this grant: compared in constant time with the one derived
/// from the grant's salt and the server's key, for the presented generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authenticity {
    /// It is.
    Genuine,
    /// It is made up.
    Forged,
}

/// A stored grant, and what it stands on.
#[derive(Debug, Clone)]
pub struct GrantFacts<'a> {
    /// The grant.
    pub grant: Uuid,
    /// Whether the presented token is this grant's.
    pub authenticity: Authenticity,
    /// The client it was made for.
    pub client_id: ClientId,
    /// Who allowed it, in which session, authenticated when and how.
    pub person: Person,
    /// The resource it is for.
    pub resource: &'a Resource,
    /// The scopes it has.
    pub scopes: Scopes,
    /// Where its refresh tokens are, and until when.
    pub rotation: RefreshFacts,
    /// What it stands on.
    pub footing: Footing,
}

/// What is to be done about a presented refresh token. A refusal without consequence is the `Err` of
/// [`judge_refresh`].
#[derive(Debug, PartialEq, Eq)]
pub enum RefreshVerdict {
    /// One step on: a successor and a fresh access token.
    Rotate(Box<Permit>),
    /// The same successor again and a fresh access token; the grant does not change (RT-05).
    Repeat(Box<Permit>),
    /// Somebody else has it: revoke the grant (RT-01).
    Reuse,
}

impl RefreshVerdict {
    /// What the client is told; `None` when it gets tokens.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Rotate(_) | Self::Repeat(_) => None,
            Self::Reuse => Some(Refusal::new(
                Code::InvalidGrant,
                "the refresh token was used before, so the grant is revoked now; ask for authorization again",
            )),
        }
    }
}

/// Judges a presented refresh token.
pub fn judge_refresh(
    facts: &GrantFacts<'_>,
    client: &Client,
    asked: &RefreshRequest,
    now: Time,
) -> Decision<RefreshVerdict> {
    if facts.authenticity == Authenticity::Forged || facts.grant != asked.token.grant() {
        return Err(not_our_refresh_token());
    }
    if facts.client_id != client.id {
        return Err(Refusal::new(Code::InvalidGrant, "the refresh token was issued to another client"));
    }
    let step = match refresh::decide(&facts.rotation, asked.token.generation(), now)? {
        RefreshDecision::Reuse => return Ok(RefreshVerdict::Reuse),
        RefreshDecision::Rotate => RefreshVerdict::Rotate,
        RefreshDecision::Repeat => RefreshVerdict::Repeat,
    };
    same_resource(asked.resource.as_deref(), facts.resource)?;
    let wanted = narrow::again(asked.scope.as_ref(), &facts.scopes, client)?;
    let refreshing = Refreshing {
        client: client.id.as_str(),
        issued_to: facts.client_id.as_str(),
        granted: &facts.scopes,
        scopes: wanted.as_ref(),
        until: facts.rotation.idle_expires_at.min(facts.rotation.expires_at),
    };
    let scopes = oxide::refresh(&refreshing, now)?;
    gate(GateFacts {
        client,
        resource: facts.resource,
        scopes,
        basis: Basis::Person {
            person: facts.person.clone(),
            state: facts.footing.user,
            consented: facts.footing.consented.clone(),
            by: Way::Refresh,
        },
    })
    .map(|permit| step(Box::new(permit)))
    .map_err(Barred::at_token)
}

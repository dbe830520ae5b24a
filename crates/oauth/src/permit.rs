//! The permission to issue tokens, and the gate that is its only door (OAuth 2.1 §1.3, §4.1.3, §4.3.1; root cause
//! C6 of the threat catalogue: state that is checked at login and forgotten at refresh).
//!
//! 1. A flow collects [`GateFacts`]: client, resource, scopes, and on whose word they are asked ([`Basis`]).
//! 2. [`gate`] asks the same questions of consent approval, redemption of codes and device codes, refresh and client
//!    credentials.
//! 3. Its answer is a [`Permit`]. Codes are stored from one, and minting claims consumes one ([`crate::claims::mint`]),
//!    so a token that nobody gated does not compile.
//!
//! **Architecture Invariant:** [`gate`] is the only constructor of [`Permit`]. The guarded statement that follows
//! repeats its questions in the `WHERE`; the gate is there so that they have one wording.

use gatewright_jose::Algorithm;
use uuid::Uuid;

use crate::Time;
use crate::client::{Client, ClientId, GrantType, Profile};
use crate::error::{Code, Refusal};
use crate::narrow;
use crate::next::SignedIn;
use crate::resource::Resource;
use crate::scope::{OFFLINE_ACCESS, Scopes};

/// A person who signed in, as a token will speak of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user: `sub`.
    pub user: Uuid,
    /// The browser session the authorization was made in: `sid`.
    pub session: Uuid,
    /// When they proved who they are, not when they last clicked.
    pub auth_time: Time,
    /// How, as RFC 8176 values separated by spaces.
    pub amr: String,
}

/// Whether the person's account is usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// Usable, and still in the era the facts were made in.
    Enabled,
    /// Disabled, deleted, or of another era.
    Disabled,
}

impl From<&SignedIn> for Person {
    fn from(who: &SignedIn) -> Self {
        Self { user: who.user, session: who.session, auth_time: who.auth_time, amr: who.amr.clone() }
    }
}

/// Which way what a person allowed reaches the client: each has to be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By redirect, with a code.
    Code,
    /// The client asks for it, as a device.
    Device,
    /// It has it already, by either, and refreshes it.
    Refresh,
}

impl Way {
    fn is_open_to(self, client: &Client) -> bool {
        match self {
            Self::Code => client.allows(GrantType::AuthorizationCode),
            Self::Device => client.allows(GrantType::DeviceCode),
            Self::Refresh => Self::Code.is_open_to(client) || Self::Device.is_open_to(client),
        }
    }
}

/// On whose word tokens are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// A person allowed it.
    Person {
        /// Who.
        person: Person,
        /// Whether the account is usable.
        state: UserState,
        /// What their stored consent for this client and resource covers; `None` when there is none (any more).
        consented: Option<Scopes>,
        /// How it reaches the client.
        by: Way,
    },
    /// The client asks in its own name (RFC 6749 §4.4).
    Itself,
}

/// Everything [`gate`] looks at.
#[derive(Debug, Clone)]
pub struct GateFacts<'a> {
    /// Who will hold the tokens.
    pub client: &'a Client,
    /// Where the tokens will be accepted.
    pub resource: &'a Resource,
    /// What they may allow. Scopes the resource has dropped since are dropped here too.
    pub scopes: Scopes,
    /// On whose word.
    pub basis: Basis,
}

/// The audience of a token and how the resource wants it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The resource.
    pub id: Uuid,
    /// `aud`, byte for byte as registered.
    pub identifier: String,
    /// Seconds an access token lives.
    pub lifetime: i64,
    /// What signs it.
    pub algorithm: Algorithm,
}

/// Permission to issue tokens: who, to whom, for what. Only [`gate`] makes one.
#[must_use = "a permit that is dropped issues nothing"]
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    client: ClientId,
    person: Option<Person>,
    target: Target,
    scopes: Scopes,
    refreshable: bool,
    offline: bool,
}

impl Permit {
    /// The client that will hold the tokens.
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The person the tokens speak for; `None` when the client speaks for itself.
    pub fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// Where the tokens are accepted.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What the tokens allow.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Whether a refresh token comes along: every client that registered the grant gets one, with or without
    /// `offline_access`, and client credentials never do (RFC 6749 §4.4.3).
    pub fn refreshable(&self) -> bool {
        self.refreshable
    }

    /// Whether the grant outlives the browser session it was made in.
    pub fn offline(&self) -> bool {
        self.offline
    }
}

impl Permit {
    /// The same permission, whose access tokens do not outlive `ends`.
    pub fn until(mut self, ends: Time, now: Time) -> Self {
        self.target.lifetime = self.target.lifetime.min((ends - now).num_seconds().max(1));
        self
    }

    /// Spends the permit; only [`crate::claims::mint`] does.
    pub(crate) fn into_parts(self) -> (ClientId, Option<Person>, Target, Scopes) {
        (self.client, self.person, self.target, self.scopes)
    }
}

/// Which question of the gate was answered with no. Kept apart from [`Refusal`] because the same answer is told
/// differently by the authorization and the token endpoint; the log gets this word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// The client is disabled.
    ClientDisabled,
    /// The client did not register the grant type, or has no way to prove who it is where that is needed.
    GrantNotAllowed,
    /// The resource is disabled.
    ResourceDisabled,
    /// The resource is only for clients somebody vouches for, and nobody does for this one.
    NobodyVouches,
    /// The account is disabled.
    UserDisabled,
    /// No stored consent, or one that does not cover the scopes.
    NoConsent,
    /// The resource has dropped every scope that was asked for.
    NothingLeft,
}

impl Barred {
    /// As the token endpoint says it (RFC 6749 §5.2): what ends a grant is `invalid_grant` and nothing more.
    pub fn at_token(self) -> Refusal {
        match self {
            Self::GrantNotAllowed => {
                Refusal::new(Code::UnauthorizedClient, "this client is not registered for this grant type")
            }
            Self::ResourceDisabled => Refusal::new(
                Code::InvalidTarget,
                "the operator has disabled this resource for now; grants for it are kept",
            ),
            Self::NothingLeft => Refusal::new(
                Code::InvalidScope,
                "the resource offers none of these scopes any more; ask for authorization again",
            ),
            Self::NobodyVouches => nobody_vouches(),
            Self::ClientDisabled | Self::UserDisabled | Self::NoConsent => Refusal::new(
                Code::InvalidGrant,
                "what the grant stands on has ended (account, consent or session); ask for authorization again",
            ),
        }
    }

    /// As the authorization endpoint says it (RFC 6749 §4.1.2.1).
    pub fn at_authorize(self) -> Refusal {
        match self {
            Self::ClientDisabled | Self::GrantNotAllowed => {
                Refusal::new(Code::UnauthorizedClient, "this client may not ask for an authorization code")
            }
            Self::ResourceDisabled => {
                Refusal::new(Code::InvalidTarget, "this resource is not served any more")
            }
            Self::NobodyVouches => nobody_vouches(),
            Self::UserDisabled => Refusal::new(Code::AccessDenied, "this account cannot allow access"),
            Self::NoConsent => Refusal::new(Code::ConsentRequired, "the person has not allowed this yet"),
            Self::NothingLeft => Refusal::new(Code::InvalidScope, "the resource offers none of these scopes"),
        }
    }
}

fn nobody_vouches() -> Refusal {
    Refusal::new(
        Code::InvalidTarget,
        "this resource is only for clients that an administrator vouches for; the operator can run gatewright client approve",
    )
}

/// The one place that says yes. Asks, in this order: is the client enabled and registered for this, may
/// it ask for the resource, is that enabled, is the account enabled, does consent cover the scopes, and is anything left to allow.
pub fn gate(facts: GateFacts<'_>) -> Result<Permit, Barred> {
    let GateFacts { client, resource, scopes, basis } = facts;
    if client.disabled_at.is_some() {
        return Err(Barred::ClientDisabled);
    }
    if !resource.is_open_to(client) {
        return Err(Barred::NobodyVouches);
    }
    let (is_registered, person) = match basis {
        Basis::Person { person, state, consented, by } => {
            if resource.disabled_at.is_some() {
                return Err(Barred::ResourceDisabled);
            }
            if state == UserState::Disabled {
                return Err(Barred::UserDisabled);
            }
            if !consented.is_some_and(|consented| scopes.is_subset(&consented)) {
                return Err(Barred::NoConsent);
            }
            (by.is_open_to(client), Some(person))
        }
        Basis::Itself => {
            if resource.disabled_at.is_some() {
                return Err(Barred::ResourceDisabled);
            }
            (client.allows(GrantType::ClientCredentials), None)
        }
    };
    // A client without credentials can claim to be anyone, so it cannot speak for itself (CA-04).
    if !is_registered || (person.is_none() && client.is_public()) {
        return Err(Barred::GrantNotAllowed);
    }
    let left = scopes.intersect(&match &person {
        Some(_) => narrow::with_person(resource),
        None => resource.scope_names(),
    });
    if left.is_empty() && !scopes.is_empty() {
        return Err(Barred::NothingLeft);
    }
    let refreshable = person.is_some() && client.wants_refresh();
    let offline = refreshable && (client.profile == Profile::Mcp || left.contains(OFFLINE_ACCESS));
    Ok(Permit {
        client: client.id.clone(),
        person,
        target: Target {
            id: resource.id,
            identifier: resource.identifier.clone(),
            lifetime: i64::try_from(resource.token.lifetime.as_secs()).unwrap_or(i64::MAX),
            algorithm: resource.token.algorithm,
        },
        scopes: left,
        refreshable,
        offline,
    })
}

//! The token endpoint (RFC 6749 §3.2, §5; OAuth 2.1 §3.2; RFC 8707 §2.2): what is asked, and what is answered.
//!
//! 1. [`TokenRequest::parse`] turns the body into one of the grants that exist. An artefact of the wrong kind, or one
//!    this server cannot have made, ends here and never reaches the database.
//! 2. The client is authenticated (server), and the facts of the grant are loaded.
//! 3. One of [`judge_code`], [`judge_refresh`], [`judge_client_credentials`] and [`device::judge`] decides,
//!    through its oxide-auth machine, where it has one, and the gate. What has to happen besides answering is in the verdict.
//! 4. One guarded statement applies the verdict; then [`crate::claims::mint`] consumes the permit.
//! 5. [`TokenResponse`] is the answer.

use serde::Serialize;
use uuid::Uuid;

use crate::authorize::resource_keys;
use crate::checks::{self, Endpoint};
use crate::client::{Client, ClientId, Profile};
use crate::device::{self, DeviceCodeRequest};
use crate::narrow;
use crate::oxide;
use crate::params::Params;
use crate::permit::{Barred, Basis, GateFacts, Permit, Person, UserState, Way, gate};
use crate::pkce::{Challenge, Verifier};
use crate::question::{Redeeming, Speaking, Stopped};
use crate::refresh::RefreshToken;
use crate::resource::Resource;
use crate::scope::Scopes;
use crate::secret::{AuthCode, Token};
use crate::{Code, Decision, Refusal, Time};

pub use crate::renewal::{Authenticity, GrantFacts, RefreshVerdict, judge_refresh};

/// Wrong verifiers after which a code is burned (PK-05).
const TRIES: i64 = 3;
/// A replay within this many seconds of the redemption is a client's own retry and revokes nothing (CO-03).
const RETRY_SECONDS: i64 = 2;
/// How many seconds the clocks of replicas may differ (CL-01).
const SKEW_SECONDS: i64 = 30;

const WRONG_VERIFIER: &str =
    "code_verifier does not match the code_challenge of the authorization request (S256)";
const FOREIGN: &str = "the code was issued to another client, and is void now";

/// What is asked: the closed set of grants.
pub enum TokenRequest {
    /// RFC 6749 §4.1.3.
    AuthorizationCode(CodeRequest),
    /// RFC 6749 §6.
    RefreshToken(RefreshRequest),
    /// RFC 6749 §4.4.2.
    ClientCredentials(ClientCredentialsRequest),
    /// RFC 8628 §3.4.
    DeviceCode(DeviceCodeRequest),
}

/// Redeems a code.
pub struct CodeRequest {
    /// Well-formed; whether it exists is the database's business.
    pub code: Token<AuthCode>,
    /// OAuth 2.1 dropped it here; when it is sent, it has to be the one the code was sent to.
    pub redirect_uri: Option<String>,
    /// Well-formed.
    pub verifier: Option<Verifier>,
    /// The comparable form of `resource`.
    pub resource: Option<String>,
}

/// Refreshes a grant.
pub struct RefreshRequest {
    /// Well-formed; whether it is genuine takes the server's key.
    pub token: RefreshToken,
    /// What is asked of the grant's scopes.
    pub scope: Option<Scopes>,
    /// The comparable form of `resource`.
    pub resource: Option<String>,
}

/// Asks in the client's own name.
#[derive(Debug)]
pub struct ClientCredentialsRequest {
    /// What is asked.
    pub scope: Option<Scopes>,
    /// The comparable form of `resource`.
    pub resource: Option<String>,
}

impl TokenRequest {
    /// Step 1. Two different resources are `invalid_target`: a grant is for one.
    pub fn parse(params: &Params) -> Decision<Self> {
        let draft = checks::run(&checks::Facts { at: Endpoint::Token, params, client: None })?;
        let resource = match <[String; 1]>::try_from(resource_keys(params)?) {
            Ok([key]) => Some(key),
            Err(keys) if keys.is_empty() => None,
            Err(_) => {
                return Err(Refusal::new(
                    Code::InvalidTarget,
                    "more than one resource is named: ask for one token per resource",
                ));
            }
        };
        match params.required("grant_type")? {
            "authorization_code" => Ok(Self::AuthorizationCode(CodeRequest {
                code: Token::parse(params.required("code")?).ok_or_else(not_our_code)?,
                redirect_uri: params.one("redirect_uri")?.map(str::to_owned),
                verifier: params.one("code_verifier")?.map(Verifier::parse).transpose()?,
                resource,
            })),
            "refresh_token" => Ok(Self::RefreshToken(RefreshRequest {
                token: RefreshToken::parse(params.required("refresh_token")?)
                    .ok_or_else(not_our_refresh_token)?,
                scope: draft.scope,
                resource,
            })),
            "client_credentials" => {
                Ok(Self::ClientCredentials(ClientCredentialsRequest { scope: draft.scope, resource }))
            }
            device::GRANT_TYPE => Ok(Self::DeviceCode(DeviceCodeRequest {
                code: Token::parse(params.required("device_code")?).ok_or_else(device::not_ours)?,
                resource,
            })),
            _ => Err(Refusal::new(
                Code::UnsupportedGrantType,
                "grant_type must be authorization_code, refresh_token, client_credentials or urn:ietf:params:oauth:grant-type:device_code",
            )),
        }
    }
}

/// Whether what a code or grant stands on still stands: read together with it, and repeated by the guarded statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footing {
    /// The account.
    pub user: UserState,
    /// What the consent that the code or grant names covers now; `None` when it was withdrawn.
    pub consented: Option<Scopes>,
}

/// A stored code, and what it stands on.
#[derive(Debug, Clone)]
pub struct CodeFacts<'a> {
    /// The grant this code becomes.
    pub grant: Uuid,
    /// The client it was sent to.
    pub client_id: ClientId,
    /// Who approved, in which session, authenticated when and how.
    pub person: Person,
    /// The resource that was approved.
    pub resource: &'a Resource,
    /// The scopes that were approved.
    pub scopes: Scopes,
    /// The redirect URI it was sent to.
    pub redirect_uri: String,
    /// PKCE; `None` only for confidential clients of the compatibility profile.
    pub challenge: Option<Challenge>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// When it was issued.
    pub created_at: Time,
    /// From this instant on it is expired.
    pub expires_at: Time,
    /// Wrong verifiers so far.
    pub failures: i64,
    /// When it was redeemed.
    pub redeemed_at: Option<Time>,
    /// When it was burned.
    pub burned_at: Option<Time>,
    /// What it stands on.
    pub footing: Footing,
}

/// What is to be done about a presented code. Everything but [`CodeVerdict::Redeem`] tells the client the same
/// `invalid_grant` ([`CodeVerdict::refusal`]). A refusal with no consequence for the code is the `Err` of
/// [`judge_code`].
#[derive(Debug, PartialEq, Eq)]
pub enum CodeVerdict {
    /// Redeem it, and issue.
    Redeem(Box<Permit>),
    /// Count the failure (PK-05).
    WrongVerifier(AfterFailure),
    /// Burn it: somebody else has it (CO-04).
    WrongClient,
    /// It was redeemed before, and this request proves everything the first one did (CO-02).
    Replayed(AfterReplay),
    /// Too late.
    Expired,
    /// Burned before.
    Burned,
}

/// What a wrong verifier costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// One of the tries.
    Count,
    /// The last one.
    Burn,
}

/// What a replay costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterReplay {
    /// Nothing: a double submit.
    Keep,
    /// The grant and everything issued under it.
    RevokeGrant,
}

impl CodeVerdict {
    /// What the client is told; `None` for [`CodeVerdict::Redeem`].
    pub fn refusal(&self) -> Option<Refusal> {
        let description = match self {
            Self::Redeem(_) => return None,
            Self::WrongVerifier(_) => WRONG_VERIFIER,
            Self::Expired => {
                "the code has expired: redeem it as soon as it arrives; now ask for authorization again"
            }
            Self::WrongClient => FOREIGN,
            Self::Replayed(AfterReplay::Keep) => {
                "the code was redeemed a moment ago; use the tokens of that answer"
            }
            Self::Replayed(AfterReplay::RevokeGrant) => {
                "the code was redeemed before, so its tokens are revoked now; ask for authorization again"
            }
            Self::Burned => "the code was made void by a wrong attempt; ask for authorization again",
        };
        Some(Refusal::new(Code::InvalidGrant, description))
    }
}

/// Judges a presented code (OAuth 2.1 §4.1.3, §7.5). The order matters: what only its rightful holder can know comes
/// before what counts as a replay, so that an invalid replay revokes nothing (CO-02).
///
/// 1. the client it was sent to; 2. not burned; 3. the redirect URI, when one is presented; 4. the verifier, if and only
///    if there is a challenge; 5. not redeemed; 6. in time: not from the future, and the machine; 7. the resource;
///    8. the gate.
pub fn judge_code(
    facts: &CodeFacts<'_>,
    client: &Client,
    asked: &CodeRequest,
    now: Time,
) -> Decision<CodeVerdict> {
    if facts.client_id != client.id {
        return match (facts.redeemed_at, facts.burned_at) {
            (None, None) => Ok(CodeVerdict::WrongClient),
            (Some(_), _) | (None, Some(_)) => Err(invalid_grant(FOREIGN)),
        };
    }
    if facts.burned_at.is_some() {
        return Ok(CodeVerdict::Burned);
    }
    let redirect_uri = asked.redirect_uri.as_ref().unwrap_or(&facts.redirect_uri);
    if *redirect_uri != facts.redirect_uri {
        return Err(invalid_grant("redirect_uri is not the one the code was sent to; it may be left out"));
    }
    match (&facts.challenge, &asked.verifier) {
        (None, None) => {}
        (Some(_), None) => {
            return Err(invalid_grant(
                "code_verifier is missing: the authorization request had a code_challenge",
            ));
        }
        (None, Some(_)) => {
            return Err(invalid_grant(
                "code_verifier is there, but the authorization request had no code_challenge",
            ));
        }
        (Some(challenge), Some(verifier)) if challenge.matches(verifier) => {}
        (Some(_), Some(_)) => return wrong_verifier(facts),
    }
    if let Some(redeemed_at) = facts.redeemed_at {
        return Ok(CodeVerdict::Replayed(after_replay(client, redeemed_at, now)));
    }
    if is_before(now, facts.created_at) {
        return Ok(CodeVerdict::Expired);
    }
    let redeeming = Redeeming {
        client: client.id.as_str(),
        redirect_uri,
        verifier: asked.verifier.as_ref().map(Verifier::as_str),
        issued_to: facts.client_id.as_str(),
        issued_for: &facts.redirect_uri,
        scopes: &facts.scopes,
        challenge: facts.challenge.as_ref(),
        until: facts.expires_at,
    };
    let scopes = match oxide::redeem(&redeeming, now) {
        Ok(scopes) => scopes,
        Err(Stopped::Grant) => return Ok(CodeVerdict::Expired),
        Err(Stopped::Verifier) => return wrong_verifier(facts),
        Err(Stopped::Facts) => return Err(invalid_grant("the code does not fit this request")),
    };
    same_resource(asked.resource.as_deref(), facts.resource)?;
    gate(GateFacts {
        client,
        resource: facts.resource,
        scopes,
        basis: Basis::Person {
            person: facts.person.clone(),
            state: facts.footing.user,
            consented: facts.footing.consented.clone(),
            by: Way::Code,
        },
    })
    .map(|permit| CodeVerdict::Redeem(Box::new(permit)))
    .map_err(Barred::at_token)
}

/// Judges a client that asks in its own name (RFC 6749 §4.4; CA-04). `resource` is what
/// [`target`](crate::authorize::target) chose.
pub fn judge_client_credentials(
    client: &Client,
    resource: &Resource,
    asked: &ClientCredentialsRequest,
) -> Decision<Permit> {
    let requested = asked.scope.clone().unwrap_or_default();
    let speaking = Speaking { client, scopes: &requested };
    let scopes = oxide::client_credentials(&speaking, |requested| narrow::own(requested, client, resource))?;
    gate(GateFacts { client, resource, scopes, basis: Basis::Itself }).map_err(Barred::at_token)
}

/// RFC 8707 §2.2: a grant is for one resource; naming it again is fine, naming another is not (RT-08).
pub(crate) fn same_resource(asked: Option<&str>, granted: &Resource) -> Decision<()> {
    match asked {
        Some(key) if key != granted.compare_key() => {
            Err(Refusal::new(Code::InvalidTarget, format!("this grant is for {} only", granted.identifier)))
        }
        Some(_) | None => Ok(()),
    }
}

/// A redeemed code cannot be burned any more, and its grant survives whoever guesses at the verifier.
fn wrong_verifier(facts: &CodeFacts<'_>) -> Decision<CodeVerdict> {
    if facts.redeemed_at.is_some() {
        return Err(invalid_grant(WRONG_VERIFIER));
    }
    let after = if facts.failures + 1 >= TRIES { AfterFailure::Burn } else { AfterFailure::Count };
    Ok(CodeVerdict::WrongVerifier(after))
}

/// The retry window; the high-security profile has none.
fn after_replay(client: &Client, redeemed_at: Time, now: Time) -> AfterReplay {
    let late = now.signed_duration_since(redeemed_at) > chrono::Duration::seconds(RETRY_SECONDS);
    match client.profile {
        Profile::Mcp | Profile::OidcCompat if !late => AfterReplay::Keep,
        Profile::Mcp | Profile::OidcCompat | Profile::Fapi2 => AfterReplay::RevokeGrant,
    }
}

/// Whether `now` is before something that has happened already, by more than replicas' clocks may differ (CL-01): the
/// clock was set back, and what had ended must not live again by it (CL-02).
pub(crate) fn is_before(now: Time, happened: Time) -> bool {
    happened.signed_duration_since(now) > chrono::Duration::seconds(SKEW_SECONDS)
}

fn invalid_grant(description: &'static str) -> Refusal {
    Refusal::new(Code::InvalidGrant, description)
}

fn not_our_code() -> Refusal {
    invalid_grant("this is not an authorization code of this server, or not all of it")
}

/// Also what a well-formed token is told that this server never made.
pub(crate) fn not_our_refresh_token() -> Refusal {
    invalid_grant("this is not a refresh token of this server, or not all of it")
}

/// `token_type` of everything we issue (RFC 6750).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum TokenType {
    /// RFC 6750 §4.
    #[default]
    Bearer,
}

/// The answer (RFC 6749 §5.1). No `null`, no empty string: strict clients fail on both (ruling 7). No `Debug`: it is
/// made of secrets.
#[derive(Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: TokenType,
    /// Seconds the access token lives, as a number.
    pub expires_in: i64,
    /// The refresh token, for clients that registered the grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Always echoed, narrowed or not.
    #[serde(skip_serializing_if = "Scopes::is_empty")]
    pub scope: Scopes,
    /// The ID token, when `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

//! The one door to oxide-auth: a second, independent reading of RFC 6749, RFC 6750 and RFC 7636.
//!
//! Its `code_grant` machines are sans-I/O: they ask for one fact after another and end in a verdict. Each function here
//! runs one of them to its end, synchronously, over facts that are already loaded:
//!
//! 1. [`authorize`]: response type, redirect binding, PKCE challenge, scope negotiation (RFC 6749 §4.1.1, RFC 7636 §4.3).
//! 2. [`redeem`]: client and redirect binding, expiry, PKCE verifier (RFC 6749 §4.1.3, RFC 7636 §4.6).
//! 3. [`refresh`]: client binding, expiry, scope (RFC 6749 §6).
//! 4. [`client_credentials`]: credentials, scope negotiation (RFC 6749 §4.4.2).
//! 5. [`bearer`]: expiry and scope of a presented token (RFC 6750 §3.1).
//!
//! What comes out is what the machine holds, not what went in: the scopes of a permit have been through here. Some
//! questions are asked nowhere else (response type, expiry of codes and grants, scopes beyond a grant in strict profiles),
//! so going round this file breaks tests.
//!
//! Traps of version 0.6.1 and what is done about them:
//!
//! - It reads the wall clock. This crate has none, so every `until` is [`placed`]: far in the past or far in the
//!   future, as seen from the `now` of the request. That also makes the boundary ours: at `until`, it is over.
//! - Its wording is not the RFCs' (`description`, `invalid_request` for an unknown code): only the verdict is taken.
//! - It demands a redirect URI at the token endpoint, which OAuth 2.1 dropped: the caller passes the stored one.
//! - It knows clients by secret only. Ours are authenticated before, and the machine is answered by identity.
//! - Repeated parameters do not exist for it; [`crate::checks`] has refused them before.
//! - It copies what it is given. Codes, tokens and secrets do not enter; the PKCE verifier does, by reference.

use std::borrow::Cow;

use chrono::DateTime;
use oxide_auth::code_grant::error::{
    AccessTokenError, AccessTokenErrorType, AuthorizationError, AuthorizationErrorType,
};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::code_grant::{
    accesstoken, authorization, client_credentials as credentials, refresh as refreshing, resource,
};
use oxide_auth::primitives::grant::{Extensions, Grant, Value};
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope;
use url::Url;

use crate::Time;
use crate::client::AuthMethod;
use crate::error::{Code, Decision, Refusal};
use crate::pkce::Challenge;
use crate::question::{Asked, Asking, Bearing, Proof, Redeeming, Refreshing, Speaking, Stopped};
use crate::scope::Scopes;

/// Stands where a machine wants a code, a token or a secret.
const PLACEHOLDER: &str = "presented";

impl Proof {
    fn machine(self) -> Pkce {
        match self {
            Self::Required => Pkce::required(),
            Self::Optional => Pkce::optional(),
        }
    }
}

impl Asking<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params.one(name).ok().flatten().map(Cow::Borrowed)
    }
}

impl authorization::Request for Asking<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.get("client_id")
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.get("scope")
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.get("redirect_uri")
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        self.get("state")
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.get("response_type")
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key)
    }
}

/// Runs the authorization machine. `negotiate` answers its question which of the requested scopes the client gets.
pub(crate) fn authorize(
    asking: &Asking<'_>,
    negotiate: impl Fn(&Scopes) -> Decision<Scopes>,
) -> Decision<Asked> {
    let pkce = asking.proof.machine();
    let mut machine = authorization::Authorization::new(asking);
    let mut input = authorization::Input::None;
    loop {
        input = match machine.advance(input) {
            authorization::Output::Bind { client_id, redirect_uri } => {
                let trusted = asking.client.match_redirect(redirect_uri.as_ref().map(ExactUrl::as_str))?;
                if client_id != asking.client.id.as_str() || trusted.as_str() != asking.redirect.as_str() {
                    return Err(Refusal::new(
                        Code::InvalidRequest,
                        "client and redirect_uri do not belong together",
                    ));
                }
                authorization::Input::Bound {
                    request: asking,
                    bound_client: bound(&client_id, trusted.as_str()).ok_or_else(unparsable)?,
                }
            }
            authorization::Output::Extend => {
                let challenge = pkce
                    .challenge(asking.get("code_challenge_method"), asking.get("code_challenge"))
                    .map_err(|()| {
                        Refusal::new(Code::InvalidRequest, "code_challenge with method S256 is required")
                    })?;
                let mut extensions = Extensions::new();
                if let Some(challenge) = challenge {
                    extensions.set(&pkce, challenge);
                }
                authorization::Input::Extended(extensions)
            }
            authorization::Output::Negotiate { bound_client, scope } => {
                let requested = scope.as_ref().map_or_else(|| Ok(Scopes::empty()), ours)?;
                authorization::Input::Negotiated {
                    pre_grant: pre_grant(bound_client, &negotiate(&requested)?)?,
                    state: None,
                }
            }
            authorization::Output::Ok { pre_grant, mut extensions, .. } => {
                return Ok(Asked {
                    scopes: ours(&pre_grant.scope)?,
                    challenge: extensions.remove(&pkce).map(challenge_of).transpose()?,
                });
            }
            authorization::Output::Err(error) => return Err(halted(error)),
        };
    }
}

impl accesstoken::Request for Redeeming<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(PLACEHOLDER))
    }
    fn authorization(&self) -> accesstoken::Authorization<'_> {
        accesstoken::Authorization::Username(Cow::Borrowed(self.client))
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.redirect_uri))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("authorization_code"))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        (key == "code_verifier").then_some(self.verifier).flatten().map(Cow::Borrowed)
    }
}

/// Runs the access token machine with the PKCE extension, up to the point where it asks for tokens. The scopes are
/// those it asks tokens for.
pub(crate) fn redeem(asking: &Redeeming<'_>, now: Time) -> Result<Scopes, Stopped> {
    let proof = if asking.challenge.is_some() { Proof::Required } else { Proof::Optional };
    let pkce = proof.machine();
    let mut machine = accesstoken::AccessToken::new(asking);
    let mut input = accesstoken::Input::None;
    loop {
        input = match machine.advance(input) {
            accesstoken::Output::Authenticate { client, .. } => {
                if client != asking.client {
                    return Err(Stopped::Facts);
                }
                accesstoken::Input::Authenticated
            }
            accesstoken::Output::Recover { .. } => {
                let mut extensions = Extensions::new();
                if let Some(challenge) = asking.challenge {
                    extensions.set(&pkce, stored(challenge));
                }
                let grant = Grant {
                    owner_id: String::new(),
                    client_id: asking.issued_to.to_owned(),
                    scope: theirs(asking.scopes).ok_or(Stopped::Facts)?,
                    redirect_uri: Url::parse(asking.issued_for).map_err(|_| Stopped::Facts)?,
                    until: placed(asking.until, now),
                    extensions,
                };
                accesstoken::Input::Recovered(Some(Box::new(grant)))
            }
            accesstoken::Output::Extend { extensions } => {
                let verifier = accesstoken::Request::extension(asking, "code_verifier");
                pkce.verify(extensions.remove(&pkce), verifier).map_err(|()| Stopped::Verifier)?;
                accesstoken::Input::Extended { access_extensions: Extensions::new() }
            }
            accesstoken::Output::Issue { grant } => return ours(&grant.scope).map_err(|_| Stopped::Facts),
            accesstoken::Output::Ok(_) => return Err(Stopped::Facts),
            accesstoken::Output::Err(mut error) => {
                return Err(match error.description().map(AccessTokenError::kind) {
                    Some(AccessTokenErrorType::InvalidGrant) => Stopped::Grant,
                    Some(_) | None => Stopped::Facts,
                });
            }
        };
    }
}

impl Refreshing<'_> {
    fn scope(&self) -> Option<Cow<'static, str>> {
        self.scopes.map(|scopes| Cow::Owned(scopes.to_string()))
    }
}

impl refreshing::Request for Refreshing<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(PLACEHOLDER))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        Refreshing::scope(self)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("refresh_token"))
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client), Cow::Borrowed(PLACEHOLDER.as_bytes())))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Runs the refresh machine, up to the point where it asks for tokens; the scopes are those it asks them for.
pub(crate) fn refresh(asking: &Refreshing<'_>, now: Time) -> Decision<Scopes> {
    let mut machine = refreshing::Refresh::new(asking);
    let mut input = refreshing::Input::None;
    loop {
        input = match machine.advance(input) {
            refreshing::Output::Unauthenticated { client, .. } => {
                if client != asking.client {
                    return Err(over());
                }
                refreshing::Input::Authenticated { scope: asking.scope() }
            }
            refreshing::Output::RecoverRefresh { .. } => {
                let grant = Grant {
                    owner_id: String::new(),
                    client_id: asking.issued_to.to_owned(),
                    scope: theirs(asking.granted).ok_or_else(unparsable)?,
                    redirect_uri: nowhere()?,
                    until: placed(asking.until, now),
                    extensions: Extensions::new(),
                };
                refreshing::Input::Recovered { scope: asking.scope(), grant: Some(Box::new(grant)) }
            }
            refreshing::Output::Refresh { grant, .. } => return ours(&grant.scope),
            refreshing::Output::Ok(_) => return Err(over()),
            refreshing::Output::Err(mut error) => {
                return Err(match error.description().map(AccessTokenError::kind) {
                    Some(AccessTokenErrorType::InvalidScope) => Refusal::new(
                        Code::InvalidScope,
                        "the scope exceeds what was granted; ask for less, or for authorization again",
                    ),
                    Some(_) | None => over(),
                });
            }
        };
    }
}

impl credentials::Request for Speaking<'_> {
    fn valid(&self) -> bool {
        true
    }
    /// A public client has nothing to authenticate with, and the machine refuses it for that.
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        match self.client.metadata.token_endpoint_auth_method {
            AuthMethod::None => None,
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost | AuthMethod::PrivateKeyJwt => {
                Some((Cow::Borrowed(self.client.id.as_str()), Cow::Borrowed(PLACEHOLDER.as_bytes())))
            }
        }
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        (!self.scopes.is_empty()).then(|| Cow::Owned(self.scopes.to_string()))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("client_credentials"))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Runs the client credentials machine. `negotiate` answers which of the requested scopes the client gets.
pub(crate) fn client_credentials(
    asking: &Speaking<'_>,
    negotiate: impl Fn(&Scopes) -> Decision<Scopes>,
) -> Decision<Scopes> {
    let refused = || {
        Refusal::new(
            Code::UnauthorizedClient,
            "client_credentials is for clients with a secret that registered this grant type",
        )
    };
    let mut machine = credentials::ClientCredentials::new(asking);
    let mut input = credentials::Input::None;
    loop {
        input = match machine.advance(input) {
            credentials::Output::Authenticate { client, .. } => {
                if client != asking.client.id.as_str() {
                    return Err(refused());
                }
                credentials::Input::Authenticated
            }
            credentials::Output::Binding { client_id } => {
                credentials::Input::Bound { bound_client: bound(client_id, NOWHERE).ok_or_else(unparsable)? }
            }
            credentials::Output::Extend => credentials::Input::Extended { extensions: Extensions::new() },
            credentials::Output::Negotiate { bound_client, scope } => {
                let requested = scope.as_ref().map_or_else(|| Ok(Scopes::empty()), ours)?;
                credentials::Input::Negotiated {
                    pre_grant: pre_grant(bound_client, &negotiate(&requested)?)?,
                }
            }
            credentials::Output::Ok { pre_grant, .. } => return ours(&pre_grant.scope),
            credentials::Output::Err(_) => return Err(refused()),
        };
    }
}

impl resource::Request for Bearing<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn token(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("Bearer presented"))
    }
}

/// Runs the resource machine: is the token in time, and does it allow `needed`?
pub(crate) fn bearer(asking: &Bearing<'_>, needed: &Scopes, now: Time) -> Decision<()> {
    let needed = [theirs(needed).ok_or_else(unparsable)?];
    let mut machine = resource::Resource::new();
    let mut input = resource::Input::None;
    loop {
        input = match machine.advance(input) {
            resource::Output::GetRequest => resource::Input::Request { request: asking },
            resource::Output::DetermineScopes => resource::Input::Scopes(&needed),
            resource::Output::Recover { .. } => resource::Input::Recovered(Some(Grant {
                owner_id: String::new(),
                client_id: asking.client.to_owned(),
                scope: theirs(asking.scopes).ok_or_else(unparsable)?,
                redirect_uri: nowhere()?,
                until: placed(asking.until, now),
                extensions: Extensions::new(),
            })),
            resource::Output::Ok(_) => return Ok(()),
            resource::Output::Err(error) => {
                return Err(match error {
                    resource::Error::AccessDenied {
                        failure:
                            resource::AccessFailure { code: Some(resource::ErrorCode::InsufficientScope) },
                        ..
                    } => Refusal::new(Code::InsufficientScope, "the access token does not allow this"),
                    resource::Error::AccessDenied { .. }
                    | resource::Error::NoAuthentication { .. }
                    | resource::Error::InvalidRequest { .. }
                    | resource::Error::PrimitiveError => {
                        Refusal::new(Code::InvalidToken, "the access token has expired or was revoked")
                    }
                });
            }
        };
    }
}

/// A redirect URI for machines that want one where the protocol has none. Never followed, never shown.
const NOWHERE: &str = "about:blank";

fn nowhere() -> Decision<Url> {
    Url::parse(NOWHERE).map_err(|_| unparsable())
}

/// `until` as the wall clock has to see it: over or not, judged at `now`.
fn placed(until: Time, now: Time) -> Time {
    if until <= now { DateTime::<chrono::Utc>::MIN_UTC } else { DateTime::<chrono::Utc>::MAX_UTC }
}

fn bound(client: &str, redirect: &str) -> Option<BoundClient<'static>> {
    let exact = ExactUrl::new(redirect.to_owned()).ok()?;
    Some(BoundClient {
        client_id: Cow::Owned(client.to_owned()),
        redirect_uri: Cow::Owned(RegisteredUrl::Exact(exact)),
    })
}

fn pre_grant(bound: &BoundClient<'static>, scopes: &Scopes) -> Decision<PreGrant> {
    Ok(PreGrant {
        client_id: bound.client_id.clone().into_owned(),
        redirect_uri: bound.redirect_uri.clone().into_owned(),
        scope: theirs(scopes).ok_or_else(unparsable)?,
    })
}

fn theirs(scopes: &Scopes) -> Option<Scope> {
    scopes.to_string().parse().ok()
}

fn ours(scope: &Scope) -> Decision<Scopes> {
    Scopes::parse(&scope.to_string())
}

/// The form the extension stores a challenge in: the text and a letter for the method.
fn stored(challenge: &Challenge) -> Value {
    Value::private(Some(gatewright_jose::base64url::encode(challenge.as_bytes()) + "S"))
}

fn challenge_of(value: Value) -> Decision<Challenge> {
    match value.into_private_value() {
        Ok(Some(text)) => Challenge::parse(text.strip_suffix('S').unwrap_or_default(), Some("S256")),
        Ok(None) | Err(()) => Err(unparsable()),
    }
}

fn halted(mut error: authorization::Error) -> Refusal {
    match error.description().map(AuthorizationError::kind) {
        Some(AuthorizationErrorType::UnsupportedResponseType) => {
            Refusal::new(Code::UnsupportedResponseType, "response_type must be code")
        }
        Some(AuthorizationErrorType::InvalidScope) => Refusal::new(Code::InvalidScope, "scope is malformed"),
        Some(_) | None => unparsable(),
    }
}

fn over() -> Refusal {
    Refusal::new(Code::InvalidGrant, "the grant has expired or does not belong to this client")
}

fn unparsable() -> Refusal {
    Refusal::new(Code::InvalidRequest, "the request is malformed")
}

//! Who is calling (RFC 9068 §2.2, RFC 7662 §2.2).

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use gatewright_jose::{Audience, Claims, NumericDate};
use serde::Deserialize;

use crate::challenge::{Answer, Challenges, Insufficient};
use crate::scopes::Hierarchy;

/// The claims of an RFC 9068 access token. Types are exact: a claim of another type refuses the token.
#[derive(Debug, Deserialize)]
pub(crate) struct AccessClaims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    jti: String,
    client_id: String,
    scope: Option<String>,
    auth_time: Option<NumericDate>,
    acr: Option<String>,
    amr: Option<Vec<String>>,
    gid: Option<String>,
}

impl Claims for AccessClaims {
    fn issuer(&self) -> &str {
        &self.iss
    }
    fn expires_at(&self) -> NumericDate {
        self.exp
    }
    fn not_before(&self) -> Option<NumericDate> {
        self.nbf
    }
    fn issued_at(&self) -> Option<NumericDate> {
        Some(self.iat)
    }
    fn audience(&self) -> &Audience {
        &self.aud
    }
}

/// What is known about the caller, however it became known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) subject: String,
    pub(crate) client: String,
    pub(crate) granted: BTreeSet<String>,
    pub(crate) expires_at: i64,
    pub(crate) issued_at: Option<i64>,
    pub(crate) token_id: Option<String>,
    pub(crate) grant: Option<String>,
    pub(crate) auth_time: Option<i64>,
    pub(crate) acr: Option<String>,
    pub(crate) amr: Vec<String>,
}

impl From<AccessClaims> for Facts {
    fn from(claims: AccessClaims) -> Self {
        Self {
            subject: claims.sub,
            client: claims.client_id,
            granted: parse_scope(claims.scope.as_deref()),
            expires_at: claims.exp.unix(),
            issued_at: Some(claims.iat.unix()),
            token_id: Some(claims.jti),
            grant: claims.gid,
            auth_time: claims.auth_time.map(NumericDate::unix),
            acr: claims.acr,
            amr: claims.amr.unwrap_or_default(),
        }
    }
}

pub(crate) fn parse_scope(scope: Option<&str>) -> BTreeSet<String> {
    scope.unwrap_or_default().split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

/// The verified caller of one request, found in the request's extensions below the layer.
///
/// In an axum handler take `Extension<Identity>`; in an rmcp tool take `Extension<http::request::Parts>` and ask
/// [`Identity::of`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity {
    facts: Arc<Facts>,
    permitted: Arc<BTreeSet<String>>,
    challenges: Arc<Challenges>,
    raised: Arc<OnceLock<String>>,
}

impl Identity {
    pub(crate) fn new(facts: Arc<Facts>, hierarchy: &Hierarchy, challenges: Arc<Challenges>) -> Self {
        let permitted = Arc::new(hierarchy.expand(&facts.granted));
        Self { facts, permitted, challenges, raised: Arc::default() }
    }

    /// The caller of the request `parts` came with; `None` when the request did not pass the layer.
    pub fn of(parts: &http::request::Parts) -> Option<&Self> {
        parts.extensions.get()
    }

    /// `sub`: the person, or the client itself when it acts on its own behalf. Unique within the issuer.
    pub fn subject(&self) -> &str {
        &self.facts.subject
    }

    /// `client_id`: the program that calls.
    pub fn client_id(&self) -> &str {
        &self.facts.client
    }

    /// Whether no person took part: the client acts for itself (RFC 9068 §2.2).
    pub fn is_client_itself(&self) -> bool {
        self.facts.subject == self.facts.client
    }

    /// The scopes as granted, without what they imply.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.facts.granted.iter().map(String::as_str)
    }

    /// Whether `scope` was granted or is implied by a granted one.
    #[must_use]
    pub fn permits(&self, scope: &str) -> bool {
        self.permitted.contains(scope)
    }

    /// Insists on all of `scopes`. Name everything the operation needs in one call: the refusal tells the client
    /// to ask for all of it at once.
    pub fn require(&self, scopes: &[&str]) -> Result<(), Insufficient> {
        let scopes: Vec<String> = scopes.iter().copied().map(str::to_owned).collect();
        self.require_all(&scopes)
    }

    pub(crate) fn require_all(&self, scopes: &[String]) -> Result<(), Insufficient> {
        if scopes.iter().all(|scope| self.permits(scope)) {
            return Ok(());
        }
        let scopes = self.challenges.needed(scopes);
        Err(Insufficient {
            scopes,
            challenges: Arc::clone(&self.challenges),
            raised: Arc::clone(&self.raised),
        })
    }

    /// The 403 a handler raised with [`Insufficient::raise`].
    pub(crate) fn raised(&self) -> Option<Answer> {
        let scopes = self.raised.get()?.clone();
        let raised = Arc::clone(&self.raised);
        Some(Insufficient { scopes, challenges: Arc::clone(&self.challenges), raised }.into_answer())
    }

    /// `exp`, in seconds since 1970.
    pub fn expires_at(&self) -> i64 {
        self.facts.expires_at
    }

    /// `iat`, in seconds since 1970; introspection may leave it out.
    pub fn issued_at(&self) -> Option<i64> {
        self.facts.issued_at
    }

    /// `jti`, for logs: it names the token and is no secret.
    pub fn token_id(&self) -> Option<&str> {
        self.facts.token_id.as_deref()
    }

    /// `gid`: the authorization this token belongs to. The same for all tokens of one consent of one client
    /// instance, across refreshes. Other issuers do not have it.
    pub fn grant_id(&self) -> Option<&str> {
        self.facts.grant.as_deref()
    }

    /// `auth_time`: when the person last proved who they are, in seconds since 1970.
    pub fn authenticated_at(&self) -> Option<i64> {
        self.facts.auth_time
    }

    /// `acr`: how much that proof is worth.
    pub fn acr(&self) -> Option<&str> {
        self.facts.acr.as_deref()
    }

    /// `amr`: the methods used.
    pub fn amr(&self) -> &[String] {
        &self.facts.amr
    }
}

//! Token introspection (RFC 7662).
//!
//! 1. [`IntrospectRequest::parse`] tells by its shape what kind of token is presented.
//! 2. The caller is authenticated; [`caller`] refuses one that cannot be (IN-02).
//! 3. The token is verified and its grant read (server).
//! 4. [`judge`] answers: to the resource server the token is for, and to the client it belongs to. Everybody else, and
//!    everything else, gets exactly `{"active":false}` (IN-01).

use gatewright_jose::{Audience, NumericDate};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::bearer::Liveness;
use crate::checks::{self, Endpoint};
use crate::claims::AccessClaims;
use crate::client::{Client, ClientId};
use crate::params::Params;
use crate::revoke::Presented;
use crate::scope::Scopes;
use crate::token::TokenType;
use crate::{Code, Decision, Refusal};

/// What is asked (RFC 7662 §2.1).
pub struct IntrospectRequest {
    /// The token.
    pub token: Presented,
}

impl IntrospectRequest {
    /// Step 1.
    pub fn parse(params: &Params) -> Decision<Self> {
        checks::run(&checks::Facts { at: Endpoint::Introspect, params, client: None })?;
        Ok(Self { token: Presented::of(params.required("token")?) })
    }
}

/// Step 2: a client without credentials could be anyone.
pub fn caller(client: &Client) -> Decision<()> {
    if client.is_public() {
        return Err(Refusal::new(Code::InvalidClient, "introspection needs an authenticated client"));
    }
    Ok(())
}

/// A token that was found genuine and in time.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// An access token.
    Access {
        /// Its verified claims.
        claims: &'a AccessClaims,
        /// The registered resource its audience is; `None` when it is registered no more.
        resource: Option<Uuid>,
    },
    /// A refresh token.
    Refresh(&'a RefreshFound),
}

/// What a genuine refresh token's grant says.
#[derive(Debug, Clone)]
pub struct RefreshFound {
    /// Whose it is.
    pub client_id: ClientId,
    /// Who allowed it.
    pub sub: String,
    /// The issuer.
    pub iss: String,
    /// What was allowed.
    pub scope: Scopes,
    /// When the grant was made.
    pub iat: NumericDate,
    /// When it ends by itself.
    pub exp: NumericDate,
}

/// Step 4.
pub fn judge(caller: &Client, found: Found<'_>, liveness: Liveness) -> Introspection {
    match (found, liveness) {
        (Found::Access { claims, resource }, Liveness::Live) => {
            let audience = resource.is_some() && caller.speaks_for == resource;
            if audience || caller.id == claims.client_id {
                Introspection(Some(Box::new(Active::access(claims))))
            } else {
                Introspection::inactive()
            }
        }
        // A refresh token is between its client and this server: no resource server has business with one.
        (Found::Refresh(grant), Liveness::Live) if caller.id == grant.client_id => {
            Introspection(Some(Box::new(Active::refresh(grant))))
        }
        (Found::Refresh(_), Liveness::Live) | (_, Liveness::Ended) => Introspection::inactive(),
    }
}

/// The answer (RFC 7662 §2.2). An inactive one has nowhere to keep facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introspection(Option<Box<Active>>);

impl Introspection {
    /// `{"active":false}`.
    pub const fn inactive() -> Self {
        Self(None)
    }

    /// Whether the token is active, for this caller.
    pub const fn is_active(&self) -> bool {
        self.0.is_some()
    }

    /// Until when the answer may be remembered at most.
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.0.as_ref().map(|active| active.exp)
    }
}

impl Serialize for Introspection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            active: bool,
            #[serde(flatten)]
            facts: Option<&'a Active>,
        }
        Wire { active: self.is_active(), facts: self.0.as_deref() }.serialize(serializer)
    }
}

/// What an active token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Active {
    #[serde(skip_serializing_if = "Scopes::is_empty")]
    scope: Scopes,
    client_id: ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<TokenType>,
    exp: NumericDate,
    iat: NumericDate,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Audience>,
    iss: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<Uuid>,
}

impl Active {
    fn access(claims: &AccessClaims) -> Self {
        let AccessClaims { iss, sub, aud, client_id, scope, jti, iat, exp, auth_time, acr, amr, gid } =
            claims.clone();
        Self {
            scope,
            client_id,
            token_type: Some(TokenType::Bearer),
            exp,
            iat,
            sub,
            aud: Some(aud),
            iss,
            jti: Some(jti),
            auth_time,
            acr,
            amr,
            gid,
        }
    }

    fn refresh(grant: &RefreshFound) -> Self {
        let RefreshFound { client_id, sub, iss, scope, iat, exp } = grant.clone();
        Self {
            scope,
            client_id,
            token_type: None,
            exp,
            iat,
            sub,
            aud: None,
            iss,
            jti: None,
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            gid: None,
        }
    }
}

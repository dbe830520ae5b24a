//! Token revocation (RFC 7009).
//!
//! 1. [`RevokeRequest::parse`] tells by its shape what kind of token is presented; `token_type_hint` is not needed and
//!    cannot mislead (RV-05).
//! 2. The client is authenticated, and the token's grant is found (server).
//! 3. [`effect`]: a client ends only what is its own. The answer is 200 either way (§2.2), except when the store fails:
//!    then it is 503, because the client must know that the token still works (RV-02).

use gatewright_jose::MAX_TOKEN;

use crate::Decision;
use crate::checks::{self, Endpoint};
use crate::client::ClientId;
use crate::params::Params;
use crate::refresh::RefreshToken;

/// A token somebody presents for inspection or revocation, by its shape.
pub enum Presented {
    /// A refresh token; whether it is genuine takes the server's key.
    Refresh(RefreshToken),
    /// What may be an access token: three parts of base64url.
    Access(String),
    /// Nothing this server can have made.
    Unknown,
}

impl Presented {
    /// Looks at the shape only.
    pub fn of(text: &str) -> Self {
        if let Some(token) = RefreshToken::parse(text) {
            return Self::Refresh(token);
        }
        let part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let parts = text.split('.').count();
        if text.len() <= MAX_TOKEN && parts == 3 && text.split('.').all(part) {
            Self::Access(text.to_owned())
        } else {
            Self::Unknown
        }
    }
}

/// What is asked (RFC 7009 §2.1).
pub struct RevokeRequest {
    /// The token.
    pub token: Presented,
}

impl RevokeRequest {
    /// Step 1.
    pub fn parse(params: &Params) -> Decision<Self> {
        checks::run(&checks::Facts { at: Endpoint::Revoke, params, client: None })?;
        Ok(Self { token: Presented::of(params.required("token")?) })
    }
}

/// What revoking does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A refresh token ends its grant and with it every access token under it (RV-03).
    EndGrant,
    /// An access token of a client's own ends by its name.
    EndToken,
    /// Nothing, and nobody learns why (RV-01).
    Nothing,
}

/// Step 3. `holder` is whose token it is; `granted` whether it belongs to a grant of a person. Access tokens of a grant
/// are not stored one by one, so revoking one ends the grant (RFC 7009 §2.1 allows it), which is also what a client
/// means that signs out.
pub fn effect(caller: &ClientId, holder: &ClientId, belongs: Belongs) -> Effect {
    match belongs {
        _ if caller != holder => Effect::Nothing,
        Belongs::ToGrant => Effect::EndGrant,
        Belongs::ToClient => Effect::EndToken,
    }
}

/// What a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// The grant of a person.
    ToGrant,
    /// The client itself: client credentials.
    ToClient,
}

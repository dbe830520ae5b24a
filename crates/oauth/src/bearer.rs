//! Our own protected endpoints (RFC 6750): userinfo.
//!
//! 1. [`token`] takes the token out of the `Authorization` header.
//! 2. The server verifies it and reads its grant.
//! 3. [`admit`] runs the resource machine: in time, not revoked, and of sufficient scope.

use crate::claims::AccessClaims;
use crate::oxide;
use crate::question::Bearing;
use crate::scope::Scopes;
use crate::{Code, Decision, Refusal, Time};

/// Whether what a token stands on still stands: the grant is not revoked, user and client are enabled, the consent is
/// there. Read from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// Usable until it expires.
    Live,
    /// Over before its time.
    Ended,
}

/// Step 1. `Ok(None)`: no credentials of this scheme, which is told without an error code (RFC 6750 §3.1).
pub fn token(authorization: Option<&str>) -> Decision<Option<&str>> {
    let Some((scheme, token)) = authorization.and_then(|header| header.split_once(' ')) else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let b64token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || !token.bytes().all(b64token) {
        return Err(Refusal::new(Code::InvalidRequest, "the bearer token is malformed"));
    }
    Ok(Some(token))
}

/// Step 3. The claims are verified ones.
pub fn admit(claims: &AccessClaims, liveness: Liveness, needed: &Scopes, now: Time) -> Decision<()> {
    let until = match liveness {
        Liveness::Live => chrono::DateTime::from_timestamp(claims.exp.unix(), 0)
            .unwrap_or(chrono::DateTime::<chrono::Utc>::MIN_UTC),
        Liveness::Ended => chrono::DateTime::<chrono::Utc>::MIN_UTC,
    };
    let bearing = Bearing { client: claims.client_id.as_str(), scopes: &claims.scope, until };
    oxide::bearer(&bearing, needed, now)
}

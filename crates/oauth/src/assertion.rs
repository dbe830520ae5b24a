//! Client authentication by a signed assertion, `private_key_jwt` (RFC 7521 §4.2, RFC 7523 §3, OpenID Connect Core §9).
//!
//! 1. [`claimed_client`] reads who the assertion says it is from, unverified: `client_id` may be left out beside it.
//! 2. [`verify`] believes it or says why not: key and algorithm from the client's registration, never from the
//!    assertion (CA-08, CA-09); `iss` and `sub` are the client (CA-07); one audience, which is us (CA-06); a life of
//!    five minutes at most.
//! 3. Its result is the [`Use`] of the assertion, which may happen once (CA-05). The caller records it, guarded, before
//!    anything is issued.

use gatewright_jose::{
    Audience, Claims, Expect, Expired, KeySet, MAX_TOKEN, NumericDate, VerifyError, base64url, parse_strict,
};
use serde::Deserialize;

use crate::client::{Client, ClientId, Profile};
use crate::secret::Digest;
use crate::{Code, Decision, Refusal, Time};

/// The only `client_assertion_type` (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an assertion may live, in seconds.
const MAX_LIFE: i64 = 300;
/// How far clocks may disagree, in seconds.
const LEEWAY: i64 = 30;
/// The longest `jti`, in bytes.
const MAX_JTI: usize = 256;
/// What `typ` may say; most clients say `JWT` or nothing.
const TYPES: [&str; 3] = ["JWT", "client-authentication+jwt", ""];

/// Who an assertion may be meant for.
#[derive(Debug, Clone, Copy)]
pub struct Audiences<'a> {
    /// The issuer; clients that put a slash behind it are understood.
    pub issuer: &'a str,
    /// The token endpoint, for clients that are known to name it instead.
    pub token_endpoint: Option<&'a str>,
}

/// The one use of an assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Of client and `jti`.
    pub digest: Digest,
    /// Until when a second use has to be recognised.
    pub until: Time,
}

/// Why an assertion is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// No key of the client has the name in it; the key set may be out of date.
    UnknownKey,
    /// For good.
    Refused(Refusal),
}

#[derive(Debug, Deserialize)]
struct AssertionClaims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: NumericDate,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    jti: String,
}

impl Claims for AssertionClaims {
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
        self.iat
    }
    fn audience(&self) -> &Audience {
        &self.aud
    }
}

/// Step 1. Only good for choosing whose keys to look at.
pub fn claimed_client(assertion: &str) -> Decision<ClientId> {
    #[derive(Deserialize)]
    struct Subject {
        sub: String,
    }
    let claims =
        Some(assertion).filter(|text| text.len() <= MAX_TOKEN).and_then(|text| text.split('.').nth(1));
    let json = claims.and_then(|claims| base64url::decode(claims).ok());
    let subject: Option<Subject> = json.and_then(|json| parse_strict(&json).ok());
    let subject =
        subject.ok_or_else(|| invalid("client_assertion is not a JWT that names its client in sub"))?;
    ClientId::parse(&subject.sub)
}

/// Step 2, with the keys the client has registered or publishes.
pub fn verify(
    assertion: &str,
    client: &Client,
    keys: &KeySet,
    (audiences, now): (&Audiences<'_>, Time),
) -> Result<Use, Doubt> {
    let expect = Expect {
        typ: &TYPES,
        issuer: client.id.as_str(),
        audience: None,
        now: now.timestamp(),
        leeway: LEEWAY,
        expired_ok: Expired::Refuse,
    };
    let header = gatewright_jose::peek(assertion).map_err(|error| told(&error))?;
    let registered = client.metadata.token_endpoint_auth_signing_alg;
    if registered.is_some_and(|algorithm| algorithm != header.alg) {
        return Err(refused("client_assertion is signed with another algorithm than the one registered"));
    }
    let verified = gatewright_jose::verify::<AssertionClaims>(keys, assertion, &expect);
    let claims = verified.map_err(|error| told(&error))?.into_claims();
    judge(&claims, client, audiences, now).map_err(Doubt::Refused)?;
    let end = claims.exp.unix().saturating_add(LEEWAY);
    let text = format!("{}\n{}", client.id, claims.jti);
    Ok(Use {
        digest: Digest::of("assertion", text.as_bytes()),
        until: Time::from_timestamp(end, 0).unwrap_or(Time::MAX_UTC),
    })
}

fn judge(claims: &AssertionClaims, client: &Client, audiences: &Audiences<'_>, now: Time) -> Decision<()> {
    if claims.sub != client.id.as_str() {
        return Err(invalid(
            "iss and sub of client_assertion must both be the client_id (RFC 7523 section 3)",
        ));
    }
    if !is_for_us(&claims.aud, client.profile, audiences) {
        return Err(invalid("aud of client_assertion must be the issuer identifier of this server, alone"));
    }
    let begin = claims.iat.map_or(now.timestamp(), NumericDate::unix);
    if claims.exp.unix().saturating_sub(begin) > MAX_LIFE + LEEWAY {
        return Err(invalid("client_assertion lives longer than five minutes; make one for each request"));
    }
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
        return Err(invalid("jti of client_assertion must have 1 to 256 bytes"));
    }
    Ok(())
}

/// One audience and no other: an assertion that is also for somebody else could have been sent to them first. Only the
/// compatibility profile reads an array, of one.
fn is_for_us(audience: &Audience, profile: Profile, us: &Audiences<'_>) -> bool {
    let only = match (audience, profile) {
        (Audience::One(one), _) => one.as_str(),
        (Audience::Many(many), Profile::OidcCompat) => match many.as_slice() {
            [one] => one.as_str(),
            [] | [_, _, ..] => return false,
        },
        (Audience::Many(_), Profile::Mcp | Profile::Fapi2) => return false,
    };
    let slash = match profile {
        Profile::Mcp | Profile::OidcCompat => only.strip_suffix('/') == Some(us.issuer),
        Profile::Fapi2 => false,
    };
    only == us.issuer || slash || us.token_endpoint == Some(only)
}

fn told(error: &VerifyError) -> Doubt {
    match error {
        VerifyError::UnknownKey(_) => Doubt::UnknownKey,
        VerifyError::Issuer => {
            refused("iss and sub of client_assertion must both be the client_id (RFC 7523 section 3)")
        }
        VerifyError::Expired(_) => refused("client_assertion has expired; compare the clocks"),
        VerifyError::NotYetValid(_) => refused("client_assertion is from the future; compare the clocks"),
        VerifyError::Claims(_) => refused(
            "client_assertion must have iss, sub, aud, exp and jti, each with its type (RFC 7523 section 3)",
        ),
        VerifyError::Algorithm => {
            refused("client_assertion must be signed with ES256, EdDSA, PS256 or RS256")
        }
        VerifyError::ForbiddenMember(_) => {
            refused("the header of client_assertion may not carry or point to keys, nor have crit or b64")
        }
        VerifyError::AlgorithmMismatch => refused("alg of client_assertion does not fit the key it names"),
        VerifyError::NoKey => {
            refused("client_assertion must name its key in kid: the client has several, or none")
        }
        VerifyError::Signature => {
            refused("the signature of client_assertion is not made with the client's key")
        }
        VerifyError::TooLong
        | VerifyError::Malformed
        | VerifyError::Header(_)
        | VerifyError::Kid
        | VerifyError::Type
        | VerifyError::Audience => refused("client_assertion is not an acceptable JWT (RFC 7523 section 3)"),
    }
}

fn refused(description: &'static str) -> Doubt {
    Doubt::Refused(invalid(description))
}

fn invalid(description: &'static str) -> Refusal {
    Refusal::new(Code::InvalidClient, description)
}

#[cfg(test)]
mod tests;

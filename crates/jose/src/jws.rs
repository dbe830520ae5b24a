//! Believing a compact JWS (RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725 §3).
//!
//! [`verify`] does, in this order, and stops at the first failure:
//!
//! 1. Size: at most [`MAX_TOKEN`] bytes before anything is parsed (JW-16).
//! 2. Shape: three base64url parts and a strict JSON header without members that change the rules: `crit`, `b64`,
//!    or that carry or point to keys: `jwk`, `jku`, `x5u`, `x5c` (JW-03, JW-04, JW-07, CA-09).
//! 3. Algorithm: one of [`Algorithm`]; `none` and HMAC do not exist (JW-01, CA-08).
//! 4. `typ`: required and compared, so that no kind of token passes as another (JW-02).
//! 5. Key: by `kid` from memory (CA-10); `alg` must equal the key's algorithm.
//! 6. Signature.
//! 7. Claims: strict JSON of the caller's type (JW-06, JW-07).
//! 8. `iss`, `aud`, `exp`, `nbf`, `iat`.

use std::ops::Deref;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::claims::Claims;
use crate::json::{JsonError, parse_strict};
use crate::key::{Algorithm, KeySet};
use crate::{NumericDate, base64url};

/// The longest token looked at, in bytes: what fits one header line of common servers.
pub const MAX_TOKEN: usize = 8 * 1024;

/// The longest `kid`, in bytes (CA-10).
pub const MAX_KID: usize = 256;

/// Why a token is not believed. The texts are for logs and contain nothing of the token but its `kid`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// More than [`MAX_TOKEN`] bytes.
    #[error("the token is longer than {MAX_TOKEN} bytes")]
    TooLong,
    /// Not three parts of canonical base64url.
    #[error("not a compact JWS")]
    Malformed,
    /// The header is not the JSON it must be.
    #[error("the header is not acceptable: {0}")]
    Header(#[source] JsonError),
    /// The header has a member that would change the rules of verification.
    #[error("the header member \"{0}\" is not accepted")]
    ForbiddenMember(&'static str),
    /// `kid` is longer than [`MAX_KID`] or not printable ASCII.
    #[error("\"kid\" is not acceptable")]
    Kid,
    /// `alg` is not one of ours, `none` included.
    #[error("the algorithm is not supported")]
    Algorithm,
    /// `typ` is absent or names another kind of token.
    #[error("this is another kind of token")]
    Type,
    /// No key has this `kid`; the set may be out of date.
    #[error("no key is named {0:?}")]
    UnknownKey(String),
    /// The token names no key, and there is not exactly one it could mean.
    #[error("the token names no key")]
    NoKey,
    /// `alg` is not the algorithm of the named key.
    #[error("the key is for another algorithm")]
    AlgorithmMismatch,
    /// The signature is not the key's.
    #[error("the signature does not verify")]
    Signature,
    /// The claims are not the JSON they must be.
    #[error("the claims are not acceptable: {0}")]
    Claims(#[source] JsonError),
    /// `iss` is not the expected issuer, byte for byte.
    #[error("another issuer")]
    Issuer,
    /// `aud` does not name us.
    #[error("another audience")]
    Audience,
    /// `exp` has passed.
    #[error("expired at {}", .0.unix())]
    Expired(NumericDate),
    /// `nbf` or `iat` lies in the future.
    #[error("not valid before {}", .0.unix())]
    NotYetValid(NumericDate),
}

/// What a token claims to be, before anything is verified: only good for choosing whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `alg`.
    pub alg: Algorithm,
    /// `typ`, as written.
    pub typ: Option<String>,
    /// `kid`, at most [`MAX_KID`] printable characters.
    pub kid: Option<String>,
}

#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    b64: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    jwk: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    jku: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    x5u: Option<IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    x5c: Option<IgnoredAny>,
}

/// `Some` even for `null`: presence is what matters.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<IgnoredAny>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(Some)
}

impl Header {
    fn parse(encoded: &str) -> Result<Self, VerifyError> {
        let json = base64url::decode(encoded).map_err(|_| VerifyError::Malformed)?;
        let raw: RawHeader = parse_strict(&json).map_err(VerifyError::Header)?;
        let forbidden = [
            ("crit", raw.crit),
            ("b64", raw.b64),
            ("jwk", raw.jwk),
            ("jku", raw.jku),
            ("x5u", raw.x5u),
            ("x5c", raw.x5c),
        ];
        if let Some((name, _)) = forbidden.into_iter().find(|(_, member)| member.is_some()) {
            return Err(VerifyError::ForbiddenMember(name));
        }
        let alg = raw.alg.parse().map_err(|_| VerifyError::Algorithm)?;
        if raw.kid.as_deref().is_some_and(|kid| kid.len() > MAX_KID || !is_printable(kid)) {
            return Err(VerifyError::Kid);
        }
        Ok(Self { alg, typ: raw.typ, kid: raw.kid })
    }
}

pub(crate) fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// What [`verify`] holds a token against.
#[derive(Debug, Clone, Copy)]
pub struct Expect<'a> {
    /// The acceptable `typ` values, such as `&["at+jwt"]`. Compared without regard to case and with or without
    /// the prefix `application/` (RFC 7515 §4.1.9). An empty text accepts a token that names none, which is only
    /// right where nothing else could be presented, such as a client's own assertion (RFC 7523).
    pub typ: &'a [&'a str],
    /// The one issuer, compared byte for byte.
    pub issuer: &'a str,
    /// Who must be named in `aud`. `None` only where the caller compares `aud` itself.
    pub audience: Option<&'a str>,
    /// Seconds since 1970.
    pub now: i64,
    /// How far clocks may disagree, in seconds.
    pub leeway: i64,
    /// What to do about `exp` in the past.
    pub expired_ok: Expired,
}

/// What an expired token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expired {
    /// Nothing.
    Refuse,
    /// A hint of who was meant, such as `id_token_hint`: everything but `exp` is still checked.
    Accept,
}

/// Claims whose token passed every step of [`verify`], its only constructor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<C> {
    claims: C,
    kid: String,
}

impl<C> Verified<C> {
    /// The key that vouches for the claims.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Gives up the proof and keeps the claims.
    pub fn into_claims(self) -> C {
        self.claims
    }
}

impl<C> Deref for Verified<C> {
    type Target = C;
    fn deref(&self) -> &C {
        &self.claims
    }
}

/// The header of `token`, unverified, for choosing a key set. Steps 1 to 3 of the module documentation.
pub fn peek(token: &str) -> Result<Header, VerifyError> {
    split(token).map(|parts| parts.header)
}

struct Parts<'a> {
    header: Header,
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

fn split(token: &str) -> Result<Parts<'_>, VerifyError> {
    if token.len() > MAX_TOKEN {
        return Err(VerifyError::TooLong);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(VerifyError::Malformed)?;
    Ok(Parts { header: Header::parse(header)?, message, claims, signature })
}

/// Steps 1 to 8 of the module documentation.
pub fn verify<C: Claims>(
    keys: &KeySet,
    token: &str,
    expect: &Expect<'_>,
) -> Result<Verified<C>, VerifyError> {
    let Parts { header, message, claims, signature } = split(token)?;
    let typ = header.typ.as_deref().unwrap_or_default();
    if !expect.typ.iter().any(|expected| same_type(typ, expected)) {
        return Err(VerifyError::Type);
    }
    let key = match header.kid {
        Some(kid) => keys.get(&kid).ok_or(VerifyError::UnknownKey(kid))?,
        None => keys.only(header.alg).ok_or(VerifyError::NoKey)?,
    };
    if key.algorithm() != header.alg {
        return Err(VerifyError::AlgorithmMismatch);
    }
    let claims = base64url::decode(claims).map_err(|_| VerifyError::Malformed)?;
    let signature = base64url::decode(signature).map_err(|_| VerifyError::Malformed)?;
    if !key.is_signature(message.as_bytes(), &signature) {
        return Err(VerifyError::Signature);
    }
    let claims: C = parse_strict(&claims).map_err(VerifyError::Claims)?;
    judge(&claims, expect)?;
    Ok(Verified { claims, kid: key.kid().to_owned() })
}

/// Step 8.
fn judge<C: Claims>(claims: &C, expect: &Expect<'_>) -> Result<(), VerifyError> {
    if claims.issuer() != expect.issuer {
        return Err(VerifyError::Issuer);
    }
    if expect.audience.is_some_and(|audience| !claims.audience().contains(audience)) {
        return Err(VerifyError::Audience);
    }
    let expires = claims.expires_at();
    if expect.expired_ok == Expired::Refuse && expires.unix() <= expect.now.saturating_sub(expect.leeway) {
        return Err(VerifyError::Expired(expires));
    }
    let latest = expect.now.saturating_add(expect.leeway);
    let early =
        [claims.not_before(), claims.issued_at()].into_iter().flatten().find(|date| date.unix() > latest);
    early.map_or(Ok(()), |date| Err(VerifyError::NotYetValid(date)))
}

/// `application/at+jwt`, `at+jwt` and `AT+JWT` are one type.
fn same_type(one: &str, other: &str) -> bool {
    fn subtype(typ: &str) -> &str {
        const PREFIX: &str = "application/";
        match typ.get(..PREFIX.len()) {
            Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => {
                typ.get(PREFIX.len()..).unwrap_or_default()
            }
            Some(_) | None => typ,
        }
    }
    subtype(one).eq_ignore_ascii_case(subtype(other))
}

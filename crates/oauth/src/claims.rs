//! What our tokens say (RFC 9068 §2.2, OIDC Core §2 and §5.1).
//!
//! [`mint`] consumes a permit and gives the claims of an access token, and of an ID token when `openid` was granted.
//! Signing them is the caller's: the ID token contains a hash of the signed access token ([`at_hash`]).

use gatewright_jose::{Algorithm, Audience, Claims, NumericDate, base64url};
use ring::digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Time;
use crate::assurance::Acr;
use crate::client::ClientId;
use crate::permit::{Permit, Person};
use crate::scope::{EMAIL, OPENID, PROFILE, Scopes};

/// `typ` of access tokens (RFC 9068 §2.1): nothing else is accepted as one, and nothing else is one.
pub const ACCESS_TOKEN: &str = "at+jwt";
/// `typ` of ID tokens.
pub const ID_TOKEN: &str = "JWT";

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The issuer, byte for byte as configured.
    pub iss: String,
    /// The user, or the client that speaks for itself.
    pub sub: String,
    /// The resource, byte for byte as registered.
    pub aud: Audience,
    /// Who holds the token.
    pub client_id: ClientId,
    /// What it allows.
    #[serde(default, skip_serializing_if = "Scopes::is_empty")]
    pub scope: Scopes,
    /// Unique per token.
    pub jti: String,
    /// When it was made.
    pub iat: NumericDate,
    /// From when on it is over.
    pub exp: NumericDate,
    /// When the person proved who they are; absent without a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<NumericDate>,
    /// What that proof is worth; absent without a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How they did (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The grant the token belongs to: revoking acts on it. Absent in client credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<Uuid>,
}

/// The claims of an ID token (OIDC Core §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdClaims {
    /// The issuer, byte for byte as configured.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The client.
    pub aud: Audience,
    /// From when on it is over.
    pub exp: NumericDate,
    /// When it was made.
    pub iat: NumericDate,
    /// When the person proved who they are.
    pub auth_time: NumericDate,
    /// As in the authorization request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Binds the access token that came along ([`at_hash`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The browser session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// What that proof is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How they did (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The client, when it is not the audience.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<ClientId>,
    /// About the person.
    #[serde(flatten)]
    pub about: About,
}

impl IdClaims {
    /// The same claims, bound to the access token that comes along.
    #[must_use]
    pub fn beside(mut self, algorithm: Algorithm, access_token: &str) -> Self {
        self.at_hash = Some(at_hash(algorithm, access_token));
        self
    }
}

/// What is known about a person (OIDC Core §5.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What they sign in with. Not an identifier: it may change hands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// An address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether they have shown that they read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

impl About {
    /// What `scopes` release of it (OIDC Core §5.4). Empty strings are left out (ruling 7).
    #[must_use]
    pub fn released(&self, scopes: &Scopes) -> Self {
        let release = |scope: &str, value: &Option<String>| {
            value.clone().filter(|value| !value.is_empty() && scopes.contains(scope))
        };
        let email = release(EMAIL, &self.email);
        Self {
            name: release(PROFILE, &self.name),
            preferred_username: release(PROFILE, &self.preferred_username),
            email_verified: self.email_verified.filter(|_| email.is_some()),
            email,
        }
    }
}

/// The answer of the userinfo endpoint (OIDC Core §5.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserInfo {
    /// The same as in the ID token.
    pub sub: String,
    /// What the token's scopes release.
    #[serde(flatten)]
    pub about: About,
}

/// The facts of minting that no decision depends on.
#[derive(Debug, Clone)]
pub struct Minting<'a> {
    /// The issuer, byte for byte as configured (MX-02).
    pub issuer: &'a str,
    /// A fresh unique name for the access token.
    pub jti: String,
    /// The grant; `None` for client credentials.
    pub grant: Option<Uuid>,
    /// For the ID token; of the authorization request, so not at refresh (OIDC Core §12.2).
    pub nonce: Option<String>,
    /// What is known about the person.
    pub about: &'a About,
    /// The time.
    pub now: Time,
}

/// Claims, ready to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minted {
    /// The access token's.
    pub access: AccessClaims,
    /// Seconds it lives.
    pub lifetime: i64,
    /// What signs it.
    pub algorithm: Algorithm,
    /// The ID token's, when `openid` was granted; still without `at_hash` ([`IdClaims::beside`]).
    pub id: Option<IdClaims>,
}

/// Turns a permission into claims. One permit, one set of tokens.
pub fn mint(permit: Permit, minting: Minting<'_>) -> Minted {
    let (client, person, target, scopes) = permit.into_parts();
    let Minting { issuer, jti, grant, nonce, about, now } = minting;
    let issued = now.timestamp();
    let iat = NumericDate::from_unix(issued);
    let exp = NumericDate::from_unix(issued.saturating_add(target.lifetime));
    let id = person.as_ref().filter(|_| scopes.contains(OPENID)).map(|person| IdClaims {
        iss: issuer.to_owned(),
        sub: person.user.to_string(),
        aud: client.as_str().into(),
        exp,
        iat,
        auth_time: auth_time(person),
        nonce,
        at_hash: None,
        sid: Some(person.session),
        acr: Some(acr(person)),
        amr: amr(person),
        azp: None,
        about: about.released(&scopes),
    });
    let access = AccessClaims {
        iss: issuer.to_owned(),
        sub: person.as_ref().map_or_else(|| client.as_str().to_owned(), |person| person.user.to_string()),
        aud: target.identifier.into(),
        client_id: client,
        scope: scopes,
        jti,
        iat,
        exp,
        auth_time: person.as_ref().map(auth_time),
        acr: person.as_ref().map(acr),
        amr: person.as_ref().map(amr).unwrap_or_default(),
        gid: grant,
    };
    Minted { access, lifetime: target.lifetime, algorithm: target.algorithm, id }
}

fn auth_time(person: &Person) -> NumericDate {
    NumericDate::from_unix(person.auth_time.timestamp())
}

fn acr(person: &Person) -> String {
    Acr::of(&person.amr).as_str().to_owned()
}

fn amr(person: &Person) -> Vec<String> {
    person.amr.split_ascii_whitespace().map(str::to_owned).collect()
}

/// The left half of the hash that belongs to the ID token's algorithm (OIDC Core §3.1.3.6), base64url. Ed25519 hashes
/// with SHA-512.
pub fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::Es256 | Algorithm::Rs256 | Algorithm::Ps256 => &digest::SHA256,
        Algorithm::EdDsa => &digest::SHA512,
    };
    let digest = digest::digest(hash, access_token.as_bytes());
    let (left, _) = digest.as_ref().split_at(digest.as_ref().len() / 2);
    base64url::encode(left)
}

impl Claims for AccessClaims {
    fn issuer(&self) -> &str {
        &self.iss
    }
    fn expires_at(&self) -> NumericDate {
        self.exp
    }
    fn not_before(&self) -> Option<NumericDate> {
        None
    }
    fn issued_at(&self) -> Option<NumericDate> {
        Some(self.iat)
    }
    fn audience(&self) -> &Audience {
        &self.aud
    }
}

impl Claims for IdClaims {
    fn issuer(&self) -> &str {
        &self.iss
    }
    fn expires_at(&self) -> NumericDate {
        self.exp
    }
    fn not_before(&self) -> Option<NumericDate> {
        None
    }
    fn issued_at(&self) -> Option<NumericDate> {
        Some(self.iat)
    }
    fn audience(&self) -> &Audience {
        &self.aud
    }
}

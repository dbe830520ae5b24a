//! Another provider's word about a person (OpenID Connect Core §3.1.3.7, Discovery §4, RFC 9207; threat rows LG-11 to
//! LG-13). Here we are the client.
//!
//! 1. [`Discovered`] reads what a provider publishes about itself. It has to name the issuer it was asked for, byte for
//!    byte, and endpoints no less protected than that.
//! 2. [`Discovered::judge_answer`]: an answer that says whose it is has to come from that provider (RFC 9207).
//! 3. [`verify`] believes an ID token or says why not. Everything it needs has to be there: a token without `nonce`,
//!    `iat` or `exp` is no better than one with the wrong one. Algorithms are those of the provider's keys, none of
//!    them symmetric, so a client secret signs nothing.
//! 4. A person there is an issuer and a subject ([`Person`]); an address is something they say, never who they are.

use gatewright_jose::{
    Algorithm, Audience, Claims, Expect, Expired, KeySet, NumericDate, VerifyError, parse_strict,
    verify as believe,
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::Time;

/// How far clocks may disagree, in seconds.
const LEEWAY: i64 = 60;
/// How old an ID token may be that was fetched a moment ago, in seconds.
const MOST_AGE: i64 = 600;
/// The longest subject (OpenID Connect Core §2), in bytes.
const MAX_SUBJECT: usize = 255;
/// The longest of the other texts that are kept, in bytes.
const MAX_TEXT: usize = 254;

/// Why a provider's word is not taken. For the operator; people hear that it did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// No key of the provider has the name in the token; the set may be out of date.
    #[error("the ID token is signed by a key that the provider does not publish")]
    UnknownKey,
    /// The token is not to be believed.
    #[error("the ID token is not acceptable: {0}")]
    Token(#[source] VerifyError),
    /// Something is missing or wrong.
    #[error("{0}")]
    Wrong(&'static str),
}

/// What a provider says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The issuer, as it was asked for.
    pub issuer: String,
    /// Where people are sent.
    pub authorization_endpoint: String,
    /// Where codes are redeemed.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where more is told about a person.
    pub userinfo_endpoint: Option<String>,
    /// Whether answers name their issuer (RFC 9207).
    pub sends_iss: bool,
    /// Whether the client proves itself in the form instead of a header.
    pub secret_in_form: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    authorization_response_iss_parameter_supported: Option<bool>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

impl Discovered {
    /// Where a provider publishes it (Discovery §4).
    pub fn address(issuer: &str) -> String {
        format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
    }

    /// Step 1.
    pub fn parse(issuer: &str, document: &[u8]) -> Result<Discovered, Doubt> {
        let document: Document = parse_strict(document)
            .map_err(|_| Doubt::Wrong("the document has no issuer, endpoints or jwks_uri, or is none"))?;
        if document.issuer != issuer {
            return Err(Doubt::Wrong(
                "the document names another issuer; write that one into the configuration",
            ));
        }
        let is_clear = issuer.starts_with("http://");
        let endpoints = [&document.authorization_endpoint, &document.token_endpoint, &document.jwks_uri];
        for endpoint in endpoints.into_iter().chain(&document.userinfo_endpoint) {
            let scheme = Url::parse(endpoint).map(|url| url.scheme().to_owned()).unwrap_or_default();
            if scheme != "https" && !(is_clear && scheme == "http") {
                return Err(Doubt::Wrong("an endpoint in the document is not https"));
            }
        }
        if let Some(methods) = &document.code_challenge_methods_supported
            && !methods.iter().any(|method| method == "S256")
        {
            return Err(Doubt::Wrong("the provider does PKCE, but not with S256"));
        }
        if let Some(algorithms) = &document.id_token_signing_alg_values_supported
            && !algorithms.iter().any(|name| name.parse::<Algorithm>().is_ok())
        {
            return Err(Doubt::Wrong("the provider signs with none of ES256, EdDSA, PS256, RS256"));
        }
        let methods = document.token_endpoint_auth_methods_supported;
        let secret_in_form = methods.is_some_and(|methods| {
            let has = |name: &str| methods.iter().any(|method| method == name);
            has("client_secret_post") && !has("client_secret_basic")
        });
        Ok(Discovered {
            issuer: document.issuer,
            authorization_endpoint: document.authorization_endpoint,
            token_endpoint: document.token_endpoint,
            jwks_uri: document.jwks_uri,
            userinfo_endpoint: document.userinfo_endpoint,
            sends_iss: document.authorization_response_iss_parameter_supported == Some(true),
            secret_in_form,
        })
    }

    /// Step 2, for the `iss` of an answer.
    pub fn judge_answer(&self, iss: Option<&str>) -> Result<(), Doubt> {
        match iss {
            Some(iss) if iss == self.issuer => Ok(()),
            Some(_) => Err(Doubt::Wrong("the answer came from another issuer")),
            None if self.sends_iss => Err(Doubt::Wrong("the answer does not say which issuer it comes from")),
            None => Ok(()),
        }
    }
}

/// What [`verify`] holds an ID token against.
#[derive(Debug, Clone, Copy)]
pub struct Awaited<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// Who we are there.
    pub client_id: &'a str,
    /// What only an answer to this request can know.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// Somebody, as a provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// Who, there. With the issuer it is who they are here.
    pub subject: String,
    /// What else is said of them.
    pub profile: Profile,
    /// How they proved it there (RFC 8176).
    pub amr: Vec<String>,
    /// When they did, if the provider says so.
    pub auth_time: Option<Time>,
}

/// What a provider says about somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Their address.
    pub email: Option<String>,
    /// Whether the provider found out that it is theirs.
    pub email_verified: bool,
    /// What to call them.
    pub name: Option<String>,
    /// What they are called there.
    pub username: Option<String>,
    /// The organization they belong to, at Google.
    pub organization: Option<String>,
}

#[derive(Deserialize)]
struct IdToken {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    nonce: String,
    #[serde(default)]
    amr: Value,
    #[serde(default)]
    auth_time: Value,
    #[serde(flatten)]
    told: Told,
}

/// Claims that are taken as they come: one of another type counts as absent.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    email: Value,
    #[serde(default)]
    email_verified: Value,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    preferred_username: Value,
    #[serde(default)]
    hd: Value,
}

impl Claims for IdToken {
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

impl Told {
    fn profile(&self) -> Profile {
        let email = line(&self.email).filter(|email| email.contains('@'));
        let verified = self.email_verified == true || self.email_verified == "true";
        Profile {
            email_verified: verified && email.is_some(),
            email,
            name: line(&self.name),
            username: line(&self.preferred_username),
            organization: line(&self.hd),
        }
    }
}

/// One line of text that is not too long to be kept.
pub fn line(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let fits = !text.is_empty() && text.len() <= MAX_TEXT && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// A subject that can be kept.
fn subject(text: String) -> Result<String, Doubt> {
    let fits = !text.is_empty() && text.len() <= MAX_SUBJECT && !text.chars().any(char::is_control);
    if fits { Ok(text) } else { Err(Doubt::Wrong("the subject is not acceptable")) }
}

/// Step 3, with the keys the provider publishes.
pub fn verify(token: &str, keys: &KeySet, awaited: &Awaited<'_>) -> Result<Person, Doubt> {
    let expect = Expect {
        typ: &["JWT", ""],
        issuer: awaited.issuer,
        audience: Some(awaited.client_id),
        now: awaited.now,
        leeway: LEEWAY,
        expired_ok: Expired::Refuse,
    };
    let claims = believe::<IdToken>(keys, token, &expect).map_err(|error| match error {
        VerifyError::UnknownKey(_) => Doubt::UnknownKey,
        error => Doubt::Token(error),
    })?;
    let claims = claims.into_claims();
    let is_for_us = match (&claims.azp, claims.aud.iter().count()) {
        (Some(azp), _) => azp == awaited.client_id,
        (None, count) => count == 1,
    };
    if !is_for_us {
        return Err(Doubt::Wrong("the ID token was made for another client"));
    }
    if claims.nonce != awaited.nonce {
        return Err(Doubt::Wrong("the ID token answers another request"));
    }
    if claims.iat.unix() < awaited.now - MOST_AGE {
        return Err(Doubt::Wrong("the ID token was made too long ago"));
    }
    let amr = match &claims.amr {
        Value::Array(all) => all.iter().filter_map(line).collect(),
        _ => Vec::new(),
    };
    // One in the future was made up, or by a clock that is of no use.
    let auth_time = claims.auth_time.as_i64().filter(|at| (1..=awaited.now + LEEWAY).contains(at));
    Ok(Person {
        issuer: claims.iss,
        subject: subject(claims.sub)?,
        profile: claims.told.profile(),
        amr,
        auth_time: auth_time.and_then(|at| Time::from_timestamp(at, 0)),
    })
}

/// What the userinfo endpoint says of somebody whose ID token was believed (OpenID Connect Core §5.3.2): of nobody else.
pub fn userinfo(of: &Person, document: &[u8]) -> Result<Profile, Doubt> {
    #[derive(Deserialize)]
    struct Answer {
        sub: String,
        #[serde(flatten)]
        told: Told,
    }
    let answer: Answer = parse_strict(document)
        .map_err(|_| Doubt::Wrong("the userinfo answer has no subject, or is no JSON"))?;
    if answer.sub != of.subject {
        return Err(Doubt::Wrong("the userinfo answer is about somebody else"));
    }
    Ok(answer.told.profile())
}

#[cfg(test)]
mod tests;

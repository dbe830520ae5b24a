//! Client authentication at the token endpoint and its friends (RFC 6749 §2.3, OAuth 2.1 §2.4).
//!
//! 1. Exactly one method per request; Basic plus the same `client_id` in the body is one (CA-02).
//! 2. The method is the one the client registered, as an enum; only that branch runs (CA-03).
//! 3. Secrets are compared by digest in constant time; an unknown client costs the same (CA-01). The one
//!    before the present one is good for as long as its replacement said.
//! 4. Assertions are verified with the client's keys ([`super::keys`]) and used up, once, before anything is
//!    issued (`gatewright_oauth::assertion`, CA-05 to CA-11).
//!
//! [`Authenticated`] has one constructor, [`client`], so no flow can run for an unproven client.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gatewright_oauth::assertion::{self, Audiences, Doubt, JWT_BEARER, Use};
use gatewright_oauth::secret::{ClientSecret, Secret, Token};
use gatewright_oauth::{AuthMethod, Client, ClientId, Code, Decision, Params, Refusal};
use gatewright_store::{Write, replay};
use http::{HeaderMap, header};

use super::documents;
use super::keys::{self, Look};
use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::policy;

/// A client that has proven who it is, or, for a public client, has said so.
#[derive(Debug)]
pub struct Authenticated(Arc<Client>);

impl std::ops::Deref for Authenticated {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// The methods that exist here, as metadata lists them. `none` is listed because clients that find it
/// missing fall back to worse (RFC 8414 §2).
pub fn methods() -> Vec<String> {
    AuthMethod::ALL.iter().map(ToString::to_string).collect()
}

/// The algorithms assertions may be signed with (RFC 8414 §2).
pub fn assertion_algorithms() -> Vec<String> {
    gatewright_jose::Algorithm::ALL.map(|algorithm| algorithm.to_string()).to_vec()
}

/// How a request names its client, and the one thing it proves that with.
pub struct Presented {
    id: Option<String>,
    proof: Proof,
}

enum Proof {
    Nothing,
    Secret(AuthMethod, Secret<String>),
    Assertion(Secret<String>),
}

impl Presented {
    /// Whether the request used the `Authorization` header, so that the challenge may name it.
    pub fn used_basic(headers: &HeaderMap) -> bool {
        headers.contains_key(header::AUTHORIZATION)
    }

    /// Step 1: collects what the request presents and refuses more than one method.
    pub fn read(headers: &HeaderMap, params: &Params) -> Decision<Presented> {
        let body_id = params.one("client_id")?.map(str::to_owned);
        let body_secret = params.one("client_secret")?.map(|text| Secret::new(text.to_owned()));
        let assertion = read_assertion(params)?;
        let mut lines = headers.get_all(header::AUTHORIZATION).iter();
        let Some(line) = lines.next() else {
            let proof = match (body_secret, assertion) {
                (None, None) => Proof::Nothing,
                (Some(text), None) => Proof::Secret(AuthMethod::ClientSecretPost, text),
                (None, Some(assertion)) => Proof::Assertion(assertion),
                (Some(_), Some(_)) => return Err(several()),
            };
            return Ok(Presented { id: body_id, proof });
        };
        if lines.next().is_some() || assertion.is_some() {
            return Err(several());
        }
        let (id, secret) = line.to_str().ok().and_then(basic).ok_or_else(|| {
            invalid("the Authorization header is not HTTP Basic with client id and secret (RFC 6749 section 2.3.1)")
        })?;
        if body_secret.is_some() {
            return Err(several());
        }
        if body_id.is_some_and(|other| other != id) {
            return Err(Refusal::new(
                Code::InvalidRequest,
                "client_id in the body differs from the one in the Authorization header",
            ));
        }
        Ok(Presented { id: Some(id), proof: Proof::Secret(AuthMethod::ClientSecretBasic, secret) })
    }

    /// Who the request says it is from, as text for a trace.
    pub fn claimed(&self) -> Option<String> {
        match (&self.id, &self.proof) {
            (Some(id), _) => Some(id.clone()),
            (None, Proof::Assertion(assertion)) => {
                assertion::claimed_client(assertion.expose()).ok().map(|id| id.to_string())
            }
            (None, Proof::Nothing | Proof::Secret(..)) => None,
        }
    }
}

/// The assertion, with the one type there is.
fn read_assertion(params: &Params) -> Decision<Option<Secret<String>>> {
    match (params.one("client_assertion_type")?, params.one("client_assertion")?) {
        (None, None) => Ok(None),
        (Some(JWT_BEARER), Some(assertion)) => Ok(Some(Secret::new(assertion.to_owned()))),
        (Some(JWT_BEARER), None) => {
            Err(Refusal::new(Code::InvalidRequest, "client_assertion is missing beside its type"))
        }
        (None, Some(_)) => Err(Refusal::new(
            Code::InvalidRequest,
            "client_assertion_type is missing beside client_assertion",
        )),
        (Some(_), _) => Err(invalid(
            "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer (RFC 7523)",
        )),
    }
}

/// Steps 2 to 4: proves the client.
pub async fn client(app: &App, moment: &Moment, presented: Presented) -> Outcome<Authenticated> {
    let Presented { id, proof } = presented;
    let id = match (id, &proof) {
        (Some(id), _) => ClientId::parse(&id).ok(),
        (None, Proof::Assertion(assertion)) => Some(assertion::claimed_client(assertion.expose())?),
        (None, Proof::Nothing | Proof::Secret(..)) => {
            return Err(Stop::Refused(invalid(
                "client_id is missing: send it in the body, or with its secret by HTTP Basic",
            )));
        }
    };
    let found = match &id {
        Some(id) => app.directory.client(id).await?,
        None => None,
    };
    let Some(client) = found else {
        if let Proof::Secret(_, secret) = &proof {
            let _same_cost = secret_is(secret, moment, None);
        }
        return Err(Stop::Refused(invalid("this client is not registered here; register again")));
    };
    documents::refresh(app, moment, &client).await;
    match (client.metadata.token_endpoint_auth_method, proof) {
        (AuthMethod::None, Proof::Nothing) => Ok(Authenticated(client)),
        (AuthMethod::None, Proof::Secret(..) | Proof::Assertion(_)) => Err(Stop::Refused(invalid(
            "this client is registered with token_endpoint_auth_method none; send neither secret nor assertion",
        ))),
        (
            registered @ (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost),
            Proof::Secret(used, secret),
        ) => {
            if used != registered {
                return Err(Stop::Refused(invalid(must_use(registered))));
            }
            if secret_is(&secret, moment, Some(&client)) {
                Ok(Authenticated(client))
            } else {
                Err(Stop::Refused(invalid("the client secret is wrong, or was replaced")))
            }
        }
        (AuthMethod::PrivateKeyJwt, Proof::Assertion(assertion)) => {
            let used = verify(app, moment, &client, assertion.expose()).await?;
            match replay::consume(&app.store, &used).await? {
                Write::Applied(()) => Ok(Authenticated(client)),
                Write::Lost => Err(Stop::Refused(invalid(
                    "client_assertion was used before; make one for each request (RFC 7523 section 3)",
                ))),
            }
        }
        (
            registered @ (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost),
            Proof::Nothing | Proof::Assertion(_),
        )
        | (registered @ AuthMethod::PrivateKeyJwt, Proof::Nothing | Proof::Secret(..)) => {
            Err(Stop::Refused(invalid(must_use(registered))))
        }
    }
}

const fn must_use(registered: AuthMethod) -> &'static str {
    match registered {
        AuthMethod::ClientSecretPost => {
            "this client is registered with client_secret_post: send client_id and client_secret in the body"
        }
        AuthMethod::ClientSecretBasic => {
            "this client is registered with client_secret_basic: send id and secret by HTTP Basic"
        }
        AuthMethod::PrivateKeyJwt => {
            "this client is registered with private_key_jwt: send client_assertion_type and client_assertion"
        }
        AuthMethod::None => "this client is registered with none: send client_id alone",
    }
}

/// Believes an assertion, looking at the client's keys once more if it names one that is not known.
async fn verify(app: &App, moment: &Moment, client: &Client, assertion: &str) -> Outcome<Use> {
    let token_endpoint = app.config.url("/token");
    let named = policy::names_token_endpoint(&app.config.documents, client);
    let audiences =
        Audiences { issuer: &app.config.issuer, token_endpoint: named.then_some(token_endpoint.as_str()) };
    for look in [Look::Known, Look::Again] {
        let keys = keys::of(app, moment, client, look).await?;
        match assertion::verify(assertion, client, &keys, (&audiences, moment.now)) {
            Ok(used) => return Ok(used),
            Err(Doubt::Refused(refusal)) => return Err(Stop::Refused(refusal)),
            Err(Doubt::UnknownKey) => {}
        }
    }
    Err(Stop::Refused(invalid("client_assertion names a key in kid that this client does not publish")))
}

/// Compares by digest; costs the same for an unknown client and for a malformed secret.
fn secret_is(presented: &Secret<String>, moment: &Moment, client: Option<&Client>) -> bool {
    let digest = Token::<ClientSecret>::digest_of(presented.expose());
    let stored = client.and_then(|client| client.secret.as_ref());
    let before = client.and_then(|client| client.previous_secret.as_ref());
    let is_present = digest.ct_eq(stored.unwrap_or(&digest)) && stored.is_some();
    let is_previous = before.is_some_and(|(before, until)| digest.ct_eq(before) && moment.now < *until);
    is_present || is_previous
}

/// Decodes HTTP Basic (RFC 7617). Our ids and secrets are `[A-Za-z0-9_-]`, so clients that form-encode
/// them (RFC 6749 §2.3.1) and clients that do not send the same bytes; imported ones are form-decoded.
fn basic(line: &str) -> Option<(String, Secret<String>)> {
    let (scheme, encoded) = line.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    if decoded.chars().any(char::is_control) {
        return None;
    }
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decode(id), Secret::new(form_decode(secret))))
}

fn form_decode(text: &str) -> String {
    if text.contains(['%', '+']) {
        let pair = format!("v={text}");
        if let Ok(params) = Params::parse(pair.as_bytes())
            && let Ok(Some(value)) = params.one("v")
        {
            return value.to_owned();
        }
    }
    text.to_owned()
}

fn invalid(description: &'static str) -> Refusal {
    Refusal::new(Code::InvalidClient, description)
}

fn several() -> Refusal {
    Refusal::new(Code::InvalidRequest, "the request authenticates the client in more than one way")
}

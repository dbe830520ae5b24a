//! Client authentication at the token endpoint and its friends (RFC 6749 §2.3, OAuth 2.1 §2.4).
//!
//! 1. Exactly one method per request; Basic plus the same `client_id` in the body is one (CA-02).
//! 2. The method is the one the client registered, as an enum; only that branch runs (CA-03).
//! 3. Secrets are compared by digest in constant time; an unknown client costs the same (CA-01).
//!
//! [`Authenticated`] has one constructor, [`client`], so no flow can run for an unproven client.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gatewright_oauth::secret::{ClientSecret, Secret, Token};
use gatewright_oauth::{AuthMethod, Client, ClientId, Code, Decision, Params, Refusal};
use http::{HeaderMap, header};

use crate::app::App;
use crate::error::{Outcome, Stop};

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
    [AuthMethod::None, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost]
        .map(|method| method.to_string())
        .to_vec()
}

/// How a request names its client. At most one secret.
pub struct Presented {
    id: Option<String>,
    secret: Option<(AuthMethod, Secret<String>)>,
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
        if params.one("client_assertion")?.is_some() || params.one("client_assertion_type")?.is_some() {
            return Err(invalid(
                "client assertions are not accepted by this server yet; use client_secret_basic, client_secret_post or none",
            ));
        }
        let mut lines = headers.get_all(header::AUTHORIZATION).iter();
        let Some(line) = lines.next() else {
            return Ok(Presented {
                id: body_id,
                secret: body_secret.map(|text| (AuthMethod::ClientSecretPost, text)),
            });
        };
        if lines.next().is_some() {
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
        Ok(Presented { id: Some(id), secret: Some((AuthMethod::ClientSecretBasic, secret)) })
    }
}

/// Steps 2 and 3: proves the client.
pub async fn client(app: &App, presented: Presented) -> Outcome<Authenticated> {
    let Some(id) = presented.id else {
        return Err(Stop::Refused(invalid(
            "client_id is missing: send it in the body, or with its secret by HTTP Basic",
        )));
    };
    let found = match ClientId::parse(&id) {
        Ok(id) => app.directory.client(&id).await?,
        Err(_) => None,
    };
    let Some(client) = found else {
        let _same_cost = presented.secret.as_ref().map(|(_, secret)| secret_is(secret, None));
        return Err(Stop::Refused(invalid("this client is not registered here; register again")));
    };
    match (client.metadata.token_endpoint_auth_method, presented.secret) {
        (AuthMethod::None, None) => Ok(Authenticated(client)),
        (AuthMethod::None, Some(_)) => Err(Stop::Refused(invalid(
            "this client is registered with token_endpoint_auth_method none; send no secret",
        ))),
        (
            registered @ (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost),
            Some((used, secret)),
        ) => {
            if used != registered {
                return Err(Stop::Refused(invalid(match registered {
                    AuthMethod::ClientSecretPost => {
                        "this client is registered with client_secret_post: send client_id and client_secret in the body"
                    }
                    AuthMethod::ClientSecretBasic | AuthMethod::None | AuthMethod::PrivateKeyJwt => {
                        "this client is registered with client_secret_basic: send id and secret by HTTP Basic"
                    }
                })));
            }
            if secret_is(&secret, Some(&client)) {
                Ok(Authenticated(client))
            } else {
                Err(Stop::Refused(invalid("the client secret is wrong, or was replaced")))
            }
        }
        (AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost, None) => Err(Stop::Refused(invalid(
            "this client must authenticate with its secret, by the method it is registered with",
        ))),
        (AuthMethod::PrivateKeyJwt, Some(_) | None) => {
            Err(Stop::Refused(invalid("this client must authenticate with private_key_jwt")))
        }
    }
}

/// Compares by digest; costs the same for an unknown client and for a malformed secret.
fn secret_is(presented: &Secret<String>, client: Option<&Client>) -> bool {
    let digest = Token::<ClientSecret>::digest_of(presented.expose());
    let stored = client.and_then(|client| client.secret.as_ref());
    match stored {
        Some(stored) => digest.ct_eq(stored),
        None => {
            let _same_cost = digest.ct_eq(&digest);
            false
        }
    }
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

//! What a server says about itself: where to sign in, and what its admin API is called.
//!
//! 1. The API describes itself (RFC 9728), at a place made from the server's address. It has to be the API of that
//!    server, and name that server as the one that gives tokens for it.
//! 2. The server describes itself (RFC 8414). It has to call itself what we call it, and every address of it is on
//!    its own host: a document cannot send codes and tokens elsewhere.

use gatewright_server::admin::RESOURCE_PATH;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::failure::{Exit, Failure};
use crate::fetch::{Body, Fetch};
use crate::output::clean;

/// A server.
#[derive(Debug, Clone, Deserialize)]
pub struct Server {
    /// What it calls itself.
    pub issuer: String,
    /// Where people sign in and allow.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens become tokens.
    pub token_endpoint: String,
    /// Where devices without a browser ask (RFC 8628), if they may.
    #[serde(default)]
    pub device_authorization_endpoint: Option<String>,
    /// Where tokens end.
    pub revocation_endpoint: String,
    /// Whether its answers say who they are of (RFC 9207).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// An admin API.
#[derive(Debug, Clone, Deserialize)]
pub struct AdminApi {
    /// Its identifier (RFC 8707).
    pub resource: String,
    /// Its scopes.
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    #[serde(default)]
    authorization_servers: Vec<String>,
}

/// Step 1.
pub async fn admin_api(fetch: &Fetch, server: &str) -> Result<AdminApi, Failure> {
    let api: AdminApi = read(fetch, server, &format!("oauth-protected-resource|{RESOURCE_PATH}")).await?;
    let expected = format!("{server}{RESOURCE_PATH}");
    if api.resource != expected || !api.authorization_servers.iter().any(|issuer| issuer == server) {
        return Err(Failure::new(format!(
            "the admin API at {server} calls itself {}\n  name the server as it names itself, in its issuer",
            clean(&api.resource)
        )));
    }
    Ok(api)
}

/// Step 2.
pub async fn server(fetch: &Fetch, server: &str) -> Result<Server, Failure> {
    let found: Server = read(fetch, server, "oauth-authorization-server|").await?;
    if found.issuer != server {
        let issuer = clean(&found.issuer);
        return Err(Failure::new(format!(
            "the server at {server} calls itself {issuer}\n  name it as it names itself: --server {issuer}"
        )));
    }
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    let endpoints = [&found.authorization_endpoint, &found.token_endpoint, &found.revocation_endpoint];
    let endpoints = endpoints.into_iter().chain(&found.device_authorization_endpoint);
    if let Some(elsewhere) = endpoints.into_iter().find(|endpoint| origin(endpoint) != origin(server)) {
        return Err(Failure::new(format!(
            "the server at {server} sends people elsewhere, to {}\n  nothing was sent there; ask who runs the server",
            clean(elsewhere)
        )));
    }
    if !found.authorization_response_iss_parameter_supported {
        return Err(Failure::new(format!(
            "the server at {server} does not say who its answers are of (RFC 9207)\n  is it a Gatewright server?"
        )));
    }
    Ok(found)
}

/// A well-known document (RFC 8615): its name stands before the path of the issuer, the rest behind it.
async fn read<T: DeserializeOwned>(fetch: &Fetch, server: &str, name: &str) -> Result<T, Failure> {
    let (name, rest) = name.split_once('|').unwrap_or((name, ""));
    let url = Url::parse(server).map_err(|error| Failure::configuration(error.to_string()))?;
    let path = url.path().trim_end_matches('/');
    let origin = url.origin().ascii_serialization();
    let place = format!("{origin}/.well-known/{name}{path}{rest}");
    let answer = fetch.send(&place, Body::None).await.map_err(|error| unreachable(server, &error))?;
    let document = answer.status.is_success().then(|| serde_json::from_slice(&answer.body).ok()).flatten();
    document.ok_or_else(|| {
        Failure::new(format!(
            "there is no Gatewright server at {server}: {place} answers {}\n  a server is its issuer, such as \
             https://auth.example.com",
            answer.status.as_u16()
        ))
    })
}

/// It does not answer.
pub fn unreachable(server: &str, error: &crate::fetch::FetchError) -> Failure {
    Failure::new(format!(
        "{server} cannot be reached: {error}\n  check the address and the network; on the server's own machine \
         --local works without it"
    ))
    .with(Exit::Unavailable)
}

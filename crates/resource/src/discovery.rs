//! From an issuer to its endpoints (RFC 8414 §3, OpenID Connect Discovery §4).
//!
//! 1. Three places are asked in turn: `/.well-known/oauth-authorization-server` and
//!    `/.well-known/openid-configuration` inserted before the issuer's path, then the latter appended to it.
//! 2. The document's `issuer` must be ours, byte for byte (RFC 8414 §3.3): otherwise one tenant of a host could
//!    speak for another.
//! 3. The result is kept for an hour, or until one of its endpoints fails.

use std::sync::Arc;
use std::time::Duration;

use gatewright_jose::{JsonError, parse_strict};
use http::StatusCode;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::fetch::{Fetch, FetchError, acceptable};

const KEEP: Duration = Duration::from_hours(1);

/// Why the issuer's endpoints are unknown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoveryError {
    #[error("fetching {url}")]
    Fetch { url: String, source: FetchError },
    #[error("{url} is not acceptable JSON")]
    Json { url: String, source: JsonError },
    #[error("{url} is the metadata of {found:?}, not of {expected:?}: the two must be equal byte for byte")]
    Issuer { url: String, found: String, expected: String },
    #[error("no metadata at any well-known place of {0:?}")]
    Nowhere(String),
    #[error("the metadata of {issuer:?} has no {member:?}")]
    Missing { issuer: String, member: &'static str },
    #[error("no usable key in {0}")]
    NoKeys(String),
}

/// The members this crate needs.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Endpoints {
    issuer: String,
    pub(crate) jwks_uri: Option<String>,
    pub(crate) introspection_endpoint: Option<String>,
}

/// One issuer and what it said about itself.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) fetch: Fetch,
    pub(crate) clock: Clock,
    known: Mutex<Option<(Duration, Arc<Endpoints>)>>,
}

impl Issuer {
    pub(crate) fn new(name: String, fetch: Fetch, clock: Clock) -> Self {
        Self { name, fetch, clock, known: Mutex::new(None) }
    }

    /// The endpoints, asked for at most once at a time.
    pub(crate) async fn endpoints(&self) -> Result<Arc<Endpoints>, DiscoveryError> {
        let mut known = self.known.lock().await;
        let now = self.clock.uptime();
        if let Some((_, endpoints)) = known.as_ref().filter(|(at, _)| now < *at + KEEP) {
            return Ok(Arc::clone(endpoints));
        }
        let endpoints = Arc::new(self.discover().await?);
        *known = Some((now, Arc::clone(&endpoints)));
        Ok(endpoints)
    }

    /// Asks again next time: an endpoint did not work.
    pub(crate) async fn forget(&self) {
        *self.known.lock().await = None;
    }

    async fn discover(&self) -> Result<Endpoints, DiscoveryError> {
        for url in well_known(&self.name) {
            let fetched = match self.fetch.get(&url).await {
                Ok(fetched) => fetched,
                Err(FetchError::Status(StatusCode::NOT_FOUND)) => continue,
                Err(source) => return Err(DiscoveryError::Fetch { url, source }),
            };
            let endpoints: Endpoints = match parse_strict(&fetched.body) {
                Ok(endpoints) => endpoints,
                Err(source) => return Err(DiscoveryError::Json { url, source }),
            };
            if endpoints.issuer != self.name {
                return Err(DiscoveryError::Issuer {
                    url,
                    found: endpoints.issuer,
                    expected: self.name.clone(),
                });
            }
            return Ok(endpoints);
        }
        Err(DiscoveryError::Nowhere(self.name.clone()))
    }

    pub(crate) fn missing(&self, member: &'static str) -> DiscoveryError {
        DiscoveryError::Missing { issuer: self.name.clone(), member }
    }
}

/// The places of step 1. The issuer is cut, not parsed and printed again: its spelling is its identity.
fn well_known(issuer: &str) -> Vec<String> {
    let trimmed = issuer.strip_suffix('/').unwrap_or(issuer);
    let authority = trimmed.find("://").map_or(0, |scheme| scheme + 3);
    let path = trimmed
        .get(authority..)
        .and_then(|rest| rest.find('/'))
        .map_or(trimmed.len(), |slash| authority + slash);
    let (origin, path) = trimmed.split_at(path);
    let mut places = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        places.push(format!("{trimmed}/.well-known/openid-configuration"));
    }
    places
}

/// An issuer identifier is a URL without query and fragment (RFC 8414 §2) that we are willing to talk to.
pub(crate) fn is_issuer(issuer: &str) -> bool {
    acceptable(issuer).is_ok_and(|url| url.query().is_none() && url.fragment().is_none())
        && issuer.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_places() {
        assert_eq!(
            well_known("https://as.example"),
            [
                "https://as.example/.well-known/oauth-authorization-server",
                "https://as.example/.well-known/openid-configuration"
            ]
        );
        assert_eq!(well_known("https://as.example/"), well_known("https://as.example"));
        assert_eq!(
            well_known("http://localhost:8080/tenant/1"),
            [
                "http://localhost:8080/.well-known/oauth-authorization-server/tenant/1",
                "http://localhost:8080/.well-known/openid-configuration/tenant/1",
                "http://localhost:8080/tenant/1/.well-known/openid-configuration"
            ]
        );
    }

    #[test]
    fn what_an_issuer_is() {
        assert!(
            is_issuer("https://as.example")
                && is_issuer("https://as.example/t/")
                && is_issuer("http://127.0.0.1:1")
        );
        for bad in [
            "as.example",
            "http://as.example",
            "https://as.example?x",
            "https://as.example#",
            "https://as.example/ x",
        ] {
            assert!(!is_issuer(bad), "{bad}");
        }
    }
}

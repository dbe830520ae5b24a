//! The only outbound HTTP of this crate: to the issuer, bounded in time and size, never following redirects.
//!
//! A redirect from a metadata document to somewhere else would make that somewhere the issuer; RFC 8414 §3.2 and
//! RFC 7517 want the document itself, so anything but 200 is a failure.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CACHE_CONTROL};
use reqwest::{Client, RequestBuilder, StatusCode};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use url::{Host, Url};

/// A whole request and its answer; a slow issuer must not hold up callers for longer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Until the connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// More than any metadata document, key set or introspection answer needs.
const MAX_BODY: usize = 256 * 1024;

/// Why a document could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{0} is neither https nor http to this computer")]
    Insecure(String),
    #[error("the request failed")]
    Transport(#[source] reqwest::Error),
    #[error("the answer has status {0}")]
    Status(StatusCode),
    #[error("the answer is larger than {MAX_BODY} bytes")]
    TooLarge,
}

/// Trust or TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("the additional certificates are not PEM")]
    Pem,
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// A document and how long its server says it is good for.
pub(crate) struct Fetched {
    pub(crate) body: Bytes,
    pub(crate) max_age: Option<Duration>,
}

/// A pooled HTTP client for talking to one issuer.
#[derive(Debug, Clone)]
pub(crate) struct Fetch(Client);

impl Fetch {
    /// A client that trusts the platform's certificate authorities and those in `extra_pem`. The TLS configuration
    /// is built with `ring` explicitly: whether the program installed a default provider does not matter.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one outbound client of this crate, which stands alone"
    )]
    pub(crate) fn new(extra_pem: &[u8]) -> Result<Self, TlsError> {
        let provider = Arc::new(default_provider());
        let extra: Vec<_> =
            CertificateDer::pem_slice_iter(extra_pem).collect::<Result<_, _>>().map_err(|_| TlsError::Pem)?;
        let tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let tls = match Verifier::new_with_extra_roots(extra, provider) {
            Ok(verifier) => {
                tls.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
            }
            // A computer without certificate authorities can still talk to a loopback issuer; https will fail, loudly.
            Err(error) => {
                tracing::warn!(%error, "no certificate authorities found: https connections will be refused");
                tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
            }
        };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .no_proxy()
            .user_agent(concat!("gatewright-resource/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// GET `url`.
    pub(crate) async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let url = acceptable(url)?;
        receive(self.0.get(url)).await
    }

    /// POST an `application/x-www-form-urlencoded` body with `client_secret_basic` credentials.
    pub(crate) async fn post_form(
        &self,
        url: &str,
        authorization: &str,
        form: String,
    ) -> Result<Fetched, FetchError> {
        let url = acceptable(url)?;
        let request = self.0.post(url).header("authorization", authorization);
        receive(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
    }
}

async fn receive(request: RequestBuilder) -> Result<Fetched, FetchError> {
    let mut response = request
        .header(ACCEPT, "application/json")
        .send()
        .await
        .map_err(|e| FetchError::Transport(e.without_url()))?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let max_age = response.headers().get(CACHE_CONTROL).and_then(|value| max_age(value.to_str().ok()?));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| FetchError::Transport(e.without_url()))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Fetched { body: body.into(), max_age })
}

fn max_age(cache_control: &str) -> Option<Duration> {
    let mut directives = cache_control.split(',').map(str::trim);
    let seconds = directives.find_map(|directive| directive.strip_prefix("max-age="))?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Parses `url` if tokens and keys may travel there.
pub(crate) fn acceptable(url: &str) -> Result<Url, FetchError> {
    let insecure = || FetchError::Insecure(url.to_owned());
    let parsed = Url::parse(url).map_err(|_| insecure())?;
    let is_local = match parsed.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => return Err(insecure()),
    };
    let has_credentials = !parsed.username().is_empty() || parsed.password().is_some();
    match parsed.scheme() {
        "https" if !has_credentials => Ok(parsed),
        "http" if is_local && !has_credentials => Ok(parsed),
        _ => Err(insecure()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_spoken_to() {
        for good in [
            "https://a.example/x",
            "http://127.0.0.1:1/",
            "http://[::1]/",
            "http://localhost:9/x",
            "http://127.9.9.9",
        ] {
            assert!(acceptable(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "http://10.0.0.1",
            "http://localhost.evil.test",
            "ftp://a",
            "file:///etc/passwd",
            "",
            "https://u:p@a.example",
            "/x",
        ] {
            assert!(acceptable(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn max_age_is_read() {
        assert_eq!(max_age("public, max-age=300"), Some(Duration::from_mins(5)));
        assert_eq!(max_age("no-store"), None);
        assert_eq!(max_age("max-age=x"), None);
    }
}

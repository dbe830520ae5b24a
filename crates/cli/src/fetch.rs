//! The only outbound HTTP of the command line: `resource add --discover`, `doctor`, and servers that are administered
//! from elsewhere ([`crate::remote`]).
//!
//! 1. `https`, or `http` to this computer; no user name in the address.
//! 2. The whole exchange takes at most [`TIMEOUT`] and the answer is at most 256 KiB; the admin API gets more of both,
//!    for it may wait for something to happen, and answers at length.
//! 3. Redirects are not followed: a metadata document has to be where the specification says.
//! 4. Addresses in private networks are fine, unlike in the server: the operator typed them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use reqwest::tls::TlsInfo;
use reqwest::{Client, RequestBuilder};
use rustls::crypto::ring::default_provider;
use rustls_platform_verifier::Verifier;
use url::{Host, Url};

use crate::failure::Failure;
use crate::remote::Pieces;
use crate::trust::Trust;

/// A request and its whole answer.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// Until the connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// More than any document we ask for.
const MAX_BODY: usize = 256 * 1024;
/// The same, where a server is administered.
const PATIENT_TIMEOUT: Duration = Duration::from_secs(45);
/// Where something flows: as much as a night's work takes.
const FLOW_TIMEOUT: Duration = Duration::from_hours(12);
/// More than a page of a list has.
const PATIENT_BODY: usize = 32 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug)]
pub enum FetchError {
    /// The address is not one we speak to.
    Address(String),
    /// No answer came: refused, timed out, not trusted.
    Transport(reqwest::Error),
    /// More came than we want.
    TooLarge,
}

impl fmt::Display for FetchError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FetchError::Address(reason) => out.write_str(reason),
            FetchError::Transport(error) if error.is_timeout() => out.write_str("no answer in time"),
            FetchError::Transport(error) => {
                // The innermost cause is the one that tells: "Connection refused", "certificate has expired".
                let mut cause: &dyn std::error::Error = error;
                while let Some(next) = cause.source() {
                    cause = next;
                }
                write!(out, "{cause}")
            }
            FetchError::TooLarge => out.write_str("the answer is larger than any that is expected"),
        }
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// The server's certificate, if there was one.
    pub certificate: Option<Vec<u8>>,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// GET.
    None,
    /// POST of an empty form.
    Form,
    /// POST of an empty JSON object.
    Json,
}

/// An HTTP client.
#[derive(Debug)]
pub struct Fetch {
    client: Client,
    /// The largest answer.
    most: usize,
}

impl Fetch {
    /// Trusts what this machine trusts, and these.
    pub fn new(trust: &Trust) -> Result<Fetch, Failure> {
        Fetch::within(trust, TIMEOUT, MAX_BODY)
    }

    /// The same with the patience that the admin API needs.
    pub fn patient(trust: &Trust) -> Result<Fetch, Failure> {
        Fetch::within(trust, PATIENT_TIMEOUT, PATIENT_BODY)
    }

    #[expect(clippy::disallowed_methods, reason = "the one outbound client of the command line")]
    fn within(trust: &Trust, timeout: Duration, most: usize) -> Result<Fetch, Failure> {
        let unusable = |error: &dyn fmt::Display| Failure::new(format!("TLS cannot be set up: {error}"));
        let provider = Arc::new(default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?;
        let tls = match Verifier::new_with_extra_roots(trust.authorities(), provider) {
            Ok(verifier) => {
                tls.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
            }
            // No authorities on this machine: http to this computer still works, https says why not.
            Err(_) => tls.with_root_certificates(trust.alone()).with_no_client_auth(),
        };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .tls_info(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(CONNECT_TIMEOUT)
            .no_proxy()
            .user_agent(concat!("gatewright/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unusable(&error))?;
        Ok(Fetch { client, most })
    }

    /// The answer with its body.
    pub async fn send(&self, url: &str, body: Body) -> Result<Answer, FetchError> {
        self.read(self.request(url, body)?).await
    }

    /// The answer to any request.
    pub async fn exchange(&self, request: http::Request<Vec<u8>>) -> Result<Answer, FetchError> {
        let (parts, body) = request.into_parts();
        let url = acceptable(&parts.uri.to_string()).map_err(FetchError::Address)?;
        self.read(self.client.request(parts.method, url).headers(parts.headers).body(body)).await
    }

    /// The answer to a request, while bodies come and go piece by piece.
    pub async fn flow(
        &self,
        request: http::Request<Option<Pieces>>,
    ) -> Result<http::Response<reqwest::Body>, FetchError> {
        let (parts, body) = request.into_parts();
        let url = acceptable(&parts.uri.to_string()).map_err(FetchError::Address)?;
        let request = self.client.request(parts.method, url).headers(parts.headers).timeout(FLOW_TIMEOUT);
        let request = match body {
            Some(pieces) => request.body(reqwest::Body::wrap(pieces)),
            None => request,
        };
        Ok(request.send().await.map_err(FetchError::Transport)?.into())
    }

    async fn read(&self, request: RequestBuilder) -> Result<Answer, FetchError> {
        let mut response = request.send().await.map_err(FetchError::Transport)?;
        let mut answer = head(&response);
        while let Some(chunk) = response.chunk().await.map_err(FetchError::Transport)? {
            if answer.body.len() + chunk.len() > self.most {
                return Err(FetchError::TooLarge);
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    /// What our own administration listener answers, by plain HTTP, wherever it listens.
    pub async fn own(&self, address: SocketAddr, path: &str) -> Result<Answer, FetchError> {
        let request = self.client.get(format!("http://{address}{path}"));
        Ok(head(&request.send().await.map_err(FetchError::Transport)?))
    }

    /// The answer without its body, which may never end (`text/event-stream`).
    pub async fn head_of_get(&self, url: &str) -> Result<Answer, FetchError> {
        let response = self.request(url, Body::None)?.send().await.map_err(FetchError::Transport)?;
        Ok(head(&response))
    }

    fn request(&self, url: &str, body: Body) -> Result<RequestBuilder, FetchError> {
        let url = acceptable(url).map_err(FetchError::Address)?;
        let (request, kind) = match body {
            Body::None => {
                return Ok(self
                    .client
                    .get(url)
                    .header(header::ACCEPT, "application/json, text/event-stream"));
            }
            Body::Form => (self.client.post(url), "application/x-www-form-urlencoded"),
            Body::Json => (self.client.post(url).body("{}"), "application/json"),
        };
        Ok(request.header(header::CONTENT_TYPE, kind).header(header::ACCEPT, "application/json"))
    }
}

fn head(response: &reqwest::Response) -> Answer {
    let certificate = response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: Vec::new(),
        certificate: certificate.map(<[u8]>::to_vec),
    }
}

/// The address, or why it is not one we speak to.
pub fn acceptable(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is not a URL: {error}"))?;
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address must not hold a user name or password".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_local => Ok(url),
        "http" => Err(format!("{text:?} must be https: plain http is for this computer only")),
        other => Err(format!("{text:?} must be https, not {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_computer_are_spoken_to() {
        for good in ["https://a.example/x", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost:9/x"] {
            assert!(acceptable(good).is_ok(), "{good}");
        }
        for (bad, reason) in [
            ("http://a.example", "must be https"),
            ("http://localhost.evil.test", "must be https"),
            ("ftp://a", "not ftp"),
            ("/x", "not a URL"),
            ("https://u:p@a.example", "user name"),
        ] {
            assert!(acceptable(bad).unwrap_err().contains(reason), "{bad}");
        }
    }
}

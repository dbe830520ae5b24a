//! The only outbound HTTP of the server: documents, key sets and images at addresses that strangers chose
//! (OAuth Client ID Metadata Document, "Server Side Request Forgery"; threat rows CI-01 to CI-04, DC-01, DC-02).
//!
//! 1. `https` only. A name is resolved once; every address it has must be public, or none is used (a mixed answer is an
//!    attack or a mistake). An address literal is held against the same rule.
//! 2. The connection goes to an address that was looked at, not to a name that could resolve anew; where it ended up is
//!    looked at again. The certificate must be for the name.
//! 3. No redirect is followed, no proxy used, no cookie sent, nothing decompressed.
//! 4. The head of the answer comes within [`HEAD_WITHIN`], everything within [`WITHIN`], and no more of it than was
//!    asked for. One request per host, `AT_ONCE` in all.
//!
//! Names and connections come from a [`Network`]: the machine's in production, a made-up one where it is proven that
//! nothing ever reaches a private address.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use gatewright_oauth::address::is_public;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use crate::config;

/// Everything up to the head of the answer. Failures before that are told apart by nobody who waits this long.
pub const HEAD_WITHIN: Duration = Duration::from_secs(3);
/// The whole answer.
pub const WITHIN: Duration = Duration::from_secs(5);
/// Requests under way at once, in all.
const AT_ONCE: usize = 32;
/// Addresses of one name that are tried.
const TRIES: usize = 3;
/// The largest head of an answer.
const HEAD_BYTES: usize = 16 * 1024;

/// Something under way.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = std::io::Result<T>> + Send + 'a>>;

/// Names and connections.
pub trait Network: Send + Sync + 'static {
    /// All addresses of a name.
    fn resolve<'a>(&'a self, host: &'a str) -> Promise<'a, Vec<IpAddr>>;
    /// A connection, and where it ended up.
    fn connect(&self, address: SocketAddr) -> Promise<'_, (TcpStream, SocketAddr)>;
}

/// The machine's network.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNetwork;

impl Network for SystemNetwork {
    fn resolve<'a>(&'a self, host: &'a str) -> Promise<'a, Vec<IpAddr>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 443)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }

    fn connect(&self, address: SocketAddr) -> Promise<'_, (TcpStream, SocketAddr)> {
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            let peer = stream.peer_addr()?;
            Ok((stream, peer))
        })
    }
}

/// Why there is nothing. Words for the operator; strangers hear none of them (CI-10).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not an address this server asks.
    #[error("{0}")]
    Address(&'static str),
    /// The name does not resolve.
    #[error("the name does not resolve")]
    Name,
    /// An address in a network that strangers may not send us to.
    #[error("it is at {0}, which is not a public address; fetch.allow_networks could allow that")]
    Private(IpAddr),
    /// Nobody answers there.
    #[error("no connection: {0}")]
    Connection(String),
    /// No connection that can be trusted.
    #[error("no TLS connection: {0}")]
    Tls(String),
    /// It took too long.
    #[error("it took too long")]
    Slow,
    /// It is larger than anything of its kind.
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    /// The answer is not HTTP as we speak it.
    #[error("the answer is not acceptable: {0}")]
    Answer(String),
    /// Too many requests are under way.
    #[error("too many requests are under way")]
    Busy,
}

impl FetchError {
    /// Whether it may be there next time: then what was there before is still good for a while. Everything else is
    /// the word of whoever runs the host, or of ours.
    pub fn is_passing(&self) -> bool {
        match self {
            FetchError::Name
            | FetchError::Connection(_)
            | FetchError::Tls(_)
            | FetchError::Slow
            | FetchError::Answer(_)
            | FetchError::Busy => true,
            FetchError::Address(_) | FetchError::Private(_) | FetchError::TooLarge(_) => false,
        }
    }
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Fetched {
    /// A header as text.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The address.
    pub url: &'a str,
    /// `Accept`.
    pub accept: &'static str,
    /// The most bytes of a body.
    pub most: usize,
}

/// Fetches what strangers point at.
pub struct Fetcher {
    network: Box<dyn Network>,
    allowed: Vec<IpNet>,
    authorities: Vec<CertificateDer<'static>>,
    tls: OnceCell<Arc<rustls::ClientConfig>>,
    at_once: Semaphore,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Fetcher {
    /// A fetcher that reaches what the configuration allows.
    pub fn new(
        network: Box<dyn Network>,
        config: &config::Fetch,
    ) -> Result<Fetcher, rustls::pki_types::pem::Error> {
        let authorities = match &config.ca_file {
            Some(file) => read_authorities(file)?,
            None => Vec::new(),
        };
        Ok(Fetcher {
            network,
            allowed: config.allow_networks.clone(),
            authorities,
            tls: OnceCell::new(),
            at_once: Semaphore::new(AT_ONCE),
            hosts: Mutex::default(),
        })
    }

    /// GET.
    pub async fn get(&self, wanted: Wanted<'_>) -> Result<Fetched, FetchError> {
        let begun = Instant::now();
        let target = Target::of(wanted.url)?;
        let turn = self.turn(&target.authority);
        let work = async {
            let _of_all = self.at_once.acquire().await.map_err(|_| FetchError::Busy)?;
            let _of_host = turn.acquire().await.map_err(|_| FetchError::Busy)?;
            self.ask(&target, wanted, begun).await
        };
        let answer = timeout_at(begun + WITHIN, work).await.unwrap_or(Err(FetchError::Slow));
        self.leave(&target.authority, turn);
        answer
    }

    async fn ask(&self, target: &Target, wanted: Wanted<'_>, begun: Instant) -> Result<Fetched, FetchError> {
        let head = async {
            let stream = self.connect(target).await?;
            let name = ServerName::try_from(target.host.clone())
                .map_err(|_| FetchError::Address("the host cannot be in a certificate"))?;
            let tls = TlsConnector::from(self.tls().await?);
            let stream =
                tls.connect(name, stream).await.map_err(|error| FetchError::Tls(error.to_string()))?;
            let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
                .max_buf_size(HEAD_BYTES)
                .max_headers(64)
                .handshake(TokioIo::new(stream))
                .await
                .map_err(|error| bad(&error))?;
            let driver = tokio::spawn(connection);
            let request = Request::get(target.path.as_str())
                .header(header::HOST, target.authority.as_str())
                .header(header::ACCEPT, wanted.accept)
                .header(header::ACCEPT_ENCODING, "identity")
                .header(header::USER_AGENT, concat!("gatewright/", env!("CARGO_PKG_VERSION")))
                .body(Empty::<Bytes>::new())
                .map_err(|_| FetchError::Address("the address cannot be asked for"))?;
            let response = sender.send_request(request).await.map_err(|error| bad(&error))?;
            Ok::<_, FetchError>((response, Driver(driver)))
        };
        let (response, _driver) =
            timeout_at(begun + HEAD_WITHIN, head).await.unwrap_or(Err(FetchError::Slow))?;
        let (parts, mut body) = response.into_parts();
        if parts.headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(FetchError::Answer("it is compressed, which was not asked for".to_owned()));
        }
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(|error| bad(&error))?.into_data() {
                if bytes.len() + data.len() > wanted.most {
                    return Err(FetchError::TooLarge(wanted.most));
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(Fetched { status: parts.status, headers: parts.headers, body: bytes.into() })
    }

    /// Steps 1 and 2.
    async fn connect(&self, target: &Target) -> Result<TcpStream, FetchError> {
        let addresses = match target.literal {
            Some(address) => vec![address],
            None => self.network.resolve(&target.host).await.map_err(|_| FetchError::Name)?,
        };
        if let Some(private) = addresses.iter().find(|address| !self.may_reach(**address)) {
            return Err(FetchError::Private(*private));
        }
        let mut failure = FetchError::Name;
        for address in addresses.into_iter().take(TRIES) {
            match self.network.connect(SocketAddr::new(address, target.port)).await {
                Ok((_, peer)) if !self.may_reach(peer.ip()) => return Err(FetchError::Private(peer.ip())),
                Ok((stream, _)) => return Ok(stream),
                Err(error) => failure = FetchError::Connection(error.to_string()),
            }
        }
        Err(failure)
    }

    fn may_reach(&self, address: IpAddr) -> bool {
        is_public(address) || self.allowed.iter().any(|network| network.contains(&address))
    }

    /// Reading the machine's authorities takes a while, so it is done when they are needed first.
    async fn tls(&self) -> Result<Arc<rustls::ClientConfig>, FetchError> {
        let made = self.tls.get_or_try_init(|| async {
            let authorities = self.authorities.clone();
            let made = tokio::task::spawn_blocking(move || client_config(authorities)).await;
            made.map_err(|error| FetchError::Tls(error.to_string()))?
                .map_err(|error| FetchError::Tls(error.to_string()))
        });
        made.await.cloned()
    }

    fn turn(&self, authority: &str) -> Arc<Semaphore> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hosts.entry(authority.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(1))))
    }

    /// Forgets a host nobody waits for any more.
    fn leave(&self, authority: &str, turn: Arc<Semaphore>) {
        drop(turn);
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.get(authority).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            hosts.remove(authority);
        }
    }
}

/// Ends with the request it drives.
struct Driver(tokio::task::JoinHandle<hyper::Result<()>>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An address, taken apart.
struct Target {
    host: String,
    literal: Option<IpAddr>,
    port: u16,
    /// `Host`.
    authority: String,
    path: String,
}

impl Target {
    fn of(text: &str) -> Result<Target, FetchError> {
        let url = Url::parse(text).map_err(|_| FetchError::Address("it is not a URL"))?;
        if url.scheme() != "https" {
            return Err(FetchError::Address("it is not https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Address("it has user information"));
        }
        let (host, literal) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), None),
            Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::V6(address))),
            None => return Err(FetchError::Address("it has no host")),
        };
        let name = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
        Ok(Target {
            host,
            literal,
            port: url.port().unwrap_or(443),
            authority,
            path: format!("{}{query}", url.path()),
        })
    }
}

fn bad(error: &hyper::Error) -> FetchError {
    FetchError::Answer(error.to_string())
}

fn read_authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(file)?.collect()
}

fn client_config(
    authorities: Vec<CertificateDer<'static>>,
) -> Result<Arc<rustls::ClientConfig>, rustls::Error> {
    let provider = Arc::new(default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let verifier = Verifier::new_with_extra_roots(authorities, provider)?;
    let mut tls = tls.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(tls))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dc_01_only_https_is_asked() {
        for (bad, reason) in [
            ("http://app.test/c", "not https"),
            ("ftp://app.test/c", "not https"),
            ("file:///etc/passwd", "not https"),
            ("https://u:p@app.test/c", "user information"),
            ("/c", "not a URL"),
        ] {
            let error = Target::of(bad).err().unwrap();
            assert!(error.to_string().contains(reason), "{bad}: {error}");
        }
        let target = Target::of("https://app.test:8443/a/b?c=d").ok().unwrap();
        assert_eq!((target.authority.as_str(), target.path.as_str()), ("app.test:8443", "/a/b?c=d"));
        let literal = Target::of("https://[::ffff:127.0.0.1]/c").ok().unwrap();
        assert_eq!(literal.literal, Some("::ffff:127.0.0.1".parse().unwrap()));
    }

    #[tokio::test]
    async fn ci_01_address_literals_are_held_against_the_same_rule() {
        let fetcher = Fetcher::new(Box::new(SystemNetwork), &config::Fetch::default()).unwrap();
        for url in [
            "https://127.0.0.1/c",
            "https://2130706433/c",
            "https://0x7f.1/c",
            "https://169.254.169.254/latest",
            "https://[::1]/c",
            "https://[::ffff:10.0.0.1]/c",
            "https://[fd00::1]/c",
        ] {
            let error = fetcher.get(Wanted { url, accept: "*/*", most: 10 }).await.unwrap_err();
            assert!(matches!(error, FetchError::Private(_)), "{url}: {error}");
        }
    }
}

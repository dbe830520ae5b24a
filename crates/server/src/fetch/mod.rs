//! The only outbound HTTP of the server: documents, key sets and images at addresses that strangers chose, and webhooks
//! at addresses that operators chose
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

mod line;
mod network;
mod target;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use gatewright_oauth::address::is_public;
use http::{HeaderMap, Request, StatusCode, header};
use ipnet::IpNet;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

pub use line::{Line, Sent};
pub use network::{Network, Promise, SystemNetwork};
pub use target::Target;

/// Everything up to the head of the answer. Failures before that are told apart by nobody who waits this long.
pub const HEAD_WITHIN: Duration = Duration::from_secs(3);
/// The whole answer.
pub const WITHIN: Duration = Duration::from_secs(5);
/// As the most bytes of a body: the body, which may never end, is not waited for.
pub const HEAD_ONLY: usize = 0;
/// Requests under way at once, in all.
const AT_ONCE: usize = 32;
/// Addresses of one name that are tried.
const TRIES: usize = 3;

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
    #[error("it is at {0}, which is not a public address; {setting} could allow that", setting = .1.setting())]
    Private(IpAddr, Reach),
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
            FetchError::Address(_) | FetchError::Private(..) | FetchError::TooLarge(_) => false,
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
    /// The most bytes of a body, or [`HEAD_ONLY`].
    pub most: usize,
}

/// Who chose the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Strangers: clients' documents, keys, pictures.
    Strangers,
    /// Those who administer this server: webhooks.
    Operators,
    /// The configuration: providers that people sign in with.
    Upstreams,
}

impl Reach {
    /// Which setting names networks for it.
    pub const fn setting(self) -> &'static str {
        match self {
            Reach::Strangers => "fetch.allow_networks",
            Reach::Operators => "webhooks.allow_networks",
            Reach::Upstreams => "upstream.allow_networks",
        }
    }
}

/// Networks that may be reached although they are not public.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// At addresses that strangers chose.
    pub strangers: Vec<IpNet>,
    /// At addresses that operators chose.
    pub operators: Vec<IpNet>,
    /// At addresses of providers that the configuration names.
    pub upstreams: Vec<IpNet>,
}

/// Asks others.
pub struct Fetcher {
    network: Box<dyn Network>,
    allowed: Allowed,
    authorities: Vec<CertificateDer<'static>>,
    tls: OnceCell<Arc<rustls::ClientConfig>>,
    at_once: Semaphore,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Fetcher {
    /// A fetcher that reaches what the configuration allows.
    pub fn new(
        network: Box<dyn Network>,
        (ca_file, allowed): (Option<&Path>, Allowed),
    ) -> Result<Fetcher, rustls::pki_types::pem::Error> {
        let authorities = match ca_file {
            Some(file) => read_authorities(file)?,
            None => Vec::new(),
        };
        Ok(Fetcher {
            network,
            allowed,
            authorities,
            tls: OnceCell::new(),
            at_once: Semaphore::new(AT_ONCE),
            hosts: Mutex::default(),
        })
    }

    /// GET.
    pub async fn get(&self, wanted: Wanted<'_>) -> Result<Fetched, FetchError> {
        let begun = Instant::now();
        let target = Target::of(wanted.url)?.only_https()?;
        let authority = target.authority.clone();
        let turn = self.turn(&authority);
        let work = async {
            let _of_all = self.at_once.acquire().await.map_err(|_| FetchError::Busy)?;
            let _of_host = turn.acquire().await.map_err(|_| FetchError::Busy)?;
            let request = Request::get(target.path.as_str())
                .header(header::ACCEPT, wanted.accept)
                .header(header::ACCEPT_ENCODING, "identity");
            let request =
                Sent { request, body: Bytes::new(), most: wanted.most, head_by: begun + HEAD_WITHIN };
            let line = timeout_at(begun + HEAD_WITHIN, self.line(target, Reach::Strangers));
            line.await.unwrap_or(Err(FetchError::Slow))?.send(request).await
        };
        let answer = timeout_at(begun + WITHIN, work).await.unwrap_or(Err(FetchError::Slow));
        self.leave(&authority, turn);
        answer
    }

    /// A connection to where an operator wants something sent. Clear text is for networks that the configuration
    /// names for that.
    pub async fn open(&self, url: &str) -> Result<Line, FetchError> {
        self.reach(url, Reach::Operators).await
    }

    /// A connection to a place that somebody answers for.
    pub async fn reach(&self, url: &str, reach: Reach) -> Result<Line, FetchError> {
        let target = Target::of(url)?;
        let line = timeout_at(Instant::now() + HEAD_WITHIN, self.line(target, reach));
        line.await.unwrap_or(Err(FetchError::Slow))
    }

    /// Whether something may be sent to this address, as far as that can be said now: a name that does not resolve
    /// may do so later.
    pub async fn vet(&self, url: &str) -> Result<(), FetchError> {
        let target = Target::of(url)?;
        let found = timeout_at(Instant::now() + HEAD_WITHIN, self.addresses(&target, Reach::Operators));
        match found.await {
            Ok(Ok(_) | Err(FetchError::Name)) | Err(_) => Ok(()),
            Ok(Err(error)) => Err(error),
        }
    }

    async fn line(&self, target: Target, reach: Reach) -> Result<Line, FetchError> {
        let stream = self.connect(&target, reach).await?;
        if target.is_clear {
            return Line::over(stream, target).await;
        }
        let name = ServerName::try_from(target.host.clone())
            .map_err(|_| FetchError::Address("the host cannot be in a certificate"))?;
        let tls = TlsConnector::from(self.tls().await?);
        let stream = tls.connect(name, stream).await.map_err(|error| FetchError::Tls(error.to_string()))?;
        Line::over(stream, target).await
    }

    /// Step 1.
    async fn addresses(&self, target: &Target, reach: Reach) -> Result<Vec<IpAddr>, FetchError> {
        const CLEAR: FetchError =
            FetchError::Address("it is not https, and not in a network that allow_networks names for that");
        // Nobody has to be asked where that is.
        if target.is_clear && self.named(reach).is_empty() {
            return Err(CLEAR);
        }
        let addresses = match target.literal {
            Some(address) => vec![address],
            None => self.network.resolve(&target.host).await.map_err(|_| FetchError::Name)?,
        };
        if target.is_clear && !addresses.iter().all(|address| self.is_named(*address, reach)) {
            return Err(CLEAR);
        }
        match addresses.iter().find(|address| !self.may_reach(**address, reach)) {
            Some(private) => Err(FetchError::Private(*private, reach)),
            None => Ok(addresses),
        }
    }

    /// Steps 1 and 2.
    async fn connect(&self, target: &Target, reach: Reach) -> Result<TcpStream, FetchError> {
        let addresses = self.addresses(target, reach).await?;
        let mut failure = FetchError::Name;
        for address in addresses.into_iter().take(TRIES) {
            match self.network.connect(SocketAddr::new(address, target.port)).await {
                Ok((_, peer)) if !self.may_reach(peer.ip(), reach) => {
                    return Err(FetchError::Private(peer.ip(), reach));
                }
                Ok((stream, _)) => return Ok(stream),
                Err(error) => failure = FetchError::Connection(error.to_string()),
            }
        }
        Err(failure)
    }

    fn may_reach(&self, address: IpAddr, reach: Reach) -> bool {
        is_public(address) || self.is_named(address, reach)
    }

    fn is_named(&self, address: IpAddr, reach: Reach) -> bool {
        self.named(reach).iter().any(|network| network.contains(&address.to_canonical()))
    }

    fn named(&self, reach: Reach) -> &[IpNet] {
        match reach {
            Reach::Strangers => &self.allowed.strangers,
            Reach::Operators => &self.allowed.operators,
            Reach::Upstreams => &self.allowed.upstreams,
        }
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

    #[tokio::test]
    async fn ci_01_address_literals_are_held_against_the_same_rule() {
        let fetcher = Fetcher::new(Box::new(SystemNetwork), (None, Allowed::default())).unwrap();
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
            assert!(matches!(error, FetchError::Private(..)), "{url}: {error}");
        }
    }

    #[tokio::test]
    async fn wh_01_clear_text_needs_a_network_that_is_named() {
        let fetcher = Fetcher::new(Box::new(SystemNetwork), (None, Allowed::default())).unwrap();
        let error = fetcher.vet("http://siem.invalid/").await.unwrap_err();
        assert!(matches!(error, FetchError::Address(_)), "{error}");
        // A name may be there later.
        fetcher.vet("https://siem.invalid/").await.unwrap();
    }

    /// Has every name at a public address, and ends up at this machine.
    struct Crooked(SocketAddr);

    impl Network for Crooked {
        fn resolve<'a>(&'a self, _: &'a str) -> Promise<'a, Vec<IpAddr>> {
            Box::pin(async { Ok(vec!["93.184.216.34".parse().unwrap()]) })
        }

        fn connect(&self, _: SocketAddr) -> Promise<'_, (TcpStream, SocketAddr)> {
            Box::pin(async { Ok((TcpStream::connect(self.0).await?, self.0)) })
        }
    }

    #[tokio::test]
    async fn ci_02_where_a_connection_ended_up_is_looked_at_again() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let network = Crooked(listener.local_addr().unwrap());
        let fetcher = Fetcher::new(Box::new(network), (None, Allowed::default())).unwrap();
        let wanted = Wanted { url: "https://app.test/c", accept: "*/*", most: 10 };
        assert!(matches!(fetcher.get(wanted).await, Err(FetchError::Private(..))));
        assert!(matches!(fetcher.open("https://app.test/").await.err(), Some(FetchError::Private(..))));
    }
}

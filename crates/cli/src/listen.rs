//! Listeners: HTTP/1.1 and HTTP/2, plain or TLS, with a bound on everything a stranger can make us
//! wait for or keep (threats DS-01 to DS-03, CK-05).
//!
//! 1. At most [`Limits::connections`] are open; further ones wait in the kernel's queue.
//! 2. A TLS handshake takes at most [`Limits::handshake`]; ALPN chooses the protocol (RFC 7301). On a
//!    plain connection the HTTP/2 preface does (RFC 9113 §3.4).
//! 3. The head of a request takes at most [`Limits::head`] and [`Limits::head_bytes`] (431 beyond);
//!    its body takes at most [`Limits::body`] (408 beyond), and as much again for each 64 KiB that came.
//! 4. A request knows the address it came from (`ConnectInfo`).
//! 5. [`Listening::stop`] takes in who has connected already (`LAST_CALL`), accepts nothing more, lets requests in
//!    flight finish, and cuts what is left.

mod body;
mod connection;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use ipnet::IpNet;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tower::Service;

use crate::failure::Failure;

/// When we stop, whoever is in the kernel's queue has connected and may have sent a request: they are answered, too. And
/// whoever was accepted a moment ago has this long to begin.
const LAST_CALL: Duration = Duration::from_millis(100);

/// What a stranger may take of us.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections open at once.
    pub connections: usize,
    /// Time for a TLS handshake.
    pub handshake: Duration,
    /// Time for the head of a request, and for the pause between two requests of one connection.
    pub head: Duration,
    /// The same for the proxies in front of us. They keep idle connections for a minute or so, and must
    /// not find one closed at the moment they use it.
    pub head_from_proxy: Duration,
    /// Size of the head of a request, in bytes. Four times what the server itself takes
    /// (`gatewright_server::web::head`), so that a browser with too many cookies sees a page that says so.
    pub head_bytes: u32,
    /// Time for the body of a request, and again for each 64 KiB of it.
    pub body: Duration,
    /// Requests at once on one HTTP/2 connection.
    pub streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 10_000,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            head_from_proxy: Duration::from_secs(90),
            head_bytes: 64 * 1024,
            body: Duration::from_secs(15),
            streams: 100,
        }
    }
}

/// Open files that are neither connections of strangers nor of the database: health and metrics, what is fetched from
/// others, mails, the log, certificates.
const RESERVED: usize = 200;

impl Limits {
    /// As usual, but of the `files` that this process may open some are left for the `database` connections and for
    /// whoever asks for health: else those who open connections decide whether we seem to be alive. Where there are very
    /// few, strangers have half of them.
    pub fn within(files: Option<u64>, database: u32) -> Limits {
        let usual = Limits::default();
        let Some(files) = files.and_then(|files| usize::try_from(files).ok()) else { return usual };
        let database = usize::try_from(database).unwrap_or(usize::MAX);
        let room = files.saturating_sub(RESERVED.saturating_add(database)).max(files / 2);
        Limits { connections: usual.connections.min(room), ..usual }
    }
}

/// What is spoken below HTTP.
#[derive(Debug, Clone, Default)]
pub enum Transport {
    /// Nothing.
    #[default]
    Plain,
    /// TLS.
    Tls(Arc<ServerConfig>),
}

/// How to listen.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Plain or TLS.
    pub transport: Transport,
    /// Bounds.
    pub limits: Limits,
    /// Networks of the proxies in front of us.
    pub proxies: Vec<IpNet>,
    /// Whose connections these are, in metrics.
    pub audience: Audience,
}

/// Whom a listener is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    #[default]
    Public,
    /// Those who run the server.
    Admin,
}

impl Audience {
    const fn as_str(self) -> &'static str {
        match self {
            Audience::Public => "public",
            Audience::Admin => "admin",
        }
    }
}

/// Running listeners.
#[derive(Debug)]
pub struct Listening {
    addresses: Vec<SocketAddr>,
    stop: watch::Sender<Option<Duration>>,
    loops: JoinSet<usize>,
}

/// Opens a listener. `setting` is what to change when the address is taken.
pub async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| refused(address, setting, &error))
}

/// Opens listeners on both loopback addresses, so that `localhost` is us whichever of the two a program
/// tries first. A machine without IPv6 gets one.
pub async fn bind_localhost(port: u16, setting: &str) -> Result<Vec<TcpListener>, Failure> {
    let first = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), setting).await?;
    let port = first.local_addr().map_or(port, |address| address.port());
    let second = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    match TcpListener::bind(second).await {
        Ok(listener) => Ok(vec![first, listener]),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(refused(second, setting, &error)),
        Err(error) => {
            tracing::debug!(%error, "no IPv6 loopback address");
            Ok(vec![first])
        }
    }
}

fn refused(address: SocketAddr, setting: &str, error: &std::io::Error) -> Failure {
    let advice = match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("another program listens there: stop it, or change {setting}")
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("ports below 1024 need a privilege (CAP_NET_BIND_SERVICE): grant it, or change {setting}")
        }
        _ => format!("change {setting}"),
    };
    Failure::new(format!("cannot listen on {address}: {error}\n  {advice}"))
}

/// What answers requests.
pub trait Answer:
    Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
{
}

impl<S> Answer for S where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// Serves `service` on every one of `listeners`.
pub fn serve(
    listeners: impl IntoIterator<Item = TcpListener>,
    service: impl Answer,
    options: Options,
) -> Listening {
    let (stop, stopped) = watch::channel(None);
    let permits = Arc::new(Semaphore::new(options.limits.connections));
    let server = Arc::new(connection::Server { service, options });
    let mut loops = JoinSet::new();
    let mut addresses = Vec::new();
    for listener in listeners {
        addresses.extend(listener.local_addr());
        loops.spawn(accept(listener, (Arc::clone(&server), Arc::clone(&permits)), stopped.clone()));
    }
    Listening { addresses, stop, loops }
}

impl Listening {
    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The first address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.addresses.first().copied().unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0))
    }

    /// Stops accepting and waits, at most for `patience`, until requests in flight are answered. Returns
    /// how many connections had to be cut.
    pub async fn stop(mut self, patience: Duration) -> usize {
        self.stop.send_replace(Some(patience));
        let mut cut = 0;
        while let Some(ended) = self.loops.join_next().await {
            cut += ended.unwrap_or(0);
        }
        cut
    }
}

async fn accept(
    listener: TcpListener,
    (server, permits): (Arc<connection::Server<impl Answer>>, Arc<Semaphore>),
    mut stopped: watch::Receiver<Option<Duration>>,
) -> usize {
    let mut connections = JoinSet::new();
    let open = metrics::gauge!("gatewright_connections", "listener" => server.options.audience.as_str());
    let serve = |accepted, kept| connection::serve(Arc::clone(&server), accepted, kept);
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await.ok();
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            biased;
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => continue,
            next = next => next,
        };
        match accepted {
            Ok((stream, peer)) => {
                let kept = (Counted::one(&open), permit);
                connections.spawn(serve((stream, peer), (stopped.clone(), kept)));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of file descriptors, most likely: nothing gets better by trying at once.
                tracing::warn!(%error, "cannot accept connections");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    let mut late = stopped.clone();
    // They learn at once that we are stopping, after their first request.
    late.mark_changed();
    let all_in = Instant::now() + LAST_CALL;
    while let Ok(Ok((stream, peer))) = timeout_at(all_in, listener.accept()).await {
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else { break };
        let kept = (Counted::one(&open), Some(permit));
        connections.spawn(serve((stream, peer), (late.clone(), kept)));
    }
    drop(listener);
    let patience = stopped.borrow().unwrap_or_default();
    let all_gone = timeout(patience, async { while connections.join_next().await.is_some() {} }).await;
    let cut = if all_gone.is_ok() { 0 } else { connections.len() };
    connections.shutdown().await;
    cut
}

/// A connection that is counted until it is over, however it ends.
struct Counted(metrics::Gauge);

impl Counted {
    fn one(open: &metrics::Gauge) -> Counted {
        open.increment(1.0);
        Counted(open.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Whether a failed `accept` tells about the connection it was for and not about us.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A connection that was accepted.
type Accepted = (TcpStream, SocketAddr);

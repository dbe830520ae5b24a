//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::ConnectInfo;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::body::{self, Timed};
use super::{Accepted, Answer, LAST_CALL, Options, Transport};

/// The beginning of the HTTP/2 preface; no HTTP/1 method is called like that (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI";
/// How often an HTTP/2 peer is asked whether it is still there, and how long it may take to answer.
const PING: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(15));

/// What all connections of a listener share.
pub(super) struct Server<S> {
    pub(super) service: S,
    pub(super) options: Options,
}

#[derive(Clone, Copy)]
enum Protocol {
    Http1,
    Http2,
}

/// What a connection is served with.
struct Peer {
    address: SocketAddr,
    head: Duration,
}

/// Steps 2 to 4 of the module above. What is `_kept` is dropped when the connection is over.
///
/// There may be ten thousand of these at once, and a future that is given to another one is held twice: what is large
/// is made where it stays (DS-01).
pub(super) async fn serve<S: Answer, K: Send>(
    server: Arc<Server<S>>,
    (stream, address): Accepted,
    (stopped, _kept): (Stopped, K),
) {
    let Options { transport, limits, proxies, .. } = &server.options;
    let canonical = address.ip().to_canonical();
    let is_proxy = proxies.iter().any(|network| network.contains(&canonical));
    let peer = Peer { address, head: if is_proxy { limits.head_from_proxy } else { limits.head } };
    // Answers are written whole: waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    match transport {
        Transport::Plain => {
            let protocol = tokio::select! {
                chosen = timeout(peer.head, by_preface(&stream)) => chosen.ok().flatten(),
                () = last_call(stopped.clone()) => None,
            };
            let Some(protocol) = protocol else { return };
            speak(&server, (TokioIo::new(stream), protocol, peer), stopped.clone()).await;
        }
        Transport::Tls(config) => {
            let acceptor = TlsAcceptor::from(Arc::clone(config));
            let shaken = tokio::select! {
                shaken = timeout(limits.handshake, acceptor.accept(stream)) => shaken,
                () = last_call(stopped.clone()) => return,
            };
            let Ok(Ok(stream)) = shaken else { return };
            let protocol = match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => Protocol::Http2,
                Some(_) | None => Protocol::Http1,
            };
            speak(&server, (TokioIo::new(stream), protocol, peer), stopped.clone()).await;
        }
    }
}

/// Some time after the stop: until then somebody who has connected may begin.
async fn last_call(mut stopped: Stopped) {
    // An error is the end, too.
    let _ = stopped.changed().await;
    sleep(LAST_CALL).await;
}

/// Looks at the first bytes without taking them. `None` when the peer left.
async fn by_preface(stream: &TcpStream) -> Option<Protocol> {
    let mut seen = [0; PREFACE.len()];
    loop {
        let count = stream.peek(&mut seen).await.ok()?;
        if count == 0 {
            return None;
        }
        if seen[..count] != PREFACE[..count] {
            return Some(Protocol::Http1);
        }
        if count == PREFACE.len() {
            return Some(Protocol::Http2);
        }
        // There are bytes, but too few to tell: the socket stays readable, so waiting for that spins.
        sleep(Duration::from_millis(5)).await;
    }
}

async fn speak<S, I>(server: &Arc<Server<S>>, (io, protocol, peer): (I, Protocol, Peer), mut stopped: Stopped)
where
    S: Answer,
    I: Read + Write + Send + Unpin + 'static,
{
    let limits = &server.options.limits;
    let asked = Arc::new(AtomicBool::new(false));
    let service = {
        let (server, address, asked) = (Arc::clone(server), peer.address, Arc::clone(&asked));
        service_fn(move |request| {
            asked.store(true, Ordering::Relaxed);
            answer(Arc::clone(&server), address, request)
        })
    };
    let silent = async {
        sleep(peer.head).await;
        if asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    let over = async {
        // An error is the end, too.
        let _ = stopped.changed().await;
        if !asked.load(Ordering::Relaxed) {
            sleep(LAST_CALL).await;
        }
    };
    match protocol {
        Protocol::Http1 => {
            let connection = pin!(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(peer.head)
                    .max_header_size(limits.head_bytes as usize)
                    .serve_connection(io, service)
            );
            drive(connection, pin!(silent), pin!(over)).await;
        }
        Protocol::Http2 => {
            let connection = pin!(
                http2::Builder::new(TokioExecutor::new())
                    .timer(TokioTimer::new())
                    .max_concurrent_streams(limits.streams)
                    .max_header_list_size(limits.head_bytes)
                    .keep_alive_interval(PING.0)
                    .keep_alive_timeout(PING.1)
                    .serve_connection(io, service)
            );
            drive(connection, pin!(silent), pin!(over)).await;
        }
    }
}

type Stopped = watch::Receiver<Option<Duration>>;

/// Runs a connection to its end. Told to stop, it finishes the requests it has and takes no more. One
/// that is `silent`, without a first request in time, is dropped; with HTTP/2 nobody else would.
async fn drive<C>(
    mut connection: Pin<&mut C>,
    silent: Pin<&mut impl Future<Output = ()>>,
    over: Pin<&mut impl Future<Output = ()>>,
) where
    C: GracefulConnection<Error = hyper::Error>,
{
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = silent => return,
        () = over => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // The peer's doing: a reset, a timeout, bytes that are not HTTP. hyper has answered what can be.
        tracing::debug!(%error, "connection ended");
    }
}

async fn answer(
    server: Arc<Server<impl Answer>>,
    address: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let (mut parts, incoming) = request.into_parts();
    parts.extensions.insert(ConnectInfo(address));
    if incoming.is_end_stream() {
        return server.service.clone().oneshot(Request::from_parts(parts, Body::empty())).await;
    }
    let (body, late) = Timed::new(incoming, server.options.limits.body);
    let response = server.service.clone().oneshot(Request::from_parts(parts, Body::new(body))).await?;
    Ok(if late.is_late() { body::too_late() } else { response })
}

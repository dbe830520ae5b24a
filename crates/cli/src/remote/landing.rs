//! Where the browser comes back to (RFC 8252 §7.3): a port of this computer that listens for one answer.
//!
//! 1. Only 127.0.0.1, at a port that was free.
//! 2. An answer is one that carries our `state`. Everything else is turned away and waited on: any page and any
//!    program of this computer can come here.
//! 3. Who has the browser on another computer pastes the address it ended at.

use std::convert::Infallible;
use std::io::IsTerminal as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use gatewright_server::admin::program::REDIRECT_URI;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use subtle::ConstantTimeEq as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use crate::failure::Failure;

/// How long a person may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// How long a connection may take to ask.
const CONNECTION: Duration = Duration::from_secs(10);
/// Connections at a time: a browser makes two or three.
const MOST: usize = 16;

/// The parameters of an answer.
pub type Pairs = Vec<(String, String)>;

/// A port that listens.
pub struct Landing {
    listener: TcpListener,
    address: SocketAddr,
}

impl Landing {
    /// Step 1. Port 0 is any.
    pub async fn open(port: u16) -> Result<Landing, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(format!(
                "cannot listen on 127.0.0.1:{port}: {error}\n  leave --port out, or name one that is free"
            ))
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Landing { listener, address })
    }

    /// Where it is.
    pub fn redirect_uri(&self) -> String {
        REDIRECT_URI.replacen("127.0.0.1", &self.address.to_string(), 1)
    }

    /// Steps 2 and 3.
    pub async fn wait(self, state: &str) -> Result<Pairs, Failure> {
        let state: Arc<str> = Arc::from(state);
        let mut pasted = pasted();
        let mut connections = JoinSet::new();
        let end = tokio::time::sleep(PATIENCE);
        tokio::pin!(end);
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if connections.len() < MOST => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(serve(stream, Arc::clone(&state)));
                    }
                }
                Some(done) = connections.join_next(), if !connections.is_empty() => {
                    if let Ok(Some(answer)) = done {
                        return Ok(answer);
                    }
                }
                Some(line) = pasted.recv() => {
                    if let Some(answer) = Url::parse(line.trim()).ok().and_then(|url| answer(&url, &state)) {
                        return Ok(answer);
                    }
                    crate::terminal::note("That is not the address this sign-in ends at; it begins with http://127.0.0.1.");
                }
                () = &mut end => {
                    return Err(Failure::new("nobody signed in within ten minutes\n  run the command again"));
                }
            }
        }
    }
}

/// Step 3: lines of the terminal, if there is one. The thread ends with the process.
fn pasted() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    if std::io::stdin().is_terminal() {
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// The answer, if it is one to our question.
fn answer(url: &Url, state: &str) -> Option<Pairs> {
    let pairs: Pairs = url.query_pairs().into_owned().collect();
    let mut states = pairs.iter().filter(|(name, _)| name == "state");
    let (_, presented) = states.next()?;
    let is_ours = url.path() == "/callback"
        && states.next().is_none()
        && bool::from(presented.as_bytes().ct_eq(state.as_bytes()));
    is_ours.then_some(pairs)
}

async fn serve(stream: TcpStream, state: Arc<str>) -> Option<Pairs> {
    let found: Arc<Mutex<Option<Pairs>>> = Arc::default();
    let service = service_fn(|request: Request<Incoming>| {
        let heard = hear(&request, &state);
        let response = page(heard.as_ref());
        if heard.is_some() {
            *found.lock().unwrap_or_else(PoisonError::into_inner) = heard;
        }
        async { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(CONNECTION)
        .serve_connection(TokioIo::new(stream), service);
    // However it ends, what it said counts; the page was on its way.
    let _ = tokio::time::timeout(CONNECTION, connection).await;
    found.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn hear(request: &Request<Incoming>, state: &str) -> Option<Pairs> {
    if request.method() != http::Method::GET {
        return None;
    }
    let url = Url::parse(&format!("http://127.0.0.1{}", request.uri().path_and_query()?)).ok()?;
    answer(&url, state)
}

fn page(heard: Option<&Pairs>) -> Response<Full<Bytes>> {
    const DONE: (StatusCode, &str, &str) =
        (StatusCode::OK, "text/html; charset=utf-8", include_str!("landed.html"));
    const NOTHING: (StatusCode, &str, &str) =
        (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "There is nothing here.\n");
    let (status, kind, text) = if heard.is_some() { DONE } else { NOTHING };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_to_our_question_is_one() {
        let heard = |url: &str| answer(&Url::parse(url).unwrap(), "s-1").is_some();
        assert!(heard("http://127.0.0.1:1/callback?code=x&state=s-1"));
        for other in [
            "http://127.0.0.1:1/callback?code=x",
            "http://127.0.0.1:1/callback?code=x&state=s-2",
            "http://127.0.0.1:1/callback?code=x&state=s-1&state=s-1",
            "http://127.0.0.1:1/other?code=x&state=s-1",
        ] {
            assert!(!heard(other), "{other}");
        }
    }
}

//! A client that knows how its requests ended: with an answer, or at which point without one.
//!
//! Only HTTP/1.1 with lengths (RFC 9112), over keep-alive connections. One that the server closed while it was idle is
//! not used again, and no failure of a request. Nothing is sent twice: whoever asked decides about that.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Nobody waits longer: a request that takes this long was forgotten by the server.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    head: String,
    /// The body.
    pub body: Vec<u8>,
}

/// How a request ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Nobody listens: it has not been sent.
    Refused,
    /// It was sent on a new connection, which closed without an answer.
    Cut,
    /// The same on a connection that had been idle: the server may have closed it before the request was there.
    Stale,
    /// Nothing came in time.
    Silence,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.lines();
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All headers of this name.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines().filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.map(|(name, value)| (name, value.trim()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A text of the JSON body.
    pub fn member(&self, name: &str) -> Option<String> {
        self.json().get(name)?.as_str().map(str::to_owned)
    }

    /// The code of an OAuth error; empty when there is none.
    pub fn error(&self) -> String {
        self.member("error").unwrap_or_default()
    }
}

/// Connections to one address.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    host: String,
    idle: Mutex<Vec<TcpStream>>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// `GET path`.
    pub fn get(path: impl Into<String>) -> Request {
        Request { method: "GET", path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// A form.
    pub fn form(path: impl Into<String>, fields: &[(&str, &str)]) -> Request {
        let mut encoder = url::form_urlencoded::Serializer::new(String::new());
        encoder.extend_pairs(fields);
        let request = Request { method: "POST", body: encoder.finish().into_bytes(), ..Request::get(path) };
        request.header("content-type", "application/x-www-form-urlencoded")
    }

    /// JSON, sent by any method.
    pub fn json(method: &'static str, path: impl Into<String>, body: &Value) -> Request {
        let request = Request { method, body: body.to_string().into_bytes(), ..Request::get(path) };
        request.header("content-type", "application/json")
    }

    /// Another method, without a body.
    pub fn plain(method: &'static str, path: impl Into<String>) -> Request {
        Request { method, ..Request::get(path) }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let length =
            (self.method != "GET").then(|| ("content-length".to_owned(), self.body.len().to_string()));
        let lines: Vec<String> =
            self.headers.iter().chain(&length).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head =
            format!("{} {} HTTP/1.1\r\nhost: {host}\r\n{}\r\n", self.method, self.path, lines.concat());
        [head.as_bytes(), &self.body].concat()
    }
}

impl Door {
    /// To a server that is known as `host` to everybody.
    pub fn new(address: SocketAddr, host: impl Into<String>) -> Door {
        Door { address, host: host.into(), idle: Mutex::default() }
    }

    /// What it is known as.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where it leads.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: &Request) -> Result<Answer, Lost> {
        let exchanged = timeout(PATIENCE, self.exchange(&request.bytes(&self.host))).await;
        exchanged.unwrap_or(Err(Lost::Silence))
    }

    async fn exchange(&self, bytes: &[u8]) -> Result<Answer, Lost> {
        let kept = self.kept();
        let broken = if kept.is_some() { Lost::Stale } else { Lost::Cut };
        let mut stream = match kept {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await.map_err(|_| Lost::Refused)?,
        };
        // Without it answers are only later.
        let _ = stream.set_nodelay(true);
        let (answer, keep) = talk(&mut stream, bytes).await.ok_or(broken)?;
        if matches!(keep, Keep::Open) {
            self.idle().push(stream);
        }
        Ok(answer)
    }

    /// A connection that is open, as far as anybody knows.
    fn kept(&self) -> Option<TcpStream> {
        loop {
            let stream = self.idle().pop()?;
            match stream.try_read(&mut [0]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Some(stream),
                // Closed, or an answer nobody asked for.
                Ok(_) | Err(_) => {}
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<TcpStream>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Keep {
    Open,
    Close,
}

/// One exchange; `None` when the connection ended before the answer did.
async fn talk(stream: &mut TcpStream, request: &[u8]) -> Option<(Answer, Keep)> {
    stream.write_all(request).await.ok()?;
    let mut seen = Vec::with_capacity(4096);
    let end = loop {
        more(stream, &mut seen).await?;
        if let Some(end) = seen.windows(4).position(|part| part == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&seen[..end]).into_owned();
    let status = head.get(9..12)?.parse().ok()?;
    let answer = Answer { status, head, body: Vec::new() };
    let length: usize = answer.header("content-length").unwrap_or("0").parse().ok()?;
    while seen.len() < end + 4 + length {
        more(stream, &mut seen).await?;
    }
    let closes = answer.header("connection").is_some_and(|word| word.eq_ignore_ascii_case("close"));
    let keep = if closes { Keep::Close } else { Keep::Open };
    Some((Answer { body: seen.split_off(end + 4), ..answer }, keep))
}

async fn more(stream: &mut TcpStream, seen: &mut Vec<u8>) -> Option<()> {
    match stream.read_buf(seen).await {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}

/// Cookies of one browser.
#[derive(Debug, Clone, Default)]
pub struct Cookies(HashMap<String, String>);

impl Cookies {
    /// What the browser sends.
    pub fn line(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Keeps what the server says is to be kept.
    pub fn take(&mut self, answer: &Answer) {
        for line in answer.headers("set-cookie") {
            let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            if line.contains("Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// What is left when somebody has signed out.
    #[must_use]
    pub fn signed_out(&self) -> Cookies {
        let mut left = self.clone();
        left.0.retain(|name, _| !name.contains("session"));
        left
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }
}

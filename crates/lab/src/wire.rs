//! HTTP/1.1 as lean as it can be (RFC 9112): requests are bytes made beforehand, and of an answer only
//! status and length are read. The load generator shares two cores with what it measures.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::Outcome;
use crate::load::{Step, Worker};

/// Requests for one endpoint.
#[derive(Clone)]
pub struct Requests {
    texts: Arc<Vec<Box<[u8]>>>,
    supply: Supply,
    /// What a right answer contains; looked for in the first one of every connection.
    proof: &'static [u8],
}

#[derive(Clone)]
enum Supply {
    /// Each may be sent again and again.
    Endless,
    /// Each is good once: the next one nobody has taken yet.
    Once(Arc<AtomicUsize>),
}

impl Requests {
    /// Requests that may be repeated.
    pub fn endless(texts: Vec<Box<[u8]>>, proof: &'static [u8]) -> Requests {
        Requests { texts: Arc::new(texts), supply: Supply::Endless, proof }
    }

    /// Requests that are good once each.
    pub fn once(texts: Vec<Box<[u8]>>, proof: &'static [u8]) -> Requests {
        Requests { texts: Arc::new(texts), supply: Supply::Once(Arc::default()), proof }
    }

    fn take(&self, turn: usize) -> Option<&[u8]> {
        let index = match &self.supply {
            Supply::Endless => turn % self.texts.len(),
            Supply::Once(next) => next.fetch_add(1, Ordering::Relaxed),
        };
        self.texts.get(index).map(AsRef::as_ref)
    }
}

/// `GET path`.
pub fn get(host: SocketAddr, path: &str) -> Box<[u8]> {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n").into_bytes().into()
}

/// A form posted to `path`, by a client that authenticates with HTTP Basic or not at all.
pub fn post(host: SocketAddr, path: &str, (basic, form): (Option<&str>, &str)) -> Box<[u8]> {
    let proof = basic.map(|proof| format!("authorization: Basic {proof}\r\n")).unwrap_or_default();
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\n{proof}content-type: application/x-www-form-urlencoded\r\n\
         content-length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
    .into()
}

/// `GET path` by a browser with these cookies.
pub fn visit(host: SocketAddr, path: &str, cookies: &str) -> Box<[u8]> {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookies}\r\n\r\n").into_bytes().into()
}

/// A form of a page of ours, sent by a browser with these cookies.
pub fn submit(host: SocketAddr, path: &str, (cookies, form): (&str, &str)) -> Box<[u8]> {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookies}\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    )
    .into_bytes()
    .into()
}

/// JSON posted to `path`.
pub fn post_json(host: SocketAddr, path: &str, json: &str) -> Box<[u8]> {
    let length = json.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    )
    .into_bytes()
    .into()
}

/// One keep-alive connection that sends the next request when the answer to the last one is there.
pub struct Caller {
    connection: Connection,
    requests: Requests,
    turn: usize,
}

impl Caller {
    /// Connects and asks once, to see that the answer is right.
    pub async fn connect(host: SocketAddr, requests: Requests, first: usize) -> Outcome<Caller> {
        let mut connection = Connection::open(host).await?;
        if let Some(request) = requests.take(first) {
            let answer = connection.exchange(request).await?;
            if !answer.windows(requests.proof.len()).any(|part| part == requests.proof) {
                return Err(format!("a wrong answer: {}", String::from_utf8_lossy(answer)).into());
            }
        }
        Ok(Caller { connection, requests, turn: first })
    }
}

impl Worker for Caller {
    async fn step(&mut self) -> Outcome<Step> {
        self.turn += 1;
        let Some(request) = self.requests.take(self.turn) else { return Ok(Step::Exhausted) };
        self.connection.exchange(request).await?;
        Ok(Step::Done)
    }
}

/// A keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(host: SocketAddr) -> Outcome<Connection> {
        Connection::of(TcpStream::connect(host).await?)
    }

    /// Connects from an address of this machine: all of 127.0.0.0/8 are.
    pub async fn open_from(source: Ipv4Addr, host: SocketAddr) -> Outcome<Connection> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((source, 0)))?;
        Connection::of(socket.connect(host).await?)
    }

    fn of(stream: TcpStream) -> Outcome<Connection> {
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: vec![0; 16 * 1024] })
    }

    /// Sends a request and reads the whole answer; its body. Anything but 200 and 201 is an error.
    pub async fn exchange(&mut self, request: &[u8]) -> Outcome<&[u8]> {
        let (head, end) = self.answer(request).await?;
        match self.buffer.get(9..12) {
            Some(b"200" | b"201") => Ok(&self.buffer[head..end]),
            Some(_) | None => {
                Err(format!("a wrong answer: {}", String::from_utf8_lossy(&self.buffer[..end])).into())
            }
        }
    }

    /// Sends a request that is answered with a redirect; where it leads.
    pub async fn follow(&mut self, request: &[u8]) -> Outcome<String> {
        let (head, end) = self.answer(request).await?;
        let text = String::from_utf8_lossy(&self.buffer[..head]);
        let line = text.split("\r\n").filter_map(|line| line.split_once(':'));
        let mut places =
            line.filter(|(name, _)| name.eq_ignore_ascii_case("location")).map(|(_, place)| place);
        match places.next() {
            Some(place) => Ok(place.trim().to_owned()),
            None => Err(format!("no redirect: {}", String::from_utf8_lossy(&self.buffer[..end])).into()),
        }
    }

    /// Where head and body of the answer end in the buffer.
    async fn answer(&mut self, request: &[u8]) -> Outcome<(usize, usize)> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err("the connection was closed in the middle of an answer".into());
            }
            filled += read;
            if let Some((head, body)) = lengths(&self.buffer[..filled])?
                && filled >= head + body
            {
                return Ok((head, head + body));
            }
        }
    }
}

/// The lengths of head and body of the answer that begins with `seen`, once its head is complete.
fn lengths(seen: &[u8]) -> Outcome<Option<(usize, usize)>> {
    let Some(end) = seen.windows(4).position(|part| part == b"\r\n\r\n") else { return Ok(None) };
    let body = std::str::from_utf8(&seen[..end])?
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .ok_or("an answer without Content-Length")?
        .1
        .trim()
        .parse::<usize>()?;
    Ok(Some((end + 4, body)))
}

/// One request on a connection of its own; the answer's body.
pub async fn ask(host: SocketAddr, request: &[u8]) -> Outcome<Vec<u8>> {
    Ok(Connection::open(host).await?.exchange(request).await?.to_vec())
}

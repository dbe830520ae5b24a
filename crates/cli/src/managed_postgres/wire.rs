//! Just enough of PostgreSQL's protocol, version 3, to know that it is ready and to create a database.
//!
//! 1. `StartupMessage` → `AuthenticationOk` (the socket's directory is the authentication) →
//!    `ReadyForQuery`.
//! 2. `Query` → `CommandComplete` or `ErrorResponse` → `ReadyForQuery`.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// SQLSTATE of a server that is starting up, shutting down or recovering.
pub(super) const CANNOT_CONNECT_NOW: &str = "57P03";
/// Creating a database copies a directory; on a slow disk that takes seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// No answer to what we ask is longer; four letters of another protocol are a greater number.
const MAX_MESSAGE: usize = 1 << 16;

/// Why the other end did not do as asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    /// There is no conversation.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// PostgreSQL answered with an error.
    #[error("{message} ({code})")]
    Refused {
        /// SQLSTATE.
        code: String,
        /// The text for people.
        message: String,
    },
}

impl WireError {
    /// Whether what was to be created exists: found out before (42P04), or while doing it (23505).
    pub(super) fn is_duplicate(&self) -> bool {
        matches!(self, WireError::Refused { code, .. } if code == "42P04" || code == "23505")
    }
}

/// A connection that was accepted.
pub(super) struct Connection {
    stream: UnixStream,
}

impl Connection {
    pub(super) async fn open(socket: &Path, user: &str, database: &str) -> Result<Connection, WireError> {
        let connect = async {
            let mut connection = Connection { stream: UnixStream::connect(socket).await? };
            let mut startup = 196_608_u32.to_be_bytes().to_vec();
            for word in ["user", user, "database", database, "application_name", "gatewright start", ""] {
                startup.extend_from_slice(word.as_bytes());
                startup.push(0);
            }
            connection.send(None, &startup).await?;
            connection.until_ready().await?;
            Ok(connection)
        };
        patiently(connect).await
    }

    /// Runs one statement and returns its command tag, as in `SELECT 1`.
    pub(super) async fn execute(&mut self, statement: &str) -> Result<String, WireError> {
        let query = [statement.as_bytes(), b"\0"].concat();
        let run = async {
            self.send(Some(b'Q'), &query).await?;
            self.until_ready().await
        };
        patiently(run).await
    }

    async fn send(&mut self, kind: Option<u8>, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len() + 4).map_err(|_| malformed())?;
        let message = [kind.as_slice(), &length.to_be_bytes(), body].concat();
        self.stream.write_all(&message).await
    }

    async fn until_ready(&mut self) -> Result<String, WireError> {
        let mut tag = String::new();
        let mut refusal = None;
        loop {
            let (kind, body) = self.receive().await?;
            match kind {
                b'Z' => return refusal.map_or(Ok(tag), Err),
                b'C' => tag = until_nul(&body),
                // An error before the first ReadyForQuery ends the connection: nothing follows it.
                b'E' if refusal.is_none() && error_severity(&body) == "FATAL" => return Err(error(&body)),
                b'E' => refusal = Some(error(&body)),
                b'R' if body != [0; 4] => return Err(io::Error::other("a password is asked for").into()),
                // parameters, key data, notices, row descriptions and rows
                _ => {}
            }
        }
    }

    async fn receive(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let kind = self.stream.read_u8().await?;
        let length = usize::try_from(self.stream.read_u32().await?).map_err(|_| malformed())?;
        if !(4..=MAX_MESSAGE).contains(&length) {
            return Err(malformed());
        }
        let mut body = vec![0; length - 4];
        self.stream.read_exact(&mut body).await?;
        Ok((kind, body))
    }
}

async fn patiently<T>(work: impl Future<Output = Result<T, WireError>>) -> Result<T, WireError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is not PostgreSQL's protocol")
}

fn until_nul(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// A field of an `ErrorResponse`: a letter, the text, NUL.
fn field(body: &[u8], letter: u8) -> String {
    let fields = body.split(|byte| *byte == 0).filter_map(|field| field.split_first());
    let found = fields.into_iter().find(|(kind, _)| **kind == letter);
    found.map(|(_, text)| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
}

fn error_severity(body: &[u8]) -> String {
    field(body, b'V')
}

fn error(body: &[u8]) -> WireError {
    WireError::Refused { code: field(body, b'C'), message: field(body, b'M') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_fields_are_found_by_their_letter() {
        let body = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
        assert_eq!(error_severity(body), "FATAL");
        let WireError::Refused { code, message } = error(body) else { panic!("a refusal") };
        assert_eq!(
            (code.as_str(), message.as_str()),
            (CANNOT_CONNECT_NOW, "the database system is starting up")
        );
    }

    #[tokio::test]
    async fn whoever_does_not_speak_the_protocol_is_found_out() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("s");
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        let talk = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u32().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        };
        let (opened, ()) = tokio::join!(Connection::open(&socket, "a", "b"), talk);
        assert!(matches!(opened, Err(WireError::Io(_))));
    }
}

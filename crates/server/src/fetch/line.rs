//! One connection, for one request after the other.

use bytes::Bytes;
use http::{header, request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

use super::target::Target;
use super::{FetchError, Fetched, HEAD_ONLY};

/// The largest head of an answer.
const HEAD_BYTES: usize = 16 * 1024;

/// A connection to an address that was looked at.
pub struct Line {
    sender: SendRequest<Full<Bytes>>,
    target: Target,
    _driver: Driver,
}

/// A request.
pub struct Sent {
    /// Method, path and headers, apart from those that every request has.
    pub request: request::Builder,
    /// The body.
    pub body: Bytes,
    /// The most bytes of an answer.
    pub most: usize,
    /// Until when the head of the answer must be there.
    pub head_by: Instant,
}

impl Line {
    /// Begins to speak HTTP.
    pub async fn over(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        target: Target,
    ) -> Result<Line, FetchError> {
        let shaken = Builder::new().max_buf_size(HEAD_BYTES).max_headers(64).handshake(TokioIo::new(stream));
        let (sender, connection) = shaken.await.map_err(|error| bad(&error))?;
        Ok(Line { sender, target, _driver: Driver(tokio::spawn(connection)) })
    }

    /// Path and query of the address.
    pub fn path(&self) -> &str {
        &self.target.path
    }

    /// Whether another request can be sent.
    pub fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Sends a request and reads the answer, whatever its status. The caller bounds the whole time.
    pub async fn send(&mut self, sent: Sent) -> Result<Fetched, FetchError> {
        let request = sent
            .request
            .header(header::HOST, self.target.authority.as_str())
            .header(header::USER_AGENT, concat!("gatewright/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(sent.body))
            .map_err(|_| FetchError::Address("the address cannot be asked for"))?;
        let head = async {
            self.sender.ready().await?;
            self.sender.send_request(request).await
        };
        let head = timeout_at(sent.head_by, head).await.map_err(|_| FetchError::Slow)?;
        let (parts, mut body) = head.map_err(|error| bad(&error))?.into_parts();
        if sent.most == HEAD_ONLY {
            return Ok(Fetched { status: parts.status, headers: parts.headers, body: Bytes::new() });
        }
        if parts.headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(FetchError::Answer("it is compressed, which was not asked for".to_owned()));
        }
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(|error| bad(&error))?.into_data() {
                if bytes.len() + data.len() > sent.most {
                    return Err(FetchError::TooLarge(sent.most));
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(Fetched { status: parts.status, headers: parts.headers, body: bytes.into() })
    }
}

/// Ends with the request it drives.
struct Driver(tokio::task::JoinHandle<hyper::Result<()>>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn bad(error: &hyper::Error) -> FetchError {
    FetchError::Answer(error.to_string())
}

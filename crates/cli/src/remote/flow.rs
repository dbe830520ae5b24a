//! What is sent or read piece by piece, as large as it likes: imports and exports.
//!
//! 1. Who we are is asked first, which renews what has ended: a body that flows is sent once.
//! 2. What is sent is read by a thread of its own, only as fast as the server takes it.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body as Whole;
use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

use super::{Api, Ask, Reply, Trouble};
use crate::failure::{Exit, Failure};

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;
/// Pieces that are read ahead.
const AHEAD: usize = 4;
/// More of an answer to an import is none.
const MOST_ANSWER: usize = 1024 * 1024;

/// What is sent.
pub struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl Pieces {
    /// Step 2; `told` hears of each piece.
    pub fn read(
        mut from: impl Read + Send + 'static,
        mut told: impl FnMut(&[u8]) + Send + 'static,
    ) -> Pieces {
        let (sender, receiver) = mpsc::channel(AHEAD);
        std::thread::spawn(move || {
            let mut piece = vec![0; PIECE];
            loop {
                let read = match from.read(&mut piece) {
                    Ok(0) => return,
                    Ok(read) => {
                        told(&piece[..read]);
                        Ok(Bytes::copy_from_slice(&piece[..read]))
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = read.is_err();
                // Nobody listens any more: the server has answered already.
                if sender.blocking_send(read).is_err() || failed {
                    return;
                }
            }
        });
        Pieces(receiver)
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// What is read.
pub struct Flow(Whole);

impl Flow {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let Some(frame) = self.0.frame().await else { return Ok(None) };
            let frame = frame.map_err(|error| {
                Failure::new(format!("the answer broke off: {error}\n  what came is not all; ask again"))
                    .with(Exit::Unavailable)
            })?;
            if let Ok(piece) = frame.into_data() {
                return Ok(Some(piece));
            }
        }
    }
}

impl Api<'_> {
    /// Step 1.
    async fn known(&self) -> Result<(), Failure> {
        // Whoever is told no here is known, and may be allowed what comes next.
        let (Ok(_) | Err(_)) = self.answer(Ask::get("/caller")).await?;
        Ok(())
    }

    /// Reads something that may be long.
    pub async fn export(&self, ask: Ask) -> Result<Flow, Failure> {
        self.known().await?;
        let response = self.flow(&ask, None).await?;
        if response.status().is_success() {
            return Ok(Flow(response.into_body()));
        }
        Err(trouble(response).await)
    }

    /// Sends something that may be long, as lines of JSON.
    pub async fn import(&self, ask: Ask, lines: Pieces) -> Result<Reply, Failure> {
        self.known().await?;
        let response = self.flow(&ask, Some(lines)).await?;
        if !response.status().is_success() {
            return Err(trouble(response).await);
        }
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, MOST_ANSWER).await.map_err(|error| {
            Failure::new(format!("the answer broke off: {error}\n  see what was done: gatewright job list"))
                .with(Exit::Unavailable)
        })?;
        Ok(Reply { headers: parts.headers, body: super::api::read(&body)? })
    }
}

async fn trouble(response: Response<Whole>) -> Failure {
    let (parts, body) = response.into_parts();
    // What cannot be read says nothing, and the status still does.
    let body = axum::body::to_bytes(body, MOST_ANSWER).await.unwrap_or_default();
    Trouble::read(parts.status, &parts.headers, &body).into()
}

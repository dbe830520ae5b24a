//! What an operation answers.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, Stream};
use gatewright_jose::base64url;
use gatewright_oauth::ClientId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Problem;
use crate::app::App;
use crate::error::{Fault, Outcome};
use crate::keys::flow::reload;
use crate::settings;

/// An answer, and what has to happen once it is durable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body, if any.
    pub body: Option<Value>,
    /// The entity tag, quoted.
    pub etag: Option<String>,
    /// Where what was made is.
    pub location: Option<String>,
    /// Whether it holds something that is shown this once.
    pub shows_secret: bool,
    /// What this process must not believe any longer.
    #[serde(skip)]
    pub outdated: Vec<Outdated>,
    /// A body that is made while it is sent, instead of `body`.
    #[serde(skip)]
    pub flow: Option<Flow>,
}

/// Something this process has in memory that a change made untrue.
#[derive(Debug, Clone, PartialEq)]
pub enum Outdated {
    /// A client.
    Client(ClientId),
    /// Everything known about resources.
    Resources,
    /// The signing keys.
    Keys,
    /// A grant.
    Grant(uuid::Uuid),
    /// What was decided instead of the configuration file.
    Settings,
}

/// Pieces of a body.
pub type Pieces = BoxStream<'static, Result<Bytes, Fault>>;

/// What is sent piece by piece, as fast as the reader takes it.
#[derive(Clone)]
pub struct Flow {
    /// Its media type.
    pub kind: &'static str,
    /// What to call it where it is kept.
    pub name: &'static str,
    pieces: Arc<Mutex<Option<Pieces>>>,
}

impl Flow {
    /// Sends these.
    pub fn of(
        (kind, name): (&'static str, &'static str),
        pieces: impl Stream<Item = Result<Bytes, Fault>> + Send + 'static,
    ) -> Flow {
        Flow { kind, name, pieces: Arc::new(Mutex::new(Some(pieces.boxed()))) }
    }

    /// The pieces, for the first who asks.
    pub fn pieces(&self) -> Pieces {
        let pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner).take();
        pieces.unwrap_or_else(|| stream::empty().boxed())
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl PartialEq for Flow {
    fn eq(&self, other: &Flow) -> bool {
        Arc::ptr_eq(&self.pieces, &other.pieces)
    }
}

impl Answer {
    /// 200 with a body.
    pub fn ok<T: Serialize>(body: &T) -> Result<Answer, Problem> {
        let body = serde_json::to_value(body).map_err(Fault::internal)?;
        Ok(Answer {
            status: 200,
            etag: Some(tag(&body)),
            body: Some(body),
            location: None,
            shows_secret: false,
            outdated: Vec::new(),
            flow: None,
        })
    }

    /// 201 with a body, at `location` below the API.
    pub fn created<T: Serialize>(body: &T, location: String) -> Result<Answer, Problem> {
        Ok(Answer { status: 201, location: Some(location), ..Answer::ok(body)? })
    }

    /// 204.
    pub fn nothing() -> Answer {
        Answer {
            status: 204,
            body: None,
            etag: None,
            location: None,
            shows_secret: false,
            outdated: Vec::new(),
            flow: None,
        }
    }

    /// 200 with a body that is made while it is sent.
    pub fn flowing(flow: Flow) -> Answer {
        Answer { status: 200, flow: Some(flow), ..Answer::nothing() }
    }

    /// It holds something that is shown this once.
    #[must_use]
    pub fn showing_a_secret(self) -> Answer {
        // What it is the tag of is never seen again.
        Answer { shows_secret: true, etag: None, ..self }
    }

    /// Something is not as it was.
    #[must_use]
    pub fn outdating(mut self, outdated: Outdated) -> Answer {
        self.outdated.push(outdated);
        self
    }

    /// Forgets what is not true any more.
    pub async fn settle(&self, app: &App) -> Outcome<()> {
        for outdated in &self.outdated {
            match outdated {
                Outdated::Client(id) => app.directory.forget_client(id).await,
                Outdated::Resources => app.directory.forget(),
                Outdated::Keys => reload(app.clone()).await?,
                Outdated::Grant(id) => app.seen.forget(*id).await,
                Outdated::Settings => settings::refresh(app.clone()).await?,
            }
        }
        Ok(())
    }
}

/// The entity tag of a representation (RFC 9110 §8.8.3).
pub fn tag(body: &Value) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, body.to_string().as_bytes());
    format!("\"{}\"", base64url::encode(&hash.as_ref()[..12]))
}

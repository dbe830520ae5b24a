//! Any operation of the admin API.
//!
//! 1. Every change carries one `Idempotency-Key`, made once: it may be sent again without being done again.
//! 2. What passes (503, a request that is still at work, a connection that broke) is tried again, a few times.
//! 3. Lists are read to their end, page by page.

use std::time::Duration;

use axum::body::Body;
use gatewright_server::app::identifier;
use gatewright_server::clock::{Clock as _, SystemClock, SystemEntropy};
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

use super::ask::{Ask, Reply};
use super::session::Session;
use super::{Pieces, Trouble, inside};
use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::trust::Trust;

/// How often something is tried.
const TRIES: u32 = 4;
/// Before the second time; then twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// However long the server wants us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Items on a page.
const PAGE: &str = "200";

/// The admin API of one server.
pub struct Api<'a>(Way<'a>);

enum Way<'a> {
    Inside(&'a Desk),
    Server(Box<Session>),
}

/// Does something with the API of the server that is meant, or of the database at hand.
pub async fn with<T>(
    common: &Common,
    work: impl AsyncFnOnce(&Api<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match common.remote()? {
        Some(api) => work(&api).await,
        None => installation::change(common, async |desk| work(&Api(Way::Inside(desk))).await).await,
    }
}

impl Api<'static> {
    /// Of a server elsewhere.
    pub fn of(session: Session) -> Api<'static> {
        Api(Way::Server(Box::new(session)))
    }
}

impl Api<'_> {
    /// Asks, and fails when the server says no.
    pub async fn send(&self, ask: Ask) -> Result<Reply, Failure> {
        self.answer(ask).await?.map_err(Failure::from)
    }

    /// Asks; a no is an answer.
    pub async fn answer(&self, ask: Ask) -> Result<Result<Reply, Trouble>, Failure> {
        let key = identifier(SystemClock.now(), &SystemEntropy::new()).to_string();
        let key = if ask.reads() { None } else { Some(key.as_str()) };
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let last = attempt >= TRIES;
            let answered = match self.once(&ask, key).await {
                Ok(answered) => answered,
                Err(failure) if last || failure.exit() != crate::failure::Exit::Unavailable => {
                    return Err(failure);
                }
                Err(_) => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                    continue;
                }
            };
            let (status, headers, body) = answered;
            if status.is_success() {
                let body = read(&body)?;
                return Ok(Ok(Reply { headers, body }));
            }
            let trouble = Trouble::read(status, &headers, &body);
            if last || !trouble.passes() {
                return Ok(Err(trouble));
            }
            let asked = trouble.retry_after.map(Duration::from_secs);
            tokio::time::sleep(asked.unwrap_or(wait).min(LONGEST_WAIT)).await;
            wait *= 2;
        }
        Err(Failure::new("the server was not asked"))
    }

    async fn once(&self, ask: &Ask, key: Option<&str>) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
        match &self.0 {
            Way::Inside(desk) => inside::ask(desk, ask).await,
            Way::Server(session) => session.ask(ask, key).await,
        }
    }

    /// Asks once, with bodies that come and go piece by piece.
    pub(super) async fn flow(&self, ask: &Ask, body: Option<Pieces>) -> Result<Response<Body>, Failure> {
        match &self.0 {
            Way::Inside(desk) => inside::flow(desk, ask, body).await,
            Way::Server(session) => session.flow(ask, body).await,
        }
    }

    /// A whole list.
    pub async fn all(&self, ask: Ask) -> Result<Vec<Value>, Failure> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut page = ask.clone().with("limit", PAGE);
            if let Some(cursor) = &cursor {
                page = page.with("cursor", cursor);
            }
            let mut body = self.send(page).await?.body;
            if let Value::Array(more) = body["items"].take() {
                items.extend(more);
            }
            match body["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
    }

    /// A whole list, as what it is.
    pub async fn list<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        self.found(Ask::get(path)).await
    }

    /// All of a list that is looked for, as what it is.
    pub async fn found<T: serde::de::DeserializeOwned>(&self, ask: Ask) -> Result<Vec<T>, Failure> {
        Reply::of(Value::Array(self.all(ask).await?)).read()
    }

    /// Whom to trust that the server is the one that is meant.
    pub fn trust(&self) -> Trust {
        match &self.0 {
            Way::Inside(_) => Trust::default(),
            Way::Server(session) => session.trust().clone(),
        }
    }

    /// Where it is, for people.
    pub fn place(&self) -> &str {
        match &self.0 {
            Way::Inside(desk) => &desk.app.config.issuer,
            Way::Server(session) => session.server(),
        }
    }
}

pub(super) fn read(body: &[u8]) -> Result<Value, Failure> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| {
        Failure::new(format!(
            "the server's answer is no JSON: {error}\n  check that the address is the issuer of a Gatewright server"
        ))
    })
}

//! A server is asked what it is (RFC 9728), and added if that is wanted.
//!
//! The fetcher reaches what strangers' addresses may lead to, and no more (`fetch.allow_networks`). No statement has
//! been run before everything is read, so no connection waits for the host.

use std::time::Duration;

use gatewright_oauth::discovery::{Challenge, MAX_DOCUMENT, Question, Said};
use gatewright_oauth::resource::compare_key;
use gatewright_store::resources as table;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::resources::{self, New, View};
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::fetch::{FetchError, Fetched, HEAD_ONLY, Wanted};

/// How long everything together may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "resources.discover",
    method: Method::Post,
    path: "/resources/discover",
    scope: Scope::ResourcesWrite,
    wants: Wants::Anybody,
    summary: "Ask a server what it is",
    description: "What it says of itself (RFC 9728), and `proposal`, which `POST /resources` takes as it is or with \
                  better words for its scopes. With `add` it is added as proposed.",
    query: &[],
    takes: Takes::Json(Body::of::<Ask>()),
    gives: Gives::One(Body::of::<Discovery>()),
    run: |call| Box::pin(discover(call)),
}];

/// Whom to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Discover)]
pub struct Ask {
    /// The address that clients use.
    url: String,
    /// Whether to add it as proposed.
    #[serde(default)]
    add: bool,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Discovery {
    /// Where its document is.
    document: String,
    /// The authorization servers it names.
    authorization_servers: Vec<String>,
    /// Whether this server is among them, byte for byte. If not, clients will not come here.
    names_this_server: bool,
    /// The scopes its document lists.
    scopes_supported: Vec<String>,
    /// The scopes it asks for when somebody comes without a token.
    challenge_scopes: Vec<String>,
    /// The id of the resource that has this identifier here already.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<Uuid>,
    /// What to add.
    proposal: New,
    /// What was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<View>,
}

/// What a server answered.
struct Found {
    document: String,
    challenge: Challenge,
    said: Said,
}

async fn discover(call: &Call) -> Result<Answer, Problem> {
    let ask: Ask = call.body()?;
    let question = Question::about(&ask.url).map_err(|refusal| {
        Problem::invalid("url", refusal.description().to_owned()).hint("name the address that clients use")
    })?;
    let found = tokio::time::timeout(PATIENCE, look(call, &question, &ask.url)).await;
    let found = found.map_err(|_| unreachable(&ask.url, &FetchError::Slow))??;
    let Found { document, challenge, said } = found;
    let known = match compare_key(&said.resource) {
        Ok(key) => table::by_compare_key(&call.app.store, &key).await?.map(|resource| resource.id),
        Err(_) => None,
    };
    let config = &call.app.config;
    let proposal = New::proposed(&said, &challenge, config.tokens.access_seconds.into());
    let added = if ask.add { Some(resources::add(call, proposal.clone()).await?) } else { None };
    let discovery = Discovery {
        names_this_server: said.authorization_servers.contains(&config.issuer),
        document,
        authorization_servers: said.authorization_servers,
        scopes_supported: said.scopes,
        challenge_scopes: challenge.scopes,
        known,
        proposal,
        added: added.as_ref().map(resources::view),
    };
    let answer = Answer { etag: None, ..Answer::ok(&discovery)? };
    Ok(if added.is_some() { answer.outdating(crate::admin::answer::Outdated::Resources) } else { answer })
}

async fn look(call: &Call, question: &Question, url: &str) -> Result<Found, Problem> {
    let get = async |url: &str, most| {
        let wanted = Wanted { url, accept: "application/json, text/event-stream", most };
        call.app.fetcher.get(wanted).await.map_err(|error| unreachable(url, &error))
    };
    let first = get(url, HEAD_ONLY).await?;
    let challenge =
        if first.status == StatusCode::UNAUTHORIZED { challenged(&first) } else { Challenge::default() };
    let places = question.places(&challenge).map_err(|refusal| unusable(url, refusal.description()))?;
    for place in &places {
        let answer = get(place, MAX_DOCUMENT).await?;
        if answer.status == StatusCode::OK {
            let said =
                question.answer(&answer.body).map_err(|refusal| unusable(place, refusal.description()))?;
            return Ok(Found { document: place.clone(), challenge, said });
        }
    }
    Err(unusable(url, &format!("it does not say what it is; looked at {}", places.join(", "))))
}

fn challenged(answer: &Fetched) -> Challenge {
    let headers = answer.headers.get_all(header::WWW_AUTHENTICATE).iter();
    Challenge::read(headers.filter_map(|value| value.to_str().ok()))
}

fn unreachable(url: &str, error: &FetchError) -> Problem {
    Problem::conflict("unreachable", format!("{url} cannot be asked: {error}"))
        .hint("check that it runs and is reachable from this server; or add it by POST /resources")
}

fn unusable(url: &str, reason: &str) -> Problem {
    Problem::conflict("unusable_metadata", format!("{url}: {reason}"))
        .hint("have the server mended (RFC 9728); or add it by POST /resources")
}

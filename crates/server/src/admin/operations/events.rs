//! Events: what happened, who did it, from where. The audit log and the feed are the same rows, read on from a cursor.
//!
//! An event has the time of the request that caused it and becomes visible when that request's change is durable, so
//! of two events the later one may be seen first. The feed shows both as soon as they are there, and lets a cursor
//! pass a moment only when nothing can come before it any more (`SETTLED`): a reader misses nothing, sees the
//! youngest events again until then, and drops those whose `id` it has seen.

use chrono::{DateTime, Utc};
use std::time::Duration;

use gatewright_oauth::Time;
use gatewright_store::event_log;
use gatewright_store::events::{self, Cursor, EventKind, Wanted};
use gatewright_store::traces::{self, Step};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::audit::shown::{Checkpoint, Shown};

/// After this long no event of a moment is missing: longer than a request may take from its beginning to its commit.
const SETTLED: chrono::Duration = chrono::Duration::seconds(20);
/// How often a waiting request looks.
const LOOK: Duration = Duration::from_millis(500);
/// Steps of a client that are shown at most.
const MOST_STEPS: u32 = 200;

pub(super) const SINCE: Parameter =
    Parameter { name: "since", description: "Not before this time (RFC 3339)." };
pub(super) const UNTIL: Parameter = Parameter { name: "until", description: "Before this time (RFC 3339)." };
pub(super) const KIND: Parameter =
    Parameter { name: "kind", description: "Of this kind, such as `client.blocked`." };
pub(super) const ACTOR: Parameter = Parameter {
    name: "actor",
    description: "By this actor: `user:<id>`, `client:<id>`, `key:<id>`, `operator`, `system`.",
};
pub(super) const USER: Parameter = Parameter { name: "user_id", description: "About this person." };
pub(super) const CLIENT: Parameter = Parameter { name: "client_id", description: "About this client." };
pub(super) const RESOURCE: Parameter = Parameter { name: "resource_id", description: "About this resource." };
pub(super) const GRANT: Parameter = Parameter { name: "grant_id", description: "About this grant." };
pub(super) const REQUEST: Parameter =
    Parameter { name: "request_id", description: "Caused by this request." };

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "events.list",
        method: Method::Get,
        path: "/events",
        scope: Scope::EventsRead,
        wants: Wants::Anybody,
        summary: "Read events",
        description: "Oldest first, from `cursor` on; `next` is always there and goes on where this answer ends. \
                      Events of the last 20 seconds may come again with the next answer: drop those whose `id` you \
                      have seen. With filters, an answer may be empty and have a `next` all the same; \
                      `more` tells whether it is worth asking on at once.",
        query: &[
            SINCE,
            UNTIL,
            KIND,
            ACTOR,
            USER,
            CLIENT,
            RESOURCE,
            GRANT,
            REQUEST,
            Parameter {
                name: "wait",
                description: "When there is nothing new, wait so many seconds for something: 30 at most.",
            },
        ],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<Shown>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "events.checkpoint",
        method: Method::Get,
        path: "/events/checkpoint",
        scope: Scope::EventsRead,
        wants: Wants::Anybody,
        summary: "The newest checkpoint of the sealed events",
        description: "Keep it elsewhere: `gatewright audit verify` finds whether what happened until then was \
                      rewritten.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<Checkpoint>()),
        run: |call| Box::pin(checkpoint(call)),
    },
    Operation {
        id: "traces.list",
        method: Method::Get,
        path: "/traces",
        scope: Scope::EventsRead,
        wants: Wants::Anybody,
        summary: "Why did a client fail?",
        description: "The steps of its attempts, by the request number that people see, or by the client. Kept for a \
                      week, and sampled when there are very many.",
        query: &[
            Parameter { name: "request_id", description: "The request number." },
            Parameter { name: "client_id", description: "The client, as its requests name it." },
        ],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<StepView>()),
        run: |call| Box::pin(trace(call)),
    },
];

/// One step of a client's attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TraceStep)]
pub struct StepView {
    /// When.
    at: DateTime<Utc>,
    /// The request, as in the log and in `X-Request-Id`.
    request_id: Uuid,
    /// What the steps of one authorization have in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<Uuid>,
    /// The client, as the request named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// `register`, `authorize`, `login`, `consent`, `token`, ….
    step: String,
    /// An OAuth error code, or what went well.
    outcome: String,
    /// What the client was told, or the reason that was kept from it.
    said: String,
    /// What arrived.
    #[schema(value_type = Object)]
    detail: Value,
}

#[derive(Serialize)]
struct Feed {
    items: Vec<Shown>,
    next: String,
    /// Whether there is more to read already.
    more: bool,
}

/// Which events are asked for, and from where on.
pub(super) fn filters(call: &Call) -> Result<(Cursor, Wanted<'_>), Problem> {
    let time = |name| call.parsed::<Time>(name, "a time (RFC 3339)");
    let since = time("since")?.unwrap_or(Time::UNIX_EPOCH);
    let kind = match call.parameter("kind")? {
        None => None,
        Some(text) => {
            Some(EventKind::parse(text).ok_or_else(|| Problem::invalid("kind", "there is no such kind"))?)
        }
    };
    let wanted = Wanted {
        until: time("until")?,
        kind,
        actor: call.parameter("actor")?,
        user: call.parsed("user_id", "a UUID")?,
        client: call.parameter("client_id")?,
        resource: call.parsed("resource_id", "a UUID")?,
        grant: call.parsed("grant_id", "a UUID")?,
        request: call.parsed("request_id", "a UUID")?,
    };
    Ok((Cursor { at: since, id: Uuid::nil() }, wanted))
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    let (since, wanted) = filters(call)?;
    let patience = call.patience()?;
    let from = page.row().map_or(since, |(at, id)| Cursor { at, id });
    let found = loop {
        let found = events::search(&call.app.store, from, &wanted, page.limit).await?;
        if !found.events.is_empty() || found.goes_on || Instant::now() >= patience {
            break found;
        }
        tokio::time::sleep(LOOK).await;
    };
    let settled = call.app.clock.now() - SETTLED;
    let to = if found.read_to.at < settled {
        found.read_to
    } else {
        let settled = found.events.iter().rfind(|event| event.at < settled);
        settled.map_or(from, |event| Cursor { at: event.at, id: event.id })
    };
    let next = cursor::seal(call, Place { at: to.at, id: to.id.to_string() })?;
    let feed = Feed { items: found.events.iter().map(Shown::of).collect(), next, more: found.goes_on };
    Ok(Answer { etag: None, ..Answer::ok(&feed)? })
}

async fn checkpoint(call: &Call) -> Result<Answer, Problem> {
    let newest =
        event_log::newest(&call.app.store).await?.ok_or_else(|| Problem::not_found("checkpoint yet"))?;
    Answer::ok(&Checkpoint::of(&newest))
}

async fn trace(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    let request: Option<Uuid> = call.parsed("request_id", "a UUID")?;
    let store = &call.app.store;
    let steps = match (request, call.parameter("client_id")?) {
        (Some(request), None) => traces::of_request(store, request).await?,
        (None, Some(client)) => traces::of_client(store, client, MOST_STEPS).await?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::invalid("request_id", "name either request_id or client_id"));
        }
    };
    let after = page.after.as_ref().map_or(Time::UNIX_EPOCH, |place| place.at);
    let rows: Vec<Step> =
        steps.into_iter().filter(|step| step.at > after).take(page.limit as usize).collect();
    let place = |step: &Step| Place { at: step.at, id: step.id.to_string() };
    let view = |step: &Step| StepView {
        at: step.at,
        request_id: step.request,
        attempt: step.attempt,
        client_id: step.client.clone(),
        step: step.step.clone(),
        outcome: step.outcome.clone(),
        said: step.said.clone(),
        detail: step.detail.clone(),
    };
    cursor::answer(call, &page, &rows, (place, view))
}

//! Deliveries: what became of what was sent, and sending it again.

use std::time::Duration;

use gatewright_oauth::Time;
use gatewright_store::deliveries::{self, Delivery, Planned, State};
use gatewright_store::events::{self, Cursor, Event, Wanted};
use gatewright_store::webhooks::Webhook;
use gatewright_store::{EventKind, Write, event_log};
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::view::{DeliveryView, Replay, Replayed, delivery};
use super::{found, may_read};
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::error::Fault;
use crate::webhooks::{self as engine, hears, is_known, message, subject};

/// Events named in one replay.
const MOST_EVENTS: usize = 1_000;
/// Deliveries of one replay.
const MOST_REPLAYED: u32 = 10_000;
/// How often a waiting request looks.
const LOOK: Duration = Duration::from_millis(250);

/// Sends a test.
pub const TEST: Operation = Operation {
    id: "webhooks.test",
    method: Method::Post,
    path: "/webhooks/{id}/test",
    scope: Scope::WebhooksWrite,
    wants: Wants::Anybody,
    summary: "Send a test to a webhook",
    description: "A message of the kind `webhook.test`, signed and delivered like any other, before everything that \
                  waits. `Location` shows what becomes of it.",
    query: &[],
    takes: Takes::Nothing,
    gives: Gives::Created(Body::of::<DeliveryView>()),
    run: |call| Box::pin(test(call)),
};

/// Sends again.
pub const REPLAY: Operation = Operation {
    id: "webhooks.replay",
    method: Method::Post,
    path: "/webhooks/{id}/replay",
    scope: Scope::WebhooksWrite,
    wants: Wants::Anybody,
    summary: "Send again",
    description: "Certain events, what was given up, or what happened in a range of time, with the same `webhook-id` \
                  as before. A range takes 10,000 deliveries at most and says where it goes on. Takes a caller who \
                  may read events.",
    query: &[],
    takes: Takes::Json(Body::of::<Replay>()),
    gives: Gives::One(Body::of::<Replayed>()),
    run: |call| Box::pin(replay(call)),
};

/// The log of deliveries.
pub const LIST: Operation = Operation {
    id: "deliveries.list",
    method: Method::Get,
    path: "/webhooks/{id}/deliveries",
    scope: Scope::WebhooksRead,
    wants: Wants::Anybody,
    summary: "List the deliveries of a webhook",
    description: "Oldest first: what waits, what arrived in the last week, and what was given up in the last month.",
    query: &[
        Parameter { name: "status", description: "`pending`, `delivered` or `dead`." },
        Parameter { name: "event_id", description: "Of this event." },
    ],
    takes: Takes::Nothing,
    gives: Gives::List(Body::of::<DeliveryView>()),
    run: |call| Box::pin(list(call)),
};

/// One of them.
pub const SHOW: Operation = Operation {
    id: "deliveries.show",
    method: Method::Get,
    path: "/webhooks/{id}/deliveries/{delivery}",
    scope: Scope::WebhooksRead,
    wants: Wants::Anybody,
    summary: "Show a delivery",
    description: "With what is sent, to callers who may read events.",
    query: &[Parameter {
        name: "wait",
        description: "While it was not tried yet, wait so many seconds for that: 30 at most.",
    }],
    takes: Takes::Nothing,
    gives: Gives::One(Body::of::<DeliveryView>()),
    run: |call| Box::pin(show(call)),
};

async fn list(call: &Call) -> Result<Answer, Problem> {
    let webhook = found(call).await?;
    let page = call.page()?;
    let state = match call.parameter("status")? {
        None => None,
        Some(text) => Some(
            State::parse(text)
                .ok_or_else(|| Problem::invalid("status", "status is pending, delivered or dead"))?,
        ),
    };
    let event = call.parsed("event_id", "a UUID")?;
    let after = page.row().unwrap_or((Time::UNIX_EPOCH, Uuid::nil()));
    let rows = deliveries::list(&call.app.store, webhook.id, (state, event), (after, page.limit)).await?;
    let place = |delivery: &Delivery| Place { at: delivery.begun_at, id: delivery.id.to_string() };
    cursor::answer(call, &page, &rows, (place, |row: &Delivery| delivery(row, None)))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    let webhook = found(call).await?;
    let gone = || Problem::not_found("delivery");
    let id: Uuid = call.path.get(1).and_then(|text| text.parse().ok()).ok_or_else(gone)?;
    let patience = call.patience()?;
    let shown = loop {
        let row = deliveries::by_id(&call.app.store, webhook.id, id).await?.ok_or_else(gone)?;
        if row.attempts > 0 || row.state != State::Pending || Instant::now() >= patience {
            break row;
        }
        tokio::time::sleep(LOOK).await;
    };
    let body = match may_read(call) {
        Ok(()) => body(call, &shown).await?,
        Err(_) => None,
    };
    Answer::ok(&delivery(&shown, body))
}

async fn body(call: &Call, delivery: &Delivery) -> Result<Option<Value>, Problem> {
    let text = match &delivery.body {
        Some(body) => Some(body.clone()),
        None => {
            let found = events::by_ids(&call.app.store, &[delivery.event]).await?;
            found.first().map(message::of_event).transpose()?
        }
    };
    Ok(text.map(|text| serde_json::from_str(&text)).transpose().map_err(Fault::internal)?)
}

async fn test(call: &Call) -> Result<Answer, Problem> {
    let webhook = found(call).await?;
    let (now, trace) = (call.moment.now, call.trace());
    let id = call.app.id(now);
    let row = Delivery {
        id,
        webhook: webhook.id,
        event: trace.event,
        seq: -1,
        kind: engine::TEST.to_owned(),
        // Not behind anything, and nothing behind it.
        subject: format!("test:{id}"),
        body: Some(message::body(
            engine::TEST,
            now,
            serde_json::json!({ "webhook": webhook.id, "actor": trace.actor }),
        )?),
        state: State::Pending,
        attempts: 0,
        log: Value::Array(Vec::new()),
        begun_at: now,
        next_at: now,
        ended_at: None,
    };
    match deliveries::put(&call.app.store, &row, (Some(EventKind::WebhookTested), &trace)).await? {
        Write::Applied(()) => {}
        Write::Lost => {
            return Err(
                Problem::conflict("disabled", "a disabled webhook is sent nothing").hint("enable it first")
            );
        }
    }
    Answer::created(&delivery(&row, None), format!("/webhooks/{}/deliveries/{id}", webhook.id))
}

async fn replay(call: &Call) -> Result<Answer, Problem> {
    may_read(call)?;
    let Replay { events, status, since, until, kinds } = call.body()?;
    let webhook = found(call).await?;
    let one_of = "name one of these: events; status, which is dead; since, with until and kinds if you like";
    let is_range = until.is_some() || kinds.is_some();
    let (planned, goes_on_at) = match (events, status.as_deref(), since) {
        (Some(ids), None, None) if !is_range => (of_events(call, &ids).await?, None),
        (None, Some("dead"), None) if !is_range => (of_dead(call, &webhook).await?, None),
        (None, Some(status), None) if status != "dead" => {
            return Err(Problem::invalid("status", "by status, only what is dead is sent again"));
        }
        (None, None, Some(since)) if until.is_some_and(|until| until < since) => {
            return Err(Problem::invalid("until", "until is before since"));
        }
        (None, None, Some(since)) => of_range(call, &webhook, &Range { since, until, kinds }).await?,
        (Some(_), _, _) | (None, Some(_), _) | (None, None, None) => {
            return Err(Problem::invalid("body", one_of));
        }
    };
    let deliveries = deliveries::again(&call.app.store, webhook.id, &planned, &call.trace()).await?;
    Answer::ok(&Replayed { deliveries, goes_on_at })
}

async fn of_events(call: &Call, ids: &[Uuid]) -> Result<Vec<Planned>, Problem> {
    if ids.is_empty() || ids.len() > MOST_EVENTS {
        return Err(Problem::invalid("events", format!("events names 1 to {MOST_EVENTS} events")));
    }
    let found = events::by_ids(&call.app.store, ids).await?;
    if let Some(unknown) = ids.iter().find(|id| found.iter().all(|event| event.id != **id)) {
        return Err(Problem::invalid("events", format!("there is no event {unknown}")));
    }
    planned(call, found.iter()).await
}

async fn of_dead(call: &Call, webhook: &Webhook) -> Result<Vec<Planned>, Problem> {
    let dead = deliveries::dead(&call.app.store, webhook.id, MOST_REPLAYED).await?;
    let again = dead.into_iter().map(|one| Planned {
        id: one.id,
        event: one.event,
        seq: one.seq,
        kind: one.kind,
        subject: one.subject,
    });
    Ok(again.collect())
}

/// What happened in a range of time.
struct Range {
    since: Time,
    until: Option<Time>,
    kinds: Option<Vec<String>>,
}

impl Range {
    /// Whether the webhook listens to this, and it is asked for.
    fn holds(&self, webhook: &Webhook, event: &Event) -> bool {
        let among = |kinds: &[String]| kinds.iter().any(|one| hears(one, event.kind.as_str()));
        among(&webhook.kinds) && self.kinds.as_deref().is_none_or(among)
    }
}

/// Reads on until there are enough, or the operation has read for as long as it may.
async fn of_range(
    call: &Call,
    webhook: &Webhook,
    range: &Range,
) -> Result<(Vec<Planned>, Option<Time>), Problem> {
    if let Some(unknown) = range.kinds.iter().flatten().find(|kind| !is_known(kind)) {
        return Err(Problem::invalid("kinds", format!("{unknown:?} is no kind of event")));
    }
    let wanted = Wanted { until: Some(range.until.unwrap_or(call.moment.now)), ..Wanted::default() };
    let mut cursor = Cursor { at: range.since, id: Uuid::nil() };
    let mut heard: Vec<Event> = Vec::new();
    let patience = Instant::now() + Duration::from_secs(3);
    let goes_on = loop {
        let found = events::search(&call.app.store, cursor, &wanted, events::LOOKED_AT).await?;
        cursor = found.read_to;
        heard.extend(found.events.into_iter().filter(|event| range.holds(webhook, event)));
        if !found.goes_on {
            break false;
        }
        if heard.len() >= MOST_REPLAYED as usize || Instant::now() >= patience {
            break true;
        }
    };
    let goes_on_at = if heard.len() > MOST_REPLAYED as usize {
        heard.get(MOST_REPLAYED as usize).map(|event| event.at)
    } else {
        goes_on.then_some(cursor.at)
    };
    heard.truncate(MOST_REPLAYED as usize);
    Ok((planned(call, heard.iter()).await?, goes_on_at))
}

/// Events that have no place yet are behind the webhook's cursor: they come by themselves.
async fn planned(call: &Call, events: impl Iterator<Item = &Event>) -> Result<Vec<Planned>, Problem> {
    let events: Vec<&Event> = events.collect();
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    let places = event_log::places(&call.app.store, &ids).await?;
    let placed = events.into_iter().filter_map(|event| Some((event, *places.get(&event.id)?)));
    let planned = placed.map(|(event, seq)| Planned {
        id: call.app.id(call.moment.now),
        event: event.id,
        seq: i64::try_from(seq).unwrap_or(i64::MAX),
        kind: event.kind.as_str().to_owned(),
        subject: subject(event),
    });
    Ok(planned.collect())
}

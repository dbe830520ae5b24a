//! What somebody allowed and took back, from the events of it.

pub mod page;

use gatewright_oauth::Scopes;
use gatewright_store::events::{self, Cursor, Event};
use gatewright_store::{EventKind, Time};
use uuid::Uuid;

use self::page::{Happened, HistoryLine, Who};
use super::names::Names;
use crate::app::{App, Moment};
use crate::ceremony::wording::{self, Pick};
use crate::error::Outcome;
use crate::web::page::{Claimed, Layout};

/// Lines of one page.
const PAGE: u32 = 50;

/// A page of it.
pub struct Read {
    /// Latest first.
    pub lines: Vec<HistoryLine>,
    /// Where it goes on.
    pub next: Option<String>,
}

/// What happened before `before`, as [`Read::next`] said it.
pub async fn read(
    app: &App,
    moment: &Moment,
    (layout, user, before): (&Layout, Uuid, Option<&str>),
) -> Outcome<Read> {
    let cursor = before.and_then(place).unwrap_or_else(|| Cursor::end(moment.now));
    let found = events::of_person(&app.store, user, cursor, PAGE).await?;
    let clients = found.iter().filter_map(|event| event.subject.client.clone()).collect();
    let names =
        Names::of(app, clients, found.iter().filter_map(|event| event.subject.resource).collect()).await?;
    let next = (found.len() >= PAGE as usize)
        .then(|| found.last().map(|last| format!("{}.{}", last.at.timestamp_micros(), last.id)))
        .flatten();
    Ok(Read { lines: found.iter().map(|event| line(layout, event, &names)).collect(), next })
}

fn place(text: &str) -> Option<Cursor> {
    let (micros, id) = text.split_once('.')?;
    Some(Cursor { at: Time::from_timestamp_micros(micros.parse().ok()?)?, id: id.parse().ok()? })
}

fn line(layout: &Layout, event: &Event, names: &Names) -> HistoryLine {
    let text = |name: &str| event.detail.get(name).and_then(serde_json::Value::as_str);
    let resource = event.subject.resource.and_then(|id| names.resource(id));
    let scopes = text("scope").and_then(|text| Scopes::parse(text).ok()).unwrap_or_default();
    let until = text("until").and_then(|text| text.parse::<Time>().ok());
    let is_own = event.subject.user.is_some_and(|user| event.actor == format!("user:{user}"));
    HistoryLine {
        at: event.at,
        happened: happened(event.kind, text("by")),
        who: match (is_own, event.actor.split_once(':')) {
            (true, _) => Who::You,
            (false, Some(("client", _))) => Who::App,
            (false, Some(("user" | "key", _))) => Who::Administrator,
            (false, _) if event.actor == "operator" => Who::Administrator,
            (false, _) => Who::Server,
        },
        app: event.subject.client.as_deref().map_or_else(|| Claimed::name(""), |id| names.phrase(layout, id)),
        resource: resource.map(|resource| Claimed::name(&resource.name)),
        permissions: resource
            .map(|resource| wording::lines((resource, layout.words), &scopes, Pick::None))
            .unwrap_or_default(),
        until,
    }
}

fn happened(kind: EventKind, by: Option<&str>) -> Happened {
    match kind {
        EventKind::ConsentGranted if by == Some("policy") => Happened::AllowedByPolicy,
        EventKind::ConsentGranted => Happened::Allowed,
        EventKind::ConsentLimited => Happened::Limited,
        EventKind::ConsentExpired => Happened::Expired,
        EventKind::TokenReuseDetected | EventKind::CodeReplayed => Happened::Stolen,
        EventKind::UserAccessEnded => Happened::EverythingEnded,
        EventKind::GrantRevoked => Happened::GrantEnded,
        _ => Happened::Withdrawn,
    }
}

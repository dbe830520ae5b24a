//! Events, all of them that are wanted, in one file: read page by page while they are sent, in the memory of one page.

use bytes::Bytes;
use futures_util::stream;
use gatewright_store::Store;
use gatewright_store::events::{self, Cursor, Event, EventKind, Wanted};
use uuid::Uuid;

use super::events::{ACTOR, CLIENT, GRANT, KIND, REQUEST, RESOURCE, SINCE, UNTIL, USER, filters};
use crate::admin::answer::Flow;
use crate::admin::operation::{Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::audit::shown::Shown;
use crate::error::Fault;

/// Events of one piece.
const PAGE: u32 = 500;
const JSONL: (&str, &str) = ("application/jsonl", "events.jsonl");
const CSV: (&str, &str) = ("text/csv; charset=utf-8; header=present", "events.csv");

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "events.export",
    method: Method::Get,
    path: "/events/export",
    scope: Scope::EventsRead,
    wants: Wants::Anybody,
    summary: "Events as a file",
    description: "Everything up to now, oldest first, as JSON objects one a line or as CSV (RFC 4180). In CSV a cell \
                  that a spreadsheet would take for a formula has an apostrophe in front. An answer that breaks off \
                  is not complete.",
    query: &[
        Parameter { name: "format", description: "`jsonl` (the default) or `csv`." },
        SINCE,
        UNTIL,
        KIND,
        ACTOR,
        USER,
        CLIENT,
        RESOURCE,
        GRANT,
        REQUEST,
    ],
    takes: Takes::Nothing,
    gives: Gives::Flow(&["application/jsonl", "text/csv"]),
    run: |call| Box::pin(async { export(call) }),
}];

#[derive(Clone, Copy)]
enum Format {
    Jsonl,
    Csv,
}

/// What is wanted, for longer than its request.
struct Asked {
    until: gatewright_store::Time,
    kind: Option<EventKind>,
    actor: Option<String>,
    user: Option<Uuid>,
    client: Option<String>,
    resource: Option<Uuid>,
    grant: Option<Uuid>,
    request: Option<Uuid>,
}

/// Where an export is.
struct Reading {
    store: Store,
    asked: Asked,
    format: Format,
    /// `None` when all of it was read.
    from: Option<Cursor>,
}

fn export(call: &Call) -> Result<Answer, Problem> {
    let format = match call.parameter("format")? {
        None | Some("jsonl") => Format::Jsonl,
        Some("csv") => Format::Csv,
        Some(_) => return Err(Problem::invalid("format", "format is jsonl or csv")),
    };
    let (since, wanted) = filters(call)?;
    // What happens meanwhile is for the next one: an export ends.
    let now = call.moment.now;
    let asked = Asked {
        until: wanted.until.map_or(now, |until| until.min(now)),
        kind: wanted.kind,
        actor: wanted.actor.map(str::to_owned),
        user: wanted.user,
        client: wanted.client.map(str::to_owned),
        resource: wanted.resource,
        grant: wanted.grant,
        request: wanted.request,
    };
    let reading = Reading { store: call.app.store.clone(), asked, format, from: Some(since) };
    let head = match format {
        Format::Jsonl => Bytes::new(),
        Format::Csv => Bytes::from(format!("{}\r\n", COLUMNS.join(","))),
    };
    let pieces = stream::try_unfold((reading, Some(head)), |(mut reading, head)| async move {
        if let Some(head) = head {
            return Ok(Some((head, (reading, None))));
        }
        Ok(reading.piece().await?.map(|piece| (piece, (reading, None))))
    });
    let named = match format {
        Format::Jsonl => JSONL,
        Format::Csv => CSV,
    };
    Ok(Answer::flowing(Flow::of(named, pieces)))
}

impl Reading {
    /// The next piece that is not empty.
    async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        while let Some(from) = self.from {
            let wanted = Wanted {
                until: Some(self.asked.until),
                kind: self.asked.kind,
                actor: self.asked.actor.as_deref(),
                user: self.asked.user,
                client: self.asked.client.as_deref(),
                resource: self.asked.resource,
                grant: self.asked.grant,
                request: self.asked.request,
            };
            let found = events::search(&self.store, from, &wanted, PAGE).await?;
            self.from = found.goes_on.then_some(found.read_to);
            if !found.events.is_empty() {
                return written(&found.events, self.format).map(Some);
            }
        }
        Ok(None)
    }
}

fn written(events: &[Event], format: Format) -> Result<Bytes, Fault> {
    let mut text = Vec::with_capacity(events.len() * 512);
    for event in events {
        match format {
            Format::Jsonl => {
                serde_json::to_writer(&mut text, &Shown::of(event)).map_err(Fault::internal)?;
                text.push(b'\n');
            }
            Format::Csv => row(event, &mut text),
        }
    }
    Ok(text.into())
}

const COLUMNS: [&str; 11] = [
    "id",
    "at",
    "kind",
    "request_id",
    "peer",
    "actor",
    "user_id",
    "client_id",
    "resource_id",
    "grant_id",
    "detail",
];

fn row(event: &Event, text: &mut Vec<u8>) {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let subject = &event.subject;
    let cells: [String; COLUMNS.len()] = [
        event.id.to_string(),
        event.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        event.kind.as_str().to_owned(),
        event.request.to_string(),
        event.peer.clone(),
        event.actor.clone(),
        id(subject.user),
        subject.client.clone().unwrap_or_default(),
        id(subject.resource),
        id(subject.grant),
        event.detail.to_string(),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| guarded(cell)).collect();
    text.extend_from_slice(cells.join(",").as_bytes());
    text.extend_from_slice(b"\r\n");
}

/// A cell: quoted where RFC 4180 §2 wants it, and no formula for any spreadsheet.
fn guarded(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\r', '\n', ';', '\t', ' ', '\'']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn au_03_no_cell_is_a_formula_or_becomes_two() {
        for (cell, written) in [
            ("c_1", "c_1"),
            ("", ""),
            ("=1+1", "\"'=1+1\""),
            ("+41", "\"'+41\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("\n=1", "\"'\n=1\""),
            ("{\"a\":\"b,c\"}", "\"{\"\"a\"\":\"\"b,c\"\"}\""),
            ("a\r\nb", "\"a\r\nb\""),
            ("a\"", "\"a\"\"\""),
        ] {
            assert_eq!(guarded(cell), written, "{cell:?}");
        }
    }
}

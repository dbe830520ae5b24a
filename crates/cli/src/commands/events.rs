//! `gatewright events`: what happens, as it happens.
//!
//! 1. Events are read from the feed of the admin API, oldest first.
//! 2. The feed tells the youngest ones again until nothing can come before them any more; each is shown once
//!    (`Seen`).
//! 3. With `--follow` the next answer is waited for, until a signal or a reader that has gone.

mod export;

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::time::Duration;

use gatewright_store::Time;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::resource;
use crate::failure::{Exit, Failure};
use crate::installation::Common;
use crate::output::{Format, clean};
use crate::remote::{self, Api, Ask};
use crate::signals::{HangUp, Signals};
use crate::terminal;
use crate::when::When;

/// Between two looks at something that is told again.
const PAUSE: Duration = Duration::from_secs(1);
/// Before a server that is away is asked again.
const AWAY: Duration = Duration::from_secs(5);
/// How long the server may wait for something, in seconds.
const WAIT: &str = "20";
/// How long an event is remembered to have been shown: much longer than it can be told again.
const REMEMBERED: chrono::Duration = chrono::Duration::minutes(10);

/// Events: what happened, who did it, from where
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Tail(Tail),
    Export(export::Export),
}

/// Print events, oldest first, each once
///
/// With --json each is a JSON document on a line of its own. `docs/events.md` tells what there is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright events tail --since 2h
  gatewright events tail --follow --kind client.created --kind client.approved
  gatewright events tail --since 2026-01-31T00:00:00Z --actor operator --json
  gatewright events tail --since 7d --resource https://mcp.example.com/mcp")]
struct Tail {
    /// Go on with what happens from now on
    #[arg(long, short)]
    follow: bool,
    /// From when on: a time (RFC 3339), or how long ago (30s, 15m, 2h, 7d)
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = When::parse)]
    since: When,
    /// Until then
    #[arg(long, value_name = "TIME", value_parser = When::parse, conflicts_with = "follow")]
    until: Option<When>,
    /// Only of this kind; repeatable
    #[arg(long)]
    kind: Vec<String>,
    /// Only by this actor: `user:<id>`, `client:<id>`, `key:<id>`, `operator`, `system`
    #[arg(long)]
    actor: Option<String>,
    /// Only about this account
    #[arg(long, value_name = "ID")]
    user: Option<Uuid>,
    /// Only about this client
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Only about this resource: its address or id
    #[arg(long)]
    resource: Option<String>,
    /// Only about this grant
    #[arg(long, value_name = "ID")]
    grant: Option<Uuid>,
    /// Only of this request
    #[arg(long, value_name = "REQUEST")]
    request: Option<Uuid>,
}

/// An event, as far as it is shown.
#[derive(Debug, Deserialize)]
struct Event {
    id: Uuid,
    at: Time,
    kind: String,
    actor: String,
    peer: String,
    user_id: Option<Uuid>,
    client_id: Option<String>,
    resource_id: Option<Uuid>,
    grant_id: Option<Uuid>,
    #[serde(default)]
    detail: Value,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let what = match arguments.command {
        Command::Tail(what) => what,
        Command::Export(what) => return export::run(&arguments.common, &what).await,
    };
    let mut signals = Signals::listen(HangUp::Stop)?;
    let format = arguments.common.format();
    remote::with(&arguments.common, async |api| {
        tokio::select! {
            done = tail(api, &what, format) => done,
            _ = signals.next() => Ok(()),
        }
    })
    .await
}

async fn tail(api: &Api<'_>, what: &Tail, format: Format) -> Result<(), Failure> {
    let mut seen = Seen::default();
    let mut cursor: Option<String> = None;
    let resource = match &what.resource {
        Some(text) => Some(resource::id_of(api, text).await?),
        None => None,
    };
    loop {
        let mut answer = match api.send(what.ask(cursor.as_deref(), resource)).await {
            Ok(reply) => reply.body,
            // Whoever follows wants to go on when the server is back.
            Err(failure) if what.follow && cursor.is_some() && failure.exit() == Exit::Unavailable => {
                terminal::note(&format!("{failure}\n  waiting for it"));
                tokio::time::sleep(AWAY).await;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let items = match answer["items"].take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        let (was_empty, mut is_new) = (items.is_empty(), false);
        for item in items {
            let event: Event = remote::Reply::of(item.clone()).read()?;
            if !seen.is_first(&event) || !what.wants(&event) {
                continue;
            }
            is_new = true;
            if print(&item, &event, format).is_err() {
                // Whoever read this has seen enough.
                return Ok(());
            }
        }
        seen.forget();
        cursor = answer["next"].as_str().map(str::to_owned);
        let more = answer["more"].as_bool().unwrap_or(is_new);
        if !what.follow && !more {
            return Ok(());
        }
        // What is told again is not waited for by the server.
        if !is_new && !(was_empty && (what.follow || more)) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Tail {
    /// Step 1.
    fn ask(&self, cursor: Option<&str>, resource: Option<Uuid>) -> Ask {
        let mut ask = Ask::get("/events").with("limit", "200");
        if let Some(cursor) = cursor {
            ask = ask.with("cursor", cursor);
            if self.follow {
                ask = ask.with("wait", WAIT);
            }
        } else {
            ask = ask.with("since", self.since.time().to_rfc3339());
        }
        if let [kind] = self.kind.as_slice() {
            ask = ask.with("kind", kind);
        }
        let about = [
            ("until", self.until.map(|when| when.time().to_rfc3339())),
            ("actor", self.actor.clone()),
            ("user_id", self.user.map(|id| id.to_string())),
            ("client_id", self.client.clone()),
            ("resource_id", resource.map(|id| id.to_string())),
            ("grant_id", self.grant.map(|id| id.to_string())),
            ("request_id", self.request.map(|id| id.to_string())),
        ];
        about.iter().fold(ask, |ask, (name, value)| ask.with_any(name, value.as_deref()))
    }

    /// The API takes one kind; of several, we choose.
    fn wants(&self, event: &Event) -> bool {
        self.kind.is_empty() || self.kind.contains(&event.kind)
    }
}

/// Step 2: what was told before.
#[derive(Default)]
struct Seen {
    events: HashMap<Uuid, Time>,
    newest: Option<Time>,
}

impl Seen {
    fn is_first(&mut self, event: &Event) -> bool {
        self.newest = self.newest.max(Some(event.at));
        self.events.insert(event.id, event.at).is_none()
    }

    /// What is so old that it is not told again.
    fn forget(&mut self) {
        if let Some(newest) = self.newest {
            self.events.retain(|_, at| *at > newest - REMEMBERED);
        }
    }
}

fn print(item: &Value, event: &Event, format: Format) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Json => writeln!(out, "{item}")?,
        Format::Text => writeln!(out, "{}", line(event))?,
    }
    out.flush()
}

fn line(event: &Event) -> String {
    let about = [
        ("user", event.user_id.map(|id| id.to_string())),
        ("client", event.client_id.as_deref().map(clean)),
        ("resource", event.resource_id.map(|id| id.to_string())),
        ("grant", event.grant_id.map(|id| id.to_string())),
        ("from", Some(clean(&event.peer))),
        (
            "detail",
            Some(clean(&event.detail.to_string())).filter(|text| !["{}", "null"].contains(&text.as_str())),
        ),
    ];
    let about = about.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name}={value}")));
    format!(
        "{}  {:<24} {}  {}",
        event.at.format("%Y-%m-%d %H:%M:%S UTC"),
        clean(&event.kind),
        clean(&event.actor),
        about.collect::<Vec<_>>().join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_again_is_shown_once() {
        let event = |minute| Event {
            id: Uuid::from_u128(minute),
            at: Time::UNIX_EPOCH + chrono::Duration::minutes(i64::try_from(minute).unwrap()),
            kind: String::new(),
            actor: String::new(),
            peer: String::new(),
            user_id: None,
            client_id: None,
            resource_id: None,
            grant_id: None,
            detail: Value::Null,
        };
        let mut seen = Seen::default();
        assert!(seen.is_first(&event(1)) && !seen.is_first(&event(1)));
        for minute in 2..30 {
            assert!(seen.is_first(&event(minute)));
            seen.forget();
        }
        assert!(seen.events.len() <= 10 && !seen.is_first(&event(29)));
    }
}

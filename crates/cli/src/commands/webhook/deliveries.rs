//! What became of what was sent, and sending it again: `gatewright webhook test`, `deliveries`, `replay`.

use clap::ValueEnum;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Named, find, path};
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{self, clean, count, many, when, word};
use crate::remote::{self, Ask};
use crate::terminal;
use crate::when::When;

/// Send a message to try a webhook, and say what became of it
///
/// It is signed and sent like any other, before everything that waits. Exits with 1 when it did not arrive.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright webhook test siem")]
pub(super) struct Test {
    #[command(flatten)]
    named: Named,
    /// How long to wait for the outcome, in seconds: 30 at most
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u8).range(1..=30))]
    wait: u8,
}

/// List what was sent to a webhook and what waits, oldest first
///
/// What arrived is kept a week, what was given up a month.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright webhook deliveries siem --status dead
  gatewright webhook deliveries siem 0199d1f2-0000-7000-8000-000000000000")]
pub(super) struct Deliveries {
    #[command(flatten)]
    named: Named,
    /// Show this one, with its attempts and what is sent
    #[arg(conflicts_with_all = ["status", "event", "limit", "cursor"])]
    delivery: Option<Uuid>,
    /// Only those
    #[arg(long)]
    status: Option<Status>,
    /// Only of this event
    #[arg(long, value_name = "ID")]
    event: Option<Uuid>,
    /// So many at most: 1 to 200
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=200))]
    limit: u8,
    /// Go on where the list before ended, as it says
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    cursor: Option<String>,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    /// It waits
    Pending,
    /// It arrived
    Delivered,
    /// It was given up
    Dead,
}

/// Send events again
///
/// With the same `webhook-id` as before, so that a receiver can tell. Name what was given up, or certain events, or a
/// range of time.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("which").required(true).args(["dead", "event", "since"]),
    after_help = "Examples:
  gatewright webhook replay siem --dead
  gatewright webhook replay siem --event 0199d1f2-0000-7000-8000-000000000000
  gatewright webhook replay siem --since 2026-01-31T00:00:00Z --until 2026-01-31T06:00:00Z"
)]
pub(super) struct Replay {
    #[command(flatten)]
    named: Named,
    /// What was given up
    #[arg(long)]
    dead: bool,
    /// These events, whatever the webhook listens to
    #[arg(long, value_name = "ID", num_args = 1..)]
    event: Vec<Uuid>,
    /// What the webhook listens to and happened from then on: a time (RFC 3339), or how long ago (2h, 7d)
    #[arg(long, value_name = "TIME", value_parser = When::parse)]
    since: Option<When>,
    /// And before then; until now when left out
    #[arg(long, value_name = "TIME", value_parser = When::parse, requires = "since")]
    until: Option<When>,
}

pub(super) async fn test(common: &Common, what: &Test) -> Result<(), Failure> {
    let outcome = remote::with(common, async |api| {
        let found = find(api, &what.named).await?;
        let path = path(&found);
        let sent = api.send(Ask::act(format!("{path}/test"))).await?.body;
        let place = format!("{path}/deliveries/{}", sent["id"].as_str().unwrap_or_default());
        let wait = Ask::get(place).with("wait", what.wait.to_string());
        Ok(output::waiting("Waiting for what becomes of it", api.send(wait)).await?.body)
    })
    .await?;
    let named = clean(&what.named.webhook);
    let arrived = outcome["status"] == "delivered";
    common.format().result(&outcome, || {
        let said = last(&outcome).map_or_else(
            || format!("it was not tried within {}", many(u64::from(what.wait), "second")),
            attempted,
        );
        if arrived {
            format!("The test arrived: {said}.")
        } else {
            format!("The test did not arrive: {said}.")
        }
    })?;
    if arrived {
        return Ok(());
    }
    let advice = match (count(&outcome, "attempts"), when(&outcome, "next_at")) {
        (0, _) => "messages are sent by a running server: is there one? (gatewright doctor)".to_owned(),
        (_, next) if next.is_empty() => "nothing more is tried".to_owned(),
        (_, next) => format!(
            "it is tried again at {next}; see gatewright webhook deliveries {named} {}",
            word(&outcome, "id")
        ),
    };
    Err(Failure::new(format!("{named} did not take the test\n  {advice}")))
}

/// The last attempt.
fn last(delivery: &Value) -> Option<&Value> {
    delivery["log"].as_array().and_then(|log| log.last())
}

/// What came of an attempt: `204 after 12 ms`.
fn attempted(attempt: &Value) -> String {
    let took = format!("{} ms", count(attempt, "took_ms"));
    match (attempt["status"].as_u64(), attempt["error"].as_str()) {
        (Some(status), _) => {
            let answer = word(attempt, "answer");
            let answer = if answer.is_empty() { answer } else { format!(" ({answer})") };
            format!("answered {status} after {took}{answer}")
        }
        (None, Some(error)) => format!("{} after {took}", clean(error)),
        (None, None) => format!("no answer after {took}"),
    }
}

pub(super) async fn show(common: &Common, what: &Deliveries) -> Result<(), Failure> {
    if let Some(id) = what.delivery {
        return one(common, what, id).await;
    }
    let page = remote::with(common, async |api| {
        let found = find(api, &what.named).await?;
        let ask = Ask::get(format!("{}/deliveries", path(&found)));
        let mut ask = ask.with("limit", what.limit.to_string());
        if let Some(status) = what.status.and_then(|status| status.to_possible_value()) {
            ask = ask.with("status", status.get_name());
        }
        if let Some(event) = what.event {
            ask = ask.with("event_id", event.to_string());
        }
        if let Some(cursor) = &what.cursor {
            ask = ask.with("cursor", cursor);
        }
        Ok(api.send(ask).await?.body)
    })
    .await?;
    let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    common.format().result(&page, || {
        if items.is_empty() {
            return "There is no such delivery.".to_owned();
        }
        let rows = items.iter().map(|one| {
            [
                word(one, "kind"),
                word(one, "status"),
                word(one, "attempts"),
                when(one, "begun_at"),
                when(one, if one["ended_at"].is_null() { "next_at" } else { "ended_at" }),
                last(one).map(attempted).unwrap_or_default(),
                word(one, "id"),
            ]
        });
        output::table(["KIND", "STATUS", "TRIES", "SINCE", "ENDED OR NEXT", "LAST TRY", "ID"], rows)
    })?;
    if let Some(next) = page["next"].as_str() {
        terminal::note(&format!("There may be more: the same command with --cursor {}", clean(next)));
    }
    Ok(())
}

async fn one(common: &Common, what: &Deliveries, id: Uuid) -> Result<(), Failure> {
    let shown = remote::with(common, async |api| {
        let found = find(api, &what.named).await?;
        Ok(api.send(Ask::get(format!("{}/deliveries/{id}", path(&found)))).await?.body)
    })
    .await?;
    common.format().result(&shown, || {
        let members = output::members([
            ("id", word(&shown, "id")),
            ("event", word(&shown, "event_id")),
            ("kind", word(&shown, "kind")),
            ("about", word(&shown, "subject")),
            ("status", word(&shown, "status")),
            ("tries", word(&shown, "attempts")),
            ("since", when(&shown, "begun_at")),
            ("next try", when(&shown, "next_at")),
            ("ended", when(&shown, "ended_at")),
        ]);
        let log = shown["log"].as_array().map(Vec::as_slice).unwrap_or_default();
        let tries = log.iter().map(|attempt| format!("  {}  {}", when(attempt, "at"), attempted(attempt)));
        let tries = tries.collect::<Vec<_>>().join("\n");
        let body = match &shown["body"] {
            Value::Null => String::new(),
            body => format!("\n\nWhat is sent:\n  {}", clean(&body.to_string())),
        };
        if tries.is_empty() {
            format!("{members}{body}")
        } else {
            format!("{members}\n\nTries:\n{tries}{body}")
        }
    })
}

pub(super) async fn replay(common: &Common, what: &Replay) -> Result<(), Failure> {
    let body = if what.dead {
        json!({ "status": "dead" })
    } else if let Some(since) = what.since {
        let mut body = json!({ "since": since.time() });
        if let Some(until) = what.until {
            body["until"] = json!(until.time());
        }
        body
    } else {
        json!({ "events": what.event })
    };
    let replayed = remote::with(common, async |api| {
        let found = find(api, &what.named).await?;
        Ok(api.send(Ask::post(format!("{}/replay", path(&found)), body)).await?.body)
    })
    .await?;
    common.format().result(&replayed, || {
        let number = match replayed["deliveries"].as_u64() {
            Some(1) => "1 delivery is".to_owned(),
            number => format!("{} deliveries are", number.unwrap_or(0)),
        };
        let more = match replayed["goes_on_at"].as_str() {
            Some(at) => format!("\nThere is more: go on with --since {}", clean(at)),
            None => String::new(),
        };
        format!("{number} sent again; what waits already is not counted.{more}")
    })
}

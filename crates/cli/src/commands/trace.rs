//! `gatewright trace`: why did my client fail?

use gatewright_store::traces::{self, Step};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::failure::Failure;
use crate::installation::{self, Common};
use crate::output::{self, clean, rfc3339};
use crate::remote::things::Traced;
use crate::remote::{Api, Ask, Reply};

/// Steps of a client that are shown.
const LATEST: u32 = 50;

/// Follow what became of a client's attempts
///
/// By the request number that every error page, log line and `X-Request-Id` shows, or by the client. Steps are
/// kept for a week, and sampled when there are very many.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright trace 0199d1f2-0000-7000-8000-000000000000
  gatewright trace https://app.example/client.json")]
pub struct Arguments {
    /// A request number or a `client_id`
    about: String,
    #[command(flatten)]
    common: Common,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Trace {
    steps: Vec<View>,
}

#[derive(Serialize)]
struct View {
    at: String,
    request: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    step: String,
    outcome: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    said: String,
    arrived: Value,
}

impl From<Step> for View {
    fn from(step: Step) -> View {
        View {
            at: rfc3339(step.at),
            request: step.request,
            attempt: step.attempt,
            client_id: step.client,
            step: step.step,
            outcome: step.outcome,
            said: step.said,
            arrived: step.detail,
        }
    }
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { about, common } = arguments;
    let steps = match common.remote()? {
        Some(api) => elsewhere(&api, &about).await?,
        None => here(&common, &about).await?,
    };
    let trace = Trace { steps: steps.into_iter().map(View::from).collect() };
    common.format().result(&trace, || {
        if trace.steps.is_empty() {
            return format!(
                "Nothing is known about {}. Steps are kept for a week; the request number is on the page the person saw.",
                clean(&about)
            );
        }
        trace.steps.iter().map(paragraph).collect::<Vec<_>>().join("\n\n")
    })
}

/// Of a client, the latest; oldest first in any case.
async fn elsewhere(api: &Api<'_>, about: &str) -> Result<Vec<Step>, Failure> {
    let name = if about.parse::<Uuid>().is_ok() { "request_id" } else { "client_id" };
    let items = api.all(Ask::get("/traces").with(name, about)).await?;
    let mut steps: Vec<Step> =
        Reply::of(Value::Array(items)).read::<Vec<Traced>>()?.into_iter().map(Step::from).collect();
    if name == "client_id" {
        steps.sort_by_key(|step| step.at);
        steps.drain(..steps.len().saturating_sub(LATEST as usize));
    }
    Ok(steps)
}

async fn here(common: &Common, about: &str) -> Result<Vec<Step>, Failure> {
    installation::read(common, async |store| {
        Ok(match about.parse::<Uuid>() {
            Ok(request) => traces::of_request(store, request).await?,
            Err(_) => {
                let mut latest = traces::of_client(store, about, LATEST).await?;
                latest.reverse();
                latest
            }
        })
    })
    .await
}

fn paragraph(step: &View) -> String {
    let mut lines = vec![format!("{}  {}: {}", step.at, step.step, clean(&step.outcome))];
    if !step.said.is_empty() {
        lines.push(format!("  {}", clean(&step.said)));
    }
    let arrived = match &step.arrived {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{}={}", clean(name), clean(&text(value))))
            .collect::<Vec<_>>()
            .join("\n"),
        other => clean(&text(other)),
    };
    let about = output::members([
        ("client", step.client_id.as_deref().map(clean).unwrap_or_default()),
        ("arrived", arrived),
        ("request", step.request.to_string()),
    ]);
    lines.extend(about.lines().map(|line| format!("  {line}")));
    lines.join("\n")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

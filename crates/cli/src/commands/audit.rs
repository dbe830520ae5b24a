//! `gatewright audit`: whether the log of events is what was written.

use gatewright_jose::base64url;
use gatewright_server::audit::verify::Finding;
use gatewright_store::{Time, event_log};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::installation::{self, Common};
use crate::output::{self, rfc3339};
use crate::remote::{self, Api, Ask};

/// The log of events: whether anybody has changed it
///
/// New events are sealed within a second or so: numbered, hashed, and added to a tree whose root is signed.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Verify(Verify),
    /// Print the newest checkpoint: keep it where the database's administrators cannot write
    #[command(after_help = "Example:\n  gatewright audit checkpoint --json")]
    Checkpoint,
}

/// Make the whole tree again and say what does not fit; exits with 1 when something does not
///
/// Finds an event that was changed, removed or slipped in, and a log that was cut off. Whoever can write to the
/// database can make a new log that fits itself: name a checkpoint you kept, and it has to fit that, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright audit verify
  gatewright audit verify --size 48211 --root 5V0n8mUq7nq4fNXw1mXg9mW3Z9S1sC0Yb2m0w3yq3hE")]
struct Verify {
    /// How many events a checkpoint had that you kept
    #[arg(long, value_name = "EVENTS", requires = "root")]
    size: Option<u64>,
    /// Its root
    #[arg(long, value_name = "ROOT", requires = "size", allow_hyphen_values = true)]
    root: Option<String>,
}

#[derive(Serialize)]
struct View {
    size: u64,
    root: String,
    at: String,
    signed: String,
}

#[derive(Serialize)]
struct Newest {
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<View>,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Verify(what) => verify(&common, what).await,
        Command::Checkpoint => checkpoint(&common).await,
    }
}

async fn checkpoint(common: &Common) -> Result<(), Failure> {
    let checkpoint = match common.remote()? {
        Some(api) => elsewhere(&api).await?,
        None => here(common).await?,
    };
    let newest = Newest { checkpoint };
    common.format().result(&newest, || match &newest.checkpoint {
        None => "Nothing is sealed yet: a running server does that.".to_owned(),
        Some(View { size, root, at, signed }) => {
            format!("{size} events up to {at}, root {root}\n\nSigned by this server:\n\n  {signed}")
        }
    })
}

async fn here(common: &Common) -> Result<Option<View>, Failure> {
    let newest = installation::read(common, async |store| Ok(event_log::newest(store).await?)).await?;
    Ok(newest.map(|newest| View {
        size: newest.size,
        root: base64url::encode(newest.root),
        at: rfc3339(newest.at),
        signed: newest.signed,
    }))
}

async fn elsewhere(api: &Api<'_>) -> Result<Option<View>, Failure> {
    #[derive(Deserialize)]
    struct Told {
        size: u64,
        root: String,
        at: Time,
        signed: String,
    }
    match api.answer(Ask::get("/events/checkpoint")).await? {
        Ok(reply) => {
            let Told { size, root, at, signed } = reply.read()?;
            Ok(Some(View { size, root, at: rfc3339(at), signed }))
        }
        Err(trouble) if trouble.code() == "not_found" => Ok(None),
        Err(trouble) => Err(trouble.into()),
    }
}

/// What was found. Part of it is what `--json` prints.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Report {
    leaves: u64,
    removed: u64,
    checkpoints: u64,
    root: String,
    findings: Vec<Finding>,
    #[serde(skip_serializing)]
    next: Option<String>,
}

async fn verify(common: &Common, what: Verify) -> Result<(), Failure> {
    let report = remote::with(common, async |api| {
        output::waiting("Making the tree again", Box::pin(everything(api, what))).await
    })
    .await?;
    common.format().result(&report, || told(&report))?;
    if report.findings.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the log is not what was written ({} finding{})\n  keep the database as it is, and compare it with a backup",
        report.findings.len(),
        if report.findings.len() == 1 { "" } else { "s" }
    )))
}

/// A running server does it in stretches.
async fn everything(api: &Api<'_>, what: Verify) -> Result<Report, Failure> {
    let mut ask = Ask::get("/events/verification");
    if let (Some(size), Some(root)) = (what.size, what.root) {
        ask = ask.with("size", size.to_string()).with("root", root);
    }
    let mut findings = Vec::new();
    loop {
        let mut report: Report = api.send(ask).await?.read()?;
        findings.append(&mut report.findings);
        match report.next {
            Some(next) => ask = Ask::get("/events/verification").with("cursor", next),
            None => return Ok(Report { findings, ..report }),
        }
    }
}

fn told(report: &Report) -> String {
    let Report { leaves, removed, checkpoints, root, findings, next: _ } = report;
    if !findings.is_empty() {
        return findings.iter().map(words).collect::<Vec<_>>().join("\n");
    }
    let fit = format!("{leaves} events and {checkpoints} checkpoints fit. The root is {root}.");
    if *removed == 0 {
        return fit;
    }
    format!("{fit}\n{removed} of the events were removed because they were older than events.keep_days.")
}

fn words(finding: &Finding) -> String {
    match finding {
        Finding::EventChanged { seq, event } => format!("event {event} (number {seq}) was changed"),
        Finding::EventGone { seq, event } => format!("event {event} (number {seq}) is gone"),
        Finding::LeafGone { seq } => format!("number {seq} is missing from the log"),
        Finding::RootDiffers { size } => {
            format!("the first {size} events do not make the root that was signed")
        }
        Finding::SignatureDiffers { size } => {
            format!("the checkpoint of {size} events is not what was signed")
        }
        Finding::CutOff { leaves, size } => format!("the log has {leaves} events and once had {size}"),
        Finding::PrunedForged { event } => {
            format!("event {event} says that old events were removed, and this server has not written it")
        }
        Finding::NotSealed { event } => {
            format!("event {event} is not in the log: it was slipped in, or no server has run since")
        }
    }
}

//! `gatewright job`: work that takes longer than a request should.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{self, when, word};
use crate::remote::{self, Ask};

/// Jobs: imports of accounts, and how far they are
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(Wanted),
    /// Show a job: how far it is, and the first hundred lines that were wrong
    #[command(after_help = "Example:\n  gatewright job show 0199d1f2-0000-7000-8000-000000000000")]
    Show {
        /// The job's id
        id: Uuid,
    },
}

/// List jobs, the newest first; those that ended are kept for 30 days
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright job list
  gatewright job list --state running")]
struct Wanted {
    /// Only those that are
    #[arg(long, value_parser = ["running", "done", "failed", "interrupted"])]
    state: Option<String>,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::List(what) => list(&common, &what).await,
        Command::Show { id } => show(&common, id).await,
    }
}

async fn list(common: &Common, what: &Wanted) -> Result<(), Failure> {
    let items = remote::with(common, async |api| {
        api.all(Ask::get("/jobs").with_any("state", what.state.as_deref())).await
    })
    .await?;
    common.format().result(&json!({ "items": items }), || {
        if items.is_empty() && what.state.is_some() {
            return "There is no such job.\n  see them all: gatewright job list".to_owned();
        }
        if items.is_empty() {
            return "There is no job. gatewright user import makes one.".to_owned();
        }
        let rows = items.iter().map(|one| {
            [
                word(one, "kind"),
                word(one, "state"),
                word(one, "read"),
                word(one, "created"),
                word(one, "skipped"),
                word(one, "failed"),
                when(one, "created_at"),
                word(one, "id"),
            ]
        });
        output::table(["KIND", "STATE", "READ", "MADE", "SKIPPED", "WRONG", "BEGUN", "ID"], rows)
    })
}

async fn show(common: &Common, id: Uuid) -> Result<(), Failure> {
    let job =
        remote::with(common, async |api| Ok(api.send(Ask::get(format!("/jobs/{id}"))).await?.body)).await?;
    common.format().result(&job, || {
        let members = output::members([
            ("id", word(&job, "id")),
            ("kind", word(&job, "kind")),
            ("state", word(&job, "state")),
            ("why", word(&job, "note")),
            ("lines read", word(&job, "read")),
            ("accounts made", word(&job, "created")),
            ("there already", word(&job, "skipped")),
            ("wrong", word(&job, "failed")),
            ("begun", format!("{} by {}", when(&job, "created_at"), word(&job, "actor"))),
            ("ended", when(&job, "finished_at")),
        ]);
        let errors = job["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        [vec![members], errors.iter().map(wrong).collect()].concat().join("\n")
    })
}

/// What is wrong with a line.
pub(super) fn wrong(error: &Value) -> String {
    format!("  line {}: {}: {}", word(error, "line"), word(error, "field"), word(error, "detail"))
}

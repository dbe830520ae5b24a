//! `gatewright events export`: events as a file.

use std::io::{self, Write as _};

use clap::ValueEnum;
use uuid::Uuid;

use crate::commands::resource;
use crate::failure::Failure;
use crate::installation::Common;
use crate::remote::{self, Ask};
use crate::when::When;

/// Print all events up to now, oldest first, as a file
///
/// In CSV a cell that a spreadsheet would take for a formula has an apostrophe in front. Exits with 69 when the answer
/// breaks off: what was printed is not all then.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright events export --format csv > events.csv
  gatewright events export --since 30d --kind client.created > clients.jsonl")]
pub(super) struct Export {
    /// How it is written
    #[arg(long, default_value = "jsonl")]
    format: Form,
    /// From when on: a time (RFC 3339), or how long ago (2h, 7d); everything that is kept when left out
    #[arg(long, value_name = "TIME", value_parser = When::parse)]
    since: Option<When>,
    /// Until then
    #[arg(long, value_name = "TIME", value_parser = When::parse)]
    until: Option<When>,
    /// Only of this kind
    #[arg(long)]
    kind: Option<String>,
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

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One JSON object a line
    Jsonl,
    /// For spreadsheets
    Csv,
}

impl Export {
    fn ask(&self, resource: Option<Uuid>) -> Ask {
        let format = match self.format {
            Form::Jsonl => "jsonl",
            Form::Csv => "csv",
        };
        let wanted = [
            ("since", self.since.map(|when| when.time().to_rfc3339())),
            ("until", self.until.map(|when| when.time().to_rfc3339())),
            ("kind", self.kind.clone()),
            ("actor", self.actor.clone()),
            ("user_id", self.user.map(|id| id.to_string())),
            ("client_id", self.client.clone()),
            ("resource_id", resource.map(|id| id.to_string())),
            ("grant_id", self.grant.map(|id| id.to_string())),
            ("request_id", self.request.map(|id| id.to_string())),
        ];
        let ask = Ask::get("/events/export").with("format", format);
        wanted.iter().fold(ask, |ask, (name, value)| ask.with_any(name, value.as_deref()))
    }
}

pub(super) async fn run(common: &Common, what: &Export) -> Result<(), Failure> {
    remote::with(common, async |api| {
        let resource = match &what.resource {
            Some(text) => Some(resource::id_of(api, text).await?),
            None => None,
        };
        let mut flow = api.export(what.ask(resource)).await?;
        while let Some(piece) = flow.next().await? {
            if let Err(error) = io::stdout().lock().write_all(&piece) {
                return unwritten(&error);
            }
        }
        io::stdout().lock().flush().or_else(|error| unwritten(&error))
    })
    .await
}

/// Whoever read this may have seen enough; a full disk is another matter.
fn unwritten(error: &io::Error) -> Result<(), Failure> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(Failure::new(format!("the events cannot be written: {error}\n  what was printed is not all of them")))
}

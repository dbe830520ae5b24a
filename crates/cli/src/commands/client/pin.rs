//! `gatewright client pin`, `import`: clients that somebody else described.

use std::path::PathBuf;

use gatewright_oauth::client::Published;
use gatewright_oauth::document::{self, Answer, MAX_DOCUMENT};
use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::secret::Secret;
use gatewright_oauth::{Client, ClientId, Refusal, Voucher};
use gatewright_server::clients::enrol::enrol;
use gatewright_server::fetch::Wanted;
use gatewright_server::policy;
use gatewright_store::{Write, clients, resources};
use serde::Serialize;
use serde_json::Value;

use super::elsewhere;
use super::view::View;
use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean};

/// Use a client's metadata document as it is now, for good
///
/// For clients whose identifier is the URL of a document. A pinned document is never fetched again, so what
/// it says stays what you saw, and the client is shown as one you vouch for. Needed where this server cannot
/// fetch documents itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright client pin https://claude.ai/oauth/claude-code-client-metadata
  gatewright client pin https://app.example/client.json --file client.json")]
pub(super) struct Pin {
    /// The client's identifier
    pub(super) url: String,
    /// A file with the document, instead of fetching it
    #[arg(long)]
    file: Option<PathBuf>,
}

pub(super) async fn pin(common: &Common, arguments: Pin) -> Result<(), Failure> {
    let view = match common.remote()? {
        Some(api) => elsewhere::pin(&api, &arguments).await?,
        None => {
            let kept = installation::change(common, async |desk| keep(desk, &arguments).await);
            output::waiting("Reading the document", kept).await?
        }
    };
    common.format().result(&view, || format!("Pinned the document.\n\n{}", view.text()))
}

impl Pin {
    /// The document, if it is in a file.
    pub(super) fn given(&self) -> Result<Option<Vec<u8>>, Failure> {
        let Some(file) = &self.file else { return Ok(None) };
        let unreadable = |error| {
            let file = file.display();
            Failure::new(format!("{file} cannot be read: {error}\n  name a file with the document"))
        };
        std::fs::read(file).map(Some).map_err(unreadable)
    }
}

async fn keep(desk: &Desk, arguments: &Pin) -> Result<View, Failure> {
    let (app, now) = (&desk.app, desk.moment.now);
    let id = ClientId::parse(&arguments.url).ok().filter(|id| id.host().is_some()).ok_or_else(|| {
        Failure::new(format!(
            "{} is not the URL of a metadata document\n  it is https, with a path, in canonical form",
            clean(&arguments.url)
        ))
    })?;
    let json = match arguments.given()? {
        Some(document) => document,
        None => fetch(desk, &id).await?,
    };
    let rules = RegistrationPolicy { voucher: Voucher::Administrator, ..policy::document(&app.config) };
    let client = document::client(&rules, &id, &json, now)
        .map_err(|refusal| Failure::new(format!("the document was not pinned: {}", refusal.description())))?;
    let client = Client { document: Some(Published { fetched_at: now, fresh_until: None }), ..client };
    match clients::create(&app.store, &client, &desk.moment.trace(app)).await? {
        Write::Applied(_) => Ok(View::of(&client, &resources::list(&app.store).await?)),
        Write::Lost => Err(Failure::new(format!(
            "there is a client {0} already, or there was\n  see it: gatewright client show {0}",
            clean(id.as_str())
        ))),
    }
}

async fn fetch(desk: &Desk, id: &ClientId) -> Result<Vec<u8>, Failure> {
    let wanted = Wanted { url: id.as_str(), accept: "application/json", most: MAX_DOCUMENT };
    let advice = "get the document another way and name it with --file";
    let fetched = desk.app.fetcher.get(wanted).await;
    let fetched = fetched
        .map_err(|error| Failure::new(format!("the document cannot be fetched: {error}\n  {advice}")))?;
    let content_type = fetched.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    match (Answer { status: fetched.status.as_u16(), content_type }).flaw() {
        None => Ok(fetched.body.to_vec()),
        Some(flaw) => Err(Failure::new(format!("there is no document: {flaw}\n  {advice}"))),
    }
}

/// Register the clients of a file, under their identifiers
///
/// The file holds a JSON array of client metadata (RFC 7591), each with its `client_id`. Clients that have a
/// secret get a new one, which is printed once. One that is wrong, or whose id is taken, is told and left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright client import clients.json --json")]
pub(super) struct Import {
    /// The file
    file: PathBuf,
}

#[derive(Serialize)]
struct Imported {
    clients: Vec<Outcome>,
}

#[derive(Serialize)]
pub(super) struct Outcome {
    pub(super) client_id: String,
    pub(super) imported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

pub(super) async fn import(common: &Common, arguments: Import) -> Result<(), Failure> {
    let text = std::fs::read(&arguments.file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", arguments.file.display())))?;
    let entries: Vec<Value> = serde_json::from_slice(&text).map_err(|error| {
        Failure::new(format!("{} is not a JSON array of clients: {error}", arguments.file.display()))
    })?;
    let done = match common.remote()? {
        Some(api) => Imported { clients: elsewhere::import(&api, &entries).await? },
        None => import_here(common, &entries).await?,
    };
    common.format().result(&done, || {
        let rows = done.clients.iter().map(|outcome| {
            let said = outcome.problem.clone().unwrap_or_else(|| "imported".to_owned());
            [clean(&outcome.client_id), clean(&said), outcome.client_secret.clone().unwrap_or_default()]
        });
        output::table(["CLIENT ID", "", "SECRET, SHOWN THIS ONCE"], rows)
    })
}

async fn import_here(common: &Common, entries: &[Value]) -> Result<Imported, Failure> {
    installation::change(common, async |desk| {
        let mut outcomes = Vec::with_capacity(entries.len());
        for entry in entries {
            outcomes.push(take(desk, entry).await?);
        }
        Ok(Imported { clients: outcomes })
    })
    .await
}

async fn take(desk: &Desk, entry: &Value) -> Result<Outcome, Failure> {
    let name = entry["client_id"].as_str().unwrap_or_default().to_owned();
    let failed = |problem: String| Outcome {
        client_id: name.clone(),
        imported: false,
        client_secret: None,
        problem: Some(problem),
    };
    let judged = judge(&name, entry, desk.moment.now);
    let client = match judged {
        Ok(client) => client,
        Err(refusal) => return Ok(failed(refusal.description().to_owned())),
    };
    if clients::load(&desk.app.store, &client.id).await?.is_some() {
        return Ok(failed("there is a client with this id, or there was".to_owned()));
    }
    let enrolled = enrol(&desk.app, &desk.moment, client, None).await?;
    let client_secret = enrolled.secret.as_ref().map(Secret::expose).cloned();
    Ok(Outcome { client_id: name, imported: true, client_secret, problem: None })
}

fn judge(name: &str, entry: &Value, now: gatewright_oauth::Time) -> Result<Client, Refusal> {
    let id = ClientId::parse(name)?;
    let raw = RegistrationRequest::parse(entry.to_string().as_bytes())?;
    register(&RegistrationPolicy::administrator(), raw, id, now)
}

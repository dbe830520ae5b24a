//! `gatewright grant`: what people have allowed, to which client, for which resource.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{resource, user};
use crate::assent::Assent;
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{self, count, many, when, word};
use crate::remote::{self, Api, Ask};

/// Grants of one request.
const MOST: usize = 100;

/// Grants: what people have allowed, to which client, for which resource
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(List),
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
struct Filter {
    /// Of this account: its username, e-mail address or id
    #[arg(long)]
    user: Option<String>,
    /// To this client
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// For this resource: its address or id
    #[arg(long)]
    resource: Option<String>,
}

/// List grants of a person, to a client or for a resource, oldest first
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("which").required(true).multiple(true).args(["user", "client", "resource"]),
    after_help = "Examples:
  gatewright grant list --user alice
  gatewright grant list --client c_Zm9vYmFy --resource https://mcp.example.com/mcp --all"
)]
struct List {
    #[command(flatten)]
    filter: Filter,
    /// Those included that ended within the last month
    #[arg(long)]
    all: bool,
}

/// Revoke grants: by id, or all of a person, to a client or for a resource
///
/// Of several, shows how many there are and asks. Refreshing and introspection end within a second; access tokens stay
/// valid until they expire (minutes) where nobody asks this server.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("which").required(true).multiple(true).args(["ids", "user", "client", "resource"]),
    after_help = "Examples:
  gatewright grant revoke 0199d1f2-0000-7000-8000-000000000000
  gatewright grant revoke --user alice --client c_Zm9vYmFy --yes"
)]
struct Revoke {
    /// The grants' ids
    #[arg(value_name = "ID", conflicts_with_all = ["user", "client", "resource"])]
    ids: Vec<Uuid>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    assent: Assent,
}

impl Filter {
    /// What the API calls it.
    async fn members(&self, api: &Api<'_>) -> Result<Vec<(&'static str, String)>, Failure> {
        let mut members = Vec::new();
        if let Some(text) = &self.user {
            members.push(("user_id", user::person(api, text).await?.id.to_string()));
        }
        if let Some(client) = &self.client {
            members.push(("client_id", client.clone()));
        }
        if let Some(text) = &self.resource {
            members.push(("resource_id", resource::id_of(api, text).await?.to_string()));
        }
        Ok(members)
    }
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::List(what) => list(&common, &what).await,
        Command::Revoke(what) => revoke(&common, &what).await,
    }
}

async fn found(
    api: &Api<'_>,
    members: &[(&'static str, String)],
    status: &str,
) -> Result<Vec<Value>, Failure> {
    let ask = Ask::get("/grants").with("status", status);
    api.all(members.iter().fold(ask, |ask, (name, value)| ask.with(name, value))).await
}

async fn list(common: &Common, what: &List) -> Result<(), Failure> {
    let status = if what.all { "all" } else { "live" };
    let items = remote::with(common, async |api| {
        let members = what.filter.members(api).await?;
        found(api, &members, status).await
    })
    .await?;
    common.format().result(&json!({ "items": items }), || {
        if items.is_empty() {
            return "There is no such grant.".to_owned();
        }
        let rows = items.iter().map(|one| {
            let revoked = if one["revoked_at"].is_null() {
                String::new()
            } else {
                format!("{} ({})", when(one, "revoked_at"), word(one, "revoked_because"))
            };
            [
                word(one, "id"),
                word(one, "user_id"),
                word(one, "client_id"),
                word(one, "scope"),
                when(one, "last_used_at"),
                when(one, "expires_at"),
                revoked,
            ]
        });
        output::table(["ID", "USER", "CLIENT", "SCOPE", "LAST USED", "EXPIRES", "REVOKED"], rows)
    })
}

async fn revoke(common: &Common, what: &Revoke) -> Result<(), Failure> {
    let outcome = remote::with(common, async |api| {
        if !what.ids.is_empty() {
            return by_id(api, &what.ids).await;
        }
        let members = what.filter.members(api).await?;
        let live = found(api, &members, "live").await?.len() as u64;
        if live == 0 {
            return Ok(Outcome::default());
        }
        what.assent.or_ask(&format!("Revoke {}?", many(live, "grant")))?;
        matching(api, &members).await
    })
    .await?;
    let Outcome { items, done, refused } = &outcome;
    common.format().result(&json!({ "items": items, "done": done, "refused": refused }), || {
        match (done, refused) {
            (0, 0) => "There is no such grant. Nothing was done.".to_owned(),
            (done, _) => format!("Revoked {}.", many(*done, "grant")),
        }
    })?;
    if *refused == 0 {
        return Ok(());
    }
    let why =
        items.iter().find(|item| !item["problem"].is_null()).map(|item| word(&item["problem"], "detail"));
    Err(Failure::new(format!(
        "{} not revoked: {}\n  see them: gatewright grant list --user USER",
        many(*refused, "grant"),
        why.unwrap_or_default()
    )))
}

/// What became of each, of all requests together.
#[derive(Default)]
struct Outcome {
    items: Vec<Value>,
    done: u64,
    refused: u64,
}

impl Outcome {
    /// Adds an answer; whether asking again does more.
    fn add(&mut self, mut answer: Value) -> bool {
        let done = count(&answer, "done");
        self.done += done;
        self.refused += count(&answer, "refused");
        if let Value::Array(items) = answer["items"].take() {
            self.items.extend(items);
        }
        done > 0 && answer["more"] == true
    }
}

async fn by_id(api: &Api<'_>, ids: &[Uuid]) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    for ids in ids.chunks(MOST) {
        outcome.add(api.send(Ask::post("/grants/revoke", json!({ "ids": ids }))).await?.body);
    }
    Ok(outcome)
}

async fn matching(api: &Api<'_>, members: &[(&'static str, String)]) -> Result<Outcome, Failure> {
    let body: Value = members.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut outcome = Outcome::default();
    while outcome.add(api.send(Ask::post("/grants/revoke", body.clone())).await?.body) {}
    Ok(outcome)
}

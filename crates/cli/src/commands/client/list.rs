//! `gatewright client list`: all clients, or those that are looked for.

use clap::builder::NonEmptyStringValueParser;
use gatewright_store::clients::{self, Cursor, Filter};
use gatewright_store::resources;
use serde::Serialize;

use super::view::View;
use crate::failure::Failure;
use crate::installation::{self, Common};
use crate::output::{self, minute};
use crate::remote::things::{self, App};
use crate::remote::{Api, Ask};

/// Clients of one look at the database.
const PAGE: u32 = 500;

/// List clients, oldest first: all, or those that are looked for; without those that were deleted or never used
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright client list --json
  gatewright client list --origin dynamic --verified false
  gatewright client list --name notes --status blocked")]
pub(super) struct Wanted {
    /// Only with this in their name, in small or capital letters
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Only those that are
    #[arg(long, value_parser = ["enabled", "blocked"])]
    status: Option<String>,
    /// Only those that came this way
    #[arg(long, value_parser = ["administrator", "dynamic", "document"])]
    origin: Option<String>,
    /// Only those that an administrator vouches for (true), or does not (false)
    #[arg(long)]
    verified: Option<bool>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct List {
    clients: Vec<View>,
}

impl Wanted {
    fn is_everything(&self) -> bool {
        [&self.name, &self.status, &self.origin].iter().all(|wish| wish.is_none()) && self.verified.is_none()
    }
}

pub(super) async fn run(common: &Common, what: &Wanted) -> Result<(), Failure> {
    let clients = match common.remote()? {
        Some(api) => elsewhere(&api, what).await?,
        None => here(common, what).await?,
    };
    let list = List { clients };
    common.format().result(&list, || {
        if list.clients.is_empty() {
            return if what.is_everything() {
                "There is no client yet. MCP clients register themselves when they come for the first time."
            } else {
                "There is no such client.\n  see them all: gatewright client list"
            }
            .to_owned();
        }
        let rows = list.clients.iter().map(|client| {
            [
                client.client_id.clone(),
                client.shown_name().to_owned(),
                client.token_endpoint_auth_method.to_owned(),
                client.origin.to_owned(),
                client.status.to_owned(),
                minute(client.created),
            ]
        });
        output::table(["CLIENT ID", "NAME", "AUTHENTICATION", "ORIGIN", "STATUS", "CREATED"], rows)
    })
}

async fn elsewhere(api: &Api<'_>, what: &Wanted) -> Result<Vec<View>, Failure> {
    let known = things::resources(api).await?;
    let verified = what.verified.map(|verified| verified.to_string());
    let ask = Ask::get("/clients")
        .with_any("name", what.name.as_deref())
        .with_any("status", what.status.as_deref())
        .with_any("origin", what.origin.as_deref())
        .with_any("verified", verified.as_deref());
    api.found::<App>(ask).await?.into_iter().map(|told| Ok(View::of(&told.client()?, &known))).collect()
}

async fn here(common: &Common, what: &Wanted) -> Result<Vec<View>, Failure> {
    let name = what.name.as_deref().map(str::to_lowercase);
    let filter = Filter {
        name: name.as_deref(),
        origin: what.origin.as_deref().and_then(|origin| origin.parse().ok()),
        blocked: what.status.as_deref().map(|status| status == "blocked"),
        vouched: what.verified,
    };
    installation::read(common, async |store| {
        let known = resources::list(store).await?;
        let (mut found, mut from) = (Vec::new(), Some(Cursor::START));
        while let Some(cursor) = from {
            let looked = clients::search(store, filter, &cursor, PAGE).await?;
            found.extend(looked.found.iter().map(|client| View::of(client, &known)));
            from = looked.to;
        }
        Ok(found)
    })
    .await
}

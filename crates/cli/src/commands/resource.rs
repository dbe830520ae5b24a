//! `gatewright resource`: the MCP servers and APIs that tokens are for.

mod add;
mod discover;
mod elsewhere;
mod update;
mod view;
mod wording;

use clap::builder::NonEmptyStringValueParser;
use gatewright_oauth::Resource;
use gatewright_oauth::resource::compare_key;
use gatewright_store::resources::{self, Filter};
use gatewright_store::{Store, Write};
use serde::Serialize;
use uuid::Uuid;

use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean};
use crate::remote::{Api, Ask, things};
use view::View;

/// Resources: the MCP servers and APIs that tokens are for
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(add::Arguments),
    Update(update::Arguments),
    List(Wanted),
    /// Show one resource with its scopes
    #[command(after_help = "Example:\n  gatewright resource show https://mcp.example.com/mcp")]
    Show(Named),
    /// Pause a resource: no tokens are issued for it, and introspection calls the ones there are inactive
    #[command(after_help = "Example:\n  gatewright resource disable https://mcp.example.com/mcp")]
    Disable(Named),
    /// End the pause of a resource
    #[command(after_help = "Example:\n  gatewright resource enable https://mcp.example.com/mcp")]
    Enable(Named),
}

/// List resources, oldest first: all, or those that are looked for
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright resource list
  gatewright resource list --name mcp.example.com --status disabled")]
struct Wanted {
    /// Only with this in their name or address, in small or capital letters
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Only those that are
    #[arg(long, value_parser = ["enabled", "disabled"])]
    status: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The resource's address
    url: String,
}

/// What `resource list --json` prints.
#[derive(Serialize)]
struct List {
    resources: Vec<View>,
}

/// What `resource disable --json` and `resource enable --json` print.
#[derive(Serialize)]
struct Switched {
    resource: String,
    status: &'static str,
    changed: bool,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Add(what) => add::run(&common, what).await,
        Command::Update(what) => update::run(&common, what).await,
        Command::List(what) => list(&common, &what).await,
        Command::Show(named) => show(&common, &named).await,
        Command::Disable(named) => switch(&common, &named, Switch::Off).await,
        Command::Enable(named) => switch(&common, &named, Switch::On).await,
    }
}

async fn list(common: &Common, what: &Wanted) -> Result<(), Failure> {
    let known = match common.remote()? {
        Some(api) => {
            let ask = Ask::get("/resources")
                .with_any("name", what.name.as_deref())
                .with_any("status", what.status.as_deref());
            things::resources_by(&api, ask).await?
        }
        None => list_here(common, what).await?,
    };
    let list = List { resources: known.iter().map(View::of).collect() };
    common.format().result(&list, || {
        if known.is_empty() && (what.name.is_some() || what.status.is_some()) {
            return "There is no such resource.\n  see them all: gatewright resource list".to_owned();
        }
        if known.is_empty() {
            return "There is no resource yet, so nobody can get a token.\n  \
                    gatewright resource add --discover https://mcp.example.com/mcp"
                .to_owned();
        }
        let rows = known.iter().map(|resource| {
            [
                clean(&resource.identifier),
                clean(&resource.name),
                resource.scopes.len().to_string(),
                if resource.is_default { "yes".to_owned() } else { String::new() },
                if resource.disabled_at.is_some() { "disabled" } else { "enabled" }.to_owned(),
            ]
        });
        output::table(["RESOURCE", "NAME", "SCOPES", "DEFAULT", "STATUS"], rows)
    })
}

async fn list_here(common: &Common, what: &Wanted) -> Result<Vec<Resource>, Failure> {
    let filter = Filter {
        name: what.name.as_deref().map(str::to_lowercase),
        disabled: what.status.as_deref().map(|status| status == "disabled"),
    };
    installation::read(common, async |store| {
        let mut known = resources::list(store).await?;
        known.retain(|resource| filter.takes(resource));
        Ok(known)
    })
    .await
}

async fn show(common: &Common, named: &Named) -> Result<(), Failure> {
    let resource = match common.remote()? {
        Some(api) => elsewhere::find(&api, named).await?,
        None => installation::read(common, async |store| find(store, named).await).await?,
    };
    common.format().result(&View::of(&resource), || view::text(&resource))
}

async fn find(store: &Store, named: &Named) -> Result<Resource, Failure> {
    let found = match compare_key(&named.url) {
        Ok(key) => resources::by_compare_key(store, &key).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| nothing(named))
}

/// The id of the resource that is meant by its address or id.
pub(super) async fn id_of(api: &Api<'_>, text: &str) -> Result<Uuid, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let is_meant = |address: &str| address.trim_end_matches('/') == text.trim_end_matches('/');
    let known = api.all(Ask::get("/resources")).await?;
    let found = known.iter().find(|one| one["resource"].as_str().is_some_and(is_meant));
    found.and_then(|one| one["id"].as_str()?.parse().ok()).ok_or_else(|| unknown(text))
}

fn nothing(named: &Named) -> Failure {
    unknown(&named.url)
}

fn unknown(text: &str) -> Failure {
    let text = clean(text);
    Failure::new(format!("there is no resource {text}\n  see them all: gatewright resource list"))
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

async fn switch(common: &Common, named: &Named, to: Switch) -> Result<(), Failure> {
    let done = match common.remote()? {
        Some(api) => elsewhere::switch(&api, named, to).await?,
        None => installation::change(common, async |desk| apply(desk, named, to).await).await?,
    };
    common.format().result(&done, || {
        let url = clean(&done.resource);
        match (to, done.changed) {
            (Switch::Off, true) => format!("{url} is disabled: no tokens are issued for it."),
            (Switch::Off, false) => format!("{url} was disabled already. Nothing was done."),
            (Switch::On, true) => format!("{url} is enabled."),
            (Switch::On, false) => format!("{url} was not disabled. Nothing was done."),
        }
    })
}

async fn apply(desk: &Desk, named: &Named, to: Switch) -> Result<Switched, Failure> {
    let (store, trace) = (&desk.app.store, desk.moment.trace(&desk.app));
    let resource = find(store, named).await?;
    let (written, status) = match to {
        Switch::Off => (resources::disable(store, resource.id, &trace).await?, "disabled"),
        Switch::On => (resources::enable(store, resource.id, &trace).await?, "enabled"),
    };
    let changed = match written {
        Write::Applied(()) => true,
        Write::Lost => false,
    };
    Ok(Switched { resource: resource.identifier, status, changed })
}

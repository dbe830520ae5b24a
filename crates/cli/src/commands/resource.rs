//! `gatewright resource`: the MCP servers and APIs that tokens are for.

mod add;
mod discover;
mod elsewhere;
mod update;
mod view;
mod wording;

use gatewright_oauth::Resource;
use gatewright_oauth::resource::compare_key;
use gatewright_store::{Store, Write, resources};
use serde::Serialize;

use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean};
use crate::remote::things;
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
    /// List all resources, oldest first
    #[command(after_help = "Example:\n  gatewright resource list")]
    List,
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
        Command::List => list(&common).await,
        Command::Show(named) => show(&common, &named).await,
        Command::Disable(named) => switch(&common, &named, Switch::Off).await,
        Command::Enable(named) => switch(&common, &named, Switch::On).await,
    }
}

async fn list(common: &Common) -> Result<(), Failure> {
    let known = match common.remote()? {
        Some(api) => things::resources(&api).await?,
        None => installation::read(common, async |store| Ok(resources::list(store).await?)).await?,
    };
    let list = List { resources: known.iter().map(View::of).collect() };
    common.format().result(&list, || {
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

fn nothing(named: &Named) -> Failure {
    let url = clean(&named.url);
    Failure::new(format!("there is no resource {url}\n  see them all: gatewright resource list"))
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

//! `gatewright client`: who may ask for tokens.

mod create;
mod view;

use gatewright_oauth::{Client, ClientId};
use gatewright_store::{Store, Write, clients, resources};
use serde::Serialize;

use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean, minute};
use view::View;

/// Clients of one read of the database.
const PAGE: u32 = 500;

/// Clients: programs that may ask for tokens
///
/// MCP clients register themselves. Made here are the ones that need a secret, a grant without a person,
/// or an administrator's word for who they are.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(create::Arguments),
    /// List all clients, oldest first
    #[command(after_help = "Example:\n  gatewright client list --json")]
    List,
    /// Show one client
    #[command(after_help = "Example:\n  gatewright client show c_Zm9vYmFy")]
    Show(Named),
    /// Disable a client: its codes, grants and refresh tokens end for good
    ///
    /// Access tokens it has stay valid until they expire (minutes) where nobody asks this server.
    #[command(after_help = "Example:\n  gatewright client disable c_Zm9vYmFy")]
    Disable(Named),
    /// Let a disabled client be used again; people have to approve it anew
    #[command(after_help = "Example:\n  gatewright client enable c_Zm9vYmFy")]
    Enable(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The client's id, as `gatewright client list` shows it
    client_id: String,
}

/// What `client list --json` prints.
#[derive(Serialize)]
struct List {
    clients: Vec<View>,
}

/// What `client disable --json` and `client enable --json` print.
#[derive(Serialize)]
struct Switched {
    client_id: String,
    status: &'static str,
    changed: bool,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Create(what) => create::run(&common, what).await,
        Command::List => list(&common).await,
        Command::Show(named) => show(&common, &named).await,
        Command::Disable(named) => switch(&common, &named, Switch::Off).await,
        Command::Enable(named) => switch(&common, &named, Switch::On).await,
    }
}

async fn list(common: &Common) -> Result<(), Failure> {
    let list = installation::read(common, async |store| {
        let known = resources::list(store).await?;
        let clients = all(store).await?;
        Ok(List { clients: clients.iter().map(|client| View::of(client, &known)).collect() })
    })
    .await?;
    common.format().result(&list, || {
        if list.clients.is_empty() {
            return "There is no client yet. MCP clients register themselves when they come for the first time."
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

async fn all(store: &Store) -> Result<Vec<Client>, Failure> {
    let mut found: Vec<Client> = Vec::new();
    loop {
        let cursor = match found.last() {
            Some(last) => clients::Cursor { created_at: last.created_at, id: last.id.to_string() },
            None => clients::Cursor::START,
        };
        let page = clients::list(store, &cursor, PAGE).await?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page);
    }
}

async fn show(common: &Common, named: &Named) -> Result<(), Failure> {
    let view = installation::read(common, async |store| {
        let client = find(store, named).await?;
        Ok(View::of(&client, &resources::list(store).await?))
    })
    .await?;
    common.format().result(&view, || view.text())
}

async fn find(store: &Store, named: &Named) -> Result<Client, Failure> {
    let text = &named.client_id;
    let found = match ClientId::parse(text) {
        Ok(id) => clients::load(store, &id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        Failure::new(format!("there is no client {}\n  see them all: gatewright client list", clean(text)))
    })
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

async fn switch(common: &Common, named: &Named, to: Switch) -> Result<(), Failure> {
    let done = installation::change(common, async |desk| apply(desk, named, to).await).await?;
    common.format().result(&done, || {
        let id = &done.client_id;
        match (to, done.changed) {
            (Switch::Off, true) => {
                format!("Client {id} is disabled. Its codes, grants and refresh tokens ended.")
            }
            (Switch::Off, false) => format!("Client {id} was disabled already. Nothing was done."),
            (Switch::On, true) => format!("Client {id} is enabled. What had ended stays ended."),
            (Switch::On, false) => format!("Client {id} was not disabled. Nothing was done."),
        }
    })
}

async fn apply(desk: &Desk, named: &Named, to: Switch) -> Result<Switched, Failure> {
    let (store, trace) = (&desk.app.store, desk.moment.trace(&desk.app));
    let client = find(store, named).await?;
    let (written, status) = match to {
        Switch::Off => (clients::disable(store, &client.id, &trace).await?, "disabled"),
        Switch::On => (clients::enable(store, &client.id, &trace).await?, "enabled"),
    };
    let changed = match written {
        Write::Applied(()) => true,
        Write::Lost => false,
    };
    Ok(Switched { client_id: client.id.to_string(), status, changed })
}

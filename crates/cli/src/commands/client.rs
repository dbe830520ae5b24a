//! `gatewright client`: who may ask for tokens.

mod create;
mod elsewhere;
mod life;
mod list;
mod pin;
mod view;

use gatewright_oauth::{Client, ClientId};
use gatewright_server::clock::{Clock as _, SystemClock};
use gatewright_store::{Store, clients, resources};

use crate::failure::Failure;
use crate::installation::{self, Common};
use crate::output::clean;
use life::Deed;
use view::View;

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
    Pin(pin::Pin),
    Import(pin::Import),
    List(list::Wanted),
    /// Show one client: what it is, where it came from, what became of it
    #[command(after_help = "Example:\n  gatewright client show c_Zm9vYmFy")]
    Show(Named),
    /// Vouch for a client that registered or described itself
    ///
    /// People are shown that an administrator vouches for it; it may ask for resources that are only open to
    /// such clients, and where `documents.others = "ask"` it may be used at all.
    #[command(after_help = "Example:\n  gatewright client approve https://app.example/client.json")]
    Approve(Named),
    /// Block a client: its codes, grants and refresh tokens end for good
    ///
    /// Access tokens it has stay valid until they expire (minutes) where nobody asks this server.
    #[command(visible_alias = "disable", after_help = "Example:\n  gatewright client block c_Zm9vYmFy")]
    Block(Named),
    /// Let a blocked client be used again; people have to approve it anew
    #[command(visible_alias = "enable", after_help = "Example:\n  gatewright client unblock c_Zm9vYmFy")]
    Unblock(Named),
    /// Delete a client for good: its grants end, its secrets go, its id never returns
    #[command(after_help = "Example:\n  gatewright client delete c_Zm9vYmFy")]
    Delete(Named),
    /// Remove everything that is kept about a deleted client, but its id
    #[command(after_help = "Example:\n  gatewright client purge c_Zm9vYmFy")]
    Purge(Named),
    RotateSecret(life::Rotate),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The client's id, as `gatewright client list` shows it
    client_id: String,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Create(what) => create::run(&common, what).await,
        Command::List(what) => list::run(&common, &what).await,
        Command::Show(named) => show(&common, &named).await,
        Command::Pin(what) => pin::pin(&common, what).await,
        Command::Import(what) => pin::import(&common, what).await,
        Command::Approve(named) => life::run(&common, &named, Deed::Approve).await,
        Command::Block(named) => life::run(&common, &named, Deed::Block).await,
        Command::Unblock(named) => life::run(&common, &named, Deed::Unblock).await,
        Command::Delete(named) => life::run(&common, &named, Deed::Delete).await,
        Command::Purge(named) => life::run(&common, &named, Deed::Purge).await,
        Command::RotateSecret(what) => life::rotate(&common, what).await,
    }
}

async fn show(common: &Common, named: &Named) -> Result<(), Failure> {
    let view = match common.remote()? {
        Some(api) => elsewhere::show(&api, named).await?,
        None => show_here(common, named).await?,
    };
    common.format().result(&view, || view.text())
}

async fn show_here(common: &Common, named: &Named) -> Result<View, Failure> {
    installation::read(common, async |store| {
        let client = find(store, named).await?;
        let known = resources::list(store).await?;
        let record = clients::record(store, &client.id, SystemClock.now()).await?;
        Ok(record.map_or_else(|| View::of(&client, &known), |record| View::of_record(&record, &known)))
    })
    .await
}

async fn find(store: &Store, named: &Named) -> Result<Client, Failure> {
    let text = &named.client_id;
    let found = match ClientId::parse(text) {
        Ok(id) => clients::load(store, &id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| nobody(text))
}

fn nobody(text: &str) -> Failure {
    Failure::new(format!("there is no client {}\n  see them all: gatewright client list", clean(text)))
}

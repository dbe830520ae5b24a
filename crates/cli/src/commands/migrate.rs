//! `gatewright migrate`: brings a database to this release's tables.

use gatewright_store::{Schema, Store};
use serde::Serialize;

use crate::failure::Failure;
use crate::installation::{self, Common};
use crate::output;

/// Bring the database to the tables of this release
///
/// `gatewright serve` does so at its start, too. Running this first is for those who want to know before
/// they replace a server: the previous release works with the new tables.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright migrate --config /etc/gatewright/gatewright.toml")]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Done {
    /// Whether anything had to be done.
    changed: bool,
    /// Always `current`.
    schema: &'static str,
}

/// Migrates.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    common.at_hand("gatewright migrate")?;
    installation::with_database(&common.config()?, async |options| {
        let store = Store::connect(options).await?;
        let done = migrate(&store).await;
        store.close().await;
        let done = done?;
        common.format().result(&done, || {
            let text = if done.changed {
                "The database now has the tables of this release."
            } else {
                "The database has the tables of this release already. Nothing was done."
            };
            text.to_owned()
        })
    })
    .await
}

async fn migrate(store: &Store) -> Result<Done, Failure> {
    let changed = match store.schema().await? {
        Schema::Current => false,
        Schema::Behind => {
            output::waiting("Migrating", store.migrate()).await?;
            true
        }
        Schema::Foreign => return Err(installation::foreign()),
    };
    Ok(Done { changed, schema: "current" })
}

//! `gatewright master-key`: the key that wraps all other keys, and replacing it (`docs/secrets.md`).
//!
//! 1. `new` makes a file. Nothing uses it yet: it has to be on every replica first.
//! 2. `rotate` puts the key of `master_key_file` in the place of the one in use, which a file of
//!    `previous_master_key_files` holds. It only looks at files and database: servers that run do not notice.
//! 3. `list` and `show` tell which file is which.
//!
//! All of them work where the files are. No server hands out a master key, and none takes one.

use std::path::PathBuf;

use gatewright_server::app::Actor;
use gatewright_server::clock::SystemEntropy;
use gatewright_server::master_keys::{self, Rotated};
use gatewright_server::{Config, Machine};
use gatewright_store::master_keys::MasterKey as Known;
use gatewright_store::{ConnectOptions, Store};
use serde::Serialize;

use crate::failure::Failure;
use crate::installation::{self, Common};
use crate::key_files::KeyFiles;
use crate::master_key;
use crate::output::{self, rfc3339};
use crate::terminal;

/// The master key, which wraps all other keys
///
/// To replace it: `new` makes a file; copy it to every replica, name it in `master_key_file` and the one before in
/// `previous_master_key_files`, restart one replica after the other; `rotate`; take `previous_master_key_files` out again.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    New(New),
    /// List the master keys of the configuration and of the database, and which of them is in use
    #[command(after_help = "Example:\n  gatewright master-key list --config /etc/gatewright/gatewright.toml")]
    List,
    Show(Show),
    /// Put the key of `master_key_file` in the place of the one in use
    ///
    /// Wraps all data keys again, in one transaction. Servers that run do not notice. Servers that start afterwards need
    /// the new file: every replica must have it, and be configured for both, before. Run again, it says that nothing was
    /// left to do. To go back, swap the two files in the configuration and run it again.
    #[command(
        after_help = "Example:\n  gatewright master-key rotate --config /etc/gatewright/gatewright.toml"
    )]
    Rotate,
}

/// Make a master key file, mode 0400, to be put in the place of the one in use
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright master-key new /etc/gatewright/master-2026-11.key")]
struct New {
    /// The file, which must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Print the fingerprint of a master key file
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright master-key show /mnt/backup/master.key")]
struct Show {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// What `new` and `show` print with `--json`.
#[derive(Serialize)]
struct One {
    file: String,
    fingerprint: String,
}

/// What `list` prints of a key.
#[derive(Serialize)]
struct View {
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// `in use`, `retired`, or `new`: never used with this database.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<String>,
}

/// What `list --json` prints.
#[derive(Serialize)]
struct List {
    keys: Vec<View>,
}

/// What `rotate --json` prints.
#[derive(Serialize)]
struct Done {
    /// Whether anything had to be done.
    changed: bool,
    /// Fingerprint of the key in use now.
    in_use: String,
    /// Fingerprint of the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<String>,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    common.at_hand("gatewright master-key")?;
    match arguments.command {
        Command::New(what) => {
            let key = master_key::make(&what.file, &SystemEntropy::new())?;
            let made = One { file: what.file.display().to_string(), fingerprint: key.fingerprint() };
            common.format().result(&made, || {
                format!("Made the master key {} (fingerprint {}).", made.file, made.fingerprint)
            })?;
            terminal::note(
                "Nothing uses it yet. Back it up, apart from the database, and copy it to every replica. There, name \
                 it in\nmaster_key_file and the file before in previous_master_key_files, and restart one after the \
                 other. Then:\n  gatewright master-key rotate",
            );
            Ok(())
        }
        Command::Show(what) => {
            let key = master_key::read(&what.file)?;
            let found = One { file: what.file.display().to_string(), fingerprint: key.fingerprint() };
            common.format().result(&found, || found.fingerprint.clone())
        }
        Command::List => list(&common).await,
        Command::Rotate => rotate(&common).await,
    }
}

/// The database of this release's tables; it is not brought up to date.
async fn with_store<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    installation::with_database(config, async |options: &ConnectOptions| {
        let store = Store::connect(options).await?;
        let done = match installation::check_schema(&store).await {
            Ok(()) => Box::pin(work(&store)).await,
            Err(failure) => Err(failure),
        };
        store.close().await;
        done
    })
    .await
}

async fn list(common: &Common) -> Result<(), Failure> {
    let config = common.config()?;
    let here = found(&config);
    let known =
        with_store(&config, async |store| Ok(gatewright_store::master_keys::list(store).await?)).await?;
    let list = List { keys: views(here, &known) };
    common.format().result(&list, || {
        let rows = list.keys.iter().map(|key| {
            [
                key.fingerprint.clone(),
                key.state.to_owned(),
                key.retired_at.clone().or_else(|| key.first_used_at.clone()).unwrap_or_default(),
                key.file.clone().unwrap_or_default(),
            ]
        });
        output::table(["FINGERPRINT", "STATE", "SINCE", "FILE"], rows)
    })
}

/// The files that can be read. Somebody who looks for a missing one wants to see the others.
fn found(config: &Config) -> Vec<(String, Option<String>)> {
    let paths = std::iter::once(&config.master_key_file).chain(&config.previous_master_key_files);
    let mut found = Vec::new();
    for path in paths {
        match master_key::read(path) {
            Ok(key) => found.push((key.fingerprint(), Some(path.display().to_string()))),
            Err(error) => terminal::note(&error.to_string()),
        }
    }
    found
}

/// Those of the configuration first, then what the database remembers besides.
fn views(here: Vec<(String, Option<String>)>, known: &[Known]) -> Vec<View> {
    let elsewhere: Vec<_> = known
        .iter()
        .filter(|key| here.iter().all(|(name, _)| *name != key.fingerprint))
        .map(|key| (key.fingerprint.clone(), None))
        .collect();
    let view = |(fingerprint, file)| {
        let row = known.iter().find(|key| key.fingerprint == fingerprint);
        View {
            state: match row {
                None => "new",
                Some(Known { retired_at: None, .. }) => "in use",
                Some(Known { retired_at: Some(_), .. }) => "retired",
            },
            first_used_at: row.map(|key| rfc3339(key.created_at)),
            retired_at: row.and_then(|key| key.retired_at).map(rfc3339),
            file,
            fingerprint,
        }
    };
    here.into_iter().chain(elsewhere).map(view).collect()
}

async fn rotate(common: &Common) -> Result<(), Failure> {
    let config = common.config()?;
    let keys = KeyFiles::read(&config)?.keys();
    let rotated = with_store(&config, async |store| {
        Ok(master_keys::rotate(store, &keys, (&Machine::real(), &Actor::Operator)).await?)
    })
    .await?;
    let done = match &rotated {
        Rotated::Now { from, to, .. } => {
            Done { changed: true, in_use: to.clone(), replaced: Some(from.clone()) }
        }
        Rotated::Already { to } => Done { changed: false, in_use: to.clone(), replaced: None },
        Rotated::Lost => {
            return Err(Failure::new(
                "somebody else put a master key in use or made data keys at the same moment, and nothing was done\n  \
                 look at it: gatewright master-key list; then run it again",
            ));
        }
    };
    common.format().result(&done, || match &rotated {
        Rotated::Now { from, to, keys } => format!(
            "{to} is in use: it wraps {keys} data keys in the place of {from}.\nTake previous_master_key_files out of \
             the configuration of every replica. Keep the file of {from},\nelsewhere, as long as backups of the \
             database from before this."
        ),
        Rotated::Already { .. } | Rotated::Lost => {
            format!("{} is in use already. Nothing was done.", done.in_use)
        }
    })
}

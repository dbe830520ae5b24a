//! The server a command is about, when it is the one at hand (for those elsewhere see [`crate::remote`]): its
//! configuration, its database, and, for changes, all of it.
//!
//! 1. The configuration is the file named by `--config` (or `gatewright.toml` in the directory named),
//!    else `./gatewright.toml`, else the one that `gatewright dev` wrote in `./.gatewright`.
//! 2. [`read`] is for commands that only look: the database must have this release's tables. No key is
//!    opened.
//! 3. [`change`] is for the others: they go through [`gatewright_server::start()`] like the server itself
//!    (schema, master key, keys), act as `operator`, and use the server's own functions. Before the
//!    first start of the server they make the master key; later they never do.
//! 4. A private PostgreSQL that nobody runs is started for the command and stopped after it.

use std::path::{Path, PathBuf};

use gatewright_server::app::Actor;
use gatewright_server::clock::SystemEntropy;
use gatewright_server::config::{Log, LogFormat, LogLevel};
use gatewright_server::{App, Config, Machine, Moment};
use gatewright_store::{ConnectOptions, Schema, Store, data_keys, master_keys};

use crate::database::{Database, Tenancy};
use crate::failure::Failure;
use crate::key_files::KeyFiles;
use crate::master_key::{MasterKey, MasterKeyError};
use crate::output::{self, Format};
use crate::remote::choice::{self, By};
use crate::remote::{Api, Choice, Session};
use crate::{telemetry, terminal};

/// The configuration's name in the places that are looked at.
const FILE: &str = "gatewright.toml";
/// Where `gatewright dev` keeps everything.
const DEV: &str = ".gatewright";

/// What every administrative command can be told.
#[derive(Debug, Clone, clap::Args)]
pub struct Common {
    /// The server's configuration [default: ./gatewright.toml, else the one in ./.gatewright]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Everywhere")]
    config: Option<PathBuf>,
    /// Ask a server elsewhere: its address, or the name of a profile that `gatewright login` made
    #[arg(
        long,
        value_name = "SERVER",
        global = true,
        help_heading = "Everywhere",
        conflicts_with = "config"
    )]
    server: Option<String>,
    /// Trust the authority in this file (PEM), too, that the server elsewhere is the one that is meant; `gatewright login`
    /// keeps it. `GATEWRIGHT_CA_FILE` is the same
    #[arg(long, value_name = "FILE", global = true, help_heading = "Everywhere")]
    ca_file: Option<PathBuf>,
    /// Work on the database of the configuration, whatever servers there are
    #[arg(long, global = true, help_heading = "Everywhere", conflicts_with = "server")]
    local: bool,
    /// Print JSON
    #[arg(long, global = true, help_heading = "Everywhere")]
    json: bool,
}

impl Common {
    /// How to print results.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Text }
    }

    /// The server elsewhere that is meant; `None` when it is the database at hand.
    pub fn remote(&self) -> Result<Option<Api<'static>>, Failure> {
        if self.local || self.config.is_some() {
            return Ok(None);
        }
        let Some(choice) = self.choice()? else { return Ok(None) };
        if choice.by == By::Default && self.file().is_ok() {
            let server = &choice.server;
            terminal::note(&format!(
                "(asking {server}; --local means the database of the configuration here)"
            ));
        }
        Ok(Some(Api::of(Session::open(choice)?)))
    }

    /// The server elsewhere that was named, or is the default.
    pub fn choice(&self) -> Result<Option<Choice>, Failure> {
        choice::choose(self.server.as_deref(), self.ca_file.as_deref())
    }

    /// Refuses a server elsewhere, for what only works on the database.
    pub fn at_hand(&self, what: &str) -> Result<(), Failure> {
        // What is meant for a server elsewhere never happens to the database here.
        let is_named = self.server.is_some() || choice::names_a_server();
        if !is_named || self.local || self.config.is_some() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{what} works on the database, not on a server elsewhere\n  run it on the server's machine, \
             with --local or --config"
        )))
    }

    /// Step 1.
    pub fn config(&self) -> Result<Config, Failure> {
        Ok(Config::load(&self.file()?)?)
    }

    fn file(&self) -> Result<PathBuf, Failure> {
        if let Some(named) = &self.config {
            return Ok(if named.is_dir() { named.join(FILE) } else { named.clone() });
        }
        let places = [PathBuf::from(FILE), Path::new(DEV).join(FILE)];
        places.into_iter().find(|place| place.exists()).ok_or_else(|| {
            Failure::configuration(format!(
                "there is neither {FILE} nor {DEV} here, so it is not clear which server is meant\n  \
                 name its configuration: --config /etc/gatewright/gatewright.toml; or, to try things out, run \
                 gatewright dev here"
            ))
        })
    }
}

/// A running server's parts, for a change by the operator.
pub struct Desk {
    /// The server.
    pub app: App,
    /// The facts of this command.
    pub moment: Moment,
}

/// Step 2.
pub async fn read<T>(
    common: &Common,
    work: impl AsyncFnOnce(&Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    common.at_hand("this")?;
    with_database(&common.config()?, async |options| {
        let store = Store::connect(options).await?;
        let done = match check_schema(&store).await {
            Ok(()) => Box::pin(work(&store)).await,
            Err(failure) => Err(failure),
        };
        store.close().await;
        done
    })
    .await
}

/// Step 3.
pub async fn change<T>(
    common: &Common,
    work: impl AsyncFnOnce(&Desk) -> Result<T, Failure>,
) -> Result<T, Failure> {
    common.at_hand("this")?;
    let config = common.config()?;
    with_database(&config, async |options| {
        let keys = Box::pin(key_files(&config, options)).await?.keys();
        let started = gatewright_server::start(config.clone(), options, &keys, Machine::real());
        let app = output::waiting("Preparing the database and keys", Box::pin(started)).await?;
        let moment = app.system_moment().acting(Actor::Operator);
        let desk = Desk { app, moment };
        let done = Box::pin(work(&desk)).await;
        desk.app.store.close().await;
        done
    })
    .await
}

/// Step 4.
pub async fn with_database<T>(
    config: &Config,
    work: impl AsyncFnOnce(&ConnectOptions) -> Result<T, Failure>,
) -> Result<T, Failure> {
    telemetry::init(&Log { format: LogFormat::Text, level: LogLevel::Warn });
    let opened = Database::open(config, Tenancy::Guest);
    let database = output::waiting("Starting PostgreSQL", Box::pin(opened)).await?;
    let mut options = database.options().clone();
    // A command works on one thing at a time.
    options.max_connections = options.max_connections.min(4);
    let done = Box::pin(work(&options)).await;
    let closed = database.close().await;
    let done = done?;
    closed?;
    Ok(done)
}

/// Refuses to read tables of another release.
pub async fn check_schema(store: &Store) -> Result<(), Failure> {
    match store.schema().await? {
        Schema::Current => Ok(()),
        Schema::Behind => Err(Failure::new(
            "the database does not have the tables of this release yet\n  \
             make them: gatewright migrate (gatewright serve does so at its start, too)",
        )),
        Schema::Foreign => Err(foreign()),
    }
}

/// What there is to say about tables nobody here made.
pub fn foreign() -> Failure {
    Failure::new(
        "the database's tables are not the ones of any Gatewright release\n  \
         check database.url; if it is right, restore the database from a backup",
    )
}

async fn key_files(config: &Config, options: &ConnectOptions) -> Result<KeyFiles, Failure> {
    match KeyFiles::read(config) {
        Ok(files) => Ok(files),
        Err(missing @ MasterKeyError::Missing { .. }) => {
            if !is_new(options).await? {
                return Err(missing.into());
            }
            let files = KeyFiles::open(config, &SystemEntropy::new())?;
            if let MasterKey::Created(made) = &files.current {
                terminal::note(&format!(
                    "Made the master key {} (fingerprint {}).\nBack this file up, apart from the database: without \
                     it nobody can sign in again.",
                    config.master_key_file.display(),
                    made.fingerprint()
                ));
            }
            Ok(files)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether no master key has ever been used with this database.
async fn is_new(options: &ConnectOptions) -> Result<bool, Failure> {
    let store = Store::connect(options).await?;
    let found = has_no_keys(&store).await;
    store.close().await;
    found
}

async fn has_no_keys(store: &Store) -> Result<bool, Failure> {
    // A database in use is left as it is: whoever lacks its key does not change its tables.
    if !data_keys::wrapped_by(store).await?.is_empty() {
        return Ok(false);
    }
    store.migrate().await?;
    Ok(master_keys::list(store).await?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;

    #[test]
    fn a_directory_means_the_configuration_in_it() {
        let place = tempfile::tempdir().unwrap();
        let common = |path: PathBuf| Common {
            config: Some(path),
            server: None,
            ca_file: None,
            local: false,
            json: false,
        };
        assert_eq!(common(place.path().to_owned()).file().unwrap(), place.path().join(FILE));
        let file = place.path().join("other.toml");
        assert_eq!(common(file.clone()).file().unwrap(), file);
        let missing = common(file).config().unwrap_err();
        assert_eq!(missing.exit(), Exit::Configuration);
    }
}

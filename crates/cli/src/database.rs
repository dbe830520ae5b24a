//! Which PostgreSQL a command works with: somebody else's, or a private one that lives and ends with us.
//!
//! 1. `database.url` (or `DATABASE_URL`) wins: then nothing is started.
//! 2. A private one is started below `data_dir` and stopped again.
//! 3. While `gatewright dev` or `serve` runs one, other commands join it ([`Tenancy::Guest`]): its address
//!    is in `<data_dir>/database.url`, readable by its owner only.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gatewright_server::Config;
use gatewright_server::config::DatabaseSource;
use gatewright_store::ConnectOptions;

use crate::failure::Failure;
use crate::managed_postgres::{Directory, Durability, Error, ManagedPostgres};
use crate::private_file;

/// The database of the server inside a private PostgreSQL.
const NAME: &str = "gatewright";
/// Where a running private PostgreSQL can be reached, below the data directory.
const ADDRESS: &str = "database.url";
/// How often a private PostgreSQL is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The same while it does not start.
const TRY_EVERY: Duration = Duration::from_secs(3);

/// What a command is to a private PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenancy {
    /// The server: nobody else may run one in the same directory.
    Owner,
    /// A command that may find a server running, and then uses its database.
    Guest,
}

/// A PostgreSQL to work with.
pub struct Database {
    managed: Option<Managed>,
    options: ConnectOptions,
}

/// A private PostgreSQL that is ours.
struct Managed {
    directory: Directory,
    postgres: ManagedPostgres,
    address: PathBuf,
}

impl Database {
    /// Makes sure that there is one.
    pub async fn open(config: &Config, tenancy: Tenancy) -> Result<Database, Failure> {
        let mut database = match &config.database.source {
            DatabaseSource::Url(url) => Database::elsewhere(url),
            DatabaseSource::Managed => Database::managed(&config.data_dir, tenancy).await?,
        };
        database.options.max_connections = config.database.max_connections;
        Ok(database)
    }

    fn elsewhere(url: &str) -> Database {
        Database { managed: None, options: ConnectOptions::new(url) }
    }

    async fn managed(data_dir: &Path, tenancy: Tenancy) -> Result<Database, Failure> {
        let address = data_dir.join(ADDRESS);
        let directory = Directory::new(data_dir);
        let postgres = match ManagedPostgres::start(&directory, Durability::Full).await {
            Ok(postgres) => postgres,
            Err(busy @ Error::InUse { .. }) if tenancy == Tenancy::Guest => {
                let url = std::fs::read_to_string(&address).map_err(|_| Failure::from(busy))?;
                return Ok(Database::elsewhere(url.trim()));
            }
            Err(error) => return Err(error.into()),
        };
        postgres.ensure_database(NAME).await?;
        let url = postgres.url(NAME);
        private_file::write(&address, &format!("{url}\n"))?;
        Ok(Database {
            managed: Some(Managed { directory, postgres, address }),
            options: ConnectOptions::new(url),
        })
    }

    /// How to connect.
    pub fn options(&self) -> &ConnectOptions {
        &self.options
    }

    /// Where it runs, in words that hold no password.
    pub fn describe(&self) -> String {
        match &self.managed {
            Some(managed) => format!("PostgreSQL {}, run by this process", managed.postgres.version()),
            None => "PostgreSQL at database.url".to_owned(),
        }
    }

    /// Starts a private PostgreSQL again when it has ended; connections come back by themselves. Where it does not start,
    /// because its disk is full, say, it is tried again and again: keys and metadata need no database, and nobody should
    /// have to restart a server once there is room.
    pub async fn keep_running(&mut self) -> Infallible {
        let Some(managed) = &mut self.managed else { return std::future::pending().await };
        let mut pause = LOOK_EVERY;
        loop {
            tokio::time::sleep(pause).await;
            pause = LOOK_EVERY;
            if managed.postgres.is_running() {
                continue;
            }
            tracing::error!("PostgreSQL has ended: starting it again");
            if let Err(error) = managed.postgres.restart(&managed.directory).await {
                tracing::error!(%error, "PostgreSQL does not start; it is tried again in a moment");
                pause = TRY_EVERY;
            }
        }
    }

    /// Drops everything in it and begins with an empty one. Only ever done to a private one.
    pub async fn forget(&self) -> Result<(), Failure> {
        let Some(Managed { postgres, .. }) = &self.managed else {
            return Err(Failure::new(
                "this database is not ours to empty\n  drop and create it yourself, or unset DATABASE_URL",
            ));
        };
        postgres.drop_database(NAME).await?;
        Ok(postgres.ensure_database(NAME).await?)
    }

    /// Stops it if it is ours.
    pub async fn close(self) -> Result<(), Failure> {
        let Some(managed) = self.managed else { return Ok(()) };
        // A stale address does no harm: nobody answers there.
        let _ = std::fs::remove_file(&managed.address);
        Ok(managed.postgres.stop().await?)
    }
}

//! A private PostgreSQL that flushes what it acknowledges, with seeds, and a configuration for the server.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use gatewright_cli::managed_postgres::{Directory, Durability, ManagedPostgres};
use gatewright_cli::master_key::MasterKey;
use gatewright_server::clock::SystemEntropy;
use gatewright_server::{Actor, App, Config, Machine, Moment};
use gatewright_store::ConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use crate::Outcome;
use crate::seeds::{self, Seeds, stopped};

/// Everything around the server.
pub struct World {
    /// The server's parts in this process: the lab prepares with them what it asks for by HTTP.
    pub app: App,
    /// Who takes part.
    pub seeds: Seeds,
    /// Where the server will listen.
    pub host: SocketAddr,
    /// The server's configuration.
    pub config_file: PathBuf,
    /// The database, as the server reaches it.
    pub database_url: String,
    superuser_url: String,
    directory: TempDir,
    // After `app`, which is connected to it.
    _postgres: ManagedPostgres,
}

const DATABASE: &str = "lab";

impl World {
    /// Makes it, below `parent`: a real disk, or durability is for free.
    pub async fn new(parent: &Path) -> Outcome<World> {
        World::with(parent, "").await
    }

    /// The same with more in its configuration.
    pub async fn with(parent: &Path, more: &str) -> Outcome<World> {
        fs::create_dir_all(parent)?;
        let directory = tempfile::Builder::new().prefix("bench-").tempdir_in(parent)?;
        let postgres = ManagedPostgres::start(&Directory::new(directory.path()), Durability::Full).await?;
        postgres.ensure_database(DATABASE).await?;
        let database_url = postgres.url(DATABASE);
        let host = free_address()?;
        let config_file = directory.path().join("gatewright.toml");
        fs::write(&config_file, configuration(host, &database_url)? + more)?;
        let config = Config::load(&config_file)?;
        let entropy = SystemEntropy::new();
        let master_key = MasterKey::open(&config.master_key_file, &entropy)?;
        let options = ConnectOptions::new(&database_url);
        let app = gatewright_server::start(config, &options, master_key.key().bytes(), Machine::real())
            .await
            .map_err(stopped)?;
        let seeds = seeds::plant(&app, &operator(&app)).await?;
        let superuser_url = postgres.superuser_url(DATABASE);
        Ok(World {
            app,
            seeds,
            host,
            config_file,
            database_url,
            superuser_url,
            directory,
            _postgres: postgres,
        })
    }

    /// Where files of the experiment go.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The facts of something an operator does.
    pub fn operator(&self) -> Moment {
        operator(&self.app)
    }

    /// A connection that may do anything.
    pub async fn superuser(&self) -> Outcome<PgConnection> {
        Ok(PgConnection::connect(&self.superuser_url).await?)
    }
}

fn operator(app: &App) -> Moment {
    app.system_moment().acting(Actor::Operator)
}

/// Nothing but what has to be said: the defaults are what is measured.
fn configuration(host: SocketAddr, database_url: &str) -> Outcome<String> {
    let admin = free_address()?;
    Ok(format!(
        "issuer = \"http://{host}\"\n\
         data_dir = \".\"\n\
         master_key_file = \"master.key\"\n\
         [listen]\naddress = \"{host}\"\nadmin_address = \"{admin}\"\n\
         [database]\nurl = \"{database_url}\"\n"
    ))
}

fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

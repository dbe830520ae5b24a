//! A private PostgreSQL that flushes what it acknowledges, with seeds, and a configuration for the server.

use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{self, PoisonError};
use std::time::{Duration, Instant};

use gatewright_cli::key_files::KeyFiles;
use gatewright_cli::managed_postgres::{Directory, Durability, ManagedPostgres};
use gatewright_server::clock::SystemEntropy;
use gatewright_server::{Actor, App, Config, Machine, Moment};
use gatewright_store::ConnectOptions;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::sync::Mutex;

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
    socket: PathBuf,
    // After `app`, which is connected to it.
    postgres: Mutex<ManagedPostgres>,
}

/// The name of the database.
pub const DATABASE: &str = "lab";

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
        let keys = KeyFiles::open(&config, &entropy)?.keys();
        let options = ConnectOptions::new(&database_url);
        let app =
            gatewright_server::start(config, &options, &keys, Machine::real()).await.map_err(stopped)?;
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
            socket: postgres.socket_directory().join(".s.PGSQL.5432"),
            postgres: Mutex::new(postgres),
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

    /// Where PostgreSQL's socket is.
    pub fn socket(&self) -> PathBuf {
        self.socket.clone()
    }

    /// Where PostgreSQL keeps its data.
    pub async fn data_directory(&self) -> Outcome<PathBuf> {
        let mut connection = self.superuser().await?;
        let found: String = sqlx::query_scalar("SHOW data_directory").fetch_one(&mut connection).await?;
        Ok(found.into())
    }

    /// Stops PostgreSQL by a signal (SIGINT: fast, SIGQUIT: at once, as after a crash) and starts it again. Comes back
    /// when it accepts connections; how long it took from the signal.
    pub async fn restart_database(&self, signal: Signal) -> Outcome<Duration> {
        let data = self.data_directory().await?;
        let mut postgres = self.postgres.lock().await;
        let begun = Instant::now();
        signal_database(&data, signal)?;
        while postgres.is_running() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        postgres.restart(&Directory::new(self.directory.path())).await?;
        Ok(begun.elapsed())
    }

    /// Starts PostgreSQL again where it has ended by itself, and comes back when it accepts connections.
    pub async fn revive_database(&self) -> Outcome<()> {
        loop {
            let mut postgres = self.postgres.lock().await;
            if !postgres.is_running() {
                postgres.restart(&Directory::new(self.directory.path())).await?;
            }
            if self.superuser().await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The database, for whoever may do anything.
    pub fn superuser_url(&self) -> &str {
        &self.superuser_url
    }

    /// A connection that may do anything.
    pub async fn superuser(&self) -> Outcome<PgConnection> {
        Ok(PgConnection::connect(&self.superuser_url).await?)
    }
}

/// Sends a signal to the PostgreSQL of these data: SIGINT stops it in order, SIGQUIT at once, as a crash does.
pub fn signal_database(data: &Path, signal: Signal) -> Outcome<()> {
    let file = fs::read_to_string(data.join("postmaster.pid"))?;
    let id = file.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
    Ok(kill_process(id.ok_or("PostgreSQL does not run")?, signal)?)
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

/// Where nobody listens.
pub fn free_address() -> Outcome<SocketAddr> {
    // The kernel may offer a port again that nobody has bound yet.
    static GIVEN: sync::Mutex<BTreeSet<u16>> = sync::Mutex::new(BTreeSet::new());
    loop {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(address.port()) {
            return Ok(address);
        }
    }
}

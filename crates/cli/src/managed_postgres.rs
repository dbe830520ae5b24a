//! A private PostgreSQL for one installation, so that one command is enough.
//!
//! 1. One process per directory: an advisory lock on `<data_dir>/postgres/lock`, held until the end.
//! 2. Programs of a major version we know: of this machine first, downloaded otherwise
//!    (`binaries.rs`). The major version that made the data decides.
//! 3. PostgreSQL refuses to run as root. When we are root it runs as `postgres` or `nobody`, and its
//!    files belong to that user (`account.rs`, `layout.rs`).
//! 4. An orphan of a killed predecessor is stopped, never adopted (`orphan.rs`): it may run with other
//!    settings or binaries, and nobody would stop it with us. Its data are as good as after any
//!    stop; recovery takes milliseconds.
//! 5. It is our child behind a few lines of shell that watch a pipe from us: when we die, by any
//!    signal, the pipe closes and PostgreSQL is asked to stop. Its process group is its own, so Ctrl-C
//!    in a terminal reaches us first and requests in flight still find their database.
//! 6. It listens on a Unix socket in a directory only its user (and root) can enter, on no network.
//!    That directory is the authentication: inside it every connection is trusted.
//! 7. Ready means that a real connection was accepted.
//!
//! Files, below `<data_dir>/postgres` (or the directory its `location` file names):
//! `data` (PostgreSQL's own), `run` (the socket, unless its path would be too long), `binaries` (when
//! downloaded), `log`, `layout` (this arrangement's number), `lock`.

mod account;
mod binaries;
mod error;
mod launch;
mod layout;
mod orphan;
#[cfg(test)]
mod tests;
mod wire;

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

pub use error::Error;
pub use layout::Directory;

use account::RunAs;
use error::Result;
use launch::Launch;
use layout::Layout;
use wire::{Connection, WireError};

/// What a power cut may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was acknowledged.
    Full,
    /// Everything: nothing is flushed. For tests and experiments.
    Off,
}

/// The role the server connects as. It owns its databases and is no superuser.
const ROLE: &str = "gatewright";
/// The role that owns the installation.
const SUPERUSER: &str = "postgres";
/// The port is part of the socket's name and nothing else.
const PORT: u16 = 5432;
/// How long each step of the way down (SIGINT, SIGQUIT, SIGKILL) is waited for.
const STOP_STEPS: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(10)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(2)),
];

/// A running PostgreSQL. Stopped by [`ManagedPostgres::stop`], and as well as possible when dropped.
#[derive(Debug)]
pub struct ManagedPostgres {
    supervisor: Child,
    layout: Layout,
    major: u32,
}

impl ManagedPostgres {
    /// Makes sure that the directory holds a database and that it runs. About a second the first time,
    /// some ten milliseconds later.
    pub async fn start(directory: &Directory, durability: Durability) -> Result<ManagedPostgres> {
        let run_as = RunAs::choose(directory)?;
        let layout = Layout::open(directory, &run_as)?;
        let made_by = layout.data_version()?;
        let binaries = binaries::find(&layout, &run_as, made_by).await?;
        orphan::stop(&layout).await?;
        let launch = Launch { layout: &layout, run_as: &run_as, binaries: &binaries, durability };
        if made_by.is_none() {
            launch.initialise().await?;
        }
        let supervisor = launch.start().await?;
        tracing::debug!(version = binaries.major, directory = %layout.data().display(), "PostgreSQL is ready");
        Ok(ManagedPostgres { supervisor, layout, major: binaries.major })
    }

    /// The address of a database for the server's own role, in the form sqlx and libpq read.
    pub fn url(&self, database: &str) -> String {
        self.url_as(ROLE, database)
    }

    /// The address of a database for the superuser: for tests that make and drop databases.
    pub fn superuser_url(&self, database: &str) -> String {
        self.url_as(SUPERUSER, database)
    }

    /// The directory of the Unix socket.
    pub fn socket_directory(&self) -> &Path {
        self.layout.socket_directory()
    }

    /// The major version that runs.
    pub fn version(&self) -> u32 {
        self.major
    }

    /// Creates a database owned by the server's role unless it is there. Names are lower-case letters,
    /// digits and underscores.
    pub async fn ensure_database(&self, name: &str) -> Result<()> {
        check_name(name)?;
        let failed = |error: WireError| Error::Database { name: name.to_owned(), message: error.to_string() };
        let mut connection = self.connect().await.map_err(failed)?;
        let found = connection.execute(&format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).await;
        if found.map_err(failed)? == "SELECT 1" {
            return Ok(());
        }
        match connection.execute(&format!("CREATE DATABASE \"{name}\" OWNER {ROLE}")).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_duplicate() => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Drops a database, whoever is connected to it.
    pub async fn drop_database(&self, name: &str) -> Result<()> {
        check_name(name)?;
        let failed = |error: WireError| Error::Database { name: name.to_owned(), message: error.to_string() };
        let mut connection = self.connect().await.map_err(failed)?;
        let dropped = connection.execute(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")).await;
        dropped.map(drop).map_err(failed)
    }

    /// Whether it still runs; it may have been killed from outside.
    pub fn is_running(&mut self) -> bool {
        matches!(self.supervisor.try_wait(), Ok(None))
    }

    /// Starts it again after it was killed from outside. Its address stays the same.
    pub async fn restart(&mut self, directory: &Directory) -> Result<()> {
        let run_as = RunAs::choose(directory)?;
        let made_by = self.layout.data_version()?;
        let binaries = binaries::find(&self.layout, &run_as, made_by).await?;
        orphan::stop(&self.layout).await?;
        let launch = Launch {
            layout: &self.layout,
            run_as: &run_as,
            binaries: &binaries,
            durability: Durability::Full,
        };
        self.supervisor = launch.start().await?;
        Ok(())
    }

    /// Stops it: clients are disconnected, everything is written down. At most 17 seconds.
    pub async fn stop(mut self) -> Result<()> {
        for (signal, patience) in STOP_STEPS {
            if !self.signal(signal) {
                return Ok(());
            }
            let deadline = Instant::now() + patience;
            while Instant::now() < deadline {
                if !self.is_running() {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Err(Error::DoesNotStop { log: self.layout.log() })
    }

    fn url_as(&self, role: &str, database: &str) -> String {
        use std::os::unix::ffi::OsStrExt as _;
        let directory = self.socket_directory().as_os_str().as_bytes();
        let host: String = url::form_urlencoded::byte_serialize(directory).collect();
        format!("postgres://{role}@localhost:{PORT}/{database}?host={host}&sslmode=disable")
    }

    async fn connect(&self) -> std::result::Result<Connection, WireError> {
        Connection::open(&self.layout.socket(), SUPERUSER, "postgres").await
    }

    /// Sends a signal to PostgreSQL itself. `false` when nothing runs any more.
    fn signal(&mut self, signal: Signal) -> bool {
        if !self.is_running() {
            return false;
        }
        match self.layout.postmaster() {
            // Failing means that it just ended, which the caller sees next.
            Some(postmaster) => {
                let _ = kill_process(postmaster, signal);
            }
            // Not even its pid file is written: the supervisor passes the end of its input on.
            None => drop(self.supervisor.stdin.take()),
        }
        true
    }
}

impl Drop for ManagedPostgres {
    fn drop(&mut self) {
        for (signal, patience) in
            [(Signal::INT, Duration::from_secs(5)), (Signal::QUIT, Duration::from_secs(2))]
        {
            if !self.signal(signal) {
                return;
            }
            let deadline = Instant::now() + patience;
            while Instant::now() < deadline && self.is_running() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// Names go into statements as they are.
fn check_name(name: &str) -> Result<()> {
    let plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    if (1..=63).contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    Err(Error::DatabaseName { name: name.to_owned() })
}

/// The process a pid file names.
fn parse_pid(text: &str) -> Option<Pid> {
    let first: i32 = text.lines().next()?.trim().parse().ok()?;
    Pid::from_raw(first)
}

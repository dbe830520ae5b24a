//! Making the data and starting PostgreSQL on them.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::account::RunAs;
use super::binaries::Binaries;
use super::error::{Error, Result, at};
use super::layout::Layout;
use super::wire::{self, Connection, WireError};
use super::{Durability, PORT, ROLE, SUPERUSER};

/// Connections PostgreSQL accepts, its reserved ones included.
const MAX_CONNECTIONS: u32 = 200;
/// Crash recovery after a power cut may take a while; longer than this somebody should look.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// Backends of a PostgreSQL that was killed notice its end and go, which takes a moment.
const STRAGGLERS_LEAVE_WITHIN: Duration = Duration::from_secs(10);
const STRAGGLERS: &str = "pre-existing shared memory block";

/// Starts PostgreSQL (`"$@"`) and asks it to stop when standard input ends, which is when the process
/// that holds the other end is gone, however it went.
const SUPERVISOR: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( read -r _ <&3; kill -INT "$server" 2>/dev/null ) &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
"#;

/// Everything a start needs.
pub(super) struct Launch<'a> {
    pub(super) layout: &'a Layout,
    pub(super) run_as: &'a RunAs,
    pub(super) binaries: &'a Binaries,
    pub(super) durability: Durability,
}

impl Launch<'_> {
    /// Makes the data directory beside its final place and moves it there whole.
    pub(super) async fn initialise(&self) -> Result<()> {
        let unfinished = self.layout.unfinished_data();
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(at("remove", &unfinished))?;
        }
        self.layout.create_for(self.run_as, &unfinished)?;
        let mut command = Command::new(&self.binaries.initdb);
        command.arg("-D").arg(&unfinished).args(["-U", SUPERUSER, "-E", "UTF8", "--no-locale"]);
        command.args(["--data-checksums", "--auth-local=trust", "--auth-host=reject", "--no-instructions"]);
        if self.durability == Durability::Off {
            command.arg("--no-sync");
        }
        self.run_as.apply(&mut command);
        let mut command = tokio::process::Command::from(command);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = output.map_err(|source| self.run_as.cannot_run(&self.binaries.initdb, source))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Error::InitialisationFailed { said, directory: self.layout.data() });
        }
        fs::rename(&unfinished, self.layout.data()).map_err(at("rename", &unfinished))
    }

    /// Starts PostgreSQL and waits until it accepts connections. The child is its supervisor.
    pub(super) async fn start(&self) -> Result<Child> {
        let give_up = Instant::now() + STRAGGLERS_LEAVE_WITHIN;
        loop {
            let log_start = self.layout.open_log()?;
            let mut supervisor = self.spawn()?;
            match self.wait_until_ready(&mut supervisor, log_start).await {
                Ok(()) => return Ok(supervisor),
                Err(Error::DidNotStart { said, .. })
                    if said.contains(STRAGGLERS) && Instant::now() < give_up =>
                {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => {
                    // The end of its input makes it stop what it started.
                    drop(supervisor.stdin.take());
                    return Err(error);
                }
            }
        }
    }

    fn spawn(&self) -> Result<Child> {
        self.layout.clear_sockets()?;
        let path = self.layout.log();
        let log = File::options().append(true).open(&path).map_err(at("open", &path))?;
        let errors = log.try_clone().map_err(at("open", &path))?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SUPERVISOR, "gatewright-postgres"]).arg(&self.binaries.postgres);
        command.arg("-D").arg(self.layout.data());
        for setting in self.settings() {
            command.arg("-c").arg(setting);
        }
        self.run_as.apply(&mut command);
        command.stdin(Stdio::piped()).stdout(log).stderr(errors);
        command.spawn().map_err(|source| self.run_as.cannot_run(Path::new("/bin/sh"), source))
    }

    async fn wait_until_ready(&self, supervisor: &mut Child, log_start: u64) -> Result<()> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(2);
        let log = self.layout.log();
        loop {
            match Connection::open(&self.layout.socket(), SUPERUSER, "postgres").await {
                Ok(mut connection) => return create_role(&mut connection).await,
                Err(WireError::Refused { code, message }) if code != wire::CANNOT_CONNECT_NOW => {
                    return Err(Error::Database { name: "postgres".to_owned(), message });
                }
                Err(WireError::Refused { .. } | WireError::Io(_)) => {}
            }
            if !matches!(supervisor.try_wait(), Ok(None)) {
                return Err(Error::DidNotStart { said: self.layout.log_since(log_start), log });
            }
            if started.elapsed() > READY_WITHIN {
                return Err(Error::NotReady { seconds: READY_WITHIN.as_secs(), log });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// Everything that differs from PostgreSQL's defaults, and why.
    fn settings(&self) -> Vec<String> {
        let directory = self.layout.socket_directory().display().to_string().replace('"', "\"\"");
        let mut all = vec![
            // 6. of the module's description
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories=\"{directory}\""),
            "unix_socket_permissions=0700".to_owned(),
            format!("port={PORT}"),
            // small: a development machine or one server's worth of grants
            format!("max_connections={MAX_CONNECTIONS}"),
            "shared_buffers=64MB".to_owned(),
            // every statement of ours is a handful of index look-ups
            "jit=off".to_owned(),
            "max_parallel_workers_per_gather=0".to_owned(),
            "timezone=UTC".to_owned(),
            "log_timezone=UTC".to_owned(),
            // neither statements nor the values of violated constraints belong in a log
            "log_min_error_statement=panic".to_owned(),
            "log_error_verbosity=terse".to_owned(),
        ];
        if self.durability == Durability::Off {
            let off = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
            all.extend(off.map(str::to_owned));
            all.extend(["wal_level=minimal", "max_wal_senders=0"].map(str::to_owned));
        }
        all
    }
}

/// The server's role is made at every start that does not find it, so a start cut short heals itself.
async fn create_role(connection: &mut Connection) -> Result<()> {
    let statement = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \
         THEN CREATE ROLE {ROLE} LOGIN; END IF; END $$"
    );
    let made = connection.execute(&statement).await;
    made.map(drop)
        .map_err(|error| Error::Database { name: "postgres".to_owned(), message: error.to_string() })
}

//! Programs of PostgreSQL, and a standby.

use std::fs::{self, DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::sleep;

use crate::Outcome;
use crate::process::Companion;
use crate::world::{DATABASE, World};

/// The port that names the socket everybody uses.
const PORT: u16 = 5432;
/// How long something may take before we give up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program, of the newest version there is.
pub fn program(name: &str) -> Outcome<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")?
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().ok_or_else(|| format!("{name} is missing").into())
}

/// A client program, on the socket of the experiment.
pub fn client(world: &World, name: &str) -> Outcome<Command> {
    let mut command = Command::new(program(name)?);
    command.arg("-h").arg(sockets(world)?).args(["-U", "postgres"]).stdin(Stdio::null());
    Ok(command)
}

/// Runs one; what it said is the error.
pub fn done(command: &mut Command) -> Outcome<()> {
    let output = command.output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

/// A backup of the database as it is, restored into another one.
pub async fn restored(world: &World, copy: &'static str) -> Outcome<()> {
    let file = world.directory().join("backup");
    let mut dumping = client(world, "pg_dump")?;
    dumping.args(["-Fc", "-f"]).arg(&file).arg(DATABASE);
    let mut making = client(world, "createdb")?;
    making.args(["-O", "gatewright", copy]);
    let mut restoring = client(world, "pg_restore")?;
    restoring.args(["-d", copy]).arg(&file);
    tokio::task::spawn_blocking(move || {
        done(&mut dumping)?;
        done(&mut making)?;
        done(&mut restoring)
    })
    .await?
}

fn sockets(world: &World) -> Outcome<PathBuf> {
    Ok(world.socket().parent().ok_or("a socket without a directory")?.to_owned())
}

/// Whoever executes the statements of the primary that the socket leads to, and gets each of its changes before the
/// primary acknowledges it.
pub struct Standby {
    data: PathBuf,
    sockets: PathBuf,
    port: u16,
    _process: Companion,
}

impl Standby {
    /// Copies the primary, follows it, and waits until it waits for us. `number` tells standbys of one run apart.
    pub async fn follow(world: &World, number: u16) -> Outcome<Standby> {
        let (primary, sockets) = (world.data_directory().await?, sockets(world)?);
        let owner = fs::metadata(&primary)?;
        let data = primary.with_file_name(format!("standby-{number}"));
        DirBuilder::new().mode(0o700).create(&data)?;
        chown(&data, Some(owner.uid()), Some(owner.gid()))?;
        let owned = |program: &str| -> Outcome<Command> {
            let mut command = Command::new(self::program(program)?);
            command.stdin(Stdio::null()).current_dir("/").env_clear();
            if fs::metadata("/proc/self")?.uid() != owner.uid() {
                command.uid(owner.uid()).gid(owner.gid());
            }
            Ok(command)
        };
        let from = format!("host={} user=postgres application_name=standby", sockets.display());
        let mut copying = owned("pg_basebackup")?;
        copying.args(["-d", &from, "-R", "-X", "stream", "-c", "fast", "-D"]).arg(&data);
        tokio::task::spawn_blocking(move || done(&mut copying)).await??;
        // What the primary is told may have been copied with it: once promoted, this one waits for nobody yet.
        let mut settings = File::options().append(true).open(data.join("postgresql.auto.conf"))?;
        writeln!(settings, "synchronous_standby_names = ''")?;
        let port = PORT + number;
        let mut serving = owned("postgres")?;
        serving.arg("-D").arg(&data);
        for setting in [
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={}", sockets.display()),
            format!("port={port}"),
            "max_connections=200".to_owned(),
            "shared_buffers=64MB".to_owned(),
            "jit=off".to_owned(),
            "max_parallel_workers_per_gather=0".to_owned(),
        ] {
            serving.arg("-c").arg(setting);
        }
        serving.stdout(Stdio::null()).stderr(Stdio::null());
        let standby = Standby { data, sockets, port, _process: Companion::start(&mut serving)? };
        standby.is_waited_for(world).await?;
        Ok(standby)
    }

    async fn is_waited_for(&self, world: &World) -> Outcome<()> {
        let mut primary = world.superuser().await?;
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'").await?;
        primary.execute("SELECT pg_reload_conf()").await?;
        let begun = Instant::now();
        loop {
            let states: Vec<String> = sqlx::query_scalar("SELECT sync_state FROM pg_stat_replication")
                .fetch_all(&mut primary)
                .await?;
            if states.iter().any(|state| state == "sync") {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("the standby is not synchronous after a minute: {states:?}").into());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes the primary's place, which must be gone: writes are taken here, and the socket leads here.
    pub async fn take_over(&self, world: &World) -> Outcome<()> {
        let url = world.superuser_url().replace(&format!("/{DATABASE}?"), "/postgres?");
        let mut own = PgConnection::connect(&format!("{url}&port={}", self.port)).await?;
        let promoted: bool = sqlx::query_scalar("SELECT pg_promote(true, 60)").fetch_one(&mut own).await?;
        if !promoted {
            return Err("the standby was not promoted".into());
        }
        let socket = world.socket();
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        symlink(self.sockets.join(format!(".s.PGSQL.{}", self.port)), socket)?;
        Ok(())
    }

    /// Its data.
    pub fn data(&self) -> &Path {
        &self.data
    }
}

//! `bench`: how fast, beside how fast this machine could be; a command for each group of goals.
//!
//! - [`token`]: what the server does per second, start, memory without load, size.
//! - [`lone`]: one connection, and so nothing to share or to gather.
//! - [`login`]: people who type their passwords, and whether clients notice.
//! - [`nodes`]: two servers on one PostgreSQL, beside one.
//! - [`memory`]: after mixed load, and with ten thousand open connections.
//! - [`grants`]: refreshing among two million live grants, beside ten thousand.
//!
//! Each makes its own database with everything flushed, starts the real server, and measures its limit in the same run.

mod grants;
mod login;
mod lone;
mod memory;
mod nodes;
mod requests;
mod round;
mod session;
mod token;
mod work;

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use gatewright_store::event_log;
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::load::Plan;
use crate::machine::Machine;
use crate::server;
use crate::world::World;

pub use round::Finding;
pub use work::{Limit, Work};

/// Half seconds without a new checkpoint after which all events are sealed.
const QUIET: u32 = 4;

/// What is measured.
#[derive(clap::Subcommand)]
pub enum Bench {
    /// The token endpoint and its friends, start, memory without load, size.
    Token(token::Options),
    /// One connection.
    Lone(lone::Options),
    /// Passwords, and the token endpoint meanwhile.
    Login(login::Options),
    /// Two servers on one PostgreSQL, beside one.
    Nodes(nodes::Options),
    /// Memory after mixed load, and with many open connections.
    Memory(memory::Options),
    /// Refreshing among many live grants, beside few.
    Grants(grants::Options),
}

/// Where a run takes place.
#[derive(clap::Args)]
pub struct Place {
    /// Where the database goes, on a disk as slow as the one in production.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/lab"))]
    directory: PathBuf,
    /// Another binary than the one cargo builds.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// How often, and for how long, something is measured.
#[derive(clap::Args)]
struct Times {
    /// Seconds of each measurement, after one second that is thrown away.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Rounds; medians are shown.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

impl Times {
    /// With so many connections.
    fn plan(&self, clients: usize) -> Plan {
        Plan { clients, warm: Duration::from_secs(1), measured: Duration::from_secs(self.seconds.max(1)) }
    }

    /// The rounds, by their numbers.
    fn each(&self) -> RangeInclusive<usize> {
        1..=self.rounds.max(1)
    }
}

/// What every run begins with.
struct Stage {
    runtime: Runtime,
    program: PathBuf,
    world: World,
    machine: Machine,
}

/// Runs it and prints what was found.
pub fn run(bench: &Bench) -> Outcome<()> {
    match bench {
        Bench::Token(options) => token::run(options),
        Bench::Lone(options) => lone::run(options),
        Bench::Login(options) => login::run(options),
        Bench::Nodes(options) => nodes::run(options),
        Bench::Memory(options) => memory::run(options),
        Bench::Grants(options) => grants::run(options),
    }
}

impl Place {
    /// A database with seeds, and the server's program.
    fn prepare(&self) -> Outcome<Stage> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let program = match &self.server {
            Some(program) => program.clone(),
            None => server::program()?,
        };
        let world = runtime.block_on(World::new(&self.directory))?;
        let postgresql = runtime.block_on(world.app.store.database_version())?;
        let machine = Machine::look(&self.directory, &postgresql)?;
        Ok(Stage { runtime, program, world, machine })
    }
}

/// Waits until the events of the work before are sealed, so that no work pays for another's.
async fn caught_up(world: &World) -> Outcome<()> {
    let store = &world.app.store;
    let (mut size, mut quiet) = (0, 0);
    while quiet < QUIET {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = event_log::newest(store)
            .await
            .map_err(|error| error.to_string())?
            .map_or(0, |newest| newest.size);
        quiet = if now == size { quiet + 1 } else { 0 };
        size = now;
    }
    Ok(())
}

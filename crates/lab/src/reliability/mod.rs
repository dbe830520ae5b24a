//! The reliability experiments: what must hold when things break, and that it does.
//!
//! 1. [`cluster`] runs real servers on one PostgreSQL and kills them; [`proxy`] breaks their connections.
//! 2. [`party`] asks what clients, people and resource servers ask, over [`http`]; [`actor`] makes mixed load of it.
//! 3. [`history`] keeps every request and its answer.
//! 4. [`oracle`] checks the invariants after every experiment, over history, database and logs.
//! 5. A file for each experiment, named as in `docs/reliability.md`. Everything random comes from a seed.

mod actor;
pub mod cluster;
mod history;
pub mod http;
pub mod load;
mod oracle;
pub mod party;
mod postgresql;
mod proxy;
mod r01;
mod r02;
mod r03;
mod r04;
mod r05;
mod r06;
mod r07;
mod r08;
mod r09;
mod r10;
mod r12;
mod r14;
mod r17;
mod r18;
mod r19;
mod r20;
mod r21;
mod r22;
mod r25;
mod report;
pub mod run;
pub mod shifted;
mod sink;
#[cfg(test)]
mod tests;
mod toll;
mod volume;
mod watch;

use std::io::{self, Write as _};
use std::path::PathBuf;

use report::Report;
use run::Run;
use volume::Volume;

use crate::Outcome;
use crate::server;
use crate::world::World;

/// How to run one.
#[derive(clap::Args)]
pub struct Options {
    /// Where chance comes from; the same number makes the same choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How much of the experiment, as a share of what `docs/reliability.md` calls the whole.
    #[arg(long, default_value_t = 0.2)]
    scale: f64,
    /// Where the database goes, on a disk as slow as the one in production.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/lab"))]
    directory: PathBuf,
    /// Another binary than the one beside the lab.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// The experiments.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// One code, many redemptions.
    R01,
    /// Kills.
    R02,
    /// Rolling restarts.
    R03,
    /// Restarts of PostgreSQL.
    R04,
    /// Failover to a standby.
    R05,
    /// A bad way to the database.
    R06,
    /// No connection left.
    R07,
    /// Wrong clocks.
    R08,
    /// Rotation of signing keys.
    R09,
    /// Rotation of the master key.
    R10,
    /// Moods of a receiver.
    R12,
    /// No room left.
    R14,
    /// Refresh storms.
    R17,
    /// Tries to sign in.
    R18,
    /// Slow, big and restless clients.
    R19,
    /// Others are away.
    R20,
    /// A node without its database.
    R21,
    /// How soon an end is known.
    R22,
    /// Backup and tampering.
    R25,
}

/// Runs one and prints what was found. An error when what must never happen has happened.
pub fn run(which: Which, options: &Options) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The database that runs out of room has a small disk for itself.
    let small = if matches!(which, Which::R14) { Some(Volume::mount(&options.directory)?) } else { None };
    let directory = small.as_ref().map_or(options.directory.as_path(), Volume::place);
    let report = runtime.block_on(async {
        let world = World::with(directory, sink::LOOPBACK).await?;
        let program = match &options.server {
            Some(program) => program.clone(),
            None => server::beside()?,
        };
        let run = Run { world: &world, program, seed: options.seed, scale: options.scale, patience: 1 };
        one(which, &run).await
    })?;
    io::stdout().write_all(report.text().as_bytes())?;
    match report.failures().as_slice() {
        [] => Ok(()),
        failures => Err(failures.join("\n").into()),
    }
}

async fn one(which: Which, run: &Run<'_>) -> Outcome<Report> {
    match which {
        Which::R01 => r01::run(run).await,
        Which::R02 => r02::run(run).await,
        Which::R03 => r03::run(run).await,
        Which::R04 => r04::run(run).await,
        Which::R05 => r05::run(run).await,
        Which::R06 => r06::run(run).await,
        Which::R07 => r07::run(run).await,
        Which::R09 => r09::run(run).await,
        Which::R10 => r10::run(run).await,
        Which::R08 => r08::run(run).await,
        Which::R20 => r20::run(run).await,
        Which::R25 => r25::run(run).await,
        Which::R12 => r12::run(run).await,
        Which::R14 => r14::run(run).await,
        Which::R18 => r18::run(run).await,
        Which::R19 => r19::run(run).await,
        Which::R17 => r17::run(run).await,
        Which::R21 => r21::run(run).await,
        Which::R22 => r22::run(run).await,
    }
}

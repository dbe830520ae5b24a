//! `bench token`: what the server does per second, beside what the machine could do.
//!
//! 1. A private PostgreSQL with everything flushed, the seeds, the release binary in its own process.
//! 2. Start-up time, idle memory and the size of the binary, before any load.
//! 3. Rounds. In each, for each kind of work, first its limits and then the server, so that both see the
//!    machine in the same minute. Before each, the tables are emptied and supplied anew.
//! 4. The report shows medians over the rounds; a ratio is the median of the rounds' ratios.

use std::path::Path;
use std::time::Duration;

use super::round::Rounds;
use super::{Place, Stage, Times, Work};
use crate::Outcome;
use crate::load::Plan;
use crate::report::{Report, Startup};
use crate::seeds;
use crate::server::Server;
use crate::world::World;

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    times: Times,
    /// Connections that each wait for an answer before they ask again.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// The report as JSON.
    #[arg(long)]
    json: bool,
    /// Only this kind of work.
    #[arg(long, value_name = "NAME")]
    only: Option<Work>,
    /// Seed of codes, grants and their order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    place: Place,
}

impl Options {
    fn plan(&self) -> Plan {
        self.times.plan(self.clients.max(1))
    }

    fn works(&self) -> Vec<Work> {
        Work::ALL.into_iter().filter(|work| self.only.is_none_or(|only| only == *work)).collect()
    }
}

/// Runs it and prints the report.
pub fn run(options: &Options) -> Outcome<()> {
    let Stage { runtime, program, world, machine } = options.place.prepare()?;
    runtime.block_on(seeds::plant_rs256(&world.app, &world.operator()))?;
    let (server, startup) = runtime.block_on(start(&program, &world))?;
    let mut rounds = Rounds::new(&runtime, (&world, &server), options.plan(), options.seed)?;
    let works = options.works();
    for round in options.times.each() {
        for work in &works {
            eprintln!("round {round}, {work}");
            rounds.measure(*work)?;
        }
    }
    let loaded = server.resident()?;
    let report = Report::new((machine, startup, loaded), (options.plan(), options.seed), &rounds.done());
    if options.json { report.print_json() } else { report.print() }
}

/// Starts the server a few times: the median start, and the memory of the last one once it is calm.
async fn start(program: &Path, world: &World) -> Outcome<(Server, Startup)> {
    const STARTS: usize = 5;
    let mut times = Vec::new();
    for _ in 1..STARTS {
        times.push(Server::start(program, world).await?.first_answer);
    }
    let server = Server::start(program, world).await?;
    times.push(server.first_answer);
    times.sort_unstable();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let startup = Startup {
        first_answer: times[STARTS / 2],
        idle_resident: server.resident()?,
        program: std::fs::metadata(program)?.len(),
    };
    Ok((server, startup))
}

//! Measures the server against the limit of the machine it runs on, in the same run, and breaks things around it to see
//! what holds.
//!
//! `cargo run --release -p gatewright-lab -- bench token` and its friends print the tables of `docs/performance.md`,
//! `-- r-01` and the like run an experiment of `docs/reliability.md`.

mod bare;
mod bench;
mod crowd;
mod load;
mod luck;
mod machine;
mod process;
mod registrations;
mod reliability;
mod report;
mod seeds;
mod server;
mod sql;
mod steady;
mod supplies;
mod table;
mod webhooks;
mod wire;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use reliability::Which;

/// What every step here answers. The lab explains itself to a person, so an error is a text.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Experiments with Gatewright.
#[derive(Parser)]
#[command(name = "gatewright-lab")]
struct Lab {
    #[command(subcommand)]
    experiment: Experiment,
}

#[derive(Subcommand)]
enum Experiment {
    /// How fast, beside how fast this machine could be.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// What a hundred thousand clients that registered themselves cost.
    Registrations(registrations::Options),
    /// How fast a receiver of webhooks that was away catches up.
    Webhooks(webhooks::Options),
    /// One code, presented by many at once to two nodes.
    #[command(name = "r-01")]
    R01(reliability::Options),
    /// Nodes are killed at random moments of mixed load.
    #[command(name = "r-02")]
    R02(reliability::Options),
    /// Nodes are restarted one after the other under load.
    #[command(name = "r-03")]
    R03(reliability::Options),
    /// One refresh token presented by many at once, and a herd of clients that wakes.
    #[command(name = "r-17")]
    R17(reliability::Options),
    /// A node is cut off from the database.
    #[command(name = "r-21")]
    R21(reliability::Options),
    /// How soon an end at one node is known at another.
    #[command(name = "r-22")]
    R22(reliability::Options),
    /// PostgreSQL is restarted under load, in order and as after a crash.
    #[command(name = "r-04")]
    R04(reliability::Options),
    /// The primary crashes, and its synchronous standby takes its place.
    #[command(name = "r-05")]
    R05(reliability::Options),
    /// The way to the database becomes slow, lossy, and a black hole.
    #[command(name = "r-06")]
    R06(reliability::Options),
    /// Every connection to the database is taken.
    #[command(name = "r-07")]
    R07(reliability::Options),
    /// Signing keys rotate while tokens are issued and verified.
    #[command(name = "r-09")]
    R09(reliability::Options),
    /// The master key is replaced under load, and whoever replaces it is killed at every step.
    #[command(name = "r-10")]
    R10(reliability::Options),
    /// The receiver of webhooks is broken, slow and forgetful.
    #[command(name = "r-12")]
    R12(reliability::Options),
    /// No room on the disk of the database or of the log, no more open files, no more memory.
    #[command(name = "r-14")]
    R14(reliability::Options),
    /// A flood of tries to sign in.
    #[command(name = "r-18")]
    R18(reliability::Options),
    /// Clients that are slow, big, or reset what they ask for.
    #[command(name = "r-19")]
    R19(reliability::Options),
    /// The clock of a node is wrong.
    #[command(name = "r-08")]
    R08(reliability::Options),
    /// Everything the server asks of others is away.
    #[command(name = "r-20")]
    R20(reliability::Options),
    /// A node whose clock can be moved. Started by `r-08`.
    #[command(hide = true)]
    Node(reliability::shifted::Options),
    /// A backup is made under load, restored, and tampered with.
    #[command(name = "r-25")]
    R25(reliability::Options),
    /// The limit that reads are compared with. Started by `bench`, in a process of its own.
    #[command(hide = true)]
    Bare(bare::Options),
}

fn main() -> ExitCode {
    let done = match Lab::parse().experiment {
        Experiment::Bench(what) => bench::run(&what),
        Experiment::Registrations(options) => registrations::run(&options),
        Experiment::Webhooks(options) => webhooks::run(&options),
        Experiment::R01(options) => reliability::run(Which::R01, &options),
        Experiment::R02(options) => reliability::run(Which::R02, &options),
        Experiment::R03(options) => reliability::run(Which::R03, &options),
        Experiment::R17(options) => reliability::run(Which::R17, &options),
        Experiment::R21(options) => reliability::run(Which::R21, &options),
        Experiment::R22(options) => reliability::run(Which::R22, &options),
        Experiment::R04(options) => reliability::run(Which::R04, &options),
        Experiment::R05(options) => reliability::run(Which::R05, &options),
        Experiment::R06(options) => reliability::run(Which::R06, &options),
        Experiment::R07(options) => reliability::run(Which::R07, &options),
        Experiment::R09(options) => reliability::run(Which::R09, &options),
        Experiment::R10(options) => reliability::run(Which::R10, &options),
        Experiment::R12(options) => reliability::run(Which::R12, &options),
        Experiment::R14(options) => reliability::run(Which::R14, &options),
        Experiment::R18(options) => reliability::run(Which::R18, &options),
        Experiment::R19(options) => reliability::run(Which::R19, &options),
        Experiment::R08(options) => reliability::run(Which::R08, &options),
        Experiment::R20(options) => reliability::run(Which::R20, &options),
        Experiment::Node(options) => reliability::shifted::serve(&options),
        Experiment::R25(options) => reliability::run(Which::R25, &options),
        Experiment::Bare(options) => bare::serve(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gatewright-lab: {error}");
            ExitCode::FAILURE
        }
    }
}

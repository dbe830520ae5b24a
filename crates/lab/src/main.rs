//! Measures the server against the limit of the machine it runs on, in the same run.
//!
//! `cargo run --release -p gatewright-lab -- bench token` prints the table of `docs/performance.md`.

mod bare;
mod bench;
mod load;
mod machine;
mod process;
mod registrations;
mod report;
mod seeds;
mod server;
mod sql;
mod supplies;
mod webhooks;
mod wire;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    Bench(Bench),
    /// What a hundred thousand clients that registered themselves cost.
    Registrations(registrations::Options),
    /// How fast a receiver of webhooks that was away catches up.
    Webhooks(webhooks::Options),
    /// The limit that reads are compared with. Started by `bench`, in a process of its own.
    #[command(hide = true)]
    Bare(bare::Options),
}

#[derive(Subcommand)]
enum Bench {
    /// The token endpoint and its friends.
    Token(bench::Options),
}

fn main() -> ExitCode {
    let done = match Lab::parse().experiment {
        Experiment::Bench(Bench::Token(options)) => bench::token(&options),
        Experiment::Registrations(options) => registrations::run(&options),
        Experiment::Webhooks(options) => webhooks::run(&options),
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

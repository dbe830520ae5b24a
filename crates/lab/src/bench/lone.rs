//! `bench lone`: one connection that asks for tokens, beside bare axum with one connection.
//!
//! Nothing can be gathered here: each request waits for its own commit.

use std::time::Duration;

use super::round::{Finding, Rounds};
use super::{Limit, Place, Stage, Times, Work};
use crate::Outcome;
use crate::load::Measured;
use crate::server::Server;
use crate::table::{Goal, Table, median};

/// How many times as long as bare axum half of the requests may take.
const P50_GOAL: f64 = 6.0;
/// How many times as long as bare axum 99 of 100 requests may take.
const P99_GOAL: f64 = 12.0;

/// One of the percentiles of a measurement.
type Percentile = fn(&Measured) -> Duration;

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    times: Times,
    #[command(flatten)]
    place: Place,
}

/// Runs it and prints what was found.
pub fn run(options: &Options) -> Outcome<()> {
    let Stage { runtime, program, world, machine } = options.place.prepare()?;
    let server = runtime.block_on(Server::start(&program, &world))?;
    let plan = options.times.plan(1);
    let mut rounds = Rounds::new(&runtime, (&world, &server), plan, 1)?;
    for _ in options.times.each() {
        rounds.beside(Work::ClientCredentials, &[Limit::BareSigning])?;
    }
    let found = rounds.done();
    let mut table = Table::default();
    let percentiles: [(&str, Percentile, f64); 2] =
        [("p50", |measured| measured.p50, P50_GOAL), ("p99", |measured| measured.p99, P99_GOAL)];
    for (name, of, goal) in percentiles {
        let over = |value: &dyn Fn(&Finding) -> f64| median(found.iter().map(value).collect());
        let bare = |finding: &Finding| of(&finding.limits[0].1).as_secs_f64();
        let server = |finding: &Finding| of(&finding.server).as_secs_f64();
        table.told(&format!("bare axum, secret + ES256, {name}"), (1e3 * over(&bare), "ms"));
        table.told(&format!("client_credentials, {name}"), (1e3 * over(&server), "ms"));
        let ratio = over(&|finding| server(finding) / bare(finding));
        table.goal(&format!("· of bare axum, {name}"), (ratio, "×"), Goal::AtMost(goal));
    }
    let above = format!("one connection, {} s each, median of {} rounds", options.times.seconds, found.len());
    table.print(&[machine.to_string(), above])
}

//! the primary crashes under load, and its synchronous standby takes its place.
//!
//! Every change that was acknowledged is on the standby: nothing is lost, and nothing is good twice. Until the standby
//! takes writes, requests hear 503 with `Retry-After`. The promoted one then gets a standby of its own, and crashes in
//! turn.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan, Wiring};
use super::history::Entry;
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::Party;
use super::postgresql::Standby;
use super::r04::first_write;
use super::report::{Report, percentile};
use super::run::Run;
use crate::Outcome;
use crate::world::signal_database;

/// Longest time without writes.
const OUTAGE: Duration = Duration::from_secs(15);

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-05 failover to a synchronous standby");
    let failovers = run.scaled(10, 2);
    let plan = Plan { wiring: Wiring::Proxied, ..Plan::of(2) };
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut data = run.world.data_directory().await?;
    let load = Load::begin(run, &party, 8).await?;
    let (mut outages, mut gone) = (Vec::new(), Vec::new());
    for number in (1..).take(failovers) {
        let standby = Standby::follow(run.world, number).await?;
        sleep(Duration::from_secs(2)).await;
        let begun = Instant::now();
        signal_database(&data, Signal::QUIT)?;
        standby.take_over(run.world).await?;
        for node in 0..party.doors.len() {
            first_write(&mut party.at(node)).await?;
        }
        outages.push(begun.elapsed());
        standby.data().clone_into(&mut data);
        gone.push(standby);
    }
    sleep(Duration::from_secs(1)).await;
    let actors = load.end().await?;
    report.told("failovers", failovers);
    report.never_longer("from the crash until both nodes issue tokens", percentile(&outages, 100), OUTAGE);
    report.told("requests told to come again", party.history.told(|entry| entry.status() == 503).len());
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

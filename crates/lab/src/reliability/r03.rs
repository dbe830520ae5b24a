//! nodes are asked to stop one after the other, under load, and started again.
//!
//! Requests in flight are finished. Clients of a load balancer see nothing: no error, and no connection that broke after
//! its request was taken.

use std::time::Duration;

use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::history::{Entry, How};
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::Party;
use super::report::{Report, percentile};
use super::run::Run;
use crate::Outcome;

/// Nodes.
const NODES: usize = 2;
/// People at work.
const PEOPLE: usize = 8;
/// How long requests in flight may take to finish.
const DRAIN: Duration = Duration::from_secs(10);

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-03 rolling restart by SIGTERM");
    let restarts = run.scaled(50, 4);
    let plan = Plan::of(NODES);
    let mut cluster = Cluster::start(&run.program, run.world, plan).await?;
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let load = Load::begin(run, &party, PEOPLE).await?;
    let (mut drains, mut starts) = (Vec::new(), Vec::new());
    for turn in 0..restarts {
        sleep(Duration::from_millis(700)).await;
        let node = &mut cluster.nodes[turn % NODES];
        drains.push(node.stop().await?);
        node.start()?;
        starts.push(node.ready().await?);
    }
    let actors = load.end().await?;
    report.told("restarts, nodes, people", format!("{restarts}, {NODES}, {PEOPLE}"));
    report.told("requests", party.history.noted().entries.len());
    report.never_longer("from SIGTERM to the end, at most", percentile(&drains, 100), DRAIN);
    report.goal("from start to ready, at most", percentile(&starts, 100), Duration::from_secs(2));
    report.none("answers with 5xx", &party.history.told(|entry| entry.status() >= 500));
    let cut = |entry: &Entry| matches!(entry.outcome, How::Lost("cut" | "no answer"));
    report.none("requests that were taken and not answered", &party.history.told(cut));
    let stale = party.history.told(|entry| entry.outcome == How::Lost("closed while idle")).len();
    report.told("connections that closed at the moment they were used again", stale);
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

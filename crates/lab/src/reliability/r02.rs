//! nodes are killed at random moments of mixed load, and started again.
//!
//! Nothing that was acknowledged is lost, every event reaches its receiver, and only requests at the killed node fail.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::history::{Entry, How};
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Party, operate};
use super::report::{Report, percentile};
use super::run::Run;
use super::sink::{LOOPBACK, Sink};
use crate::Outcome;

/// Nodes.
const NODES: usize = 3;
/// People at work.
const PEOPLE: usize = 8;
/// The longest pause between two kills.
const PAUSE: usize = 1_500;

/// When a node was away.
struct Away {
    node: usize,
    from: Instant,
    until: Instant,
}

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-02 kill -9 under load");
    let kills = run.scaled(200, 3);
    let plan = Plan { more: LOOPBACK, ..Plan::of(NODES) };
    let mut cluster = Cluster::start(&run.program, run.world, plan).await?;
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let sink = Sink::listen().await?;
    let webhook = json!({ "name": "lab", "url": sink.url(), "kinds": ["grant.*", "consent.*", "code.*"] });
    operate(run.world, ("POST", "/webhooks"), Some(&webhook)).await?;
    let mut luck = run.luck().of(0xDEAD);
    let load = Load::begin(run, &party, PEOPLE).await?;
    let (mut aways, mut starts) = (Vec::new(), Vec::new());
    for _ in 0..kills {
        sleep(Duration::from_millis(200 + luck.below(PAUSE) as u64)).await;
        let node = luck.below(NODES);
        let from = Instant::now();
        cluster.nodes[node].kill();
        cluster.nodes[node].start()?;
        starts.push(cluster.nodes[node].ready().await?);
        aways.push(Away { node, from, until: Instant::now() });
    }
    let actors = load.end().await?;
    report.told("kills, nodes, people", format!("{kills}, {NODES}, {PEOPLE}"));
    report.told("requests", party.history.noted().entries.len());
    report.goal("from start to ready, at most", percentile(&starts, 100), Duration::from_secs(2));
    let astray =
        |entry: &Entry| matches!(entry.outcome, How::Lost(_)) && !aways.iter().any(|away| away.covers(entry));
    report.none("requests without an answer at nodes that were not killed", &party.history.told(astray));
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let missing = sink.missing(run.world, Duration::from_mins(2)).await?;
    report.none(format!("I5: events that did not reach their receiver, of {}", sink.count()), &missing);
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

impl Away {
    /// Whether the request met the node while it died, was away, or came up.
    fn covers(&self, entry: &Entry) -> bool {
        entry.node == self.node && entry.at <= self.until && entry.at + entry.took >= self.from
    }
}

//! a node is cut off from the database, the others are not.
//!
//! Nodes share nothing but the database, so there is no other way between them that could be cut. The isolated node says
//! that it is not ready and issues nothing; what was revoked elsewhere is active nowhere; after the cut it is as before.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::actor::BOUND;
use super::cluster::{Cluster, Node, Plan, Wiring};
use super::history::Entry;
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Party, Trouble, people};
use super::proxy::Weather;
use super::report::Report;
use super::run::Run;
use crate::Outcome;

/// How soon it says that it is not ready, and that it is again.
const NOTICED: Duration = Duration::from_secs(5);
/// The cut-off node.
const CUT_OFF: usize = 1;

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-21 a node without its database");
    let plan = Plan { wiring: Wiring::Proxied, ..Plan::of(2) };
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut person = people(run.world, 1).await?.remove(0);
    let load = Load::begin(run, &party.at(0), 4).await?;
    let (mut issued, mut stale, mut noticed, mut healed) =
        (Vec::new(), Vec::new(), Duration::ZERO, Duration::ZERO);
    for _ in 0..run.scaled(10, 2) {
        let code = party.at(0).authorize(&mut person).await?;
        let tokens = party.at(0).redeem(&code).await?;
        if !party.at(CUT_OFF).is_active(&tokens.access).await? {
            stale.push("a live token was inactive".to_owned());
        }
        let isolated = &cluster.nodes[CUT_OFF];
        weather(isolated, Weather::BlackHole);
        let begun = Instant::now();
        party.at(0).revoke(&tokens.refresh).await?;
        let revoked = Instant::now();
        noticed = noticed.max(until(isolated, (begun, Ready::No)).await?);
        sleep(BOUND.saturating_sub(revoked.elapsed())).await;
        let mut there = party.at(CUT_OFF);
        if there.is_active(&tokens.access).await.is_ok_and(|active| active) {
            stale.push("active at the isolated node after the bound".to_owned());
        }
        for asked in [there.refresh(&tokens.refresh).await.map(drop), there.program().await.map(drop)] {
            match asked {
                Err(Trouble::Later) => {}
                Ok(()) => issued.push("tokens at the isolated node".to_owned()),
                Err(trouble) => issued.push(trouble.to_string()),
            }
        }
        weather(isolated, Weather::Fair);
        healed = healed.max(until(isolated, (Instant::now(), Ready::Yes)).await?);
    }
    let actors = load.end().await?;
    report.never_longer("from the cut until it is not ready", noticed, NOTICED);
    report.never_longer("from the end of the cut until it is ready", healed, NOTICED);
    report.none("answers of the isolated node other than 503", &issued);
    report.none("active after the bound", &stale);
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

/// Sets the weather between a node and its database.
pub fn weather(node: &Node, weather: Weather) {
    if let Some(proxy) = &node.proxy {
        proxy.set(weather);
    }
}

/// Whether a node is to be ready.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Waits until a node says so; how long that took.
pub async fn until(node: &Node, (since, wanted): (Instant, Ready)) -> Outcome<Duration> {
    loop {
        let found = if node.is_ready().await { Ready::Yes } else { Ready::No };
        if found == wanted {
            return Ok(since.elapsed());
        }
        if since.elapsed() > Duration::from_mins(1) {
            return Err("a node did not notice within a minute".into());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

//! the way to the database becomes slow, lossy, and a black hole.
//!
//! Every request ends in bounded time, memory stays what it is, and after it heals everything works. A database that is
//! slow is not asked more often for it.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::cluster::{Cluster, Plan, Wiring};
use super::history::Entry;
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::Party;
use super::proxy::{Proxy, Weather};
use super::r04::first_write;
use super::r21::weather;
use super::report::{Report, percentile};
use super::run::Run;
use super::watch::{Watcher, slowest};
use crate::Outcome;

/// However bad it is, a request ends within.
const BOUNDED: Duration = Duration::from_secs(10);
/// How soon it works again.
const RECOVERED: Duration = Duration::from_secs(5);
/// How much memory may grow, in MiB.
const GROWTH: u64 = 50;

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-06 a bad way to the database");
    let plan = Plan { wiring: Wiring::Proxied, ..Plan::of(1) };
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let node = &cluster.nodes[0];
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let load = Load::begin(run, &party, 24).await?;
    let eye = Watcher::begin((0, node.door.clone()), &["/jwks"], Duration::from_millis(50));
    sleep(Duration::from_secs(2)).await;
    let before = node.resident()?;
    let length = Duration::from_secs(run.scaled(60, 6) as u64);
    let weathers = [
        ("fair", Weather::Fair),
        ("200 ms later", Weather::Slow(Duration::from_millis(200))),
        ("2 s later", Weather::Slow(Duration::from_secs(2))),
        ("every second piece lost and 400 ms late", Weather::Lossy(Duration::from_millis(400))),
        ("black hole", Weather::BlackHole),
        ("connections refused", Weather::Closed),
    ];
    for (name, now) in weathers {
        let (begun, opened) = (Instant::now(), node.proxy.as_ref().map_or(0, Proxy::opened));
        weather(node, now);
        if let (Weather::Closed, Some(proxy)) = (now, &node.proxy) {
            proxy.cut();
        }
        sleep(length).await;
        weather(node, Weather::Fair);
        let opened = node.proxy.as_ref().map_or(0, Proxy::opened) - opened;
        let times = party.history.times(|entry| entry.at >= begun);
        let later = party.history.told(|entry| entry.at >= begun && entry.status() == 503).len();
        report.told(
            format!("{name}: requests, told to come again, p50, connections opened"),
            format!("{}, {later}, {} ms, {opened}", times.len(), percentile(&times, 50).as_millis()),
        );
        report.never_longer(
            format!("{name}: until a token is issued after it"),
            first_write(&mut party.at(0)).await?,
            RECOVERED,
        );
    }
    let after = node.resident()?;
    let actors = load.end().await?;
    let times = party.history.times(|_| true);
    report.never_longer("the longest request", percentile(&times, 100), BOUNDED);
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let standing = eye.end().await?;
    report.goal("the longest request for the JWKS", slowest(&standing), Duration::from_millis(500));
    report.none("bad answers for the JWKS", &super::watch::bad(&standing));
    report.goal_of("growth of resident memory, MiB", after.saturating_sub(before) >> 20, GROWTH);
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

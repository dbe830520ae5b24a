//! PostgreSQL is restarted under load, in order (`fast`) and as after a crash (`immediate`).
//!
//! What needs no database is served the whole time. What needs one hears 503 with `Retry-After`, never 500 and never
//! `invalid_grant`, which would make a client throw its tokens away. Soon after PostgreSQL accepts connections everything
//! works.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::history::Entry;
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::Party;
use super::report::{Report, percentile};
use super::run::Run;
use super::watch::{Watcher, bad};
use crate::Outcome;

/// What is the same for everybody.
pub const STANDING: &[&str] =
    &["/jwks", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
/// How soon a write works after the database accepts connections.
const RECOVERED: Duration = Duration::from_secs(5);

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-04 PostgreSQL restarts under load");
    let each = run.scaled(20, 2);
    let plan = Plan::of(2);
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let eyes: Vec<Watcher> = (0..)
        .zip(cluster.doors())
        .map(|door| Watcher::begin(door, STANDING, Duration::from_millis(20)))
        .collect();
    let load = Load::begin(run, &party, 8).await?;
    for (name, signal) in [("fast", Signal::INT), ("immediate", Signal::QUIT)] {
        let (mut away, mut recovered) = (Vec::new(), Vec::new());
        for _ in 0..each {
            sleep(Duration::from_secs(1)).await;
            away.push(run.world.restart_database(signal).await?);
            for node in 0..party.doors.len() {
                recovered.push(first_write(&mut party.at(node)).await?);
            }
        }
        report.told(
            format!("{name}: restarts, PostgreSQL away at most"),
            format!("{each}, {} ms", percentile(&away, 100).as_millis()),
        );
        let slowest = percentile(&recovered, 100);
        report.never_longer(format!("{name}: until a token is issued at every node"), slowest, RECOVERED);
    }
    let actors = load.end().await?;
    for (node, eye) in eyes.into_iter().enumerate() {
        let seen = eye.end().await?;
        let what = format!("node {node}: JWKS and metadata, bad answers of {}", seen.len());
        report.none(what, &bad(&seen));
    }
    report.told("requests told to come again", party.history.told(|entry| entry.status() == 503).len());
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

/// Asks for a token, whose event is a write, until there is one; how long that took.
pub async fn first_write(party: &mut Party) -> Outcome<Duration> {
    let begun = Instant::now();
    while party.program().await.is_err() {
        if begun.elapsed() > Duration::from_mins(1) {
            return Err("no token for a minute".into());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(begun.elapsed())
}

//! every connection to the database is taken by statements that wait.
//!
//! One row is locked from outside, and agents refresh it until no connection is left. Others are served or told to come
//! again, health answers at once, and when the lock is gone everything works.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::actor::Family;
use super::cluster::{Cluster, Plan};
use super::history::Entry;
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Party, people};
use super::r04::first_write;
use super::report::{Report, percentile};
use super::run::Run;
use super::watch::{Watcher, slowest};
use crate::Outcome;

/// Connections of the node.
const POOL: &str = "max_connections = 10\n";
/// Health has an answer within.
const HEALTHY: Duration = Duration::from_millis(100);
/// However full it is, a request ends within.
const BOUNDED: Duration = Duration::from_secs(10);

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-07 no connection left");
    let plan = Plan { more: POOL, ..Plan::of(1) };
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let node = &cluster.nodes[0];
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut person = people(run.world, 1).await?.remove(0);
    let code = party.authorize(&mut person).await?;
    let tokens = party.redeem(&code).await?;
    let grant = Family::new(tokens.clone()).ok_or("a refresh token that is none")?.grant;
    let load = Load::begin(run, &party, 16).await?;
    let eye = Watcher::begin((0, node.admin.clone()), &["/health/live"], Duration::from_millis(20));
    sleep(Duration::from_secs(1)).await;

    let mut connection = run.world.superuser().await?;
    let mut lock = connection.begin().await?;
    sqlx::query("SELECT id FROM grants WHERE id = $1 FOR UPDATE").bind(grant).execute(&mut *lock).await?;
    let (begun, clients) = (Instant::now(), run.scaled(500, 40));
    let mut waiting = JoinSet::new();
    for number in 0..clients {
        let (mut party, token) = (party.another(number as u64), tokens.refresh.clone());
        waiting.spawn(async move { party.refresh(&token).await.map(drop) });
    }
    sleep(Duration::from_secs(run.scaled(30, 6) as u64)).await;
    lock.execute("SELECT 1").await?;
    lock.rollback().await?;
    let healed = Instant::now();
    let recovered = first_write(&mut party).await?;
    while waiting.join_next().await.is_some() {}
    let actors = load.end().await?;

    let meanwhile = |entry: &Entry| entry.at >= begun && entry.at < healed;
    let admitted = party.history.times(|entry| meanwhile(entry) && entry.status() == 200);
    let shed = party.history.times(|entry| meanwhile(entry) && entry.status() == 503);
    report.told(
        "clients of the locked grant, served meanwhile, told to come again",
        format!("{clients}, {}, {}", admitted.len(), shed.len()),
    );
    report.goal("p99 of those served", percentile(&admitted, 99), Duration::from_secs(1));
    report.goal("p50 of those told to come again", percentile(&shed, 50), Duration::from_millis(50));
    report.never_longer("the longest request", percentile(&party.history.times(|_| true), 100), BOUNDED);
    report.never_longer("until a token is issued after it", recovered, Duration::from_secs(5));
    let health = eye.end().await?;
    report.goal("the longest question for health", slowest(&health), HEALTHY);
    report.none("bad answers for health", &super::watch::bad(&health));
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

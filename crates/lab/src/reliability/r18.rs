//! a flood of tries to sign in, from thousands of addresses.
//!
//! Passwords are hashed on threads of their own, so tokens and introspection go on; memory is bounded by how many hashes
//! are computed at once; and whoever knows their password signs in, at once from a browser they were signed in with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::history::Entry;
use super::http::Cookies;
use super::oracle::{self, Evidence};
use super::party::{Party, people};
use super::report::{Report, percentile};
use super::run::Run;
use crate::Outcome;

/// Whoever is in front of the node says where requests come from.
const BEHIND_A_PROXY: &str = "trust_proxy = [\"127.0.0.1/32\"]\n";
/// Whoever has the right password is in within.
const SIGNED_IN: Duration = Duration::from_secs(3);
/// How much memory may grow, in MiB: two hashes at once, and 200 besides.
const GROWTH: u64 = 2 * 19 + 200;

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-18 a flood of tries to sign in");
    let (flooders, tries) = (run.scaled(400, 16), run.scaled(50, 4));
    let plan = Plan { listen: BEHIND_A_PROXY, ..Plan::of(1) };
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let node = &cluster.nodes[0];
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut everybody = people(run.world, 2).await?;
    let mut person = everybody.remove(0);
    let victim: Arc<str> = everybody.remove(0).name.into();
    party.authorize(&mut person).await?;
    let (usual, before) = (ask(&mut party, 60).await?, node.resident()?);

    let (goes_on, until) = watch::channel(());
    let mut flooding = JoinSet::new();
    for number in 0..flooders {
        let (party, victim, until) = (party.another(number as u64), Arc::clone(&victim), until.clone());
        flooding.spawn(async move { flood(party, (&victim, tries), until).await });
    }
    sleep(Duration::from_secs(1)).await;
    let flooded = ask(&mut party, 60).await?;
    let memory = node.resident()?;
    let (mut signed_in, mut kept_out) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        // The same browser, signed out.
        person.cookies = person.cookies.signed_out();
        let begun = Instant::now();
        let address = format!("192.0.2.{}", party.luck.below(250));
        match party.from(&address).authorize(&mut person).await {
            Ok(_) => signed_in.push(begun.elapsed()),
            Err(trouble) => kept_out.push(trouble.to_string()),
        }
    }
    drop(goes_on);
    let mut tried = 0;
    while let Some(one) = flooding.join_next().await {
        tried += one?;
    }
    report.told("addresses, tries", format!("{flooders}, {tried}"));
    let p99 = percentile(&usual, 99) * 2;
    report.told(
        "p50 of token and introspection before, meanwhile, in ms",
        format!("{}, {}", percentile(&usual, 50).as_millis(), percentile(&flooded, 50).as_millis()),
    );
    report.goal("p99 of token and introspection, at most twice the usual", percentile(&flooded, 99), p99);
    report.goal_of("growth of resident memory, MiB", memory.saturating_sub(before) >> 20, GROWTH);
    report.none("right passwords that were refused", &kept_out);
    report.goal("until somebody with the right password is in", percentile(&signed_in, 100), SIGNED_IN);
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let evidence = Evidence { world: run.world, party: &party, actors: &[], logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

/// Takes tokens and has them looked at; how long that took, each.
async fn ask(party: &mut Party, times: usize) -> Outcome<Vec<Duration>> {
    let mut took = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        let token = party.program().await?;
        let between = Instant::now();
        party.is_active(&token).await?;
        took.extend([between - begun, between.elapsed()]);
    }
    Ok(took)
}

/// Tries wrong passwords from one address; how many.
async fn flood(mut party: Party, (victim, tries): (&str, usize), until: watch::Receiver<()>) -> usize {
    let address = format!("198.51.{}.{}", party.luck.below(250), party.luck.below(250));
    party = party.from(&address);
    let mut cookies = Cookies::default();
    let mut count = 0;
    while count < tries && until.has_changed().is_ok() {
        // Whatever the answer is: the next try.
        let _ = party.guess((victim, "a wrong guess"), &mut cookies).await;
        count += 1;
    }
    count
}

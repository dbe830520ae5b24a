//! the clock of a node is wrong.
//!
//! 1. By up to half a minute, which servers tolerate: codes, refresh tokens and access tokens of one node are good at
//!    the other, either way.
//! 2. By more: the node says within ten seconds that it is not ready, so that nothing is sent there.
//! 3. It steps back by an hour and forward again: what was used stays used, and nobody's grant ends for it.

use std::env;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::cluster::{Cluster, Node, Plan};
use super::history::Entry;
use super::oracle::{self, Evidence};
use super::party::{Party, Person, Trouble, people};
use super::r21::{Ready, until};
use super::report::Report;
use super::run::Run;
use super::shifted::shift_file;
use crate::Outcome;

/// How soon a node with a wrong clock is not ready.
const NOTICED: Duration = Duration::from_secs(10);
/// The node whose clock is wrong.
const WRONG: usize = 1;

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-08 wrong clocks");
    let plan = Plan { command: "node", ..Plan::of(2) };
    let cluster = Cluster::start(&env::current_exe()?, run.world, plan).await?;
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut person = people(run.world, 1).await?.remove(0);
    let wrong = &cluster.nodes[WRONG];
    for skew in [-25, -10, 0, 10, 25] {
        shift(wrong, skew).await?;
        let mut refused = Vec::new();
        for _ in 0..run.scaled(50, 4) {
            for (first, second) in [(0, WRONG), (WRONG, 0)] {
                refused.extend(crosswise(&party, &mut person, (first, second)).await?);
            }
        }
        report.none(format!("{skew} s: refused at either node"), &refused);
        report.none(format!("{skew} s: is it ready"), &unready(wrong).await);
    }
    let mut slowest = Duration::ZERO;
    for skew in [-60, 60, -3_600, 3_600] {
        let since = Instant::now();
        shift(wrong, skew).await?;
        slowest = slowest.max(until(wrong, (since, Ready::No)).await?);
        shift(wrong, 0).await?;
        until(wrong, (Instant::now(), Ready::Yes)).await?;
    }
    report.never_longer("±60 s, ±1 h: until it is not ready", slowest, NOTICED);
    report.none("after a step of an hour back and forth", &stepped(&party, &mut person, wrong).await?);
    report.none("answers with 5xx", &party.history.told(|entry: &Entry| entry.status() >= 500));
    let evidence = Evidence { world: run.world, party: &party, actors: &[], logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

async fn shift(node: &Node, seconds: i64) -> Outcome<()> {
    std::fs::write(shift_file(node.config_file()), seconds.to_string())?;
    // It looks all the time.
    sleep(Duration::from_millis(200)).await;
    Ok(())
}

async fn unready(node: &Node) -> Vec<String> {
    if node.is_ready().await { Vec::new() } else { vec!["it is not".to_owned()] }
}

/// A code of one node is redeemed at the other, its refresh token used here and there; what was refused.
async fn crosswise(
    party: &Party,
    person: &mut Person,
    (first, second): (usize, usize),
) -> Outcome<Vec<String>> {
    let (mut here, mut there) = (party.at(first), party.at(second));
    let code = here.authorize(person).await?;
    let mut refused = Vec::new();
    let tokens = match there.redeem(&code).await {
        Ok(tokens) => tokens,
        Err(trouble) => return Ok(vec![format!("a code of node {first} at node {second}: {trouble}")]),
    };
    if !here.is_active(&tokens.access).await? {
        refused.push(format!("an access token of node {second} at node {first}"));
    }
    match here.refresh(&tokens.refresh).await {
        Ok(tokens) => {
            if !there.is_active(&tokens.access).await? {
                refused.push(format!("an access token of node {first} at node {second}"));
            }
            if let Err(trouble) = there.refresh(&tokens.refresh).await {
                refused.push(format!("a refresh token of node {first} at node {second}: {trouble}"));
            }
        }
        Err(trouble) => refused.push(format!("a refresh token of node {second} at node {first}: {trouble}")),
    }
    Ok(refused)
}

/// What is used or ended stays so at a node that believes it is an hour ago.
async fn stepped(party: &Party, person: &mut Person, wrong: &Node) -> Outcome<Vec<String>> {
    let (mut right, mut behind) = (party.at(0), party.at(WRONG));
    let used = right.authorize(person).await?;
    let ended = right.redeem(&used).await?;
    let lives = right.authorize(person).await?;
    let lives = right.redeem(&lives).await?;
    right.revoke(&ended.refresh).await?;
    shift(wrong, -3_600).await?;
    let mut revived = Vec::new();
    if behind.redeem(&used).await.is_ok() {
        revived.push("a code that was redeemed".to_owned());
    }
    if behind.refresh(&ended.refresh).await.is_ok() {
        revived.push("a refresh token that was revoked".to_owned());
    }
    if behind.is_active(&ended.access).await.is_ok_and(|active| active) {
        revived.push("an access token that was revoked".to_owned());
    }
    shift(wrong, 0).await?;
    match right.refresh(&lives.refresh).await {
        Ok(_) => {}
        Err(Trouble::Later) => revived.push("503 afterwards".to_owned()),
        Err(trouble) => revived.push(format!("a grant was lost: {trouble}")),
    }
    Ok(revived)
}

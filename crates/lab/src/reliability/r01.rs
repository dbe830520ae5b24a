//! one code, presented a thousand times at once to two nodes.
//!
//! Of each such storm one request wins and all others hear `invalid_grant`; the winner's tokens live, because whoever
//! sends a request twice by accident does so at once. Three seconds later it is no accident: the grant ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::oracle::{self, Evidence};
use super::party::{Party, Tokens, Trouble, people};
use super::report::{Report, percentile};
use super::run::Run;
use crate::Outcome;

/// A replay that comes later than this is theft.
const ACCIDENT: Duration = Duration::from_secs(3);
/// How long ended tokens may be called active.
const HEARD: Duration = Duration::from_secs(1);

/// What one storm gave.
#[derive(Default)]
struct Storm {
    won: Vec<Tokens>,
    refused: usize,
    other: Vec<String>,
}

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-01 one code, many redemptions");
    let (requests, repeats) = (run.scaled(1_000, 40), run.scaled(200, 4));
    let plan = Plan::of(2);
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut person = people(run.world, 1).await?.remove(0);
    let (mut wrong, mut late) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        let code = party.authorize(&mut person).await?;
        let begun = Instant::now();
        let storm = all_at_once(&party, &code, requests).await?;
        if storm.won.len() != 1 || storm.refused != requests - 1 {
            let (won, refused) = (storm.won.len(), storm.refused);
            wrong.push(format!("{won} × 200, {refused} × invalid_grant, others: {:?}", storm.other));
        }
        for tokens in &storm.won {
            if begun.elapsed() < Duration::from_secs(2) && !party.is_active(&tokens.access).await? {
                wrong.push("the winner's token was inactive although nobody came late".to_owned());
            }
        }
        late.extend(storm.won.into_iter().map(|tokens| (begun, code.clone(), tokens)));
    }
    report.told("storms × requests", format!("{repeats} × {requests}"));
    report.none("storms without exactly one winner, and tokens ended by accident", &wrong);
    report.none("answers with 5xx", &party.history.told(|entry| entry.status() >= 500));
    let times = party.history.times(|entry| entry.what == "redeem");
    report.goal("p99 of a redemption", percentile(&times, 99), Duration::from_secs(2));
    let (ends, slowest) = thefts(&mut party, late).await?;
    report.none("late replays that did not end the grant", &ends);
    report.never_longer("from a late replay until its token is inactive at both nodes", slowest, HEARD);
    let evidence = Evidence { world: run.world, party: &party, actors: &[], logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

async fn all_at_once(party: &Party, code: &str, requests: usize) -> Outcome<Storm> {
    let code: Arc<str> = code.into();
    let mut asking = JoinSet::new();
    for number in 0..requests {
        let (mut party, code) = (party.another(number as u64), Arc::clone(&code));
        asking.spawn(async move { party.redeem(&code).await });
    }
    let mut storm = Storm::default();
    while let Some(asked) = asking.join_next().await {
        match asked? {
            Ok(tokens) => storm.won.push(tokens),
            Err(Trouble::Refused(answer)) if answer.status == 400 && answer.error() == "invalid_grant" => {
                storm.refused += 1;
            }
            Err(trouble) => storm.other.push(trouble.to_string()),
        }
    }
    Ok(storm)
}

/// Presents each code once more, late; what went on in its name, and how long that took at most.
async fn thefts(party: &mut Party, late: Vec<(Instant, String, Tokens)>) -> Outcome<(Vec<String>, Duration)> {
    let (mut wrong, mut slowest) = (Vec::new(), Duration::ZERO);
    for (begun, code, tokens) in late {
        sleep(ACCIDENT.saturating_sub(begun.elapsed())).await;
        if let Ok(tokens) = party.redeem(&code).await {
            wrong.push(format!("a replay gave {}", tokens.access.len()));
        }
        let replayed = Instant::now();
        for node in 0..party.doors.len() {
            let mut one = party.at(node);
            while one.is_active(&tokens.access).await? {
                if replayed.elapsed() > HEARD * 3 {
                    wrong.push(format!("the token is active at node {node}"));
                    break;
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
        slowest = slowest.max(replayed.elapsed());
        match party.refresh(&tokens.refresh).await {
            Err(Trouble::Refused(answer)) if answer.error() == "invalid_grant" => {}
            Err(trouble) => wrong.push(format!("the refresh token hears {trouble}")),
            Ok(_) => wrong.push("the refresh token gives tokens".to_owned()),
        }
    }
    Ok((wrong, slowest))
}

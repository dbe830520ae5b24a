//! one refresh token, presented by five hundred at once; and thousands of clients that wake together.
//!
//! Within the grace window all of them get the same successor, and the grant moves by one generation. Without a grace
//! window one wins and the others hear `invalid_grant`. A herd of clients, each with its own token, is served.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::actor::{Actor, Family};
use super::cluster::{Cluster, Plan};
use super::oracle::{self, Evidence};
use super::party::{Asked, Party, Tokens, Trouble, people};
use super::report::{Report, percentile};
use super::run::Run;
use crate::Outcome;

/// People that the herd's grants are of.
const PEOPLE: usize = 8;

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-17 refresh storms");
    let storm = run.scaled(500, 40);
    let strict = Plan { more: "[tokens]\nrefresh_grace_seconds = 0\n", ..Plan::of(2) };
    let cluster = Cluster::start(&run.program, run.world, strict).await?;
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut person = people(run.world, 1).await?.remove(0);
    let code = party.authorize(&mut person).await?;
    let first = party.redeem(&code).await?;
    let outcome = sort(all_at_once(&party, &vec![first.refresh; storm]).await?);
    report.exactly(format!("without grace: winners of {storm}"), outcome.won.len(), 1);
    report.exactly("without grace: refused with invalid_grant", outcome.refused, storm - 1);
    report.none("without grace: anything else", &outcome.other);
    drop(cluster);

    let plan = Plan { more: "", ..strict };
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    party.doors = cluster.doors();
    let code = party.authorize(&mut person).await?;
    let first = party.redeem(&code).await?;
    let outcome = sort(all_at_once(&party, &vec![first.refresh.clone(); storm]).await?);
    let successors: HashSet<&str> = outcome.won.iter().map(|tokens| tokens.refresh.as_str()).collect();
    report.exactly(format!("with grace: answered with tokens, of {storm}"), outcome.won.len(), storm);
    report.none("with grace: anything else", &outcome.other);
    report.exactly("with grace: different successors", successors.len(), 1);
    let moved = Family::new(first).zip(outcome.won.into_iter().next().and_then(Family::new));
    let steps = moved.map_or(0, |(before, after)| after.generation - before.generation);
    report.exactly("with grace: generations moved", usize::try_from(steps)?, 1);

    let actors = herd(run, &party, &mut report).await?;
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

/// Thousands wake.
async fn herd(run: &Run<'_>, party: &Party, report: &mut Report) -> Outcome<Vec<Actor>> {
    let count = run.scaled(5_000, 80);
    let mut preparing = JoinSet::new();
    for (number, mut person) in (0_u64..).zip(people(run.world, PEOPLE).await?) {
        let mut party = party.another(number);
        preparing.spawn(async move {
            let mut families = Vec::new();
            while families.len() < count / PEOPLE {
                let code = party.authorize(&mut person).await?;
                families.extend(Family::new(party.redeem(&code).await?));
            }
            let mut actor = Actor::new(person, party);
            actor.families = families;
            Ok::<_, Trouble>(actor)
        });
    }
    let mut actors = Vec::new();
    while let Some(actor) = preparing.join_next().await {
        actors.push(actor??);
    }
    let tokens: Vec<String> =
        actors.iter().flat_map(|actor| &actor.families).map(|family| family.tokens.refresh.clone()).collect();
    let before = party.history.noted().entries.len();
    let begun = Instant::now();
    let outcome = sort(all_at_once(party, &tokens).await?);
    report.goal(format!("herd: {} clients served", tokens.len()), begun.elapsed(), Duration::from_secs(20));
    report.exactly("herd: refused with invalid_grant", outcome.refused, 0);
    let times: Vec<Duration> =
        party.history.noted().entries[before..].iter().map(|entry| entry.took).collect();
    report.told(
        "herd: p50, p99 in ms",
        format!("{}, {}", percentile(&times, 50).as_millis(), percentile(&times, 99).as_millis()),
    );
    // Those that were told "later" come again, as clients do.
    let busy = outcome.other.iter().filter(|other| other.as_str() == "503").count();
    report.told("herd: told to come again", busy);
    let odd: Vec<String> = outcome.other.into_iter().filter(|other| other != "503").collect();
    report.none("herd: anything else", &odd);
    Ok(actors)
}

/// What many requests gave.
#[derive(Default)]
struct Outcomes {
    won: Vec<Tokens>,
    refused: usize,
    other: Vec<String>,
}

fn sort(asked: Vec<Asked<Tokens>>) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for one in asked {
        match one {
            Ok(tokens) => outcomes.won.push(tokens),
            Err(Trouble::Refused(answer)) if answer.status == 400 && answer.error() == "invalid_grant" => {
                outcomes.refused += 1;
            }
            Err(trouble) => outcomes.other.push(trouble.to_string()),
        }
    }
    outcomes
}

async fn all_at_once(party: &Party, tokens: &[String]) -> Outcome<Vec<Asked<Tokens>>> {
    let mut asking = JoinSet::new();
    for (number, token) in (0_u64..).zip(tokens) {
        let (mut party, token) = (party.another(number), token.clone());
        asking.spawn(async move { party.refresh(&token).await });
    }
    let mut asked = Vec::new();
    while let Some(one) = asking.join_next().await {
        asked.push(one?);
    }
    Ok(asked)
}

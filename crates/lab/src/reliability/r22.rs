//! what is ended at one node is not active at another.
//!
//! Token, grant, session, account and client are ended at node 0 while node 1 is asked about their tokens without a
//! pause. There is no bus between nodes: the published bound is how long what a token stands on is believed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatewright_oauth::refresh::RefreshToken;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Asked, Party, Person, Program, Tokens, operate, people};
use super::report::{Report, percentile};
use super::run::Run;
use crate::Outcome;
use crate::seeds::{AGENT, CALLBACK};

/// How long an ended token may be called active, and a moment: times are those of whoever asks, on a machine that does
/// everything at once.
const BOUND: Duration = Duration::from_millis(1_250);
/// People whose access ends, at the same time.
const PEOPLE: usize = 6;

/// What is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    AccessToken,
    RefreshToken,
    Grant,
    Session,
    Consent,
    Account,
}

const ENDS: [End; 6] =
    [End::AccessToken, End::RefreshToken, End::Grant, End::Session, End::Consent, End::Account];

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-22 how soon an end is known");
    let trials = run.scaled(10_000, 36);
    let plan = Plan::of(2);
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let load = Load::begin(run, &party, 2).await?;
    let bound = bound_to_sessions(run).await?;
    let mut trying = JoinSet::new();
    for (number, mut person) in (0x22_u64..).zip(people(run.world, PEOPLE).await?) {
        let (mut party, bound) = (party.another(number), bound.clone());
        trying.spawn(async move {
            let mut found = Vec::new();
            for turn in 0..trials.div_ceil(PEOPLE) {
                let end = ENDS[turn % ENDS.len()];
                party.client = if end == End::Session { bound.clone() } else { Program::agent() };
                found.push((end, trial(&mut party, &mut person, end).await?));
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(found)
        });
    }
    let mut found = Vec::new();
    while let Some(one) = trying.join_next().await {
        found.extend(one??);
    }
    for end in ENDS {
        let times: Vec<Duration> = found.iter().filter(|(of, _)| *of == end).map(|(_, time)| *time).collect();
        report.never_longer(format!("{end:?}: {} trials, p100", times.len()), percentile(&times, 100), BOUND);
    }
    let actors = load.end().await?;
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    // Last, because it ends everybody's.
    report.never_longer("Client: disabled, p100 of 20", client(run, &mut party).await?, BOUND);
    Ok(report)
}

/// A client whose grants end with the session; those of agents outlive it.
async fn bound_to_sessions(run: &Run<'_>) -> Outcome<Program> {
    let metadata = json!({ "client_name": "Website", "redirect_uris": [CALLBACK],
                           "grant_types": ["authorization_code", "refresh_token"],
                           "token_endpoint_auth_method": "client_secret_post" });
    let body = json!({ "metadata": metadata, "profile": "oidc_compat" });
    let made = operate(run.world, ("POST", "/clients"), Some(&body)).await?;
    let text = |name: &str| made[name].as_str().map(Arc::from);
    Ok(Program { id: text("client_id").ok_or("a client without an id")?, secret: text("client_secret") })
}

/// Ends something at node 0; after how long node 1 knows.
async fn trial(party: &mut Party, person: &mut Person, end: End) -> Outcome<Duration> {
    let code = party.authorize(person).await?;
    let tokens = party.redeem(&code).await?;
    let (mut here, mut there) = (party.at(0), party.at(1));
    if !there.is_active(&tokens.access).await? {
        return Err("a live token was inactive".into());
    }
    let (access, ending) = (tokens.access.clone(), tokens);
    let watching = tokio::spawn(async move { inactive(&mut there, &access).await });
    sleep(Duration::from_millis(20)).await;
    perform(&mut here, person, (end, &ending)).await?;
    let ended = Instant::now();
    let last_active = watching.await??;
    if end == End::Account {
        here.admin(("POST", &format!("/users/{}/enable", person.id)), None).await?;
    }
    Ok(last_active.saturating_duration_since(ended))
}

async fn perform(here: &mut Party, person: &Person, (end, tokens): (End, &Tokens)) -> Asked<()> {
    match end {
        End::AccessToken => here.revoke(&tokens.access).await,
        End::RefreshToken => here.revoke(&tokens.refresh).await,
        End::Grant => {
            let grant = RefreshToken::parse(&tokens.refresh).map(|token| token.grant()).unwrap_or_default();
            here.admin(("DELETE", &format!("/grants/{grant}")), None).await.map(drop)
        }
        End::Session => {
            here.admin(("POST", &format!("/users/{}/end-sessions", person.id)), None).await.map(drop)
        }
        End::Consent => here.withdraw(person).await,
        End::Account => here.admin(("POST", &format!("/users/{}/disable", person.id)), None).await.map(drop),
    }
}

/// Disables the client of many live tokens at node 0; after how long node 1 calls none of them active.
async fn client(run: &Run<'_>, party: &mut Party) -> Outcome<Duration> {
    let mut person = people(run.world, 1).await?.remove(0);
    let mut watching = JoinSet::new();
    for _ in 0..20 {
        let code = party.authorize(&mut person).await?;
        let tokens = party.redeem(&code).await?;
        let mut there = party.at(1);
        watching.spawn(async move { inactive(&mut there, &tokens.access).await });
    }
    let mut here = party.at(0);
    here.admin(("POST", &format!("/clients/{AGENT}/block")), None).await?;
    let ended = Instant::now();
    let mut slowest = Duration::ZERO;
    while let Some(last) = watching.join_next().await {
        slowest = slowest.max(last??.saturating_duration_since(ended));
    }
    here.admin(("POST", &format!("/clients/{AGENT}/unblock")), None).await?;
    Ok(slowest)
}

/// Asks until it is inactive; when it was asked for the last time that it was called active.
async fn inactive(there: &mut Party, access: &str) -> Asked<Instant> {
    let begun = Instant::now();
    let mut last = begun;
    loop {
        let asked = Instant::now();
        if !there.is_active(access).await? || begun.elapsed() > BOUND * 5 {
            return Ok(last);
        }
        last = asked;
        sleep(Duration::from_millis(5)).await;
    }
}

//! signing keys rotate while tokens are issued and verified.
//!
//! 1. Resource servers keep the key set for as long as this test says caches do, and look once more, at most, when they
//!    meet a key they do not know. Each reads another node than the one that rotates.
//! 2. A rotation is published, waits until every cache has seen it, and then signs. Not one token is refused.
//! 3. In an emergency the key that signs is revoked: it is gone everywhere at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatewright_jose::{Expect, Expired, JwkSet, KeySet, verify};
use gatewright_oauth::claims::{ACCESS_TOKEN, AccessClaims};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::http::{Door, Request};
use super::oracle::{self, Evidence};
use super::party::Party;
use super::report::Report;
use super::run::Run;
use crate::Outcome;
use crate::world::World;

/// How long caches keep the key set in this test.
const MAX_AGE: Duration = Duration::from_secs(2);
/// How soon every node knows of a new key by itself, and a moment.
const KNOWN: Duration = Duration::from_secs(2);
/// Resource servers.
const VERIFIERS: usize = 4;
/// A revoked key is gone within: nodes look every second.
const GONE: Duration = Duration::from_secs(1);
/// And a moment for looking.
const GONE_AND_A_MOMENT: Duration = Duration::from_millis(1_500);

/// A resource server and what it saw.
struct Verifier {
    door: Arc<Door>,
    issuer: String,
    keys: KeySet,
    fetched: Option<Instant>,
    early: usize,
    verified: usize,
    refused: Vec<String>,
}

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-09 signing keys rotate");
    let rotations = run.scaled(24, 2);
    let plan = Plan::of(2);
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let (goes_on, until) = watch::channel(());
    let verifiers: Vec<JoinHandle<Outcome<Verifier>>> = (0..VERIFIERS)
        .map(|number| {
            // Tokens come from one node, keys from the other.
            let door = Arc::clone(&cluster.nodes[number % 2].door);
            let party = party.at((number + 1) % 2);
            tokio::spawn(Verifier::new(door, run.world).watch(party, until.clone()))
        })
        .collect();
    for _ in 0..rotations {
        sleep(Duration::from_millis(500)).await;
        let next = party.at(0).admin(("POST", "/keys/rotate"), Some(&json!({ "alg": "ES256" }))).await?;
        sleep(KNOWN + MAX_AGE).await;
        let kid = next["kid"].as_str().ok_or("a key without an id")?;
        party.at(0).admin(("POST", &format!("/keys/{kid}/activate")), None).await?;
    }
    sleep(KNOWN).await;
    drop(goes_on);
    let (mut verified, mut early, mut refused) = (0, 0, Vec::new());
    for verifier in verifiers {
        let verifier = verifier.await??;
        verified += verifier.verified;
        early = early.max(verifier.early);
        refused.extend(verifier.refused);
    }
    report.told("rotations, verifiers, tokens verified", format!("{rotations}, {VERIFIERS}, {verified}"));
    report.none("tokens that a verifier refused", &refused);
    report.goal_of("looks before the time at one verifier", early as u64, rotations as u64);
    let gone = emergency(&mut party).await?;
    report.goal("from the revocation of a key until it is published nowhere", gone, GONE);
    report.never_longer("the same, with a moment for looking", gone, GONE_AND_A_MOMENT);
    report.none("answers with 5xx", &party.history.told(|entry| entry.status() >= 500));
    let evidence = Evidence { world: run.world, party: &party, actors: &[], logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

impl Verifier {
    fn new(door: Arc<Door>, world: &World) -> Verifier {
        let issuer = format!("http://{}", world.host);
        let keys = KeySet::default();
        Verifier { door, issuer, keys, fetched: None, early: 0, verified: 0, refused: Vec::new() }
    }

    /// Takes a token and verifies it, again and again.
    async fn watch(mut self, mut party: Party, until: watch::Receiver<()>) -> Outcome<Verifier> {
        while until.has_changed().is_ok() {
            let token = party.program().await?;
            if self.fetched.is_none_or(|at| at.elapsed() > MAX_AGE) {
                self.fetch().await?;
            }
            if self.check(&token).is_err() {
                self.early += 1;
                self.fetch().await?;
            }
            match self.check(&token) {
                Ok(()) => self.verified += 1,
                Err(refusal) => self.refused.push(refusal),
            }
            sleep(Duration::from_millis(30)).await;
        }
        Ok(self)
    }

    async fn fetch(&mut self) -> Outcome<()> {
        let answer =
            self.door.send(&Request::get("/jwks")).await.map_err(|lost| format!("no keys: {lost:?}"))?;
        self.keys = KeySet::from_jwks(&JwkSet::parse(&answer.body)?);
        self.fetched = Some(Instant::now());
        Ok(())
    }

    fn check(&self, token: &str) -> Result<(), String> {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs().cast_signed();
        let expect = Expect {
            typ: &[ACCESS_TOKEN],
            issuer: &self.issuer,
            audience: None,
            now,
            leeway: 30,
            expired_ok: Expired::Refuse,
        };
        let verified = verify::<AccessClaims>(&self.keys, token, &expect);
        verified.map(drop).map_err(|error| error.to_string())
    }
}

/// Revokes the key that signs; after how long no node publishes it.
async fn emergency(party: &mut Party) -> Outcome<Duration> {
    let keys = party.admin(("GET", "/keys"), None).await?;
    let signs = keys["items"].as_array().into_iter().flatten();
    let mut signs = signs.filter(|key| key["state"] == "active" && key["alg"] == "ES256");
    let kid = signs.next().and_then(|key| key["kid"].as_str()).ok_or("no key signs")?.to_owned();
    party.at(0).admin(("DELETE", &format!("/keys/{kid}")), None).await?;
    let begun = Instant::now();
    for node in 0..party.doors.len() {
        let mut one = party.at(node);
        while published(&mut one).await?.contains(&kid) {
            sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(begun.elapsed())
}

async fn published(party: &mut Party) -> Outcome<String> {
    let answer = party.send("jwks", &Request::get("/jwks")).await;
    Ok(answer.map_err(|lost| format!("no keys: {lost:?}"))?.text())
}

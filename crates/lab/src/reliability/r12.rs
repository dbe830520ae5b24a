//! the receiver of webhooks is broken, slow, forgetful, and well again, while events go on.
//!
//! Nothing is lost, messages about one subject arrive in the order of the log, a receiver that is away is not asked more
//! and more, and those who ask for tokens notice nothing.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::history::Entry;
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Party, operate};
use super::report::{Report, percentile};
use super::run::Run;
use super::sink::{LOOPBACK, Mood, Sink};
use crate::Outcome;
use crate::world::World;

/// How long a catch-up may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-12 a receiver of webhooks in all moods");
    let plan = Plan { more: LOOPBACK, ..Plan::of(2) };
    let cluster = Cluster::start(&run.program, run.world, plan).await?;
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let sink = Sink::listen().await?;
    let webhook =
        json!({ "name": "lab", "url": sink.url(), "kinds": ["grant.*", "consent.*", "code.*", "token.*"] });
    operate(run.world, ("POST", "/webhooks"), Some(&webhook)).await?;
    let load = Load::begin(run, &party, 12).await?;
    let length = Duration::from_secs(run.scaled(60, 6) as u64);
    let moods = [
        ("well", Mood::Well),
        ("takes 2 s", Mood::Slow(Duration::from_secs(2))),
        ("takes it and says it did not", Mood::Forgetful),
        // Last: the sender then lets it rest.
        ("answers 500", Mood::Broken),
    ];
    let mut usual = None;
    for (name, mood) in moods {
        let (begun, before) = (Instant::now(), sink.messages());
        sink.set(mood);
        sleep(length).await;
        let times = party.history.times(|entry| entry.at >= begun && entry.what == "refresh");
        let p99 = percentile(&times, 99);
        report.told(
            format!("{name}: tries, p50 and p99 of a refresh in ms"),
            format!(
                "{}, {}, {}",
                sink.messages() - before,
                percentile(&times, 50).as_millis(),
                p99.as_millis()
            ),
        );
        let usual = *usual.get_or_insert(p99);
        report.goal(format!("{name}: p99 of a refresh"), p99, usual * 2);
    }
    let actors = load.end().await?;
    sink.set(Mood::Well);
    let begun = Instant::now();
    let missing = sink.missing(run.world, PATIENCE).await?;
    report.told("well again: caught up after", format!("{:.1} s", begun.elapsed().as_secs_f64()));
    report.none(format!("I5: events that did not reach their receiver, of {}", sink.count()), &missing);
    report.none("messages out of order", &out_of_order(run.world, &sink).await?);
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

/// Of one subject, the later before the earlier.
async fn out_of_order(world: &World, sink: &Sink) -> Outcome<Vec<String>> {
    let mut connection = world.superuser().await?;
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT d.event_id::TEXT, d.subject, d.seq FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id
         WHERE w.url = $1",
    )
    .bind(sink.url())
    .fetch_all(&mut connection)
    .await?;
    let places: HashMap<String, (String, i64)> =
        rows.into_iter().map(|(id, subject, seq)| (id, (subject, seq))).collect();
    let (mut last, mut wrong) = (HashMap::new(), Vec::new());
    for id in sink.taken() {
        let Some((subject, seq)) = places.get(&id) else { continue };
        let before = last.insert(subject, *seq).unwrap_or(-1);
        if before > *seq {
            wrong.push(format!("{seq} after {before} about {subject}"));
        }
    }
    Ok(wrong)
}

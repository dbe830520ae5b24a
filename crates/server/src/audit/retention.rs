//! Step 4: events go when they are older than they are kept.
//!
//! 1. Their leaves stay, so the tree and its checkpoints verify as before. What may be missing is the events of the
//!    first so many leaves.
//! 2. How many is written down before the first of them is removed, in an event of its own (`events.pruned`), with a proof
//!    made by a key that is not in the database: who can write there can remove events, and cannot have it look like
//!    policy.
//! 3. Only what is what was sealed is removed. Where an event is missing or changed the removal stops: it is evidence, and
//!    its time may be a lie.
//! 4. What an endpoint of webhooks has not had yet waits.

use std::collections::HashMap;

use chrono::Duration;
use gatewright_jose::base64url;
use gatewright_oauth::Time;
use gatewright_oauth::seal::Purpose;
use gatewright_store::event_log::{self, Leaf};
use gatewright_store::events::{self, Event, Subject};
use gatewright_store::leases::{self, Lease};
use gatewright_store::{EventKind, Write, webhooks};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::canonical;
use crate::app::{App, Moment};
use crate::data_keys::Use;
use crate::error::{Fault, Outcome};
use crate::sweep::PACE;

/// At most one turn in so long, of all replicas together.
const EVERY: Duration = Duration::minutes(55);
/// How long one turn may take; what is left waits for the next one.
const TURN: std::time::Duration = std::time::Duration::from_mins(1);
/// Leaves of one look at the database.
const PAGE: u32 = 500;
/// Events that are removed at once.
const BATCH: u32 = 100;
/// Notes of earlier turns that are looked at.
const NOTES: u32 = 1_000;
/// What the proof belongs to.
const PLACE: &[u8] = b"events.pruned";

/// Up to where events were removed by policy.
#[derive(Debug, Default)]
pub struct Horizon {
    /// Of the first so many leaves.
    pub leaves: u64,
    /// From before this time.
    pub before: Option<Time>,
    /// Events that say so and were not written by this server.
    pub forged: Vec<Uuid>,
}

/// What was written down last, as far as it proves itself.
pub async fn horizon(app: &App) -> Outcome<Horizon> {
    let mut horizon = Horizon::default();
    for event in event_log::pruned(&app.store, NOTES).await? {
        match proven(app, &event) {
            Some((leaves, before)) if leaves > horizon.leaves => {
                (horizon.leaves, horizon.before) = (leaves, Some(before));
            }
            Some(_) => {}
            None => horizon.forged.push(event.id),
        }
    }
    Ok(horizon)
}

/// What a note says, if this server wrote it.
fn proven(app: &App, event: &Event) -> Option<(u64, Time)> {
    let leaves = event.detail["leaves"].as_u64()?;
    let before: Time = event.detail["before"].as_str()?.parse().ok()?;
    let proof = base64url::decode(event.detail["proof"].as_str()?).ok()?;
    let said = app.data_keys.unseal((Use::Admin, Purpose::Pruned), PLACE, &proof)?;
    (*said == words(leaves, before)).then_some((leaves, before))
}

fn words(leaves: u64, before: Time) -> Vec<u8> {
    format!("{leaves} {}", before.timestamp_micros()).into_bytes()
}

/// One turn of the job.
pub async fn turn(app: App) -> Outcome<()> {
    let days = app.config.events.keep_days;
    if days == 0 {
        return Ok(());
    }
    let moment = app.system_moment();
    let lease = Lease { name: "audit.retention", holder: app.id(moment.now), until: moment.now + EVERY };
    match leases::acquire(&app.store, &lease, moment.now).await? {
        Write::Applied(()) => {}
        Write::Lost => return Ok(()),
    }
    remove(&app, &moment, moment.now - Duration::days(i64::from(days))).await
}

/// Removes what is from before `before`, for as long as a turn may take.
pub async fn remove(app: &App, moment: &Moment, before: Time) -> Outcome<()> {
    let begun = Instant::now();
    let mut horizon = horizon(app).await?;
    let leaves = fitting(app, (horizon.leaves, before), begun).await?;
    if leaves > horizon.leaves {
        note(app, moment, (leaves, before)).await?;
        (horizon.leaves, horizon.before) = (leaves, Some(before));
    }
    let Some(before) = horizon.before else { return Ok(()) };
    while begun.elapsed() < TURN {
        let batch = Instant::now();
        if event_log::prune(&app.store, (before, horizon.leaves), BATCH).await? < u64::from(BATCH) {
            break;
        }
        tokio::time::sleep(batch.elapsed() * PACE.rest).await;
    }
    Ok(())
}

/// Steps 3 and 4: the events of how many leaves may go, given how many could before.
async fn fitting(app: &App, (mut leaves, before): (u64, Time), begun: Instant) -> Outcome<u64> {
    let needed = webhooks::first_needed(&app.store).await?.unwrap_or(u64::MAX);
    while begun.elapsed() < TURN / 2 {
        let page = event_log::leaves(&app.store, leaves, PAGE).await?;
        let ids: Vec<Uuid> = page.iter().map(|leaf| leaf.event).collect();
        let events = events::by_ids(&app.store, &ids).await?;
        let events: HashMap<Uuid, Event> = events.into_iter().map(|event| (event.id, event)).collect();
        for leaf in &page {
            if leaf.seq != leaves || !is_sealed(leaf, events.get(&leaf.event)) {
                tracing::error!(
                    number = leaves,
                    "the log of events is not what was sealed, and nothing from there on is removed: \
                     gatewright audit verify"
                );
                return Ok(leaves);
            }
            let is_old = events.get(&leaf.event).is_some_and(|event| event.at < before);
            if !is_old || leaf.seq >= needed {
                return Ok(leaves);
            }
            leaves += 1;
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    Ok(leaves)
}

fn is_sealed(leaf: &Leaf, event: Option<&Event>) -> bool {
    event.is_some_and(|event| canonical::leaf(event).ok() == Some(leaf.hash))
}

/// Step 2.
async fn note(app: &App, moment: &Moment, (leaves, before): (u64, Time)) -> Outcome<()> {
    let purpose = (Use::Admin, Purpose::Pruned);
    // The database keeps microseconds; the proof is of what is read back.
    let proof = app.data_keys.seal_bytes(app.entropy.as_ref(), purpose, PLACE, &words(leaves, before));
    let before = before.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let detail = json!({ "leaves": leaves, "before": before, "proof": base64url::encode(proof) });
    let about = (Subject::default(), detail);
    match events::insert(&app.store, EventKind::EventsPruned, about, moment.trace(app)).await? {
        Write::Applied(()) => Ok(()),
        Write::Lost => Err(Fault::internal("an event's id was not fresh").into()),
    }
}

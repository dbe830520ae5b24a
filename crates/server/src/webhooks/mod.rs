//! Webhooks: what happened, delivered to whoever an operator names (Standard Webhooks 1.0).
//!
//! 1. The sealed log of events is the outbox: an event that committed has a place there within a second, and each
//!    webhook has a cursor over it. Nothing is written for webhooks by the change itself, and none can be forgotten.
//! 2. [`look`] looks every second which webhooks have something to do, and lets each be worked on by itself
//!    ([`turn`]), under its lease: one replica at a time.
//! 3. A turn plans deliveries of what its webhook listens to, then sends what is due (`send`): at least once, and of
//!    one [`subject`] in order, one after the other. Different subjects go side by side.
//! 4. A message is signed anew at every attempt ([`message`]), with both secrets while one replaces the other. The
//!    address is looked at whenever a connection is made ([`crate::fetch`], WH-01).
//! 5. What fails is tried again, ever more rarely, for [`TRIED_FOR`]; then it is a dead letter, which stays until
//!    somebody has it sent again. A receiver that fails again and again is left alone but for one try a minute.
//!
//! No capability of its own: it has no routes. Operators make webhooks with the admin API.

pub mod checkpoints;
pub mod message;
mod send;
pub mod turn;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gatewright_store::events::Event;
use gatewright_store::{EventKind, deliveries, webhooks};
use serde_json::Value;
use tokio::task::{self, JoinSet};
use uuid::Uuid;

use crate::app::App;
use crate::error::Outcome;

/// For how long a delivery is tried.
pub const TRIED_FOR: chrono::Duration = chrono::Duration::hours(72);
/// The kind of a message that is sent to try a webhook.
pub const TEST: &str = "webhook.test";
/// The kind of a message with the newest checkpoint.
pub const CHECKPOINT: &str = "audit.checkpoint";
/// Every kind of event.
const EVERYTHING: &str = "*";
/// Bytes of an answer that are kept.
const MOST_KEPT: usize = 1_024;
/// What secrets of ours look like.
const SECRETS: [&str; 3] = ["gw_", message::PREFIX, "eyJ"];

/// Who is at work for which webhook, in this process.
#[derive(Default)]
pub struct Couriers(Mutex<AtWork>);

#[derive(Default)]
struct AtWork {
    running: JoinSet<()>,
    webhooks: HashMap<task::Id, Uuid>,
}

impl AtWork {
    /// Whoever is done, or broke off, can be worked for again.
    fn tidy(&mut self) {
        while let Some(done) = self.running.try_join_next_with_id() {
            let id = match done {
                Ok((id, ())) => id,
                Err(error) => {
                    tracing::error!(%error, "the work for a webhook broke off");
                    error.id()
                }
            };
            self.webhooks.remove(&id);
        }
    }
}

/// Step 2, one turn of the job.
pub async fn look(app: App) -> Outcome<()> {
    let busy = webhooks::busy(&app.store, app.clock.now()).await?;
    let mut at_work = app.couriers.0.lock().unwrap_or_else(PoisonError::into_inner);
    at_work.tidy();
    for id in busy {
        if at_work.webhooks.values().any(|other| *other == id) {
            continue;
        }
        let app = app.clone();
        let begun = at_work.running.spawn(async move {
            if let Err(stop) = turn::turn(&app, id).await {
                app.meters.job_failures.count(["webhooks", ""]);
                tracing::warn!(webhook = %id, ?stop, "deliveries were interrupted");
            }
        });
        at_work.webhooks.insert(begun.id(), id);
    }
    Ok(())
}

/// Looks how much waits, for those who watch.
pub async fn count(app: App) -> Outcome<()> {
    let backlogs = deliveries::backlogs(&app.store).await?;
    app.meters.outbox.saw(backlogs.iter().map(|(_, backlog)| backlog));
    Ok(())
}

/// What an event is about, for its order: the account, else the client, the resource, the grant, the API key or
/// whatever else it names; else things of its kind.
pub fn subject(event: &Event) -> String {
    let about = &event.subject;
    if let Some(user) = about.user {
        return format!("user:{user}");
    }
    if let Some(client) = &about.client {
        return format!("client:{client}");
    }
    if let Some(resource) = about.resource {
        return format!("resource:{resource}");
    }
    if let Some(grant) = about.grant {
        return format!("grant:{grant}");
    }
    let noun = noun(event.kind.as_str());
    // What has no column of its own is named in the particulars.
    match event.detail.get(noun).and_then(Value::as_str) {
        Some(id) => format!("{noun}:{id}"),
        None => noun.to_owned(),
    }
}

/// What a kind is a kind of: `client` of `client.created`.
fn noun(kind: &str) -> &str {
    kind.split('.').next().unwrap_or(kind)
}

/// Whether a webhook that listens to this hears of events of that kind.
pub fn hears(listens_to: &str, kind: &str) -> bool {
    let is_of = |noun_asked: &str| noun(kind) == noun_asked;
    listens_to == kind
        || (listens_to == EVERYTHING && kind != CHECKPOINT)
        || listens_to.strip_suffix(".*").is_some_and(is_of)
}

/// Whether this can be listened to: a kind, all of a noun (`client.*`), everything (`*`), or checkpoints.
pub fn is_known(listens_to: &str) -> bool {
    listens_to == EVERYTHING
        || listens_to == CHECKPOINT
        || EventKind::ALL.iter().any(|kind| hears(listens_to, kind.as_str()))
}

/// What a receiver said, as far as it may be kept: its beginning, without control characters and without anything
/// that looks like a secret of ours.
fn redacted(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MOST_KEPT)]);
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-+/=.".contains(c);
    let words = clean.split_inclusive(|c: char| !is_part(c)).map(|piece| {
        let word = piece.trim_end_matches(|c: char| !is_part(c));
        let is_secret = SECRETS.iter().any(|secret| word.contains(secret));
        if is_secret { piece.replacen(word, "(redacted)", 1) } else { piece.to_owned() }
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_without_secrets() {
        assert_eq!(redacted(b"{\"ok\":true}\r\n\x1b[31m"), "{\"ok\":true}   [31m");
        assert_eq!(redacted(b"got <b>gw_rt_abc-DEF_1</b>, thanks"), "got <b>(redacted)</b>, thanks");
        assert_eq!(redacted(&[b'a'; 5_000]).len(), MOST_KEPT);
    }

    #[test]
    fn a_webhook_hears_what_it_listens_to() {
        for (listens_to, kind, does) in [
            ("client.created", "client.created", true),
            ("client.created", "client.deleted", false),
            ("client.*", "client.deleted", true),
            ("client.*", "clients.swept", false),
            ("*", "clients.swept", true),
            ("*", CHECKPOINT, false),
            (CHECKPOINT, CHECKPOINT, true),
        ] {
            assert_eq!(hears(listens_to, kind), does, "{listens_to} {kind}");
        }
        for (listens_to, is) in [
            ("*", true),
            ("client.*", true),
            ("client.created", true),
            (CHECKPOINT, true),
            ("client", false),
            ("client.exploded", false),
            ("*.*", false),
            ("", false),
        ] {
            assert_eq!(is_known(listens_to), is, "{listens_to}");
        }
    }
}

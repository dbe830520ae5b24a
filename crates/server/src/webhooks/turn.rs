//! Work for one webhook: plans what it is to hear, sends what is due, notes how that went.

use chrono::Duration;
use gatewright_oauth::Time;
use gatewright_store::deliveries::{self, Planned};
use gatewright_store::leases::{self, Lease};
use gatewright_store::webhooks::{self, FAILING, Health, Webhook};
use gatewright_store::{EventKind, Write, event_log};
use uuid::Uuid;

use super::send::{self, Sent};
use super::{hears, subject};
use crate::app::{App, Moment};
use crate::error::Outcome;

/// How long a replica that is gone keeps the others from a webhook.
const LEASE: Duration = Duration::seconds(6);
/// How often the lease is renewed while there is work.
const RENEWAL: std::time::Duration = std::time::Duration::from_secs(2);
/// Events looked at in one go.
const LOOKED_AT: u32 = 1_000;
/// Deliveries that wait at most: the others wait in the log.
const MOST_WAITING: u32 = 50_000;
/// Deliveries of a batch.
const BATCH: u32 = 500;
/// How long a failing receiver is left alone at first, and at most: then one delivery tries.
const PAUSES: (i64, i64) = (5, 60);

/// Works until nothing is due, or the lease is somebody else's.
pub async fn turn(app: &App, id: Uuid) -> Outcome<()> {
    let name = format!("webhook.{id}");
    if !hold(app, &name).await? {
        return Ok(());
    }
    let work = async {
        while round(app, id).await? > 0 {}
        Ok(())
    };
    let lease = async {
        loop {
            tokio::time::sleep(RENEWAL).await;
            if !hold(app, &name).await? {
                return Ok(());
            }
        }
    };
    let done = tokio::select! {
        done = work => done,
        lost = lease => lost,
    };
    // Lost: it took so long that somebody else has it.
    let (Write::Applied(()) | Write::Lost) = leases::release(&app.store, &name, app.process).await?;
    done
}

/// Takes or renews the lease of a webhook.
async fn hold(app: &App, name: &str) -> Outcome<bool> {
    let now = app.clock.now();
    let lease = Lease { name, holder: app.process, until: now + LEASE };
    match leases::acquire(&app.store, &lease, now).await? {
        Write::Applied(()) => Ok(true),
        Write::Lost => Ok(false),
    }
}

/// Plans and sends once, and says how many were tried.
async fn round(app: &App, id: Uuid) -> Outcome<usize> {
    let moment = app.system_moment();
    let found = webhooks::by_id(&app.store, id).await?.filter(|webhook| webhook.disabled_at.is_none());
    let Some(webhook) = found else { return Ok(0) };
    if webhook.rest_until.is_some_and(|until| until > moment.now) {
        return Ok(0);
    }
    plan(app, &webhook, moment.now).await?;
    // A receiver that was left alone is tried with one.
    let limit = if webhook.is_failing() { 1 } else { BATCH };
    let due = deliveries::due(&app.store, id, moment.now, limit).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let tried = due.len();
    let sent = send::all(app, &webhook, due).await?;
    note(app, (&moment, &webhook), &sent).await?;
    Ok(tried)
}

/// Makes deliveries of what happened since.
async fn plan(app: &App, webhook: &Webhook, now: Time) -> Outcome<()> {
    let mut from = webhook.cursor;
    while !deliveries::waiting(&app.store, webhook.id, MOST_WAITING).await? {
        let placed = event_log::from(&app.store, from, LOOKED_AT).await?;
        let Some(last) = placed.last() else { break };
        let to = last.seq + 1;
        let events = placed.iter().filter_map(|placed| Some((placed.seq, placed.event.as_ref()?)));
        // What happened before there was a webhook may get its place in the log after.
        let heard = events.filter(|(_, event)| {
            event.at >= webhook.created_at
                && webhook.kinds.iter().any(|listens_to| hears(listens_to, event.kind.as_str()))
        });
        let planned: Vec<Planned> = heard
            .map(|(seq, event)| Planned {
                id: app.id(now),
                event: event.id,
                seq: i64::try_from(seq).unwrap_or(i64::MAX),
                kind: event.kind.as_str().to_owned(),
                subject: subject(event),
            })
            .collect();
        match deliveries::plan(&app.store, webhook.id, (from, to), (&planned, now)).await? {
            Write::Applied(()) => from = to,
            Write::Lost => break,
        }
    }
    Ok(())
}

/// Notes what a batch taught about the receiver.
async fn note(app: &App, (moment, webhook): (&Moment, &Webhook), sent: &Sent) -> Outcome<()> {
    let now = app.clock.now();
    let trace = moment.trace(app);
    if sent.is_gone {
        // Lost: it was disabled meanwhile.
        let (Write::Applied(()) | Write::Lost) = webhooks::disable(&app.store, webhook.id, &trace).await?;
        return Ok(());
    }
    let pause = (sent.failures >= FAILING).then(|| now + app.around(pause(sent.failures)));
    let health = Health { failures: sent.failures, rest_until: pause.max(sent.asked_to_wait) };
    let (was_failing, is_failing) = (webhook.is_failing(), sent.failures >= FAILING);
    let news = match (was_failing, is_failing) {
        (false, true) => Some(EventKind::WebhookFailing),
        (true, false) => Some(EventKind::WebhookRecovered),
        (false, false) | (true, true) => None,
    };
    if was_failing && !is_failing {
        deliveries::release(&app.store, webhook.id, now).await?;
    }
    if health != (Health { failures: webhook.failures, rest_until: webhook.rest_until }) {
        // Lost: it was deleted meanwhile.
        let (Write::Applied(()) | Write::Lost) =
            webhooks::note(&app.store, webhook.id, (health, news), &trace).await?;
    }
    Ok(())
}

/// How long a failing receiver is left alone.
fn pause(failures: u32) -> Duration {
    let (first, most) = PAUSES;
    let doublings = failures.saturating_sub(FAILING).min(10);
    Duration::seconds((first << doublings).min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_receiver_is_tried_once_a_minute_at_last() {
        let pauses: Vec<i64> =
            [10, 11, 12, 13, 14, 15, 1_000_000].map(|failures| pause(failures).num_seconds()).to_vec();
        assert_eq!(pauses, [5, 10, 20, 40, 60, 60, 60]);
    }
}

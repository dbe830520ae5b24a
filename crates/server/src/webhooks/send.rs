//! One batch of deliveries to one receiver.
//!
//! 1. Deliveries of one subject are a chain: the next is sent when the one before has arrived, and none after one that
//!    failed.
//! 2. A few lanes take chain after chain, each over a connection of its own that is kept while it lasts.
//! 3. What became of each attempt is written down as soon as the database takes it, many at once if it is slower than
//!    the receiver: a crash repeats little.
//! 4. When nothing but failures come, the lanes stop.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use bytes::Bytes;
use chrono::{DateTime, Duration};
use futures_util::future::{join, join_all};
use gatewright_oauth::Time;
use gatewright_store::deliveries::{self, Attempted, Delivery, State};
use gatewright_store::events::{self, Event};
use gatewright_store::webhooks::{FAILING, Webhook};
use http::{Request, header};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::message::{self, Signer};
use super::{TRIED_FOR, redacted};
use crate::app::App;
use crate::error::Outcome;
use crate::fetch::{self, FetchError, Fetched, Line};

/// Connections to one receiver.
const LANES: usize = 8;
/// How long a receiver may take for one delivery.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);
/// How long a batch begins new attempts.
const BATCH: std::time::Duration = std::time::Duration::from_secs(20);
/// The most bytes of an answer that are read.
const MOST: usize = 64 * 1024;
/// Attempts written down in one go.
const AT_ONCE: usize = 100;
/// The first pause before another attempt, and the longest, in seconds.
const PAUSES: (i64, i64) = (5, 3_600);
/// The longest that a receiver's `Retry-After` is honoured.
const MOST_RETRY_AFTER: Duration = Duration::hours(1);

/// What a batch taught about the receiver.
pub struct Sent {
    /// How many failed in a row, until the end.
    pub failures: u32,
    /// Until when it asked not to be bothered.
    pub asked_to_wait: Option<Time>,
    /// It said that it is gone (410).
    pub is_gone: bool,
}

struct Batch<'a> {
    app: &'a App,
    webhook: &'a Webhook,
    signer: Signer,
    events: HashMap<Uuid, Event>,
    chains: Mutex<VecDeque<VecDeque<Delivery>>>,
    failures: AtomicU32,
    asked_to_wait: Mutex<Option<Time>>,
    is_gone: AtomicBool,
    until: Instant,
}

/// An attempt, and until when what is behind it has to wait.
struct Done {
    attempted: Attempted,
    hold: Option<(String, Time)>,
}

/// Sends a batch.
pub async fn all(app: &App, webhook: &Webhook, due: Vec<Delivery>) -> Outcome<Sent> {
    let ids: Vec<Uuid> = due.iter().filter(|one| one.body.is_none()).map(|one| one.event).collect();
    let events = events::by_ids(&app.store, &ids).await?.into_iter().map(|event| (event.id, event)).collect();
    let batch = Batch {
        app,
        webhook,
        signer: Signer::of(app, webhook, app.clock.now())?,
        events,
        chains: Mutex::new(chains(due)),
        failures: AtomicU32::new(webhook.failures),
        asked_to_wait: Mutex::default(),
        is_gone: AtomicBool::new(false),
        until: Instant::now() + BATCH,
    };
    let (tell, told) = unbounded_channel();
    let lanes = async {
        join_all((0..LANES).map(|_| batch.lane(&tell))).await;
        drop(tell);
    };
    let ((), written) = join(lanes, write(app, webhook.id, told)).await;
    written?;
    Ok(Sent {
        failures: batch.failures.load(Ordering::Relaxed),
        asked_to_wait: *batch.asked_to_wait.lock().unwrap_or_else(PoisonError::into_inner),
        is_gone: batch.is_gone.load(Ordering::Relaxed),
    })
}

/// Step 1: in the order in which their first ones came.
fn chains(due: Vec<Delivery>) -> VecDeque<VecDeque<Delivery>> {
    let mut chains: VecDeque<VecDeque<Delivery>> = VecDeque::new();
    let mut of_subject: HashMap<String, usize> = HashMap::new();
    for delivery in due {
        let next = chains.len();
        let place = *of_subject.entry(delivery.subject.clone()).or_insert(next);
        if place == next {
            chains.push_back(VecDeque::new());
        }
        chains[place].push_back(delivery);
    }
    chains
}

/// Step 3.
async fn write(app: &App, webhook: Uuid, mut told: UnboundedReceiver<Done>) -> Outcome<()> {
    let mut done = Vec::with_capacity(AT_ONCE);
    while told.recv_many(&mut done, AT_ONCE).await > 0 {
        let held: Vec<(String, Time)> = done.iter().filter_map(|one| one.hold.clone()).collect();
        if !held.is_empty() {
            deliveries::hold(&app.store, webhook, &held).await?;
        }
        let attempted: Vec<Attempted> = done.drain(..).map(|one| one.attempted).collect();
        deliveries::record(&app.store, &attempted).await?;
    }
    Ok(())
}

impl Batch<'_> {
    /// Step 2.
    async fn lane(&self, tell: &UnboundedSender<Done>) {
        let mut line = None;
        while let Some(mut chain) = self.next() {
            while let Some(delivery) = chain.pop_front() {
                if self.is_over() {
                    return;
                }
                let done = self.attempt(&mut line, &delivery).await;
                let failed = done.hold.is_some();
                // Nobody listens any more: the database is gone, and what was sent will be sent again.
                if tell.send(done).is_err() {
                    return;
                }
                if failed {
                    break;
                }
            }
        }
    }

    fn next(&self) -> Option<VecDeque<Delivery>> {
        self.chains.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Step 4. One attempt is always made: it is how a failing receiver is tried.
    fn is_over(&self) -> bool {
        let failures = self.failures.load(Ordering::Relaxed);
        Instant::now() >= self.until
            || self.is_gone.load(Ordering::Relaxed)
            || failures >= FAILING.max(self.webhook.failures + 1)
            || self.asked_to_wait.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    async fn attempt(&self, line: &mut Option<Line>, delivery: &Delivery) -> Done {
        let now = self.app.clock.now();
        let begun = Instant::now();
        let answer = match self.body(delivery) {
            None => Err("the event is not kept any more".to_owned()),
            Some(body) => {
                let sent = timeout(PATIENCE, self.post(line, (delivery, &body), now)).await;
                sent.unwrap_or(Err(FetchError::Slow)).map_err(|error| error.to_string())
            }
        };
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let arrived = answer.as_ref().is_ok_and(|answer| answer.status.is_success());
        let outcome = if arrived { "delivered" } else { "failed" };
        self.app.meters.deliveries.count([outcome, ""]);
        let entry = match &answer {
            Ok(answer) => json!({
                "at": now, "url": self.webhook.url, "took_ms": took, "status": answer.status.as_u16(),
                "content_type": answer.header(header::CONTENT_TYPE), "answer": redacted(&answer.body),
            }),
            Err(error) => json!({ "at": now, "url": self.webhook.url, "took_ms": took, "error": error }),
        };
        let attempted =
            |state, at| Attempted { id: delivery.id, before: delivery.attempts, state, at, entry };
        if arrived {
            self.failures.store(0, Ordering::Relaxed);
            return Done { attempted: attempted(State::Delivered, now), hold: None };
        }
        // A dropped connection may hold half of an answer.
        *line = None;
        self.failures.fetch_add(1, Ordering::Relaxed);
        if let Ok(answer) = &answer {
            self.heed(answer, now);
        }
        if now - delivery.begun_at >= TRIED_FOR {
            tracing::warn!(webhook = %self.webhook.id, delivery = %delivery.id, "a delivery was given up");
            return Done {
                attempted: attempted(State::Dead, now),
                hold: Some((delivery.subject.clone(), now)),
            };
        }
        let next = now + self.app.around(pause(delivery.attempts));
        Done { attempted: attempted(State::Pending, next), hold: Some((delivery.subject.clone(), next)) }
    }

    fn body(&self, delivery: &Delivery) -> Option<String> {
        match &delivery.body {
            Some(body) => Some(body.clone()),
            None => message::of_event(self.events.get(&delivery.event)?).ok(),
        }
    }

    async fn post(
        &self,
        line: &mut Option<Line>,
        (delivery, body): (&Delivery, &str),
        now: Time,
    ) -> Result<Fetched, FetchError> {
        let timestamp = now.timestamp();
        let signature = self.signer.sign(delivery.event, timestamp, body);
        let request = |path: &str| fetch::Sent {
            request: Request::post(path)
                .header(header::CONTENT_TYPE, "application/json")
                .header("webhook-id", delivery.event.to_string())
                .header("webhook-timestamp", timestamp)
                .header("webhook-signature", &signature),
            body: Bytes::from(body.to_owned()),
            most: MOST,
            head_by: Instant::now() + PATIENCE,
        };
        if let Some(mut kept) = line.take().filter(Line::is_open) {
            match kept.send(request(kept.path())).await {
                // The receiver may have closed it meanwhile: that says nothing about the delivery.
                Err(FetchError::Answer(_)) => {}
                answer => {
                    *line = Some(kept);
                    return answer;
                }
            }
        }
        let mut fresh = self.app.fetcher.open(&self.webhook.url).await?;
        let answer = fresh.send(request(fresh.path())).await?;
        *line = Some(fresh);
        Ok(answer)
    }

    /// What the receiver asks for.
    fn heed(&self, answer: &Fetched, now: Time) {
        if answer.status == http::StatusCode::GONE {
            self.is_gone.store(true, Ordering::Relaxed);
        }
        let Some(text) = answer.header(header::RETRY_AFTER) else { return };
        if let Some(until) = retry_after(text, now) {
            let mut place = self.asked_to_wait.lock().unwrap_or_else(PoisonError::into_inner);
            *place = Some(until).max(*place);
        }
    }
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
fn retry_after(text: &str, now: Time) -> Option<Time> {
    let until = match text.trim().parse::<u32>() {
        Ok(seconds) => now + Duration::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(text.trim()).ok()?.to_utc(),
    };
    (until > now).then(|| until.min(now + MOST_RETRY_AFTER))
}

/// How long to wait after an attempt that `before` others went before.
fn pause(before: u32) -> Duration {
    let (first, most) = PAUSES;
    Duration::seconds(first.saturating_mul(4_i64.saturating_pow(before.min(16))).min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer() {
        let pauses: Vec<i64> = [0, 1, 2, 3, 4, 5, 1_000].map(|before| pause(before).num_seconds()).to_vec();
        assert_eq!(pauses, [5, 20, 80, 320, 1_280, 3_600, 3_600]);
    }

    #[test]
    fn receivers_may_ask_for_time() {
        let now = Time::from_timestamp(1_700_000_000, 0).unwrap();
        for (text, seconds) in [
            ("120", Some(120)),
            ("0", None),
            ("999999", Some(3_600)),
            ("Tue, 14 Nov 2023 22:15:20 GMT", Some(120)),
            ("Tue, 14 Nov 2000 22:15:20 GMT", None),
            ("soon", None),
            ("-5", None),
        ] {
            let until = retry_after(text, now).map(|until| (until - now).num_seconds());
            assert_eq!(until, seconds, "{text}");
        }
    }
}

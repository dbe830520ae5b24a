//! How much waits for webhooks, as a job saw it last.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use gatewright_oauth::Time;
use gatewright_store::deliveries::Backlog;

/// Nothing waits.
const NONE: i64 = i64::MAX;

/// What the job saw.
#[derive(Debug)]
pub struct Outbox {
    pending: AtomicU64,
    dead: AtomicU64,
    /// Since when the oldest waits, in milliseconds.
    oldest: AtomicI64,
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox { pending: AtomicU64::new(0), dead: AtomicU64::new(0), oldest: AtomicI64::new(NONE) }
    }
}

impl Outbox {
    /// This waits for the webhooks there are.
    pub fn saw<'a>(&self, backlogs: impl Iterator<Item = &'a Backlog>) {
        let (mut pending, mut dead, mut oldest) = (0, 0, NONE);
        for backlog in backlogs {
            pending += backlog.pending;
            dead += backlog.dead;
            oldest = oldest.min(backlog.oldest.map_or(NONE, |at| at.timestamp_millis()));
        }
        self.pending.store(pending, Ordering::Relaxed);
        self.dead.store(dead, Ordering::Relaxed);
        self.oldest.store(oldest, Ordering::Relaxed);
    }

    /// Deliveries that wait.
    pub fn pending(&self) -> u64 {
        self.pending.load(Ordering::Relaxed)
    }

    /// Deliveries that were given up.
    pub fn dead(&self) -> u64 {
        self.dead.load(Ordering::Relaxed)
    }

    /// How long the oldest has been waiting.
    pub fn lag(&self, now: Time) -> Duration {
        let oldest = self.oldest.load(Ordering::Relaxed);
        let waits = if oldest == NONE { 0 } else { now.timestamp_millis() - oldest };
        Duration::from_millis(u64::try_from(waits).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_of_all_counts() {
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap();
        let outbox = Outbox::default();
        assert_eq!((outbox.pending(), outbox.lag(at(100)).as_secs()), (0, 0));
        let some = [
            Backlog { pending: 2, dead: 1, oldest: Some(at(70)) },
            Backlog { pending: 0, dead: 3, oldest: None },
            Backlog { pending: 1, dead: 0, oldest: Some(at(90)) },
        ];
        outbox.saw(some.iter());
        assert_eq!((outbox.pending(), outbox.dead(), outbox.lag(at(100)).as_secs()), (3, 4, 30));
        assert_eq!(outbox.lag(at(10)).as_secs(), 0, "a clock that was set back");
        outbox.saw([].iter());
        assert_eq!((outbox.pending(), outbox.lag(at(100)).as_secs()), (0, 0));
    }
}

//! How old the oldest event without a place in the sealed log is.
//!
//! The job that seals looks at every event once a second anyway, and leaves here what it saw; nobody reads a table
//! to answer the question. When the job itself stands still, everything since its last look may be without a place.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use gatewright_oauth::Time;

/// A job that has not looked for this long stands still, in milliseconds.
const STILL: i64 = 10_000;
/// No event.
const NONE: i64 = i64::MAX;

/// What the job saw.
#[derive(Debug)]
pub struct Sealing {
    /// When it looked, in milliseconds; zero before the first look.
    looked: AtomicI64,
    /// The time of the oldest event it saw without a place.
    oldest: AtomicI64,
}

impl Default for Sealing {
    fn default() -> Sealing {
        Sealing { looked: AtomicI64::new(0), oldest: AtomicI64::new(NONE) }
    }
}

impl Sealing {
    /// The job looked at `now`, and `oldest` has no place yet.
    pub fn saw(&self, now: Time, oldest: Option<Time>) {
        self.oldest.store(oldest.map_or(NONE, |at| at.timestamp_millis()), Ordering::Relaxed);
        self.looked.store(now.timestamp_millis(), Ordering::Relaxed);
    }

    /// The age of the oldest event that may have no place; zero when there is none.
    pub fn lag(&self, now: Time) -> Duration {
        let now = now.timestamp_millis();
        let (looked, oldest) = (self.looked.load(Ordering::Relaxed), self.oldest.load(Ordering::Relaxed));
        let waits = if oldest == NONE { 0 } else { now - oldest };
        let still = if looked != 0 && now - looked > STILL { now - looked } else { 0 };
        let lag = waits.max(still).max(0);
        Duration::from_millis(u64::try_from(lag).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_lag_is_the_age_of_what_waits_or_of_the_last_look() {
        let sealing = Sealing::default();
        assert_eq!(sealing.lag(at(1000)).as_secs(), 0, "nothing is known yet");
        sealing.saw(at(1000), None);
        assert_eq!(sealing.lag(at(1009)).as_secs(), 0);
        assert_eq!(sealing.lag(at(1060)).as_secs(), 60, "nobody looks any more");
        sealing.saw(at(1060), Some(at(1058)));
        assert_eq!(sealing.lag(at(1061)).as_secs(), 3);
        sealing.saw(at(1062), None);
        assert_eq!(sealing.lag(at(1062)).as_secs(), 0);
        assert_eq!(sealing.lag(at(900)).as_secs(), 0, "a clock that was set back");
    }
}

//! The one place of this crate where time is read.
//!
//! Two readings, because they answer two questions: tokens carry wall-clock seconds, and the age of a cached
//! document must not jump when somebody sets the clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock; tests can move it forward.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    start: Instant,
    #[cfg(test)]
    ahead: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self {
            start: Instant::now(),
            #[cfg(test)]
            ahead: std::sync::Arc::default(),
        }
    }

    /// Wall-clock seconds since 1970, to compare with `exp`.
    #[expect(
        clippy::disallowed_methods,
        reason = "this crate stands alone: its clock is read here and nowhere else"
    )]
    pub(crate) fn unix(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + self.ahead();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    /// Time since this clock was made; never goes backwards.
    pub(crate) fn uptime(&self) -> Duration {
        self.start.elapsed() + self.ahead()
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "in tests the clock can be moved")]
    fn ahead(&self) -> Duration {
        Duration::ZERO
    }

    #[cfg(test)]
    fn ahead(&self) -> Duration {
        Duration::from_secs(self.ahead.load(std::sync::atomic::Ordering::SeqCst))
    }

    #[cfg(test)]
    pub(crate) fn advance(&self, seconds: u64) {
        self.ahead.fetch_add(seconds, std::sync::atomic::Ordering::SeqCst);
    }
}

//! The two things a server takes from outside besides the network: time and randomness.
//!
//! Both are traits because both have two real implementations: the machine's, used by
//! `gatewright serve`, and a settable one, used to prove what happens at the 61st second.
//! Nothing else in the workspace reads a clock or draws a random byte.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use gatewright_oauth::Time;

/// Reads the time. Called once per request, when its [`Moment`](crate::app::Moment) is made.
pub trait Clock: Send + Sync + 'static {
    /// The present, with the microsecond resolution PostgreSQL stores.
    fn now(&self) -> Time;
}

/// Draws random bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `out` with cryptographically secure random bytes.
    fn fill(&self, out: &mut [u8]);
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Time {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or(std::time::Duration::ZERO);
        let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        Time::from_timestamp_micros(micros).unwrap_or(Time::UNIX_EPOCH)
    }
}

/// The operating system's random number generator.
#[derive(Debug)]
pub struct SystemEntropy(ring::rand::SystemRandom);

impl SystemEntropy {
    /// A handle on the operating system's generator.
    #[expect(clippy::disallowed_methods, reason = "the one place that opens the system's generator")]
    pub fn new() -> SystemEntropy {
        SystemEntropy(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> SystemEntropy {
        SystemEntropy::new()
    }
}

impl Entropy for SystemEntropy {
    /// # Panics
    /// When the operating system has no randomness to give: going on would mint guessable secrets.
    fn fill(&self, out: &mut [u8]) {
        use ring::rand::SecureRandom;
        assert!(self.0.fill(out).is_ok(), "the operating system refused to give random bytes");
    }
}

/// The machine's clock, moved by an adjustable amount, or stopped. For tests and experiments.
#[derive(Debug, Default)]
pub struct ShiftedClock {
    micros: AtomicI64,
    stopped: OnceLock<Time>,
}

impl ShiftedClock {
    /// Moves the clock by `by` (may be negative) from where it is.
    pub fn advance(&self, by: chrono::Duration) {
        self.micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
    }

    /// Stops the clock for good, so that what follows takes no time however slow the machine is;
    /// [`ShiftedClock::advance`] still moves it.
    pub fn stop(&self) {
        self.stopped.get_or_init(|| SystemClock.now());
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Time {
        let start = self.stopped.get().copied().unwrap_or_else(|| SystemClock.now());
        start + chrono::Duration::microseconds(self.micros.load(Ordering::SeqCst))
    }
}

impl<C: Clock> Clock for std::sync::Arc<C> {
    fn now(&self) -> Time {
        (**self).now()
    }
}

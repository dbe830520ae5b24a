//! What the server counts, for those who watch it (`docs/monitoring.md`).
//!
//! 1. [`ALL`] is every metric there is; the table in the documentation is made from it, and a test asks a running
//!    server for exactly these.
//! 2. Labels never hold what somebody sent: they are words of this program ([`Family`] takes nothing else), route
//!    patterns, and HTTP statuses. So the number of series is bounded, whoever asks for what.
//! 3. What happens in a request is counted through handles that were looked up before: counting is an addition and
//!    allocates nothing.
//! 4. What is a state (a queue, a pool, an age) is looked at when somebody asks ([`sample`]), from memory: asking
//!    costs no query.

mod family;
mod outbox;
mod sample;
mod sealing;
mod table;

use metrics::{Counter, Gauge, counter, gauge};

pub use family::Family;
pub use outbox::Outbox;
pub use sample::sample;
pub use sealing::Sealing;
pub use table::{ALL, Kind, Metric, describe};

/// The handles of what requests and jobs count. One per process, made once the recorder is there.
pub struct Meters {
    /// Answers of the token endpoint, by grant and outcome.
    pub tokens: Family,
    /// Attempts to sign in with a password, by outcome.
    pub logins: Family,
    /// What became of devices' requests and of the codes people typed, by step and outcome.
    pub devices: Family,
    /// Attempts to send mails, by outcome.
    pub mails: Family,
    /// Questions whether a password was among stolen ones, by what was answered.
    pub breach_checks: Family,
    /// What people showed beside a password: `factor`, `outcome`.
    pub factors: Family,
    /// Runs of jobs that failed.
    pub job_failures: Family,
    /// Refresh tokens that were used again after their time: grants ended for it.
    pub refresh_reuse: Counter,
    /// Steps of authorizations that were not kept for `gatewright trace`.
    pub traces_dropped: Counter,
    /// Log lines of refused requests that were left out.
    pub log_lines_left_out: Counter,
    /// Events that got their place in the sealed log.
    pub events_sealed: Counter,
    /// How far the sealing of events has come.
    pub sealing: Sealing,
    /// Attempts to deliver to webhooks, by outcome.
    pub deliveries: Family,
    /// How much waits for webhooks.
    pub outbox: Outbox,
}

/// How the token endpoint calls what it was asked for, and what it answered when all was well.
pub const GRANTS: [&str; 5] = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    gatewright_oauth::device::GRANT_TYPE,
    "other",
];
/// The outcome of a token request that was granted.
pub const ISSUED: &str = "issued";

impl Meters {
    /// Registers everything that is known from the start, so that it is there before it happens: an alert cannot
    /// see the first time of something that begins to exist with it.
    pub fn new() -> Meters {
        let meters = Meters {
            tokens: Family::new("gatewright_tokens_total", &["grant", "outcome"]),
            logins: Family::new("gatewright_logins_total", &["outcome"]),
            devices: Family::new("gatewright_devices_total", &["step", "outcome"]),
            mails: Family::new("gatewright_mails_total", &["outcome"]),
            breach_checks: Family::new("gatewright_breach_checks_total", &["outcome"]),
            factors: Family::new("gatewright_factors_total", &["factor", "outcome"]),
            job_failures: Family::new("gatewright_job_failures_total", &["name"]),
            refresh_reuse: counter!("gatewright_refresh_reuse_total"),
            traces_dropped: counter!("gatewright_traces_dropped_total"),
            log_lines_left_out: counter!("gatewright_log_lines_left_out_total"),
            events_sealed: counter!("gatewright_events_sealed_total"),
            sealing: Sealing::default(),
            deliveries: Family::new("gatewright_webhook_attempts_total", &["outcome"]),
            outbox: Outbox::default(),
        };
        // Counted where lines are written, before there are meters.
        counter!("gatewright_log_errors_total").increment(0);
        for grant in &GRANTS[..4] {
            meters.tokens.expect([grant, ISSUED]);
            meters.tokens.expect([grant, "invalid_grant"]);
        }
        for outcome in ["signed_in", "more", "no_match", "wait", "unavailable"] {
            meters.logins.expect([outcome, ""]);
        }
        for (step, outcome) in [
            ("asked", "waiting"),
            ("asked", "slow_down"),
            ("typed", "right"),
            ("typed", "wrong"),
            ("typed", "wait"),
        ] {
            meters.devices.expect([step, outcome]);
        }
        for outcome in ["stolen", "not_known", "unanswered"] {
            meters.breach_checks.expect([outcome, ""]);
        }
        for outcome in ["sent", "failed", "given_up"] {
            meters.mails.expect([outcome, ""]);
        }
        for factor in ["totp", "recovery_code", "passkey"] {
            for outcome in ["right", "wrong", "wait"] {
                meters.factors.expect([factor, outcome]);
            }
        }
        for outcome in ["delivered", "failed"] {
            meters.deliveries.expect([outcome, ""]);
        }
        meters
    }
}

impl Default for Meters {
    fn default() -> Meters {
        Meters::new()
    }
}

/// What a cache was asked, and how often it had to look elsewhere.
#[derive(Clone)]
pub struct Lookups {
    asked: Counter,
    missed: Counter,
}

impl Lookups {
    /// The meters of the cache of this name.
    pub fn of(cache: &'static str) -> Lookups {
        Lookups {
            asked: counter!("gatewright_cache_lookups_total", "cache" => cache),
            missed: counter!("gatewright_cache_misses_total", "cache" => cache),
        }
    }

    /// It was asked.
    pub fn asked(&self) {
        self.asked.increment(1);
    }

    /// What it was asked for was not there.
    pub fn missed(&self) {
        self.missed.increment(1);
    }
}

/// When a job was last done, for those who wait for it.
pub fn job_done(job: &'static str) -> Gauge {
    gauge!("gatewright_job_last_success_timestamp_seconds", "name" => job)
}

#[cfg(test)]
mod tests {
    use allocation_counter::measure;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn counting_allocates_nothing() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let (meters, lookups) = metrics::with_local_recorder(&recorder, || {
            let meters = Meters::new();
            // What is not there from the start is made by its first time.
            meters.tokens.count(["refresh_token", "invalid_scope"]);
            (meters, Lookups::of("clients"))
        });
        let counted = measure(|| {
            for _ in 0..100 {
                meters.tokens.count(["authorization_code", ISSUED]);
                meters.tokens.count(["refresh_token", "invalid_scope"]);
                meters.logins.count(["signed_in", ""]);
                meters.refresh_reuse.increment(1);
                lookups.asked();
            }
        });
        assert_eq!(counted.count_total, 0);
        let text = recorder.handle().render();
        let line = "gatewright_tokens_total{grant=\"refresh_token\",outcome=\"invalid_scope\"} 101";
        assert!(text.contains(line), "{text}");
    }
}

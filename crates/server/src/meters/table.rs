//! Every metric there is. The table in `docs/monitoring.md` is made from this one.

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; begins at zero with the process.
    Counter,
    /// What is so at the moment.
    Gauge,
    /// How often what took how long.
    Histogram,
}

impl Kind {
    /// As Prometheus writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub about: &'static str,
}

const fn counter(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, about }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, about }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, about }
}

/// The metrics, in the order in which people look for them.
#[rustfmt::skip]
pub const ALL: &[Metric] = &[
    gauge("gatewright_build_info", &["version"], "1; the label says which version runs"),
    gauge("process_start_time_seconds", &[], "When the process began, in seconds since 1970"),
    gauge("process_resident_memory_bytes", &[], "Memory the process holds (Linux)"),
    counter("process_cpu_seconds_total", &[], "Processor time the process has used (Linux)"),

    counter("gatewright_requests_total", &["route", "status"], "Requests answered; the route is the pattern that matched, `-` when none did"),
    histogram("gatewright_request_duration_seconds", &["route"], "Time from a request to its answer"),
    gauge("gatewright_connections", &["listener"], "Connections open; `public` takes 10,000, or what the limit of open files leaves room for, and lets further ones wait"),
    counter("gatewright_refusals_total", &["route", "rule"], "Refused requests by the rule that said no: the name of a check, an error code, or what the person was shown"),

    counter("gatewright_tokens_total", &["grant", "outcome"], "Answers of the token endpoint; the outcome is `issued`, an error code, or `unavailable` and `failed` when we were at fault"),
    counter("gatewright_refresh_reuse_total", &[], "Refresh tokens used again after their time, each of which ended a grant: a thief or a broken client"),
    counter("gatewright_logins_total", &["outcome"], "Attempts to sign in with a password: `signed_in`, `more` (a second factor is missing), `no_match`, `wait` (too many), `unavailable`, `failed`"),
    counter("gatewright_factors_total", &["factor", "outcome"], "What people showed beside a password or instead of one (`totp`, `recovery_code`, `passkey`): `right`, `wrong`, `wait` (too many)"),

    counter("gatewright_tries_counted_locally_total", &[], "Attempts to sign in that this process counted by itself, and more strictly, because the database did not answer or there were too many to write down"),
    counter("gatewright_devices_total", &["step", "outcome"], "Devices that `asked` for authorization (`waiting`, or an error code), codes people `typed` (`right`, `wrong`, `wait` for too many: somebody guesses) and what they `answered` (`approved`, `denied`)"),

    gauge("gatewright_password_hashes_running", &[], "Passwords being hashed (argon2id)"),
    gauge("gatewright_password_hashes_waiting", &[], "Passwords that wait for it; the queue holds 100"),
    counter("gatewright_password_queue_refused_total", &[], "Attempts sent away with 503 because the queue was full"),

    gauge("gatewright_database_connections", &[], "Connections to PostgreSQL that are open"),
    gauge("gatewright_database_connections_busy", &[], "Those that are at work"),
    gauge("gatewright_database_connections_max", &[], "How many there may be (`database.max_connections`)"),
    gauge("gatewright_database_requests_waiting", &[], "Statements that wait for a free connection"),
    counter("gatewright_database_timeouts_total", &[], "Statements that waited for one in vain"),

    counter("gatewright_cache_lookups_total", &["cache"], "How often a cache was asked"),
    counter("gatewright_cache_misses_total", &["cache"], "How often it had to look elsewhere"),
    gauge("gatewright_cache_entries", &["cache"], "What it holds"),

    gauge("gatewright_signing_key_age_seconds", &["alg"], "How long the active key of this algorithm has been signing"),
    gauge("gatewright_event_seal_lag_seconds", &[], "Age of the oldest event that has no place in the sealed log; 0 when there is none"),
    counter("gatewright_events_sealed_total", &[], "Events this process gave their place"),

    counter("gatewright_webhook_attempts_total", &["outcome"], "Attempts of this process to deliver to a webhook: `delivered` or `failed`"),
    gauge("gatewright_webhook_lag_seconds", &[], "How long the oldest delivery that did not arrive yet has been waiting; 0 when none waits"),
    gauge("gatewright_webhook_deliveries_waiting", &[], "Deliveries that did not arrive yet, looked at every 15 seconds"),
    gauge("gatewright_webhook_dead_letters", &[], "Deliveries that were given up within the last month"),

    counter("gatewright_breach_checks_total", &["outcome"], "Passwords that people chose and `login.breach_check` was asked about: `stolen`, `not_known`, `unanswered` (taken without)"),
    counter("gatewright_mails_total", &["outcome"], "Attempts of this process to send a mail: `sent`, `failed` (tried again), `given_up` (refused for good, or of no use any more)"),

    gauge("gatewright_job_last_success_timestamp_seconds", &["name"], "When a job was last done, in seconds since 1970"),
    counter("gatewright_job_failures_total", &["name"], "Runs of a job that failed; the log says why"),

    counter("gatewright_traces_dropped_total", &[], "Steps that `gatewright trace` will not show because there were too many"),
    counter("gatewright_log_lines_left_out_total", &[], "Log lines of refused requests that were left out because there were too many"),
    counter("gatewright_log_errors_total", &[], "Times that log lines could not be written, and are lost: a full disk, or nobody reads any more"),
];

/// Tells the recorder what each metric is.
pub fn describe() {
    for metric in ALL {
        let about = metric.about;
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, about),
            Kind::Gauge => metrics::describe_gauge!(metric.name, about),
            Kind::Histogram => metrics::describe_histogram!(metric.name, about),
        }
    }
}

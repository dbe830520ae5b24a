//! Logs and metrics of the process. Neither ever holds a secret: log lines name routes, identifiers and
//! counts (`gatewright_server::web::request_log`), and crates that are not ours speak only when
//! something is wrong, because at their lower levels they print what passes through them.

mod lines;
mod process;
#[cfg(feature = "otel")]
mod spans;

use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::Duration;

use gatewright_oauth::Time;
use gatewright_server::clock::{Clock as _, SystemClock};
#[cfg(not(feature = "otel"))]
use gatewright_server::config::Telemetry;
use gatewright_server::config::{Log, LogFormat, LogLevel};
use gatewright_server::{App, Config, meters};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Identity, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::failure::Failure;
use lines::Lines;

/// Upper bounds, in seconds, of the buckets request times are counted in.
const REQUEST_SECONDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// How often the recorder drops what it no longer needs.
const UPKEEP: Duration = Duration::from_secs(5);

/// What is told behind the requests; the rest of it is told when this is dropped.
#[must_use = "dropped at once, it ends the telling"]
pub struct Telling {
    #[cfg(feature = "otel")]
    _spans: Option<spans::Sending>,
}

/// Sends logs to standard error and, where the configuration names a collector, spans there. Called once.
pub fn begin(config: &Config) -> Result<Telling, Failure> {
    #[cfg(not(feature = "otel"))]
    {
        if config.telemetry.otlp_endpoint.is_some() {
            return Err(Telemetry::not_in_this_build().into());
        }
        init(&config.log);
        Ok(Telling {})
    }
    #[cfg(feature = "otel")]
    {
        let started = config.telemetry.otlp_endpoint.as_ref();
        let started = started.map(|endpoint| spans::start(endpoint, &config.issuer)).transpose()?;
        let (spans, sending) = started.unzip();
        match spans {
            Some(spans) => init_with(&config.log, spans),
            None => init(&config.log),
        }
        Ok(Telling { _spans: sending })
    }
}

/// Sends logs to standard error. Called once; later calls change nothing.
pub fn init(log: &Log) {
    init_with(log, Identity::new());
}

fn init_with(log: &Log, more: impl Layer<Registry> + Send + Sync) {
    let ours = level(log.level);
    let filter = Targets::new().with_default(ours.min(LevelFilter::WARN)).with_target("gatewright", ours);
    let lines = fmt::layer().with_writer(Lines::start()).with_ansi(std::io::stderr().is_terminal());
    let layer = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    // One filter for all, not `layer.with_filter`: there, a library that asks whether a level is on and
    // then says nothing (sqlx does) takes the next line of its thread with it.
    // Failing means that a program we are part of has its own subscriber.
    let _ = tracing_subscriber::registry().with(more).with(filter).with(layer).try_init();
}

const fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

/// What the process has counted so far, for `/metrics`. Counting begins with the first call.
pub fn metrics() -> Result<PrometheusHandle, Failure> {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    let unusable =
        |error: &dyn std::fmt::Display| Failure::new(format!("metrics cannot be counted: {error}"));
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Full("gatewright_request_duration_seconds".to_owned()),
            &REQUEST_SECONDS,
        )
        .map_err(|error| unusable(&error))?
        .build_recorder();
    let handle = RECORDER.get_or_init(|| recorder.handle());
    // Failing means that another thread was here first, whose handle we got.
    let _ = metrics::set_global_recorder(recorder);
    meters::describe();
    metrics::gauge!("gatewright_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let began = SystemClock.now().signed_duration_since(Time::UNIX_EPOCH);
    metrics::gauge!("process_start_time_seconds").set(began.as_seconds_f64());
    Ok(handle.clone())
}

/// Everything there is to tell about `app` at the moment, as Prometheus reads it.
pub fn render(handle: &PrometheusHandle, app: &App) -> String {
    meters::sample(app);
    process::sample();
    handle.render()
}

/// Keeps the recorder small. Runs until it is dropped.
pub async fn tend(handle: PrometheusHandle) {
    let mut turns = tokio::time::interval(UPKEEP);
    loop {
        turns.tick().await;
        handle.run_upkeep();
    }
}

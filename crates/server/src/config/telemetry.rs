//! `[telemetry]`: who else is told what the server does.

use url::Url;

use super::reader::Section;
use super::{ConfigError, Log, LogLevel};

/// Where traces go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telemetry {
    /// A collector that takes OTLP over HTTP; nobody is told when there is none.
    pub otlp_endpoint: Option<Url>,
}

/// Where collectors take traces (OTLP specification, "OTLP/HTTP Request").
const TRACES: &str = "/v1/traces";

impl Telemetry {
    pub(super) fn read(mut section: Section<'_, '_>, log: &Log) -> Telemetry {
        let mut telemetry = Telemetry::default();
        if let Some(found) = section.text("otlp_endpoint") {
            match endpoint(found.value, log.level) {
                Ok(url) => telemetry.otlp_endpoint = Some(url),
                Err((message, hint)) => {
                    section.refuse("otlp_endpoint", Some(found.offset), (message, Some(hint)));
                }
            }
        }
        section.finish();
        telemetry
    }

    /// What a program says that was built without OpenTelemetry.
    pub fn not_in_this_build() -> ConfigError {
        ConfigError::one(
            "telemetry.otlp_endpoint",
            "is set, but this program was built without OpenTelemetry",
            "build it with `cargo build --release -p gatewright-cli --features otel`, or take the line out",
        )
    }
}

fn endpoint(text: &str, level: LogLevel) -> Result<Url, (String, String)> {
    let example = || "write it like otlp_endpoint = \"http://127.0.0.1:4318\"".to_owned();
    let mut url = Url::parse(text).map_err(|error| (format!("is not a URL: {error}"), example()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(("is not an http or https URL".to_owned(), example()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let hint = "put what the collector wants to know you by into OTEL_EXPORTER_OTLP_HEADERS";
        return Err(("must not hold a user name or password".to_owned(), hint.to_owned()));
    }
    if matches!(level, LogLevel::Error | LogLevel::Warn) {
        let hint = "set level = \"info\" in [log]: a trace is made of the request's log line";
        return Err(("needs a log line for each request".to_owned(), hint.to_owned()));
    }
    if url.path() == "/" {
        url.set_path(TRACES);
    }
    Ok(url)
}

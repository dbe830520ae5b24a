//! Requests as OpenTelemetry spans, sent to a collector (OTLP over HTTP, protobuf).
//!
//! 1. A span is made of the log line of a request, so it says what the line says and no more: whatever keeps
//!    secrets out of the log keeps them out of here (LK-01).
//! 2. Its trace has the number of the request: who has an error page, an event or a log line has the trace.
//!    Nobody's `traceparent` is read; a stranger chooses neither our numbers nor what is kept
//!    (docs/monitoring.md says why).
//! 3. Spans wait in a bounded queue and are sent behind the requests, by a thread of their own. A collector that is
//!    away costs spans, never requests.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use gatewright_server::clock::{Clock as _, SystemClock};
use gatewright_server::web::request_log;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanId, SpanKind, Status, TraceId, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracer, SdkTracerProvider};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context as Around;
use url::Url;
use uuid::Uuid;

use crate::failure::Failure;

/// How long the collector may take, while running and at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes spans of log lines.
pub(super) struct Spans(SdkTracer);

/// What is sent still, until this is dropped.
pub(super) struct Sending(SdkTracerProvider);

impl Drop for Sending {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "the last spans could not be sent");
        }
    }
}

/// Begins to send to `endpoint`, as the server called `issuer`.
pub(super) fn start(endpoint: &Url, issuer: &str) -> Result<(Spans, Sending), Failure> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint.as_str())
        .with_timeout(PATIENCE)
        .build()
        .map_err(|error| {
            Failure::configuration(format!("telemetry.otlp_endpoint cannot be used: {error}"))
        })?;
    let server = Resource::builder_empty()
        .with_service_name("gatewright")
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", issuer.to_owned()),
        ])
        .build();
    let provider = SdkTracerProvider::builder()
        .with_id_generator(Numbers(RandomIdGenerator::default()))
        .with_resource(server)
        .with_batch_exporter(exporter)
        .build();
    Ok((Spans(provider.tracer("gatewright")), Sending(provider)))
}

thread_local! {
    /// The number of the request whose span is being made.
    static NUMBER: Cell<Option<Uuid>> = const { Cell::new(None) };
}

/// A trace has the number of its request.
#[derive(Debug)]
struct Numbers(RandomIdGenerator);

impl IdGenerator for Numbers {
    fn new_trace_id(&self) -> TraceId {
        NUMBER.take().map_or_else(|| self.0.new_trace_id(), |number| TraceId::from_bytes(number.into_bytes()))
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

impl<S: Subscriber> Layer<S> for Spans {
    fn on_event(&self, event: &Event<'_>, _: Around<'_, S>) {
        let metadata = event.metadata();
        if metadata.target() != request_log::TARGET || *metadata.level() != Level::INFO {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let failed = line.status >= 500;
        if let Some((number, span)) = line.span(SystemClock.now().into()) {
            NUMBER.set(Some(number));
            let mut span = self.0.build_with_context(span, &Context::new());
            if failed {
                span.set_status(Status::error(""));
            }
            span.end();
        }
    }
}

/// The fields of a request's line.
#[derive(Default)]
struct Line {
    request: String,
    method: String,
    route: String,
    peer: String,
    status: i64,
    micros: u64,
    reads: i64,
    writes: i64,
}

impl Line {
    /// The span that ends now; none for lines that are not of a request.
    fn span(self, now: SystemTime) -> Option<(Uuid, SpanBuilder)> {
        let number = self.request.parse().ok()?;
        let began = now.checked_sub(Duration::from_micros(self.micros))?;
        let span = SpanBuilder::from_name(format!("{} {}", self.method, self.route))
            .with_kind(SpanKind::Server)
            .with_start_time(began)
            .with_attributes([
                KeyValue::new("http.request.method", self.method),
                KeyValue::new("http.route", self.route),
                KeyValue::new("http.response.status_code", self.status),
                KeyValue::new("client.address", self.peer),
                KeyValue::new("gatewright.database.reads", self.reads),
                KeyValue::new("gatewright.database.writes", self.writes),
            ]);
        Some((number, span))
    }
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        let number = i64::try_from(value).unwrap_or(i64::MAX);
        match field.name() {
            "status" => self.status = number,
            "micros" => self.micros = value,
            "reads" => self.reads = number,
            "writes" => self.writes = number,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let text = || format!("{value:?}");
        match field.name() {
            "request" => self.request = text(),
            "method" => self.method = text(),
            "route" => self.route = text(),
            "peer" => self.peer = text(),
            _ => {}
        }
    }
}

//! The administration listener: for the people and programs that run the server, on loopback unless
//! told otherwise, because it authenticates nobody.
//!
//! 1. `GET /health/live`: the process answers.
//! 2. `GET /health/ready`: requests can be served. The database answers within a second, has this
//!    release's tables, and its clock agrees with ours (threat CL-03: with a wrong clock, tokens would
//!    be born expired or live too long). A server that is stopping is not ready.
//! 3. `GET /metrics`: Prometheus.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use gatewright_server::App;
use gatewright_server::checks::MAX_CLOCK_DIFFERENCE;
use gatewright_store::{Schema, StoreError};
use http::{StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;
use tokio::time::timeout;

use crate::telemetry;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the administration listener tells.
#[derive(Clone)]
pub struct Health {
    app: App,
    metrics: PrometheusHandle,
    stopping: Arc<AtomicBool>,
}

impl Health {
    /// About this server.
    pub fn new(app: App, metrics: PrometheusHandle) -> Health {
        Health { app, metrics, stopping: Arc::default() }
    }

    /// From now on the server is not ready.
    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// The listener's routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/health/live", get(|| async { Json(json!({ "status": "live" })) }))
            .route("/health/ready", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self.clone())
    }

    /// Why the server is not ready, if it is not.
    pub async fn objection(&self) -> Option<String> {
        if self.stopping.load(Ordering::Relaxed) {
            return Some("the server is stopping".to_owned());
        }
        match timeout(PATIENCE, self.ask_database()).await {
            Ok(Ok(objection)) => objection,
            Ok(Err(error)) => {
                tracing::warn!(%error, "not ready: the database cannot be used");
                Some("the database cannot be used".to_owned())
            }
            Err(_) => Some("the database does not answer within a second".to_owned()),
        }
    }

    async fn ask_database(&self) -> Result<Option<String>, StoreError> {
        let (theirs, schema) = tokio::try_join!(self.app.store.database_time(), self.app.store.schema())?;
        let ahead = (theirs - self.app.clock.now()).num_seconds();
        Ok(match schema {
            Schema::Behind => {
                Some("the database lacks tables of this release: run gatewright migrate".to_owned())
            }
            Schema::Foreign => Some("the database's tables are not those of this release".to_owned()),
            Schema::Current if ahead.abs() > MAX_CLOCK_DIFFERENCE => {
                let (seconds, way) = (ahead.abs(), if ahead > 0 { "ahead of" } else { "behind" });
                Some(format!("the database's clock is {seconds} seconds {way} ours: synchronise both"))
            }
            Schema::Current => None,
        })
    }
}

async fn ready(State(health): State<Health>) -> Response {
    match health.objection().await {
        None => Json(json!({ "status": "ready" })).into_response(),
        Some(reason) => {
            let body = Json(json!({ "status": "not ready", "reason": reason }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

async fn metrics(State(health): State<Health>) -> Response {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        telemetry::render(&health.metrics, &health.app),
    )
        .into_response()
}

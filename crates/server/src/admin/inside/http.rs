//! From within the process to the routes of the API and back.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use tower::ServiceExt as _;

use super::Inside;
use crate::admin::http::routes;
use crate::app::{App, Moment};

/// Asks, as the operator: without a token, and else like anybody.
pub async fn ask(app: &App, moment: &Moment, request: Request<Vec<u8>>) -> (StatusCode, HeaderMap, Bytes) {
    let (parts, body) = flow(app, moment, request.map(Body::from)).await.into_parts();
    // What is rendered here is in memory already, and can be read.
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    (parts.status, parts.headers, body)
}

/// The same with bodies that come and go piece by piece.
pub async fn flow(app: &App, moment: &Moment, request: Request<Body>) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Inside(()));
    parts.extensions.insert(moment.clone());
    let Ok(response) = routes().with_state(app.clone()).oneshot(Request::from_parts(parts, body)).await;
    response
}

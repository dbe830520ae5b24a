//! `POST /register`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use gatewright_oauth::register::RegistrationResponse;
use gatewright_oauth::{Code, Refusal};

use super::flow;
use crate::app::{App, Moment};
use crate::config::RegistrationMode;
use crate::web::answer;

/// Largest document (DC-05).
const BODY_BYTES: usize = 16 * 1024;

/// Switched off, the endpoint does not exist (DC-14).
pub(super) fn routes(mode: RegistrationMode) -> Router<App> {
    match mode {
        RegistrationMode::Off => Router::new(),
        RegistrationMode::Open => Router::new()
            .route("/register", post(register))
            .route("/register/", post(register))
            .layer(DefaultBodyLimit::max(BODY_BYTES)),
    }
}

async fn register(
    State(app): State<App>,
    moment: Moment,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return answer::unreadable(rejection.status()),
    };
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return answer::refused(&Refusal::new(
            Code::InvalidClientMetadata,
            "send the metadata as application/json (RFC 7591 section 3.1)",
        ));
    }
    match flow::dynamic(&app, &moment, &body).await {
        Ok(enrolled) => {
            let shown = RegistrationResponse::new(&enrolled.client, enrolled.secret.as_ref());
            answer::no_store(StatusCode::CREATED, &shown)
        }
        Err(stop) => answer::stopped(&stop, &moment),
    }
}

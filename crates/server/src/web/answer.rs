//! JSON answers of the API endpoints (RFC 6749 §5.1 and §5.2): `no-store`, no nulls, never a redirect.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gatewright_oauth::{Code, Refusal};
use serde::Serialize;
use uuid::Uuid;

use super::request_log::Rule;
use crate::app::Moment;
use crate::error::{Fault, FaultKind, Stop};

/// How long a client should wait before it tries again when we are the problem.
const RETRY_AFTER_SECONDS: &str = "1";
/// How long a client should wait that used up a limit per minute.
const LIMITED_SECONDS: &str = "60";

/// The error body of RFC 6749 §5.2.
#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<Uuid>,
}

/// A JSON body that must not be stored by anyone (RFC 6749 §5.1).
pub fn no_store<T: Serialize>(status: StatusCode, body: &T) -> Response {
    let mut response = (status, Json(body)).into_response();
    forbid_storing(response.headers_mut());
    response
}

/// Marks an answer as not to be stored.
pub fn forbid_storing(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
}

/// Renders an early end as JSON.
pub fn stopped(stop: &Stop, moment: &Moment) -> Response {
    match stop {
        Stop::Refused(refusal) => refused(refusal),
        Stop::Shown(problem) => refused(&Refusal::new(Code::InvalidRequest, problem.title())),
        Stop::Broken(fault) => broken(fault, moment),
    }
}

/// Renders a refusal as JSON with the status of the one wire table.
pub fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.code().status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = ErrorBody {
        error: refusal.code().as_str(),
        error_description: Some(refusal.description()).filter(|text| !text.is_empty()),
        error_id: None,
    };
    let mut response = no_store(status, &body);
    response.extensions_mut().insert(Rule(refusal.rule()));
    if refusal.code() == Code::TemporarilyUnavailable {
        retry_later(response.headers_mut());
    }
    if refusal.code() == Code::SlowDown {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(LIMITED_SECONDS));
    }
    response
}

/// Logs a fault once, with its causes, and shows the client only the request id.
pub fn broken(fault: &Fault, moment: &Moment) -> Response {
    let (status, error) = log_fault(fault, moment);
    let description = match fault.kind {
        FaultKind::Unavailable => "this server cannot answer right now; try again after Retry-After seconds",
        FaultKind::Internal => "this server failed; its log tells why under this error_id",
    };
    let body = ErrorBody {
        error: error.as_str(),
        error_description: Some(description),
        error_id: Some(moment.request),
    };
    let mut response = no_store(status, &body);
    if fault.kind == FaultKind::Unavailable {
        retry_later(response.headers_mut());
    }
    response
}

/// Writes a fault to the log and tells how it looks from outside.
pub fn log_fault(fault: &Fault, moment: &Moment) -> (StatusCode, Code) {
    match fault.kind {
        FaultKind::Unavailable => {
            tracing::warn!(request = %moment.request, cause = %fault, "unavailable");
            (StatusCode::SERVICE_UNAVAILABLE, Code::TemporarilyUnavailable)
        }
        FaultKind::Internal => {
            tracing::error!(request = %moment.request, cause = %fault, "internal error");
            (StatusCode::INTERNAL_SERVER_ERROR, Code::ServerError)
        }
    }
}

/// Adds `Retry-After` (RFC 9110 §10.2.3, in seconds).
pub fn retry_later(headers: &mut HeaderMap) {
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
}

/// Whether the caller has the version `etag` already (RFC 9110 §13.1.2). Compared weakly, because proxies
/// that compress make tags weak.
pub fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|seen| seen == "*" || seen.strip_prefix("W/").unwrap_or(seen).as_bytes() == etag.as_bytes())
}

/// A body that could not be read to its end: too large, or cut off.
pub fn unreadable(status: StatusCode) -> Response {
    let description = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "the request body is too large",
        _ => "the request body could not be read",
    };
    let error = Code::InvalidRequest.as_str();
    let mut response =
        no_store(status, &ErrorBody { error, error_description: Some(description), error_id: None });
    response.extensions_mut().insert(Rule("unreadable"));
    response
}

/// Adds a challenge (RFC 9110 §11.6.1) to a 401 answer.
pub fn challenge(response: &mut Response, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().append(HeaderName::from_static("www-authenticate"), value);
    }
}

/// The same for the token endpoint: whatever is wrong with a grant is 400 (RFC 6749 §5.2, RFC 8628 §3.5).
pub fn grant_stopped(stop: &Stop, moment: &Moment, headers: &HeaderMap) -> Response {
    let mut response = client_stopped(stop, moment, headers);
    if matches!(response.status(), StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response.headers_mut().remove(header::RETRY_AFTER);
    }
    response
}

/// Renders an early end of an endpoint that authenticates clients: a failed authentication by
/// `Authorization` header is answered with the matching challenge (RFC 6749 §5.2).
pub fn client_stopped(stop: &Stop, moment: &Moment, headers: &HeaderMap) -> Response {
    let mut response = stopped(stop, moment);
    if response.status() == StatusCode::UNAUTHORIZED && headers.contains_key(header::AUTHORIZATION) {
        challenge(&mut response, "Basic realm=\"gatewright\"");
    }
    response
}

//! Pages as HTTP answers: never stored, with the page policy, and with the errors people see.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gatewright_oauth::Code;

use super::answer::{forbid_storing, log_fault, retry_later};
use super::headers::PAGE_POLICY;
use super::page::{ErrorPage, Layout, Page, Problem, Rendered, Script};
use super::request_log::Rule;
use crate::app::{App, Moment};
use crate::error::{FaultKind, Stop};
use crate::words::Words;

/// The frame of every page, in the language of whoever asks.
pub fn layout(app: &App, moment: &Moment) -> Layout {
    layout_in(app, moment.words)
}

/// The frame of a page that is in this language for everybody.
pub fn layout_in(app: &App, words: Words) -> Layout {
    Layout {
        base: app.config.issuer_path().to_owned(),
        server: app.config.branding.name.as_deref().unwrap_or(app.config.issuer_authority()).to_owned(),
        words,
        brand: Arc::clone(&app.brand),
    }
}

/// Sends a page.
pub fn respond(page: Rendered) -> Response {
    let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, page.html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    forbid_storing(headers);
    let policy = match (page.nonce, page.script) {
        (Some(nonce), _) => Some(format!("{PAGE_POLICY}; script-src 'nonce-{nonce}'")),
        (None, Script::Own) => Some(format!("{PAGE_POLICY}; script-src 'self'")),
        (None, Script::None) => None,
    };
    if let Some(policy) = policy.and_then(|policy| HeaderValue::from_str(&policy).ok()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Sends the browser on with 303, so that nothing it posted is posted again (AZ-11).
pub fn see_other(location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    forbid_storing(response.headers_mut());
    response
}

/// Sends the browser to a page of ours with a sealed request.
pub fn see_own(app: &App, path: &str, request: &str) -> Response {
    see_other(&format!("{}{path}?request={request}", app.config.issuer_path()))
}

/// The page for an early end.
pub fn stopped(app: &App, moment: &Moment, stop: &Stop) -> Response {
    match stop {
        Stop::Refused(refusal) => {
            let problem = match refusal.code() {
                Code::InvalidClient => Problem::UnknownClient,
                Code::InvalidClientMetadata => Problem::BadDocument,
                Code::InvalidRedirectUri => Problem::UnknownRedirect,
                Code::LoginRequired | Code::ConsentRequired => Problem::NeedsPerson,
                _ => Problem::BadRequest,
            };
            // To the client's developer a document that is none is a client that is none (RFC 6749 §4.1.2.1).
            let code = if problem == Problem::BadDocument { Code::InvalidClient } else { refusal.code() };
            let mut response = error(app, moment, (problem, code, Some(refusal.description())));
            response.extensions_mut().insert(Rule(refusal.rule()));
            response
        }
        Stop::Shown(problem @ (Problem::RefusedDomain | Problem::AwaitsApproval)) => {
            error(app, moment, (*problem, Code::UnauthorizedClient, None))
        }
        Stop::Shown(problem) => error(app, moment, (*problem, Code::InvalidRequest, None)),
        Stop::Broken(fault) => {
            let (_, code) = log_fault(fault, moment);
            let problem = match fault.kind {
                FaultKind::Unavailable => Problem::Unavailable,
                FaultKind::Internal => Problem::Internal,
            };
            let mut response = error(app, moment, (problem, code, None));
            if fault.kind == FaultKind::Unavailable {
                retry_later(response.headers_mut());
            }
            response
        }
    }
}

fn error(
    app: &App,
    moment: &Moment,
    (problem, code, description): (Problem, Code, Option<&str>),
) -> Response {
    let page = ErrorPage {
        layout: layout(app, moment),
        problem,
        code: code.as_str(),
        description: description.map(str::to_owned),
        request_id: moment.request.to_string(),
    };
    let mut response = respond(page.page());
    response.extensions_mut().insert(Rule(problem.word()));
    response
}

/// The page for a path that leads nowhere.
pub async fn not_found(State(app): State<App>, moment: Moment) -> Response {
    error(&app, &moment, (Problem::NotFound, Code::InvalidRequest, None))
}

/// The page for a request that is too large to be looked at.
pub fn too_large(app: &App, moment: &Moment) -> Response {
    error(app, moment, (Problem::TooLarge, Code::InvalidRequest, None))
}

/// Refuses HEAD, which axum would answer by running the GET handler (AZ-14).
pub async fn no_head(request: Request, next: Next) -> Response {
    if request.method() == Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")]).into_response();
    }
    next.run(request).await
}

//! `GET /authorize`, `POST /authorize`, `GET /authorize/resume`.
//!
//! A POST may come from another site, and browsers keep `SameSite=Lax` cookies back then; so it is sent
//! on as a GET of our own, which finds the person's session. A HEAD never starts anything (AZ-14).

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use gatewright_oauth::{Code, Params, Refusal};

use super::flow::{self, Step, Visitor};
use crate::app::{App, Moment};
use crate::ceremony::http::{in_language_of, render, sealed};
use crate::error::{Outcome, Stop};
use crate::sign_in;
use crate::web::browser::Browser;
use crate::web::{cookies, html};

/// Longest query: what fits into a request line together with its headers (CK-05).
const QUERY_BYTES: usize = 12 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/authorize", get(start).post(repost))
        .route("/authorize/resume", get(resume))
        .layer(DefaultBodyLimit::max(QUERY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn start(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let browser = Browser::meet(&app, &headers);
    let session = cookies::session(&headers);
    let visitor = Visitor { browser: &browser, session: session.as_ref() };
    let step = match Params::parse_flawed(uri.query().unwrap_or_default().as_bytes()) {
        Ok(params) => flow::begin(&app, &moment, &params, &visitor).await,
        Err(refusal) => Err(Stop::Refused(refusal)),
    };
    browser.remember(shown(&app, &moment, step))
}

async fn resume(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let browser = Browser::meet(&app, &headers);
    let session = cookies::session(&headers);
    let visitor = Visitor { browser: &browser, session: session.as_ref() };
    let moment = in_language_of(&app, moment, sealed(&uri).ok().as_deref());
    let step = match sealed(&uri) {
        Ok(request) => flow::resume(&app, &moment, &request, &visitor).await,
        Err(stop) => Err(stop),
    };
    match step {
        Err(stop) => sign_in::http::stopped(&app, &moment, &headers, &stop).await,
        step => shown(&app, &moment, step),
    }
}

fn shown(app: &App, moment: &Moment, step: Outcome<Step>) -> Response {
    match step {
        Ok(Step::SignIn(request)) => html::see_own(app, "/login", &request),
        Ok(Step::Ask(request)) => html::see_own(app, "/consent", &request),
        Ok(Step::Resume(request)) => html::see_own(app, "/authorize/resume", &request),
        Ok(Step::Answer(answer)) => render(app, moment, answer),
        Err(stop) => html::stopped(app, moment, &stop),
    }
}

/// Turns a POST into the GET it means.
async fn repost(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let body = match axum::body::to_bytes(request.into_body(), QUERY_BYTES).await {
        Ok(body) if is_form => body,
        Ok(_) => Bytes::new(),
        Err(_) => return (StatusCode::PAYLOAD_TOO_LARGE, "the request is too large\n").into_response(),
    };
    let all = match std::str::from_utf8(&body) {
        Ok(body) if body.bytes().all(|byte| byte.is_ascii_graphic()) => match (query.as_str(), body) {
            ("", body) => body.to_owned(),
            (query, "") => query.to_owned(),
            (query, body) => format!("{query}&{body}"),
        },
        Ok(_) | Err(_) => {
            let refusal = Refusal::new(Code::InvalidRequest, "the form body is not form-encoded");
            return html::stopped(&app, &moment, &Stop::Refused(refusal));
        }
    };
    // A form body may have a bare `#`; in a `Location` everything behind it would be lost.
    let all = all.replace('#', "%23");
    html::see_other(&format!("{}/authorize?{all}", app.config.issuer_path()))
}

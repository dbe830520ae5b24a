//! `POST /register`; `GET`, `PUT` and `DELETE /register/{client_id}`.

use axum::Router;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use gatewright_oauth::register::{Management, RegistrationResponse};
use gatewright_oauth::{Code, Refusal};

use super::flow;
use crate::app::{App, Moment};
use crate::clients::enrol::Enrolled;
use crate::config::RegistrationMode;
use crate::error::{Outcome, Stop};
use crate::traces::{Arrived, Noted};
use crate::web::{answer, html};

/// Largest document (DC-05).
const BODY_BYTES: usize = 16 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/register", post(register))
        .route("/register/", post(register))
        .route("/register/{client_id}", get(read).put(update).delete(delete))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// The server, which has these endpoints at the moment. Switched off, they do not exist (DC-14).
struct Offered(App);

impl FromRequestParts<App> for Offered {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Offered, Response> {
        match app.settings.now().registration {
            RegistrationMode::Auto | RegistrationMode::Open | RegistrationMode::Token => {
                Ok(Offered(app.clone()))
            }
            RegistrationMode::Off => {
                let moment = Moment::from_request_parts(parts, app).await?;
                Err(html::not_found(State(app.clone()), moment).await)
            }
        }
    }
}

async fn register(
    Offered(app): Offered,
    moment: Moment,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match document(&headers, body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let done = match bearer(&headers) {
        Ok(bearer) => flow::dynamic(&app, &moment, &body, bearer).await,
        Err(stop) => Err(stop),
    };
    note(&app, &moment, &body, &done);
    match done {
        Ok(enrolled) => enrolment(&app, StatusCode::CREATED, &enrolled),
        Err(stop) => stopped(&stop, &moment),
    }
}

async fn read(
    Offered(app): Offered,
    moment: Moment,
    Path(client_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = match bearer(&headers) {
        Ok(bearer) => flow::managed(&app, &client_id, bearer).await,
        Err(stop) => Err(stop),
    };
    match found {
        Ok(client) => answer::no_store(StatusCode::OK, &RegistrationResponse::new(&client, None)),
        Err(stop) => stopped(&stop, &moment),
    }
}

async fn update(
    Offered(app): Offered,
    moment: Moment,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match document(&headers, body) {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let change = async {
        let client = flow::managed(&app, &client_id, bearer(&headers)?).await?;
        flow::update(&app, &moment, &client, &body).await
    };
    let done = change.await;
    note(&app, &moment, &body, &done);
    match done {
        Ok(enrolled) => enrolment(&app, StatusCode::OK, &enrolled),
        Err(stop) => stopped(&stop, &moment),
    }
}

async fn delete(
    Offered(app): Offered,
    moment: Moment,
    Path(client_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let end = async {
        let client = flow::managed(&app, &client_id, bearer(&headers)?).await?;
        flow::delete(&app, &moment, &client).await
    };
    match end.await {
        Ok(()) => {
            let mut response = StatusCode::NO_CONTENT.into_response();
            answer::forbid_storing(response.headers_mut());
            response
        }
        Err(stop) => stopped(&stop, &moment),
    }
}

/// The answer with everything that is seen only once.
fn enrolment(app: &App, status: StatusCode, enrolled: &Enrolled) -> Response {
    let uri = app.config.url(&format!("/register/{}", enrolled.client.id));
    let management = enrolled.registration_token.as_ref().map(|token| Management { uri, token });
    let shown = RegistrationResponse::new(&enrolled.client, enrolled.secret.as_ref()).managed(management);
    answer::no_store(status, &shown)
}

/// A JSON body.
fn document(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, Box<Response>> {
    let body = body.map_err(|rejection| Box::new(answer::unreadable(rejection.status())))?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    if kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Ok(body);
    }
    Err(Box::new(answer::refused(&Refusal::new(
        Code::InvalidClientMetadata,
        "send the metadata as application/json (RFC 7591 section 3.1)",
    ))))
}

/// The bearer token, if there is an `Authorization` header (RFC 6750 §2.1).
fn bearer(headers: &HeaderMap) -> Outcome<Option<&str>> {
    let Some(line) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = line.to_str().ok().and_then(|line| line.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        Some(_) | None => {
            Err(Stop::refuse(Code::InvalidToken, "the Authorization header must be Bearer and a token"))
        }
    }
}

fn stopped(stop: &Stop, moment: &Moment) -> Response {
    let mut response = answer::stopped(stop, moment);
    if response.status() == StatusCode::UNAUTHORIZED {
        answer::challenge(&mut response, "Bearer error=\"invalid_token\"");
    }
    response
}

fn note(app: &App, moment: &Moment, body: &[u8], done: &Outcome<Enrolled>) {
    let noted = match done {
        Ok(enrolled) => {
            Noted { client: Some(enrolled.client.id.as_str()), ..Noted::of("register", "registered", "") }
        }
        Err(stop) => Noted::stopped("register", stop),
    };
    app.traces.note(app, moment, Noted { arrived: Arrived::Json(body), ..noted });
}

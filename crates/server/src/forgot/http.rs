//! `GET` and `POST /forgot`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::get;
use gatewright_oauth::Params;

use super::flow::{self, Taken};
use super::page::{ForgotPage, ForgotProblem, ForgotSentPage};
use crate::app::{App, Moment};
use crate::ceremony;
use crate::ceremony::http::{in_language_of, sealed};
use crate::config::Config;
use crate::error::Outcome;
use crate::web::page::Page;
use crate::web::{csrf, extract, html};

/// Largest form: the sealed errand and a name.
const BODY_BYTES: usize = 32 * 1024;
/// Longest user name that is looked at.
const USERNAME_BYTES: usize = 320;

pub(super) fn routes(config: &Config) -> Router<App> {
    if !config.mail.is_on() {
        return Router::new();
    }
    Router::new()
        .route("/forgot", get(form).post(submit))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn form(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let moment = in_language_of(&app, moment, sealed(&uri).ok().as_deref());
    let shown = || {
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let request = ceremony::http::errand_if_known(&app, &moment, (&headers, &params))?;
        let page = ForgotPage {
            layout: html::layout(&app, &moment),
            request,
            username: String::new(),
            problem: None,
        };
        Ok(html::respond(page.page()))
    };
    shown().unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn submit(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let moment = in_language_of(&app, moment, params.one("request").ok().flatten());
    ask(&app, &moment, &headers, &params).await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn ask(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let request = ceremony::http::errand_if_known(app, moment, (headers, params))?;
    let username = params.one("username")?.unwrap_or_default().trim();
    let layout = html::layout(app, moment);
    let again = |problem| {
        let page = ForgotPage {
            layout: layout.clone(),
            request: request.clone(),
            username: username.to_owned(),
            problem: Some(problem),
        };
        html::respond(page.page())
    };
    if username.is_empty() || username.len() > USERNAME_BYTES {
        return Ok(again(ForgotProblem::Empty));
    }
    Ok(match flow::ask(app, moment, username).await? {
        Taken::Taken => html::respond(ForgotSentPage { layout, request }.page()),
        Taken::Wait(seconds) => {
            let mut response = again(ForgotProblem::Wait { seconds });
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    })
}

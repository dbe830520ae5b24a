//! `GET` and `POST /sign-up` and `/sign-up/confirm`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::get;
use gatewright_oauth::Params;
use gatewright_oauth::secret::Secret;

use super::flow::{self, Choice};
use super::page::{
    PasswordProblem, SignUpDonePage, SignUpPage, SignUpPasswordPage, SignUpProblem, SignUpSentPage,
};
use crate::accounts::sign_up::{Newcomer, PATH};
use crate::accounts::strength::FEWEST;
use crate::app::{App, Moment};
use crate::ceremony;
use crate::ceremony::http::{in_language_of, sealed};
use crate::config::Config;
use crate::error::{Outcome, Stop};
use crate::web::page::{Claimed, Page, Problem};
use crate::web::{csrf, extract, html};

/// Largest form: a sealed errand or link, and two fields.
const BODY_BYTES: usize = 32 * 1024;

pub(super) fn routes(config: &Config) -> Router<App> {
    if !config.sign_up.is_open() || !config.mail.is_on() {
        return Router::new();
    }
    Router::new()
        .route("/sign-up", get(form).post(submit))
        .route(PATH, get(look).post(confirm))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn form(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let moment = in_language_of(&app, moment, sealed(&uri).ok().as_deref());
    let shown = || {
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let request = ceremony::http::errand_if_known(&app, &moment, (&headers, &params))?;
        Ok(page((&app, &moment), request, (String::new(), String::new(), None)))
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
    let field = |name| -> Outcome<String> { Ok(params.one(name)?.unwrap_or_default().trim().to_owned()) };
    let (email, name) = (field("email")?, field("name")?);
    let called = Some(name.clone()).filter(|name| !name.is_empty());
    Ok(match flow::ask(app, moment, (&email, called)).await? {
        None => {
            let email = Claimed::note(&email);
            html::respond(SignUpSentPage { layout: html::layout(app, moment), request, email }.page())
        }
        Some(problem) => page((app, moment), request, (email, name, Some(problem))),
    })
}

fn page(
    (app, moment): (&App, &Moment),
    request: Option<String>,
    (email, name, problem): (String, String, Option<SignUpProblem>),
) -> Response {
    let domains = app.config.sign_up.domains.iter().map(|domain| domain.as_str().to_owned()).collect();
    let page = SignUpPage { layout: html::layout(app, moment), request, email, name, domains, problem };
    let mut response = html::respond(page.page());
    if let Some(SignUpProblem::Wait { seconds }) = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn look(State(app): State<App>, moment: Moment, uri: Uri) -> Response {
    let shown = || {
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let text = params.one("link")?.ok_or(Stop::Shown(Problem::DeadLink))?;
        let newcomer = flow::look(&app, &moment, text)?;
        Ok(password_page((&app, &moment), text, (&newcomer, None)))
    };
    shown().unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

fn password_page(
    (app, moment): (&App, &Moment),
    text: &str,
    (newcomer, problem): (&Newcomer, Option<PasswordProblem>),
) -> Response {
    let page = SignUpPasswordPage {
        layout: html::layout(app, moment),
        link: text.to_owned(),
        username: newcomer.email.clone(),
        fewest: FEWEST,
        problem,
    };
    html::respond(page.page())
}

async fn confirm(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    choose(&app, &moment, &headers, &params).await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn choose(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let text = params.one("link")?.ok_or(Stop::Shown(Problem::DeadLink))?;
    let newcomer = flow::look(app, moment, text)?;
    let field = |name| -> Outcome<Secret<String>> {
        Ok(Secret::new(params.one(name)?.unwrap_or_default().to_owned()))
    };
    let choice = Choice { password: field("password")?, again: field("again")? };
    Ok(match flow::choose(app, moment, (&newcomer, &choice)).await? {
        None => {
            let username = Claimed::note(&newcomer.email);
            html::respond(SignUpDonePage { layout: html::layout(app, moment), username }.page())
        }
        Some(problem) => password_page((app, moment), text, (&newcomer, Some(problem))),
    })
}

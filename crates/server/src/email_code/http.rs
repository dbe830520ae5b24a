//! `GET` and `POST /login/code`, `POST /login/code/check`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};
use gatewright_oauth::Params;

use super::flow::{self, Verdict};
use super::page::{CheckCodePage, CodeProblem, EmailCodePage};
use crate::app::{App, Moment};
use crate::ceremony::Errand;
use crate::ceremony::http::{in_language_of, sealed};
use crate::config::Config;
use crate::error::{Outcome, Stop};
use crate::sign_in;
use crate::traces::Noted;
use crate::web::browser::Browser;
use crate::web::page::{Page, Problem};
use crate::web::{cookies, csrf, extract, html};

/// Largest form: the sealed errand, a ticket and a field.
const BODY_BYTES: usize = 32 * 1024;
/// Longest user name that is looked at.
const USERNAME_BYTES: usize = 320;

pub(super) fn routes(config: &Config) -> Router<App> {
    if !config.login.email_code || !config.mail.is_on() {
        return Router::new();
    }
    Router::new()
        .route("/login/code", get(form).post(submit))
        .route("/login/code/check", post(check))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn form(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let moment = in_language_of(&app, moment, sealed(&uri).ok().as_deref());
    let shown = || {
        let request = sealed(&uri)?;
        let errand = Errand::open(&app, &moment, &request, Browser::recognise(&headers).as_ref())?;
        let hint = errand.request().and_then(|asked| asked.login_hint.clone()).unwrap_or_default();
        let layout = html::layout(&app, &moment);
        let page = EmailCodePage { layout, request, username: hint, wait: None };
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

/// The form's errand, in the browser that started it.
fn errand(app: &App, moment: &Moment, (headers, params): (&HeaderMap, &Params)) -> Outcome<(Errand, String)> {
    csrf::same_site(headers, app.config.origin())?;
    let request = params.one("request")?.ok_or(Stop::Shown(Problem::Expired))?.to_owned();
    Ok((Errand::open(app, moment, &request, Browser::recognise(headers).as_ref())?, request))
}

async fn ask(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    let (errand, request) = errand(app, moment, (headers, params))?;
    let username = params.one("username")?.unwrap_or_default().trim().to_owned();
    let layout = html::layout(app, moment);
    if username.is_empty() || username.len() > USERNAME_BYTES {
        let page = EmailCodePage { layout, request, username: String::new(), wait: None };
        return Ok(html::respond(page.page()));
    }
    Ok(match flow::ask(app, moment, (&errand, &username)).await? {
        Verdict::Done(ticket) => {
            html::respond(CheckCodePage { layout, request, ticket, problem: None }.page())
        }
        Verdict::NoMatch => return Err(Stop::Shown(Problem::Expired)),
        Verdict::Wait(seconds) => {
            let page = EmailCodePage { layout, request, username, wait: Some(seconds) };
            retry_after(html::respond(page.page()), seconds)
        }
    })
}

async fn check(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let moment = in_language_of(&app, moment, params.one("request").ok().flatten());
    judge(&app, &moment, &headers, &params).await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn judge(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    let (errand, request) = errand(app, moment, (headers, params))?;
    let ticket = params.one("ticket")?.ok_or(Stop::Shown(Problem::Expired))?.to_owned();
    let code = params.one("code")?.unwrap_or_default();
    let note = |outcome, said| {
        let client = errand.request().map(|request| request.client_id.as_str());
        let noted = Noted::of("login", outcome, said);
        app.traces.note(app, moment, Noted { client, attempt: Some(errand.transaction), ..noted });
    };
    let again = |problem| {
        let (request, ticket) = (request.clone(), ticket.clone());
        let layout = html::layout(app, moment);
        let page = CheckCodePage { layout, request, ticket, problem: Some(problem) };
        html::respond(page.page())
    };
    Ok(match flow::check(app, moment, (&errand, &ticket, code), cookies::session(headers)).await? {
        Verdict::Done(onward) => {
            note("signed in", "with a mailed code");
            sign_in::http::respond(app, (&errand, &request), &onward)
        }
        Verdict::NoMatch => {
            note("no match", "this is not the code that was mailed, or it is none any more");
            again(CodeProblem::NoMatch)
        }
        Verdict::Wait(seconds) => {
            note("wait", "too many attempts for this account from this network");
            retry_after(again(CodeProblem::Wait { seconds }), seconds)
        }
    })
}

fn retry_after(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

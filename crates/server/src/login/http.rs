//! `GET` and `POST /login`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::get;
use gatewright_oauth::Params;
use gatewright_oauth::secret::Secret;

use super::flow::{self, Attempt, Verdict};
use super::page::{Elsewhere, LoginPage, LoginProblem};
use crate::app::{App, Moment};
use crate::ceremony::facts::Facts;
use crate::ceremony::http::{in_language_of, sealed};
use crate::ceremony::{Errand, asker};
use crate::config::Upstream;
use crate::error::{Outcome, Stop};
use crate::evidence;
use crate::sign_in;
use crate::traces::Noted;
use crate::web::browser::Browser;
use crate::web::page::{Page, Problem};
use crate::web::{cookies, csrf, extract, html};

/// Largest form: the sealed request and two fields.
const BODY_BYTES: usize = 32 * 1024;
/// Ends the address of the form for somebody who does not want to add to what they showed before.
const ANEW: &str = "&anew";
/// Longest user name that is looked at.
const USERNAME_BYTES: usize = 320;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/login", get(form).post(submit))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn form(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let moment = in_language_of(&app, moment, sealed(&uri).ok().as_deref());
    let shown = async {
        let request = sealed(&uri)?;
        let errand = Errand::open(&app, &moment, &request, Browser::recognise(&headers).as_ref())?;
        // Somebody who is signed in, but not surely enough, shows what is missing; anew they may, too.
        if !uri.query().is_some_and(|query| query.ends_with(ANEW))
            && let Some(onward) =
                sign_in::step_up(&app, &moment, &errand, cookies::session(&headers).as_ref()).await?
        {
            return Ok(sign_in::http::respond(&app, (&errand, &request), &onward));
        }
        page(&app, &moment, &headers, (request, String::new(), None)).await
    };
    shown.await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn submit(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let moment = in_language_of(&app, moment, params.one("request").ok().flatten());
    sign_in(&app, &moment, &headers, &params).await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn sign_in(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let request = params.one("request")?.ok_or(Stop::Shown(Problem::Expired))?.to_owned();
    // Opened before the password is looked at: a form of another browser costs nothing here (AZ-17).
    let errand = Errand::open(app, moment, &request, Browser::recognise(headers).as_ref())?;
    let note = |outcome, said| {
        let client = errand.request().map(|request| request.client_id.as_str());
        let noted = Noted::of("login", outcome, said);
        app.traces.note(app, moment, Noted { client, attempt: Some(errand.transaction), ..noted });
    };
    let username = params.one("username")?.unwrap_or_default().to_owned();
    let password = Secret::new(params.one("password")?.unwrap_or_default().to_owned());
    if username.len() > USERNAME_BYTES {
        return page(app, moment, headers, (request, String::new(), Some(LoginProblem::NoMatch))).await;
    }
    let attempt = Attempt { username: username.clone(), password };
    match flow::attempt(app, moment, &attempt, (&errand, cookies::session(headers))).await? {
        Verdict::Right(onward) => {
            note(if onward.is_welcome() { "signed in" } else { "more" }, "");
            Ok(sign_in::http::respond(app, (&errand, &request), &onward))
        }
        Verdict::NoMatch => {
            note("no match", "name and password do not match");
            page(app, moment, headers, (request, username, Some(LoginProblem::NoMatch))).await
        }
        Verdict::Wait(seconds) => {
            note("wait", "too many attempts for this account from this network");
            let problem = Some(LoginProblem::Wait { seconds });
            let mut response = page(app, moment, headers, (request, username, problem)).await?;
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
    }
}

async fn page(
    app: &App,
    moment: &Moment,
    headers: &HeaderMap,
    (request, username, problem): (String, String, Option<LoginProblem>),
) -> Outcome<Response> {
    let errand = Errand::open(app, moment, &request, Browser::recognise(headers).as_ref())?;
    let facts = match errand.request() {
        Some(asked) => Some(Facts::load(app, moment, asked, None).await?),
        None => None,
    };
    let hint = errand.request().and_then(|asked| asked.login_hint.clone()).unwrap_or_default();
    let passkey = evidence::passkeys::are_possible(app).then(|| evidence::passkeys::ask(app, &request, &[]));
    let page = LoginPage {
        layout: html::layout(app, moment),
        passkey,
        request,
        asker: facts.as_ref().map(|facts| asker::of(&facts.client, &facts.channel.redirect)),
        resource_name: facts.as_ref().map(|facts| facts.resource.name.clone()),
        username: if username.is_empty() { hint } else { username },
        providers: app.config.upstream.iter().map(elsewhere).collect(),
        can_mail: app.config.mail.is_on(),
        takes_codes: app.config.login.email_code,
        can_sign_up: app.config.sign_up.is_open(),
        problem,
    };
    Ok(html::respond(page.page()))
}

fn elsewhere(upstream: &Upstream) -> Elsewhere {
    Elsewhere { name: upstream.name.clone(), title: upstream.title.clone() }
}

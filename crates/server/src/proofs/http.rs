//! `GET` and `POST /login/factor`, `POST /login/passkey`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};
use gatewright_oauth::Params;

use super::flow::{self, Sent, Unfinished, Verdict};
use super::page::{FactorProblem, PasskeyRefusedPage, RecoveryUsedPage, SecondFactorPage};
use crate::app::{App, Moment};
use crate::ceremony::Errand;
use crate::ceremony::http::{in_language_of, sealed};
use crate::error::{Outcome, Stop};
use crate::evidence;
use crate::sign_in;
use crate::sign_in::http::FACTOR;
use crate::traces::Noted;
use crate::web::browser::Browser;
use crate::web::page::{Claimed, Page, Problem};
use crate::web::{cookies, csrf, extract, html};

/// Largest form: the sealed texts and what a browser says of a passkey.
const BODY_BYTES: usize = 32 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(FACTOR, get(form).post(submit))
        .route("/login/passkey", post(passkey))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn form(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let moment = in_language_of(&app, moment, sealed(&uri).ok().as_deref());
    let shown = async {
        let request = sealed(&uri)?;
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let step = params.one("step")?.ok_or(Stop::Shown(Problem::Expired))?;
        let errand = Errand::open(&app, &moment, &request, Browser::recognise(&headers).as_ref())?;
        let unfinished = Unfinished::open(&app, &moment, (errand, step)).await?;
        if !unfinished.lacks_factor(&app) {
            return Err(Stop::Shown(Problem::Expired));
        }
        page(&app, &moment, (&request, step), (&unfinished, None)).await
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
    show(&app, &moment, &headers, &params).await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn show(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let text = |name| -> Outcome<&str> { params.one(name)?.ok_or(Stop::Shown(Problem::Expired)) };
    let (request, step) = (text("request")?, text("step")?);
    let errand = Errand::open(app, moment, request, Browser::recognise(headers).as_ref())?;
    let unfinished = Unfinished::open(app, moment, (errand, step)).await?;
    let sent = match (params.one("code")?, params.one("recovery")?, params.one("passkey")?) {
        (Some(code), None, None) => Sent::Code(code.to_owned()),
        (None, Some(code), None) => Sent::Recovery(code.to_owned()),
        (None, None, Some(answer)) => Sent::Passkey(answer.to_owned()),
        // Nothing, or more than one: no page of ours sends that.
        _ => return Err(Stop::Shown(Problem::Expired)),
    };
    let verdict = flow::show(app, moment, (&unfinished, step, &sent), cookies::session(headers)).await?;
    let errand = &unfinished.errand;
    Ok(match verdict {
        Verdict::Right(onward) => {
            note(app, moment, errand, ("factor shown", ""));
            sign_in::http::respond(app, (errand, request), &onward)
        }
        Verdict::Recovered(sign_in::Onward::Welcome(session), left) => {
            note(app, moment, errand, ("recovery code used", ""));
            let goal = sign_in::http::goal(app, (errand, request));
            let page = RecoveryUsedPage { layout: html::layout(app, moment), left, goal };
            sign_in::http::remember(html::respond(page.page()), &session)
        }
        Verdict::Recovered(onward, _) => sign_in::http::respond(app, (errand, request), &onward),
        Verdict::Wrong => {
            note(app, moment, errand, ("factor wrong", "the code or passkey does not match"));
            page(app, moment, (request, step), (&unfinished, Some(FactorProblem::Wrong))).await?
        }
        Verdict::Wait(seconds) => {
            note(app, moment, errand, ("wait", "too many attempts for this account"));
            let shown =
                page(app, moment, (request, step), (&unfinished, Some(FactorProblem::Wait { seconds })))
                    .await?;
            later(shown, seconds)
        }
    })
}

async fn passkey(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let moment = in_language_of(&app, moment, params.one("request").ok().flatten());
    let signed_in = by_passkey(&app, &moment, &headers, &params).await;
    signed_in.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn by_passkey(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let request = params.one("request")?.ok_or(Stop::Shown(Problem::Expired))?;
    let errand = Errand::open(app, moment, request, Browser::recognise(headers).as_ref())?;
    let answer = params.one("passkey")?.unwrap_or_default();
    let sent = (&errand, request, answer);
    let refused = |problem| {
        let page =
            PasskeyRefusedPage { layout: html::layout(app, moment), request: request.to_owned(), problem };
        html::respond(page.page())
    };
    Ok(match flow::sign_in_by_passkey(app, moment, sent, cookies::session(headers)).await? {
        Verdict::Right(onward) | Verdict::Recovered(onward, _) => {
            note(app, moment, &errand, ("signed in", ""));
            sign_in::http::respond(app, (&errand, request), &onward)
        }
        Verdict::Wrong => {
            note(app, moment, &errand, ("no match", "the passkey is not known, or its answer is not right"));
            refused(FactorProblem::Wrong)
        }
        Verdict::Wait(seconds) => {
            note(app, moment, &errand, ("wait", "too many attempts for this account"));
            later(refused(FactorProblem::Wait { seconds }), seconds)
        }
    })
}

fn note(app: &App, moment: &Moment, errand: &Errand, (outcome, said): (&'static str, &'static str)) {
    let client = errand.request().map(|request| request.client_id.as_str());
    let noted = Noted::of("login", outcome, said);
    app.traces.note(app, moment, Noted { client, attempt: Some(errand.transaction), ..noted });
}

fn later(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

async fn page(
    app: &App,
    moment: &Moment,
    (request, step): (&str, &str),
    (unfinished, problem): (&Unfinished, Option<FactorProblem>),
) -> Outcome<Response> {
    let takes_codes = unfinished.takes_codes(app);
    let passkeys = flow::passkeys_of(app, unfinished).await?;
    let page = SecondFactorPage {
        layout: html::layout(app, moment),
        request: request.to_owned(),
        step: step.to_owned(),
        username: Claimed::name(&unfinished.factors.username),
        totp: takes_codes && unfinished.factors.totp,
        recovery: takes_codes && unfinished.factors.recovery_codes > 0,
        passkey: (!passkeys.is_empty()).then(|| evidence::passkeys::ask(app, step, &passkeys)),
        problem,
    };
    Ok(html::respond(page.page()))
}

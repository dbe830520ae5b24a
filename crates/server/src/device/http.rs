//! `POST /device_authorization`; `GET` and `POST /device` and `/device/confirm`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};
use gatewright_oauth::{Params, UserCode};
use gatewright_store::sessions::SessionFacts;

use super::ask::{self, Answer};
use super::confirm::{self, Step};
use super::enter::{self, Entered};
use super::page::{CodePage, CodeProblem, DonePage};
use crate::app::{App, Moment};
use crate::ceremony::errand::Place;
use crate::ceremony::http::sealed;
use crate::ceremony::question::Said;
use crate::clients::{Presented, authenticate};
use crate::error::{Outcome, Stop};
use crate::sign_in::http::{Since, Visit, answered as finished, lead, visitor};
use crate::traces::{Arrived, Noted};
use crate::web::extract::Form;
use crate::web::page::{Claimed, Page, Problem};
use crate::web::{answer, cookies, csrf, extract, html};

/// Largest body.
const BODY_BYTES: usize = 32 * 1024;
/// As much of what was typed is shown again.
const SHOWN: usize = 20;

pub(super) fn routes() -> Router<App> {
    let pages = Router::new()
        .route("/device", get(form).post(submit))
        .route("/device/confirm", get(question).post(decide))
        .layer(axum::middleware::from_fn(html::no_head));
    Router::new()
        .route("/device_authorization", post(device_authorization))
        .merge(pages)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn device_authorization(
    State(app): State<App>,
    moment: Moment,
    headers: HeaderMap,
    Form(params): Form,
) -> Response {
    let asked = request(&app, &moment, &headers, &params).await;
    app.meters.devices.count(["asked", asked.as_ref().map_or_else(Stop::word, |_| "waiting")]);
    match asked {
        Ok(asked) => answer::no_store(StatusCode::OK, &asked),
        Err(stop) => answer::client_stopped(&stop, &moment, &headers),
    }
}

async fn request(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Answer> {
    let presented = Presented::read(headers, params)?;
    let claimed = presented.claimed();
    let asked = async {
        let client = authenticate::client(app, moment, presented).await?;
        ask::request(app, moment, &client, params).await
    };
    let asked = asked.await;
    let noted = match &asked {
        Ok(answer) => Noted { attempt: Some(answer.attempt), ..Noted::of("device", "waiting", "") },
        Err(stop) => Noted::stopped("device", stop),
    };
    app.traces.note(
        app,
        moment,
        Noted { client: claimed.as_deref(), arrived: Arrived::Params(params), ..noted },
    );
    asked
}

/// A link with the code in it fills in the form, and that is all it does (DV-01).
async fn form(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let shown = async {
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let typed = params.one("user_code")?.unwrap_or_default();
        match visitor(&app, &moment, &headers, (place(typed), Since::AnyTime)).await? {
            Visit::Present(who) => Ok(page((&app, &moment), &who, (typed, None))),
            Visit::SignIn(response) => Ok(response),
        }
    };
    finished(&app, &moment, &headers, shown.await).await
}

async fn submit(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let taken = take(&app, &moment, &headers, &params).await;
    finished(&app, &moment, &headers, taken).await
}

async fn take(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let typed = params.one("user_code")?.unwrap_or_default();
    let who = match visitor(app, moment, headers, (place(typed), Since::AnyTime)).await? {
        Visit::Present(who) => who,
        Visit::SignIn(response) => return Ok(response),
    };
    Ok(match enter::enter(app, moment, (&who, typed)).await? {
        Entered::Claimed(claim) => html::see_own(app, "/device/confirm", &claim),
        Entered::Again(problem) => page((app, moment), &who, (typed, Some(problem))),
    })
}

async fn question(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let step = async {
        let claim = confirm::open_claim(&app, &moment, &sealed(&uri)?)?;
        let step = confirm::show(&app, &moment, &claim, cookies::session(&headers).as_ref()).await?;
        go(&app, &moment, &headers, step).await
    };
    finished(&app, &moment, &headers, step.await).await
}

async fn decide(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let decided = answered(&app, &moment, &headers, &params).await;
    finished(&app, &moment, &headers, decided).await
}

async fn answered(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let ticket = params.one("ticket")?.ok_or(Stop::Shown(Problem::Expired))?;
    let said = Said::read(params)?;
    let step = confirm::answer(app, moment, (ticket, &said), cookies::session(headers).as_ref()).await?;
    go(app, moment, headers, step).await
}

async fn go(app: &App, moment: &Moment, headers: &HeaderMap, step: Step) -> Outcome<Response> {
    Ok(match step {
        Step::Ask(page) => html::respond(page.page()),
        Step::Answered(answered, who) => {
            let layout = html::layout(app, &moment.clone().of_person(&who));
            html::respond(DonePage { layout, answered }.page())
        }
        Step::SignIn { code, demand } => {
            lead(app, moment, headers, (Place::Device { code: Some(code) }, demand))?
        }
        Step::StartOver => html::see_other(&format!("{}/device", app.config.issuer_path())),
        Step::Enter(problem) => match visitor(app, moment, headers, (place(""), Since::AnyTime)).await? {
            Visit::Present(who) => page((app, moment), &who, ("", Some(problem))),
            Visit::SignIn(response) => response,
        },
    })
}

/// Whoever has to sign in first finds the code again afterwards.
fn place(typed: &str) -> Place {
    Place::Device { code: UserCode::parse(typed).map(|code| code.to_string()) }
}

fn page(
    (app, moment): (&App, &Moment),
    who: &SessionFacts,
    (typed, problem): (&str, Option<CodeProblem>),
) -> Response {
    let code =
        UserCode::parse(typed).map_or_else(|| typed.chars().take(SHOWN).collect(), |code| code.to_string());
    let user_label = Claimed::name(who.user.email.as_deref().unwrap_or(&who.user.username));
    let page = CodePage {
        layout: html::layout(app, &moment.clone().of_person(&who.user)),
        code,
        user_label,
        problem,
    };
    let mut response = html::respond(page.page());
    if let Some(CodeProblem::Wait { seconds }) = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

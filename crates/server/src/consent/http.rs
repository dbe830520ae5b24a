//! `GET` and `POST /consent`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;
use gatewright_oauth::Params;

use super::flow::{self, Step, Visitor};
use crate::app::{App, Moment};
use crate::ceremony::http::{in_language_of, render, sealed};
use crate::ceremony::question::Said;
use crate::error::{Outcome, Stop};
use crate::sign_in;
use crate::web::browser::Browser;
use crate::web::page::{Page, Problem};
use crate::web::{cookies, csrf, extract, html};

/// Largest form: the ticket, which holds the sealed request.
const BODY_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/consent", get(ask).post(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn ask(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let moment = in_language_of(&app, moment, sealed(&uri).ok().as_deref());
    let step = match sealed(&uri) {
        Ok(request) => flow::show(&app, &moment, request, &visitor(&headers)).await,
        Err(stop) => Err(stop),
    };
    shown((&app, &moment, &headers), step).await
}

async fn answer(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let request = flow::request_of(&app, params.one("ticket").ok().flatten());
    let moment = in_language_of(&app, moment, request.as_deref());
    let step = decide(&app, &moment, &headers, &params).await;
    shown((&app, &moment, &headers), step).await
}

async fn decide(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Step> {
    csrf::same_site(headers, app.config.origin())?;
    let ticket = params.one("ticket")?.ok_or(Stop::Shown(Problem::Expired))?;
    let said = Said::read(params)?;
    flow::answer(app, moment, (ticket, &said), &visitor(headers)).await
}

fn visitor(headers: &HeaderMap) -> Visitor {
    Visitor { browser: Browser::recognise(headers), session: cookies::session(headers) }
}

async fn shown((app, moment, headers): (&App, &Moment, &HeaderMap), step: Outcome<Step>) -> Response {
    match step {
        Ok(Step::Ask(page)) => html::respond(page.page()),
        Ok(Step::Resume(request)) => html::see_own(app, "/authorize/resume", &request),
        Ok(Step::Answer(answer)) => render(app, moment, *answer),
        Err(stop) => sign_in::http::stopped(app, moment, headers, &stop).await,
    }
}

//! `GET` and `POST /password`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;
use gatewright_oauth::Params;
use gatewright_oauth::secret::Secret;
use gatewright_store::password_links::{Link, Purpose};

use super::flow::{self, Choice, Chosen};
use super::page::{ChoosePasswordPage, FormProblem, PasswordChosenPage};
use crate::accounts::links::PATH;
use crate::accounts::strength::FEWEST;
use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::web::page::{Claimed, Page, Problem};
use crate::web::{csrf, extract, html};

/// Largest form: the link and a password twice.
const BODY_BYTES: usize = 32 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(form).post(submit))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn form(State(app): State<App>, moment: Moment, uri: Uri) -> Response {
    let shown = async {
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let text = params.one("link")?.ok_or(Stop::Shown(Problem::DeadLink))?;
        let link = flow::look(&app, &moment, text).await?;
        Ok(page((&app, &moment), text, (&link, None)))
    };
    shown.await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn submit(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    choose(&app, &moment, &headers, &params).await.unwrap_or_else(|stop| html::stopped(&app, &moment, &stop))
}

async fn choose(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let field = |name| -> Outcome<String> { Ok(params.one(name)?.unwrap_or_default().to_owned()) };
    let choice = Choice {
        link: field("link")?,
        password: Secret::new(field("password")?),
        again: Secret::new(field("again")?),
    };
    Ok(match flow::choose(app, moment, &choice).await? {
        Chosen::Set(link) => {
            let username = Claimed::name(&link.username);
            html::respond(PasswordChosenPage { layout: html::layout(app, moment), username }.page())
        }
        Chosen::Refused(link, problem) => page((app, moment), &choice.link, (&link, Some(problem))),
    })
}

fn page(
    (app, moment): (&App, &Moment),
    text: &str,
    (link, problem): (&Link, Option<FormProblem>),
) -> Response {
    let page = ChoosePasswordPage {
        layout: html::layout(app, moment),
        link: text.to_owned(),
        username: link.username.clone(),
        fewest: FEWEST,
        is_first: link.purpose == Purpose::Invite,
        problem,
    };
    html::respond(page.page())
}

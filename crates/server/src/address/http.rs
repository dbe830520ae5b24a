//! `GET` and `POST /account/email`, `GET` and `POST /email`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::get;
use gatewright_oauth::Params;
use gatewright_store::users::User;

use super::flow;
use super::page::{AddressConfirmedPage, AddressPage, AddressProblem, AddressSentPage, ConfirmAddressPage};
use crate::accounts::address::PATH;
use crate::app::{App, Moment};
use crate::ceremony::errand::Place;
use crate::config::Config;
use crate::error::{Outcome, Stop};
use crate::sign_in::http::{Since, Visit, answered, visitor};
use crate::web::page::account::{Nav, Tab};
use crate::web::page::{Claimed, Page, Problem};
use crate::web::{csrf, extract, html};

/// Largest form: an address, or a link.
const BODY_BYTES: usize = 32 * 1024;

pub(super) fn routes(config: &Config) -> Router<App> {
    if !config.mail.is_on() {
        return Router::new();
    }
    Router::new()
        .route(&Place::Address.path(), get(form).post(submit))
        .route(PATH, get(look).post(confirm))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn form(State(app): State<App>, moment: Moment, headers: HeaderMap) -> Response {
    let shown = async {
        Ok(match visitor(&app, &moment, &headers, (Place::Address, Since::Recently)).await? {
            Visit::SignIn(response) => response,
            Visit::Present(facts) => {
                let moment = moment.clone().of_person(&facts.user);
                // Whoever comes to have it confirmed need not type it again.
                let unconfirmed = facts.user.email.clone().filter(|_| !facts.user.email_verified);
                page((&app, &moment), &facts.user, (unconfirmed.unwrap_or_default(), None))
            }
        })
    };
    answered(&app, &moment, &headers, shown.await).await
}

async fn submit(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let done = ask(&app, &moment, &headers, &params).await;
    answered(&app, &moment, &headers, done).await
}

async fn ask(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Response> {
    csrf::same_site(headers, app.config.origin())?;
    let facts = match visitor(app, moment, headers, (Place::Address, Since::Recently)).await? {
        Visit::SignIn(response) => return Ok(response),
        Visit::Present(facts) => facts,
    };
    let moment = &moment.clone().of_person(&facts.user);
    let email = params.one("email")?.unwrap_or_default().trim().to_owned();
    Ok(match flow::ask(app, moment, &facts.user, &email).await? {
        None => {
            let email = Claimed::note(&email);
            let nav = Nav::below(Tab::Profile, &facts.user);
            html::respond(AddressSentPage { layout: html::layout(app, moment), nav, email }.page())
        }
        Some(problem) => page((app, moment), &facts.user, (email, Some(problem))),
    })
}

fn page(
    (app, moment): (&App, &Moment),
    user: &User,
    (typed, problem): (String, Option<AddressProblem>),
) -> Response {
    let page = AddressPage {
        layout: html::layout(app, moment),
        nav: Nav::below(Tab::Profile, user),
        email: user.email.as_deref().map(Claimed::note),
        is_verified: user.email_verified,
        typed,
        problem,
    };
    let mut response = html::respond(page.page());
    if let Some(AddressProblem::Wait { seconds }) = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

async fn look(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let shown = async {
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let text = params.one("link")?.ok_or(Stop::Shown(Problem::DeadLink))?;
        let address = flow::look(&app, &moment, text).await?;
        let page = ConfirmAddressPage {
            layout: html::layout(&app, &moment),
            link: text.to_owned(),
            username: Claimed::name(&address.username),
            was: address.email.as_deref().filter(|was| *was != address.new).map(Claimed::note),
            email: Claimed::note(&address.new),
        };
        Ok(html::respond(page.page()))
    };
    answered(&app, &moment, &headers, shown.await).await
}

async fn confirm(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let done = async {
        csrf::same_site(&headers, app.config.origin())?;
        let text = params.one("link")?.ok_or(Stop::Shown(Problem::DeadLink))?;
        let address = flow::confirm(&app, &moment, text).await?;
        let page = AddressConfirmedPage {
            layout: html::layout(&app, &moment),
            username: Claimed::name(&address.username),
            email: Claimed::note(&address.new),
        };
        Ok(html::respond(page.page()))
    };
    answered(&app, &moment, &headers, done.await).await
}

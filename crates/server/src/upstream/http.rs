//! `POST /upstream/{name}`, `GET /upstream/{name}/callback`, and `/account/identities`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};
use gatewright_oauth::Params;
use gatewright_store::sessions::SessionFacts;
use gatewright_store::{Write, identities, ways_in};
use uuid::Uuid;

use super::arrive::Arrival;
use super::flow::{self, Step};
use super::page::{IdentitiesPage, Notice, UpstreamPage, UpstreamProblem};
use crate::app::{App, Moment};
use crate::ceremony::Errand;
use crate::ceremony::errand::{Place, What};
use crate::ceremony::http::in_language_of;
use crate::error::{Outcome, Stop};
use crate::providers::Provider;
use crate::sign_in;
use crate::sign_in::http::{Since, Visit};
use crate::web::browser::Browser;
use crate::web::page::account::{Nav, Tab};
use crate::web::page::{Page, Problem};
use crate::web::request_log::Rule;
use crate::web::{cookies, csrf, extract, html};

/// Largest form: the sealed request.
const BODY_BYTES: usize = 32 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/upstream/{name}", post(start))
        .route("/upstream/{name}/callback", get(callback))
        .route("/account/identities", get(show))
        .route("/account/identities/connect", post(connect))
        .route("/account/identities/disconnect", post(disconnect))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(axum::middleware::from_fn(html::no_head))
}

/// A form of ours: its fields.
async fn form(app: &App, request: Request) -> Result<(HeaderMap, Params), Response> {
    let headers = request.headers().clone();
    Ok((headers, extract::body(request, app).await?))
}

fn own(app: &App, headers: &HeaderMap) -> Outcome<()> {
    csrf::same_site(headers, app.config.origin())
}

async fn start(
    State(app): State<App>,
    moment: Moment,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (headers, params) = match form(&app, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let moment = in_language_of(&app, moment, params.one("request").ok().flatten());
    let sent = async {
        own(&app, &headers)?;
        let provider = flow::provider(&app, &name)?;
        let request = params.one("request")?.ok_or(Stop::Shown(Problem::Expired))?;
        let browser = Browser::recognise(&headers);
        let errand = Errand::open(&app, &moment, request, browser.as_ref())?;
        match flow::start(&app, &moment, provider, (errand, None)).await? {
            Step::Done(way) => Ok(html::see_other(&way)),
            Step::Trouble(problem) => {
                Ok(trouble(&app, &moment, provider, (problem, Some(request.to_owned()))))
            }
        }
    };
    sign_in::http::answered(&app, &moment, &headers, sent.await).await
}

async fn callback(
    State(app): State<App>,
    moment: Moment,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let (headers, uri) = (&parts.headers, &parts.uri);
    let moment = in_language_of_journey(&app, moment, uri);
    let begun = || -> Outcome<_> {
        let provider = flow::provider(&app, &name)?;
        let params = Params::parse(uri.query().unwrap_or_default().as_bytes())?;
        let browser = Browser::recognise(headers);
        let journey = flow::journey(&app, &moment, (provider, &params), browser.as_ref())?;
        Ok((provider, params, journey))
    };
    let (provider, params, journey) = match begun() {
        Ok(begun) => begun,
        Err(stop) => return sign_in::http::stopped(&app, &moment, headers, &stop).await,
    };
    let arrived = async {
        let step =
            flow::back(&app, &moment, (provider, &params), (&journey, cookies::session(headers))).await?;
        match step {
            Step::Done(Arrival::SignedIn(onward)) => {
                let sealed = journey.errand.seal(&app, &moment)?;
                Ok(sign_in::http::respond(&app, (&journey.errand, &sealed), &onward))
            }
            Step::Done(Arrival::Linked) => {
                Ok(html::see_other(&format!("{}/account/identities", app.config.issuer_path())))
            }
            Step::Trouble(problem) => {
                let back = match journey.link {
                    Some(_) => None,
                    None => Some(journey.errand.seal(&app, &moment)?),
                };
                let moment = sign_in::http::spoken(&app, &moment, headers).await;
                Ok(trouble(&app, &moment, provider, (problem, back)))
            }
        }
    };
    sign_in::http::answered(&app, &moment, headers, arrived.await).await
}

/// [`in_language_of`], for somebody who is back from a provider.
fn in_language_of_journey(app: &App, moment: Moment, uri: &Uri) -> Moment {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).ok();
    let state = params.as_ref().and_then(|params| params.one("state").ok().flatten());
    let wish = state.and_then(|state| flow::wish(app, state));
    moment.in_language(wish.as_deref())
}

fn trouble(
    app: &App,
    moment: &Moment,
    provider: &Provider,
    (problem, back): (UpstreamProblem, Option<String>),
) -> Response {
    let page = UpstreamPage {
        layout: html::layout(app, moment),
        provider: provider.settings.title.clone(),
        problem,
        back,
        request_id: moment.request.to_string(),
    };
    let mut response = html::respond(page.page());
    response.extensions_mut().insert(Rule(problem.word()));
    if let UpstreamProblem::TooMany { wait_seconds } = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_seconds));
    }
    response
}

async fn show(State(app): State<App>, moment: Moment, headers: HeaderMap) -> Response {
    let shown = async {
        match sign_in::http::visitor(&app, &moment, &headers, (Place::Identities, Since::AnyTime)).await? {
            Visit::Present(facts) => page((&app, &moment), &facts, None).await,
            Visit::SignIn(response) => Ok(response),
        }
    };
    sign_in::http::answered(&app, &moment, &headers, shown.await).await
}

async fn page(
    (app, moment): (&App, &Moment),
    facts: &SessionFacts,
    notice: Option<Notice>,
) -> Outcome<Response> {
    let found = identities::of_user(&app.store, facts.user.id).await?;
    let ways = ways_in::of_user(&app.store, facts.user.id).await?;
    let user = &facts.user;
    let frame = (html::layout(app, &moment.clone().of_person(user)), Nav::below(Tab::Security, user));
    let page = IdentitiesPage::of(frame, &app.providers, (&found, &facts.user.username));
    let page = IdentitiesPage { may_disconnect: ways.count() > 1, notice, ..page };
    Ok(html::respond(page.page()))
}

/// Connecting needs a recent sign-in here, and one there.
async fn connect(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let (headers, params) = match form(&app, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let sent = async {
        own(&app, &headers)?;
        let provider = flow::provider(&app, params.one("provider")?.unwrap_or_default())?;
        let at = (Place::Identities, Since::Recently);
        let facts = match sign_in::http::visitor(&app, &moment, &headers, at).await? {
            Visit::Present(facts) => facts,
            Visit::SignIn(response) => return Ok(response),
        };
        let moment = moment.clone().of_person(&facts.user);
        let browser = Browser::meet(&app, &headers);
        let errand = Errand::start(&app, &moment, What::Visit(Place::Identities), &browser);
        let response = match flow::start(&app, &moment, provider, (errand, Some(facts.user.id))).await? {
            Step::Done(way) => html::see_other(&way),
            Step::Trouble(problem) => trouble(&app, &moment, provider, (problem, None)),
        };
        Ok(browser.remember(response))
    };
    sign_in::http::answered(&app, &moment, &headers, sent.await).await
}

async fn disconnect(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let (headers, params) = match form(&app, request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let done = async {
        own(&app, &headers)?;
        let at = (Place::Identities, Since::Recently);
        let facts = match sign_in::http::visitor(&app, &moment, &headers, at).await? {
            Visit::Present(facts) => facts,
            Visit::SignIn(response) => return Ok(response),
        };
        let id: Option<Uuid> = params.one("identity")?.and_then(|text| text.parse().ok());
        let id = id.ok_or(Stop::Shown(Problem::Expired))?;
        let notice = match flow::disconnect(&app, &moment, (facts.user.id, id)).await? {
            Write::Applied(()) => Notice::Disconnected,
            // Gone already, or the only way in.
            Write::Lost => Notice::Stays,
        };
        page((&app, &moment), &facts, Some(notice)).await
    };
    sign_in::http::answered(&app, &moment, &headers, done.await).await
}

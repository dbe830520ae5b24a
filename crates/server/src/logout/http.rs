//! `GET` and `POST /logout`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use axum::routing::get;
use gatewright_oauth::Params;

use super::flow::{self, Step};
use super::page::{BackLink, LogoutConfirmPage, LogoutDonePage, LogoutOutcome};
use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::web::page::{Claimed, Page};
use crate::web::{cookies, csrf, extract, html};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/logout", get(ask).post(confirm))
        .layer(DefaultBodyLimit::max(32 * 1024))
        .layer(axum::middleware::from_fn(html::no_head))
}

async fn ask(State(app): State<App>, moment: Moment, headers: HeaderMap, uri: Uri) -> Response {
    let session = cookies::session(&headers);
    let step = match Params::parse(uri.query().unwrap_or_default().as_bytes()) {
        Ok(params) => flow::ask(&app, &moment, &params, session.as_ref()).await,
        Err(refusal) => Err(Stop::Refused(refusal)),
    };
    shown(&app, &moment, step)
}

/// The form of our page; also the POST of an app, which is told apart by having no ticket. That one
/// comes from another site, and browsers keep `SameSite=Lax` cookies back then; so it is sent on as a
/// GET of our own, which finds the person's session.
async fn confirm(State(app): State<App>, moment: Moment, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = match extract::body(request, &app).await {
        Ok(params) => params,
        Err(response) => return response,
    };
    let step = match params.one("ticket") {
        Ok(Some(ticket)) => decide(&app, &moment, &headers, ticket).await,
        Ok(None) => return repost(&app, &params),
        Err(refusal) => Err(Stop::Refused(refusal)),
    };
    shown(&app, &moment, step)
}

async fn decide(app: &App, moment: &Moment, headers: &HeaderMap, ticket: &str) -> Outcome<Step> {
    csrf::same_site(headers, app.config.origin())?;
    let session = cookies::session(headers);
    flow::confirm(app, moment, ticket, session.as_ref()).await
}

/// Turns the POST of an app into the GET it means.
fn repost(app: &App, params: &Params) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(params.iter());
    html::see_other(&format!("{}/logout?{}", app.config.issuer_path(), query.finish()))
}

fn shown(app: &App, moment: &Moment, step: Outcome<Step>) -> Response {
    let layout = html::layout(app, moment);
    match step {
        Ok(Step::Ask { user_label, locale, client_name, ticket }) => {
            let layout = html::layout(app, &moment.clone().for_reader(locale.as_deref()));
            let client_name = client_name.as_deref().and_then(Claimed::visible_name);
            let page =
                LogoutConfirmPage { layout, user_label: Claimed::name(&user_label), client_name, ticket };
            html::respond(page.page())
        }
        Ok(Step::Done { ended, back }) => {
            let mut response = match (ended, back) {
                (true, Some(back)) => html::see_other(&back.uri),
                (ended, back) => {
                    let outcome =
                        if ended { LogoutOutcome::SignedOut } else { LogoutOutcome::NobodyWasSignedIn };
                    let back = back.map(|back| BackLink { uri: back.uri, label: back.label });
                    html::respond(LogoutDonePage { layout, outcome, back }.page())
                }
            };
            if ended && let Some(cookie) = cookies::clear_session() {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(stop) => html::stopped(app, moment, &stop),
    }
}

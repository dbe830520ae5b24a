//! `POST /introspect`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use gatewright_oauth::Params;
use gatewright_oauth::introspect::{IntrospectRequest, Introspection, caller};

use super::flow;
use crate::app::{App, Moment};
use crate::clients::{Presented, authenticate};
use crate::error::Outcome;
use crate::web::answer;
use crate::web::extract::Form;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/introspect", post(introspect)).layer(DefaultBodyLimit::max(32 * 1024))
}

async fn introspect(
    State(app): State<App>,
    moment: Moment,
    headers: HeaderMap,
    Form(params): Form,
) -> Response {
    match ask(&app, &moment, &headers, &params).await {
        Ok(introspection) => answer::no_store(StatusCode::OK, &introspection),
        Err(stop) => answer::client_stopped(&stop, &moment, &headers),
    }
}

async fn ask(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<Introspection> {
    let client = authenticate::client(app, moment, Presented::read(headers, params)?).await?;
    caller(&client)?;
    let request = IntrospectRequest::parse(params)?;
    flow::answer(app, moment, &client, &request.token).await
}

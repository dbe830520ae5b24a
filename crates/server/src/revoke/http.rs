//! `POST /revoke`.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use gatewright_oauth::Params;
use gatewright_oauth::revoke::RevokeRequest;

use super::flow;
use crate::app::{App, Moment};
use crate::clients::{Presented, authenticate};
use crate::error::Outcome;
use crate::web::answer;
use crate::web::extract::Form;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/revoke", post(revoke)).layer(DefaultBodyLimit::max(32 * 1024))
}

async fn revoke(State(app): State<App>, moment: Moment, headers: HeaderMap, Form(params): Form) -> Response {
    match end(&app, &moment, &headers, &params).await {
        Ok(()) => {
            let mut response = StatusCode::OK.into_response();
            answer::forbid_storing(response.headers_mut());
            response
        }
        Err(stop) => answer::client_stopped(&stop, &moment, &headers),
    }
}

async fn end(app: &App, moment: &Moment, headers: &HeaderMap, params: &Params) -> Outcome<()> {
    let client = authenticate::client(app, moment, Presented::read(headers, params)?).await?;
    let request = RevokeRequest::parse(params)?;
    flow::end(app, moment, &client, &request.token).await
}

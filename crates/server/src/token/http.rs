//! `POST /token`. `/token/` answers the same: clients add slashes, and we never redirect (AZ-12).

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use gatewright_oauth::{Params, TokenRequest, TokenResponse};

use super::{client_credentials, code, refresh};
use crate::app::{App, Moment};
use crate::clients::{Presented, authenticate};
use crate::error::Outcome;
use crate::web::answer;
use crate::web::extract::Form;

/// Largest body (DS-01).
const BODY_BYTES: usize = 32 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/token", post(token))
        .route("/token/", post(token))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

async fn token(State(app): State<App>, moment: Moment, headers: HeaderMap, Form(params): Form) -> Response {
    match answer_grant(&app, &moment, &headers, &params).await {
        Ok(tokens) => answer::no_store(StatusCode::OK, &tokens),
        Err(stop) => answer::client_stopped(&stop, &moment, &headers),
    }
}

async fn answer_grant(
    app: &App,
    moment: &Moment,
    headers: &HeaderMap,
    params: &Params,
) -> Outcome<TokenResponse> {
    // First of all who asks: a client that has to register again must hear `invalid_client`, whatever else
    // is wrong with its request.
    let client = authenticate::client(app, Presented::read(headers, params)?).await?;
    match TokenRequest::parse(params)? {
        TokenRequest::AuthorizationCode(asked) => code::exchange(app, moment, &client, &asked).await,
        TokenRequest::RefreshToken(asked) => refresh::rotate(app, moment, &client, &asked).await,
        TokenRequest::ClientCredentials(asked) => {
            client_credentials::issue(app, moment, &client, &asked).await
        }
    }
}

//! `POST /token`. `/token/` answers the same: clients add slashes, and we never redirect (AZ-12).

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use gatewright_oauth::{Code, Params, TokenRequest, TokenResponse};
use uuid::Uuid;

use super::{client_credentials, code, device, refresh};
use crate::app::{App, Moment};
use crate::clients::{Presented, authenticate};
use crate::error::{Outcome, Stop};
use crate::meters::{GRANTS, ISSUED};
use crate::traces::{Arrived, Noted};
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
    let answered = answer_grant(&app, &moment, &headers, &params).await;
    let asked = params.echo("grant_type");
    let grant = GRANTS.into_iter().find(|grant| asked == Some(grant)).unwrap_or("other");
    app.meters.tokens.count([grant, answered.as_ref().map_or_else(Stop::word, |_| ISSUED)]);
    match answered {
        Ok(tokens) => answer::no_store(StatusCode::OK, &tokens),
        Err(stop) => answer::grant_stopped(&stop, &moment, &headers),
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
    let presented = Presented::read(headers, params)?;
    let claimed = presented.claimed();
    let (attempt, answered) = grant(app, moment, params, presented).await;
    note(app, moment, params, (claimed.as_deref(), attempt, &answered));
    answered
}

/// The answer, and the authorization it belongs to where that is known.
async fn grant(
    app: &App,
    moment: &Moment,
    params: &Params,
    presented: Presented,
) -> (Option<Uuid>, Outcome<TokenResponse>) {
    let asked = async {
        let client = authenticate::client(app, moment, presented).await?;
        Ok::<_, Stop>((client, TokenRequest::parse(params)?))
    };
    let (client, request) = match asked.await {
        Ok(asked) => asked,
        Err(stop) => return (None, Err(stop)),
    };
    match request {
        TokenRequest::AuthorizationCode(asked) => code::exchange(app, moment, &client, &asked).await,
        TokenRequest::RefreshToken(asked) => {
            (Some(asked.token.grant()), refresh::rotate(app, moment, &client, &asked).await)
        }
        TokenRequest::ClientCredentials(asked) => {
            (None, client_credentials::issue(app, moment, &client, &asked).await)
        }
        TokenRequest::DeviceCode(asked) => device::exchange(app, moment, &client, &asked).await,
    }
}

/// Refusals, and the end of each authorization; that a client refreshed or speaks for itself is in the events.
fn note(
    app: &App,
    moment: &Moment,
    params: &Params,
    (client, attempt, answered): (Option<&str>, Option<Uuid>, &Outcome<TokenResponse>),
) {
    let noted = match answered {
        Ok(_) => match params.echo("grant_type") {
            Some("authorization_code" | gatewright_oauth::device::GRANT_TYPE) => {
                Noted::of("token", "issued", "")
            }
            Some(_) | None => return,
        },
        // A device that waits asks every few seconds; that it waits has been noted.
        Err(Stop::Refused(refusal)) if refusal.code() == Code::AuthorizationPending => return,
        Err(stop) => Noted::stopped("token", stop),
    };
    app.traces.note(app, moment, Noted { client, attempt, arrived: Arrived::Params(params), ..noted });
}

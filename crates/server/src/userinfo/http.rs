//! `GET` and `POST /userinfo`, with the challenges of RFC 6750 §3.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gatewright_oauth::{Code, bearer};

use super::flow;
use crate::app::{App, Moment};
use crate::error::Stop;
use crate::web::answer;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/userinfo", get(userinfo).post(userinfo))
}

async fn userinfo(State(app): State<App>, moment: Moment, headers: HeaderMap) -> Response {
    let line = headers.get(header::AUTHORIZATION).and_then(|line| line.to_str().ok());
    let answered = match bearer::token(line) {
        Ok(Some(token)) => flow::answer(&app, &moment, token).await,
        Ok(None) => {
            let mut response = StatusCode::UNAUTHORIZED.into_response();
            answer::forbid_storing(response.headers_mut());
            answer::challenge(&mut response, "Bearer");
            return response;
        }
        Err(refusal) => Err(Stop::Refused(refusal)),
    };
    match answered {
        Ok(user) => answer::no_store(StatusCode::OK, &user),
        Err(stop) => {
            let mut response = answer::stopped(&stop, &moment);
            if let Stop::Refused(refusal) = &stop {
                let scope = if refusal.code() == Code::InsufficientScope { ", scope=\"openid\"" } else { "" };
                let (code, description) = (refusal.code().as_str(), refusal.description());
                let value = format!("Bearer error=\"{code}\", error_description=\"{description}\"{scope}");
                answer::challenge(&mut response, &value);
            }
            response
        }
    }
}

//! `GET /`.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::page::HomePage;
use crate::app::{App, Moment};
use crate::web::html;
use crate::web::page::Page;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

async fn home(State(app): State<App>, moment: Moment) -> Response {
    let metadata = format!("/.well-known/oauth-authorization-server{}", app.config.issuer_path());
    html::respond(HomePage { layout: html::layout(&app, &moment), metadata }.page())
}

//! `GET /logo/{address}`.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::{App, Moment};
use crate::clients::logos;
use crate::web::html;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/logo/{address}", get(logo))
}

async fn logo(State(app): State<App>, moment: Moment, Path(address): Path<String>) -> Response {
    match logos::picture(&app, &moment, &address).await {
        Some(picture) => {
            let headers =
                [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=3600")];
            (headers, picture).into_response()
        }
        None => html::not_found(State(app), moment).await,
    }
}

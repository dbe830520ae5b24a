//! `GET /assets/…`: the files pages load, from the binary.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

use super::assets::{ALL, CACHE_CONTROL};
use crate::app::App;

/// One route per file.
pub fn routes() -> Router<App> {
    ALL.into_iter().fold(Router::new(), |routes, asset| {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
            (header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL)),
        ];
        routes.route(asset.path, get(async move || (headers, asset.bytes).into_response()))
    })
}

//! `GET /assets/…`: the files pages load, from the binary or made of what the operator configured.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use super::assets::{ALL, CACHE_CONTROL};
use super::html;
use crate::app::{App, Moment};
use crate::branding;

/// One route per file.
pub fn routes() -> Router<App> {
    let ours = ALL.into_iter().fold(Router::new(), |routes, asset| {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
            (header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL)),
        ];
        routes.route(asset.path, get(async move || (headers, asset.bytes).into_response()))
    });
    ours.route(branding::LOGO_PATH, get(logo)).route(branding::STYLE_PATH, get(style))
}

async fn logo(State(app): State<App>, moment: Moment) -> Response {
    match &app.brand.logo {
        Some(logo) => brand("image/png", &logo.bytes),
        None => html::not_found(State(app), moment).await,
    }
}

async fn style(State(app): State<App>, moment: Moment) -> Response {
    match &app.brand.style {
        Some(sheet) => brand("text/css; charset=utf-8", &sheet.bytes),
        None => html::not_found(State(app), moment).await,
    }
}

fn brand(kind: &'static str, bytes: &Bytes) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, CACHE_CONTROL)], bytes.clone()).into_response()
}

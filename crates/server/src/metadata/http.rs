//! The well-known routes: rendered once, served without the database.

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use gatewright_oauth::metadata::well_known_paths;

use crate::app::App;
use crate::config::Config;
use crate::web::{answer, cors};

/// Nothing: the well-known paths are at the root of the host, not below the issuer's path.
pub(super) fn beside_the_issuer() -> Router<App> {
    Router::new()
}

/// Every well-known form of this issuer's document.
pub fn well_known(config: &Config) -> Router<App> {
    let body = Bytes::from(serde_json::to_vec(&super::document(config)).unwrap_or_default());
    let hash = ring::digest::digest(&ring::digest::SHA256, &body);
    let etag = format!("\"{}\"", gatewright_jose::base64url::encode(&hash.as_ref()[..12]));
    let etag = HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\""));
    let mut routes = Router::new();
    for path in well_known_paths(&config.issuer) {
        let (body, etag) = (body.clone(), etag.clone());
        routes = routes.route(&path, get(async move |headers: HeaderMap| render(&headers, body, &etag)));
    }
    cors::open(routes)
}

fn render(headers: &HeaderMap, body: Bytes, etag: &HeaderValue) -> Response {
    let fresh = [
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (header::ETAG, etag.clone()),
    ];
    if answer::is_known(headers, etag) {
        return (StatusCode::NOT_MODIFIED, fresh).into_response();
    }
    (fresh, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

//! `GET /jwks`: pre-rendered bytes, no database.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::web::answer;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/jwks", get(jwks))
}

async fn jwks(State(app): State<App>, headers: HeaderMap) -> Response {
    let ring = app.keys.ring();
    let etag = HeaderValue::from_str(&ring.etag).unwrap_or(HeaderValue::from_static("\"\""));
    let fresh = [
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (header::ETAG, etag.clone()),
    ];
    if answer::is_known(&headers, &etag) {
        return (StatusCode::NOT_MODIFIED, fresh).into_response();
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"))];
    (fresh, kind, ring.jwks.clone()).into_response()
}

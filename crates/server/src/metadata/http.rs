//! The well-known routes: rendered once for each state, served without the database.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use gatewright_oauth::metadata::well_known_paths;

use crate::app::App;
use crate::config::Config;
use crate::offers::{Announced, Surface};
use crate::web::{answer, cors};

/// Nothing: the well-known paths are at the root of the host, not below the issuer's path.
pub(super) fn beside_the_issuer() -> Router<App> {
    Router::new()
}

/// Every well-known form of this issuer's document.
pub fn well_known(config: &Config) -> Router<App> {
    let rendered = Arc::new(Rendered::default());
    let mut routes = Router::new();
    for path in well_known_paths(&config.issuer) {
        let rendered = Arc::clone(&rendered);
        let answer = async move |State(app): State<App>, headers: HeaderMap| {
            let (body, etag) = rendered.of(&Surface::of(&app));
            render(&headers, body.clone(), etag)
        };
        routes = routes.route(&path, get(answer));
    }
    cors::open(routes)
}

/// The document in each state it can be in, each rendered once.
#[derive(Default)]
struct Rendered([OnceLock<(Bytes, HeaderValue)>; 4]);

impl Rendered {
    fn of(&self, surface: &Surface<'_>) -> &(Bytes, HeaderValue) {
        let [with_documents, with_registration] = [surface.documents, surface.registration]
            .map(|announced| usize::from(announced == Announced::Yes));
        self.0[2 * with_documents + with_registration].get_or_init(|| {
            let body = Bytes::from(serde_json::to_vec(&super::document(surface)).unwrap_or_default());
            let hash = ring::digest::digest(&ring::digest::SHA256, &body);
            let etag = format!("\"{}\"", gatewright_jose::base64url::encode(&hash.as_ref()[..12]));
            (body, HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\"")))
        })
    }
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

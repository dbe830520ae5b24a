//! Standing answers: the same for everybody until what they tell changes, and asked for more often than
//! anything else, because every resource server needs them (the JWKS, the metadata documents).
//!
//! They are given without a database, without a route, and from headers put together once. Such an answer may
//! be kept by caches, so it has no request number, and it leaves a log line only at level `debug`; it is counted
//! like any other. Whatever is not a plain `GET` for our host goes the long way and finds the same answer there.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;

use super::request_log::{Meters, Tally};
use super::{answer, cors, gatekeeper, head, headers};
use crate::app::App;
use crate::config::Config;

/// What an answer tells at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    body: Bytes,
    etag: HeaderValue,
}

impl Text {
    /// The bytes to send. Their entity tag is made from their digest (RFC 9110 §8.8.3).
    pub fn new(body: Vec<u8>) -> Text {
        let hash = ring::digest::digest(&ring::digest::SHA256, &body);
        let etag = format!("\"{}\"", gatewright_jose::base64url::encode(&hash.as_ref()[..12]));
        Text {
            body: body.into(),
            etag: HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }

    /// The bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// One standing answer.
#[derive(Clone)]
pub struct Standing {
    path: String,
    kind: HeaderValue,
    text: Arc<dyn Fn(&App) -> Text + Send + Sync>,
}

impl Standing {
    /// At `path`, of media type `kind`, telling what `text` says at the moment.
    pub fn new(
        path: String,
        kind: &'static str,
        text: impl Fn(&App) -> Text + Send + Sync + 'static,
    ) -> Standing {
        Standing { path, kind: HeaderValue::from_static(kind), text: Arc::new(text) }
    }

    /// Its headers, in front of those that differ from one moment to the next.
    fn headers(&self, status: StatusCode) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        if status == StatusCode::OK {
            headers.insert(header::CONTENT_TYPE, self.kind.clone());
        }
        headers
    }
}

/// The routes of standing answers, for those who do not come for a plain `GET`: `HEAD`, preflights, other methods.
pub fn routes(standing: &[Standing]) -> Router<App> {
    let mut routes = Router::new();
    for one in standing {
        let answer = one.clone();
        let answer = async move |State(app): State<App>, asked: HeaderMap| {
            render((answer.text)(&app), &asked, |status| answer.headers(status))
        };
        routes = routes.route(&one.path, get(answer));
    }
    cors::open(routes)
}

fn render(text: Text, asked: &HeaderMap, headers: impl FnOnce(StatusCode) -> HeaderMap) -> Response {
    let is_known = answer::is_known(asked, &text.etag);
    let (status, body) =
        if is_known { (StatusCode::NOT_MODIFIED, Body::empty()) } else { (StatusCode::OK, text.body.into()) };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers(status);
    response.headers_mut().insert(header::ETAG, text.etag);
    response
}

/// The standing answers of a server, ready to be given.
pub(super) struct Shelf(Vec<Ready>);

struct Ready {
    standing: Standing,
    /// Complete headers and meters of an answer with its text, and of one without (304).
    fresh: (HeaderMap, Meters),
    known: (HeaderMap, Meters),
}

impl Shelf {
    pub(super) fn new(standing: Vec<Standing>, config: &Config, tally: &Tally) -> Shelf {
        let ready = |standing: Standing| {
            let [fresh, known] = [StatusCode::OK, StatusCode::NOT_MODIFIED].map(|status| {
                let mut complete = standing.headers(status);
                cors::add(&mut complete);
                headers::add(config, &mut complete);
                (complete, tally.meters(&standing.path, status.as_u16()))
            });
            Ready { standing, fresh, known }
        };
        Shelf(standing.into_iter().map(ready).collect())
    }

    /// The answer to `request`, if it is a plain `GET` for one of these.
    pub(super) fn answer(&self, app: &App, request: &Request) -> Option<Response> {
        let path = request.uri().path();
        let ready = self.0.iter().find(|ready| ready.standing.path == path)?;
        let has_body = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING]
            .iter()
            .any(|name| request.headers().contains_key(name));
        let is_plain = request.method() == Method::GET && !has_body;
        if !is_plain || gatekeeper::refuse(app, request).is_some() || head::is_too_large(request) {
            return None;
        }
        let started = Instant::now();
        let response = render((ready.standing.text)(app), request.headers(), |status| {
            let (headers, meters) = if status == StatusCode::OK { &ready.fresh } else { &ready.known };
            meters.count(started.elapsed());
            tracing::debug!(route = path, status = status.as_u16(), "request");
            headers.clone()
        });
        Some(response)
    }
}

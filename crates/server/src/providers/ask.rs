//! One question to a provider.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header, request};
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::fetch::{FetchError, Fetched, Reach, Sent};

/// The whole answer: somebody waits for it.
const WITHIN: Duration = Duration::from_secs(8);

/// GET, as the bearer of a token if there is one.
pub(super) async fn get(
    app: &App,
    url: &str,
    (most, bearer): (usize, Option<&str>),
) -> Result<Fetched, FetchError> {
    let request = |path: &str| {
        let request = Request::get(path).header(header::ACCEPT, "application/json");
        match bearer {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    };
    send(app, url, (request, Bytes::new(), most)).await
}

/// A form, posted with an `Authorization` if there is one.
pub(super) async fn post(
    app: &App,
    url: &str,
    (form, authorization, most): (String, Option<String>, usize),
) -> Result<Fetched, FetchError> {
    let request = |path: &str| {
        let request = Request::post(path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_LENGTH, form.len());
        match &authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        }
    };
    send(app, url, (request, Bytes::from(form.clone()), most)).await
}

async fn send(
    app: &App,
    url: &str,
    (request, body, most): (impl Fn(&str) -> request::Builder, Bytes, usize),
) -> Result<Fetched, FetchError> {
    let until = Instant::now() + WITHIN;
    let work = async {
        let mut line = app.fetcher.reach(url, Reach::Upstreams).await?;
        let request = request(line.path()).header(header::ACCEPT_ENCODING, "identity");
        line.send(Sent { request, body, most, head_by: until }).await
    };
    timeout_at(until, work).await.unwrap_or(Err(FetchError::Slow))
}

/// How long something is fresh: as its headers say, at least five minutes.
pub(super) fn freshness(said: Duration) -> chrono::Duration {
    let least = chrono::Duration::minutes(5);
    chrono::Duration::from_std(said).unwrap_or(least).max(least)
}

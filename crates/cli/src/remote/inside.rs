//! The admin API without a server: its own routes, in this process, with the database that is at hand. The caller is
//! `operator`, as of every command on the server's machine.

use axum::body::Body;
use gatewright_server::admin::RESOURCE_PATH;
use gatewright_server::admin::inside::http as routes;
use http::request::Builder;
use http::{HeaderMap, Response, StatusCode};

use super::ask::LINES;
use super::{Ask, Pieces};
use crate::failure::Failure;
use crate::installation::Desk;

/// Asks.
pub async fn ask(desk: &Desk, ask: &Ask) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
    let mut request = head(ask).header(http::header::CONTENT_TYPE, ask.media_type());
    if let Some(etag) = &ask.if_match {
        request = request.header(http::header::IF_MATCH, etag);
    }
    let body = ask.body.as_ref().map(ToString::to_string).unwrap_or_default();
    let request = request.body(body.into_bytes()).map_err(|error| Failure::new(error.to_string()))?;
    // Each is a request of its own: events of two requests are told apart.
    let moment = desk.app.system_moment().acting(desk.moment.actor.clone());
    let (status, headers, body) = routes::ask(&desk.app, &moment, request).await;
    Ok((status, headers, body.to_vec()))
}

/// Asks, with bodies that come and go piece by piece.
pub async fn flow(desk: &Desk, ask: &Ask, body: Option<Pieces>) -> Result<Response<Body>, Failure> {
    let request = head(ask).header(http::header::CONTENT_TYPE, LINES);
    let body = body.map_or_else(Body::empty, Body::new);
    let request = request.body(body).map_err(|error| Failure::new(error.to_string()))?;
    let moment = desk.app.system_moment().acting(desk.moment.actor.clone());
    Ok(routes::flow(&desk.app, &moment, request).await)
}

fn head(ask: &Ask) -> Builder {
    http::Request::builder().method(ask.method.clone()).uri(format!("{RESOURCE_PATH}{}", ask.target()))
}

//! The front of the house: what every request meets before a capability sees it, in one place and in order.
//!
//! 1. [`standing`](super::standing) answers, the same for everybody, are given at once.
//! 2. [`request_log`](super::request_log) makes the request's [`Moment`](crate::Moment) and its number.
//! 3. [`gatekeeper`] refuses foreign hosts and ambiguous paths, [`head`] what is too large.
//! 4. axum's router finds the capability.
//! 5. [`headers`] puts the security headers on whatever comes back; [`request_log`](super::request_log) writes the line.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use gatewright_store::count;
use tower::Service;

use super::request_log::{Arrival, Tally};
use super::standing::{Shelf, Standing};
use super::{gatekeeper, head, headers};
use crate::app::App;

/// The whole public HTTP surface, as a service.
#[derive(Clone)]
pub struct Front(Arc<Parts>);

struct Parts {
    app: App,
    tally: Tally,
    shelf: Shelf,
    routes: Router,
}

impl Front {
    /// Stands before `routes`.
    pub fn new(app: App, standing: Vec<Standing>, routes: Router) -> Front {
        let tally = Tally::default();
        let shelf = Shelf::new(standing, &app.config, &tally);
        Front(Arc::new(Parts { app, tally, shelf, routes }))
    }

    async fn answer(self, mut request: Request) -> Response {
        let Parts { app, tally, shelf, routes } = &*self.0;
        if let Some(response) = shelf.answer(app, &request) {
            return response;
        }
        let arrival = Arrival::note(app, &mut request);
        // Where a body ends must not depend on who reads it. Beside `Transfer-Encoding` there may have been
        // a `Content-Length` that a proxy believed; what follows such a body is never read as a request
        // (MD-08; RFC 9112 §6.3, rule 3).
        let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
        let (mut response, counts) = count::scope(async {
            if let Some(refusal) = gatekeeper::refuse(app, &request) {
                return refusal;
            }
            if let Some(refusal) = head::refuse(app, arrival.moment(), &request) {
                return refusal;
            }
            match routes.clone().call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
        .await;
        if is_chunked {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        headers::add(&app.config, response.headers_mut());
        arrival.record((app, tally), &mut response, counts);
        response
    }
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.answer(request).await) })
    }
}

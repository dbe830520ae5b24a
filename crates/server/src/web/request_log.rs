//! One request, one [`Moment`], one log line.
//!
//! The line says method, route, status, time, database reads and writes. It never has a query string,
//! a header, a body or a cookie (LK-01): the route is the pattern that matched, not what was asked for.
//! Of refused requests so many have a line in a second, and the next second says how many had none
//! (DS-09): whoever sends nonsense fills no disk. What went well, what failed for our fault, and every
//! event are always written.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use gatewright_store::count::Counts;

use super::device::Device;
use super::sampling::{Admitted, Sampling};
use super::{language, peer};
use crate::app::{Actor, App, Moment};

/// The target of the lines written here.
pub const TARGET: &str = module_path!();

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request that has arrived and is not answered yet.
pub struct Arrival {
    started: Instant,
    moment: Moment,
    method: Method,
}

impl Arrival {
    /// Makes the moment and gives it to whoever answers the request.
    pub fn note(app: &App, request: &mut Request) -> Arrival {
        let started = Instant::now();
        let now = app.clock.now();
        let connected = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(address)| address.ip());
        let moment = Moment {
            now,
            request: app.id(now),
            peer: peer::address(connected, request.headers(), &app.config.listen.trust_proxy),
            device: Device::of(request.headers()),
            actor: Actor::Stranger,
            words: language::of_browser(request, app.config.branding.language),
            asks_for_words: false,
        };
        let moment = moment.in_language(language::asked_for(request).as_deref());
        request.extensions_mut().insert(moment.clone());
        Arrival { started, moment, method: request.method().clone() }
    }

    /// The facts of the request.
    pub fn moment(&self) -> &Moment {
        &self.moment
    }

    /// Writes the line, and the request's number on the answer.
    pub fn record(self, (app, tally): (&App, &Tally), response: &mut Response, counts: Counts) {
        let Arrival { started, moment: Moment { request: id, peer, .. }, method } = self;
        let matched = response.extensions().get::<MatchedPath>().cloned();
        let route = matched.as_ref().map_or("-", MatchedPath::as_str);
        let status = response.status().as_u16();
        let elapsed = started.elapsed();
        tally.add((route, status), elapsed);
        if let Some(Rule(rule)) = response.extensions().get() {
            tally.refused(route, rule);
        }
        if tally.admits(app, status) {
            tracing::info!(
                request = %id,
                %peer,
                %method,
                route,
                status,
                micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
                reads = counts.reads,
                writes = counts.writes,
                "request"
            );
        }
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        if let Ok(value) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)) {
            response.headers_mut().insert(&REQUEST_ID, value);
        }
        response.extensions_mut().insert(counts);
    }
}

/// The meters of every route and status seen so far. Looking one up in the recorder builds its name and
/// labels anew, which costs more than counting.
#[derive(Clone, Default)]
pub struct Tally(Arc<Counted>);

#[derive(Default)]
struct Counted {
    answers: RwLock<HashMap<String, HashMap<u16, Meters>>>,
    refusals: RwLock<HashMap<String, HashMap<&'static str, metrics::Counter>>>,
    sampling: Sampling,
}

/// Which rule refused a request: left on the answer for [`Arrival::record`].
#[derive(Debug, Clone, Copy)]
pub struct Rule(pub &'static str);

/// The meters of one route and status.
#[derive(Clone)]
pub struct Meters {
    requests: metrics::Counter,
    seconds: metrics::Histogram,
}

impl Tally {
    fn add(&self, (route, status): (&str, u16), elapsed: Duration) {
        let known = self.0.answers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(meters) = known.get(route).and_then(|statuses| statuses.get(&status)) {
            return meters.count(elapsed);
        }
        drop(known);
        self.meters(route, status).count(elapsed);
    }

    /// The meters of `route` and `status`.
    pub fn meters(&self, route: &str, status: u16) -> Meters {
        let meters = Meters {
            requests: metrics::counter!("gatewright_requests_total", "route" => route.to_owned(), "status" => status.to_string()),
            seconds: metrics::histogram!("gatewright_request_duration_seconds", "route" => route.to_owned()),
        };
        let mut known = self.0.answers.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(route.to_owned()).or_default().insert(status, meters.clone());
        meters
    }

    fn refused(&self, route: &str, rule: &'static str) {
        let known = self.0.refusals.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = known.get(route).and_then(|rules| rules.get(rule)) {
            return counter.increment(1);
        }
        drop(known);
        let counter =
            metrics::counter!("gatewright_refusals_total", "route" => route.to_owned(), "rule" => rule);
        counter.increment(1);
        let mut known = self.0.refusals.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(route.to_owned()).or_default().insert(rule, counter);
    }

    /// Whether a request that was answered with `status` gets its line. At level `debug` each does.
    fn admits(&self, app: &App, status: u16) -> bool {
        if !(400..500).contains(&status) || tracing::enabled!(tracing::Level::DEBUG) {
            return true;
        }
        let admitted = self.0.sampling.admit(app.clock.now().timestamp());
        if let Admitted::After(left_out) = admitted {
            tracing::warn!(left_out, "lines of refused requests were left out: there were too many");
        }
        if admitted == Admitted::Not {
            app.meters.log_lines_left_out.increment(1);
        }
        admitted != Admitted::Not
    }
}

impl Meters {
    /// Counts one answer.
    pub fn count(&self, elapsed: Duration) {
        self.requests.increment(1);
        self.seconds.record(elapsed.as_secs_f64());
    }
}

/// Copies the matched route from the request to the response, where [`Arrival::record`] can see it.
pub async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

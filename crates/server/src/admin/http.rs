//! From HTTP to an operation and back.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest as _, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, any, get, on};
use futures_util::TryStreamExt as _;
use gatewright_oauth::Params;

use super::answer::Flow;
use super::inside::Inside;
use super::mutation::{self, Freshness, Identity, Mode};
use super::operation::{Gives, Method, Operation, Takes};
use super::{Answer, Call, Caller, Problem, RESOURCE_PATH, caller, openapi, operations, reference, resource};
use crate::app::{App, Moment};
use crate::config::Config;
use crate::lines::{Broken, Upload};
use crate::web::page::{Page as _, Rendered};
use crate::web::request_log::Rule;
use crate::web::standing::{Standing, Text};
use crate::web::{answer, html};

/// The largest body.
const MOST_BYTES: usize = 64 * 1024;
/// The largest body of operations that take several things at once.
const MOST_BYTES_OF_MANY: usize = 256 * 1024;
/// Parameters that every list has.
pub(super) const OF_LISTS: [&str; 2] = ["limit", "cursor"];
/// The parameter that every change has.
pub(super) const DRY_RUN: &str = "dry_run";

/// What objects, one a line, are called.
pub(super) const LINES: [&str; 2] = ["application/jsonl", "application/x-ndjson"];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const DRY: HeaderName = HeaderName::from_static("dry-run");
const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// What of a request every operation looks at.
struct Asked {
    path: Vec<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Sent,
    from: Option<Inside>,
}

/// The body of a request.
enum Sent {
    /// All of it.
    Whole(Result<Bytes, BytesRejection>),
    /// What arrives of it.
    Lines(Upload),
}

impl Sent {
    async fn of(operation: &Operation, request: Request) -> Sent {
        match operation.takes {
            Takes::Lines(_) => {
                let pieces = request.into_body().into_data_stream().map_err(|_| Broken::Cut);
                Sent::Lines(Upload::of(pieces))
            }
            Takes::Nothing | Takes::Json(_) | Takes::Patch(_) => {
                Sent::Whole(Bytes::from_request(request, &()).await)
            }
        }
    }
}

pub(super) fn routes() -> Router<App> {
    let mut paths: BTreeMap<&str, MethodRouter<App>> = BTreeMap::new();
    for operation in operations::all() {
        let handler =
            async move |State(app): State<App>, moment: Moment, path: RawPathParams, request: Request| {
                let path = path.iter().map(|(_, value)| value.to_owned()).collect();
                let (uri, headers) = (request.uri().clone(), request.headers().clone());
                let from = request.extensions().get::<Inside>().copied();
                let body = Sent::of(operation, request).await;
                handle((&app, moment), operation, Asked { path, uri, headers, body, from }).await
            };
        let most = if operation.takes_many() { MOST_BYTES_OF_MANY } else { MOST_BYTES };
        let routed = on(filter(operation.method), handler).layer(DefaultBodyLimit::max(most));
        let path = paths.entry(operation.path).or_insert_with(|| MethodRouter::new().fallback(wrong_method));
        *path = std::mem::take(path).merge(routed);
    }
    // The same for everybody, and put together when somebody asks for the first time.
    let page: Arc<OnceLock<Rendered>> = Arc::default();
    let explanation = async move |State(app): State<App>| {
        html::respond(page.get_or_init(|| reference::page(&app).page()).clone())
    };
    let mut routes = Router::new()
        .route(&format!("{RESOURCE_PATH}/openapi.json"), get(description))
        .route(&format!("{RESOURCE_PATH}/docs"), get(explanation));
    for (path, methods) in paths {
        routes = routes.route(&format!("{RESOURCE_PATH}{path}"), methods);
    }
    routes.route(&format!("{RESOURCE_PATH}/{{*rest}}"), any(nowhere))
}

const fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// Where the API describes itself as a protected resource (RFC 9728 §3.1).
fn metadata_path(config: &Config) -> String {
    format!("/.well-known/oauth-protected-resource{}{RESOURCE_PATH}", config.issuer_path())
}

/// That description, for clients that find their way by it.
pub(super) fn metadata(config: &Config) -> Standing {
    let text = Text::new(resource::metadata(config).to_string().into_bytes());
    Standing::new(metadata_path(config), "application/json", move |_| text.clone())
}

async fn description(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi::document(&app.config)).into_response()
}

async fn wrong_method(State(app): State<App>, moment: Moment) -> Response {
    refused(&app, Problem::wrong_method(), &moment)
}

async fn nowhere(State(app): State<App>, moment: Moment) -> Response {
    refused(&app, Problem::not_found("path in this API"), &moment)
}

async fn handle((app, moment): (&App, Moment), operation: &'static Operation, asked: Asked) -> Response {
    let wants_little = text(&asked.headers, &PREFER).is_some_and(|prefer| prefer.contains("return=minimal"));
    let is_minimal = wants_little && operation.can_be_brief();
    match answered((app, &moment), operation, asked).await {
        Ok((answer, freshness, mode)) => rendered(app, answer, (freshness, mode, is_minimal)),
        Err(problem) => refused(app, problem, &moment),
    }
}

async fn answered(
    (app, moment): (&App, &Moment),
    operation: &'static Operation,
    asked: Asked,
) -> Result<(Answer, Freshness, Mode), Problem> {
    let authorization = text(&asked.headers, &header::AUTHORIZATION);
    let caller = match asked.from {
        Some(_) => Caller::operator(),
        None => caller::identify(app, moment, authorization).await?,
    };
    caller.admitted(operation, moment)?;
    let (body, upload) = match asked.body {
        Sent::Whole(body) => {
            let body = body.map_err(|rejection| Problem::unreadable(rejection.status().as_u16()))?;
            (body, Upload::none())
        }
        Sent::Lines(upload) => (Bytes::new(), upload),
    };
    check_type(operation, &asked.headers, &body)?;
    let query = Params::parse(asked.uri.query().unwrap_or_default().as_bytes())?;
    let mode = check_query(operation, &query)?;
    let if_match = as_sent(&asked.headers, &header::IF_MATCH);
    operation.heeds(if_match)?;
    let call = Call {
        app: app.clone(),
        outside: app.clone(),
        moment: moment.clone().acting(caller.actor.clone()),
        caller,
        path: asked.path,
        query,
        body: body.to_vec(),
        upload,
        if_match: if_match.map(str::to_owned),
        operation: operation.id,
        mode,
        authorization: authorization.map(str::to_owned),
        idempotency_key: as_sent(&asked.headers, &IDEMPOTENCY_KEY).map(str::to_owned),
    };
    if operation.method.reads() {
        return Ok(((operation.run)(&call).await?, Freshness::New, mode));
    }
    if let Takes::Lines(_) = operation.takes {
        // What was done of it is done, and doing it again does the rest: there is no answer to keep.
        if asked.headers.contains_key(&IDEMPOTENCY_KEY) {
            let problem = Problem::invalid("Idempotency-Key", "this takes no Idempotency-Key");
            return Err(problem.hint("send it again as it is: what is there already is skipped"));
        }
        return Ok(((operation.run)(&call).await?, Freshness::New, mode));
    }
    let target = format!("{} {}", operation.method.as_str(), asked.uri);
    let identity = Identity { target: &target, item: None };
    let (answer, freshness) = match operation.gives {
        Gives::Each => mutation::perform_each(call, &identity, operation.run).await?,
        Gives::Nothing
        | Gives::One(_)
        | Gives::Created(_)
        | Gives::List(_)
        | Gives::Outcomes
        | Gives::Flow(_) => mutation::perform(call, &identity, operation.run).await?,
    };
    Ok((answer, freshness, mode))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A header that must not be overlooked: one that is no text is empty, which is wrong wherever this is used.
fn as_sent<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

/// A body is what the operation takes.
fn check_type(operation: &Operation, headers: &HeaderMap, body: &Bytes) -> Result<(), Problem> {
    if body.is_empty() && !matches!(operation.takes, Takes::Lines(_)) {
        return Ok(());
    }
    let kind = text(headers, &header::CONTENT_TYPE).and_then(|kind| kind.split(';').next()).map(str::trim);
    let is = |expected: &str| kind.is_some_and(|kind| kind.eq_ignore_ascii_case(expected));
    match operation.takes {
        Takes::Json(_) if is("application/json") => Ok(()),
        Takes::Json(_) => Err(Problem::media_type("application/json")),
        Takes::Patch(_) if is("application/merge-patch+json") || is("application/json") => Ok(()),
        Takes::Patch(_) => Err(Problem::media_type("application/merge-patch+json")),
        Takes::Lines(_) if LINES.iter().any(|expected| is(expected)) => Ok(()),
        Takes::Lines(_) => Err(Problem::media_type(LINES[0])),
        Takes::Nothing => Err(Problem::invalid("body", "this takes no body")),
    }
}

/// Parameters that the operation does not have are mistakes: a filter with a typing error would find everything.
fn check_query(operation: &Operation, query: &Params) -> Result<Mode, Problem> {
    query.sound()?;
    let own = || operation.query.iter().map(|parameter| parameter.name);
    for name in query.names() {
        let of_all = if operation.method.reads() {
            operation.is_list() && OF_LISTS.contains(&name)
        } else {
            name == DRY_RUN
        };
        if !of_all && own().all(|known| known != name) {
            let common: &[&str] = match (operation.method.reads(), operation.is_list()) {
                (false, _) => &[DRY_RUN],
                (true, true) => &OF_LISTS,
                (true, false) => &[],
            };
            let known = own().chain(common.iter().copied()).collect::<Vec<_>>().join(", ");
            let problem = Problem::invalid(name, format!("there is no parameter {name} here"));
            return Err(if known.is_empty() { problem } else { problem.hint(format!("there are: {known}")) });
        }
    }
    match query.one(DRY_RUN)? {
        None | Some("false") => Ok(Mode::Real),
        Some("true") => Ok(Mode::Dry),
        Some(_) => Err(Problem::invalid(DRY_RUN, "dry_run is true or false")),
    }
}

fn rendered(app: &App, answer: Answer, (freshness, mode, is_minimal): (Freshness, Mode, bool)) -> Response {
    let Answer { status, body, etag, location, shows_secret, flow, .. } = answer;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    // What is shown once is shown.
    let is_minimal = is_minimal && !shows_secret && body.is_some() && mode == Mode::Real;
    // A 201 would promise the body that the description gives it; where a new thing is says `Location`.
    let status = if is_minimal { StatusCode::NO_CONTENT } else { status };
    let mut response = match body {
        None if flow.is_some() => flow.map(|flow| flowing(&flow)).unwrap_or_default(),
        Some(body) if !is_minimal => answer::no_store(status, &body),
        Some(_) | None => status.into_response(),
    };
    let headers = response.headers_mut();
    answer::forbid_storing(headers);
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Some(etag) = etag {
        set(header::ETAG, &etag);
    }
    if let Some(location) = location.filter(|_| mode == Mode::Real) {
        set(header::LOCATION, &app.config.url(&format!("{RESOURCE_PATH}{location}")));
    }
    if is_minimal {
        set(APPLIED, "return=minimal");
    }
    if freshness == Freshness::Replayed {
        set(REPLAYED, "true");
    }
    if mode == Mode::Dry {
        set(DRY, "true");
    }
    response
}

/// A body that is made while it is sent. When that fails the connection ends: half a list must not look like all of it.
fn flowing(flow: &Flow) -> Response {
    let pieces = flow.pieces().inspect_err(|fault| tracing::error!(%fault, "an answer broke off"));
    let kept = format!("attachment; filename=\"{}\"", flow.name);
    let headers = [(header::CONTENT_TYPE, flow.kind.to_owned()), (header::CONTENT_DISPOSITION, kept)];
    (headers, Body::from_stream(pieces.map_err(|fault| fault.source))).into_response()
}

fn refused(app: &App, problem: Problem, moment: &Moment) -> Response {
    if let Some(fault) = problem.fault() {
        let _ = answer::log_fault(fault, moment);
    }
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let challenge = problem.challenge().map(str::to_owned);
    let retry_after = problem.retry_after();
    let rule = Rule(problem.code());
    let mut response = answer::no_store(status, &problem.shown(moment.request));
    response.extensions_mut().insert(rule);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = challenge {
        let metadata = format!("{}{}", app.config.origin(), metadata_path(&app.config));
        let comma = if challenge.contains(' ') { "," } else { "" };
        answer::challenge(&mut response, &format!("{challenge}{comma} resource_metadata=\"{metadata}\""));
    }
    response
}

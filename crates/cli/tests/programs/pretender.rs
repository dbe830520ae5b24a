//! Something that says it is a server: what the commands do when it is slow, strict or not what it says.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::administer::run;
use super::process::{Process, client};

type Parameters = HashMap<String, String>;

#[derive(Default)]
struct Seen {
    /// `Idempotency-Key` of every change.
    keys: Vec<String>,
    /// Grants of the token endpoint.
    grants: Vec<String>,
    revoked: Vec<String>,
    tokens: usize,
    /// The access token of a recent sign-in.
    recent: String,
}

#[derive(Clone)]
struct Pretender {
    issuer: String,
    /// What it says its answers are of.
    says: String,
    seen: Arc<Mutex<Seen>>,
}

impl Pretender {
    async fn start(says: Option<&str>) -> Pretender {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let says = says.map_or_else(|| issuer.clone(), str::to_owned);
        let pretender = Pretender { issuer, says, seen: Arc::default() };
        let routes = Router::new()
            .route("/.well-known/oauth-protected-resource/admin/v1", get(resource))
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .route("/admin/v1/{*rest}", any(admin))
            .with_state(pretender.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        pretender
    }

    async fn log_in(&self, place: &Path) -> Process {
        let mut login = Process::start(place, &["login", "--server", &self.issuer, "--no-browser"]);
        open(&mut login).await;
        login
    }
}

/// Opens the address that a command shows, with a browser that follows.
async fn open(command: &mut Process) -> String {
    command.until_it_says("/authorize?");
    let said = command.said();
    let url = said.lines().map(str::trim).find(|line| line.contains("/authorize?")).unwrap().to_owned();
    client(None).get(&url).send().await.unwrap();
    url
}

async fn resource(State(own): State<Pretender>) -> Json<Value> {
    let resource = format!("{}/admin/v1", own.issuer);
    Json(json!({ "resource": resource, "authorization_servers": [own.issuer], "scopes_supported": ["all"] }))
}

async fn metadata(State(own): State<Pretender>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", own.issuer);
    Json(json!({
        "issuer": own.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "revocation_endpoint": at("/revoke"),
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn authorize(State(own): State<Pretender>, Query(asked): Query<Parameters>) -> Redirect {
    let code = if asked.contains_key("max_age") { "recent" } else { "code" };
    let mut back = url::Url::parse(&asked["redirect_uri"]).unwrap();
    back.query_pairs_mut().extend_pairs([("code", code), ("state", &asked["state"]), ("iss", &own.says)]);
    Redirect::to(back.as_str())
}

async fn token(State(own): State<Pretender>, Form(form): Form<Parameters>) -> Json<Value> {
    let mut seen = own.seen.lock().unwrap();
    seen.tokens += 1;
    seen.grants.push(form["grant_type"].clone());
    let access = format!("access-{}", seen.tokens);
    if form.get("code").is_some_and(|code| code == "recent") {
        seen.recent.clone_from(&access);
    }
    let refresh = format!("refresh-{}", seen.tokens);
    Json(
        json!({ "access_token": access, "token_type": "Bearer", "expires_in": 600, "refresh_token": refresh }),
    )
}

async fn revoke(State(own): State<Pretender>, Form(form): Form<Parameters>) {
    own.seen.lock().unwrap().revoked.push(form["token"].clone());
}

async fn admin(State(own): State<Pretender>, request: Request) -> Response {
    let header = |headers: &HeaderMap, name: &str| -> String {
        headers.get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let mut seen = own.seen.lock().unwrap();
    let bearer = header(request.headers(), "authorization");
    if request.method() != Method::GET {
        seen.keys.push(header(request.headers(), "idempotency-key"));
    }
    match (request.uri().path(), seen.keys.len()) {
        ("/admin/v1/slow", 1) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        ("/admin/v1/slow", 2) => {
            let problem = Json(json!({ "code": "request_in_progress", "detail": "wait" }));
            (StatusCode::CONFLICT, [(header::RETRY_AFTER, "0")], problem).into_response()
        }
        ("/admin/v1/strict", _) if bearer != format!("Bearer {}", seen.recent) => {
            let problem = Json(json!({ "code": "insufficient_user_authentication", "detail": "sign in" }));
            let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=\"900\"";
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)], problem).into_response()
        }
        ("/admin/v1/full", _) => {
            let problem = Json(json!({ "code": "taken", "detail": "taken\u{1b}[2J", "request_id": "r-1" }));
            (StatusCode::CONFLICT, problem).into_response()
        }
        _ => Json(json!({ "done": true })).into_response(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_tried_again_as_the_same_request() {
    let (directory, pretender) = (tempfile::tempdir().unwrap(), Pretender::start(None).await);
    let place = directory.path();
    assert!(pretender.log_in(place).await.end().success());
    assert_eq!(run(place, "api POST /slow").json(), json!({ "done": true }));
    let keys = pretender.seen.lock().unwrap().keys.clone();
    assert!(keys.len() == 3 && keys[0].len() == 36 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    run(place, "api POST /full").bad(1, &["taken\\u{1b}[2J", "request r-1"]);
    assert_eq!(pretender.seen.lock().unwrap().keys.len(), 4, "what will not pass is not tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recent_sign_in_is_asked_for_where_it_is_wanted() {
    let (directory, pretender) = (tempfile::tempdir().unwrap(), Pretender::start(None).await);
    let place = directory.path();
    assert!(pretender.log_in(place).await.end().success());
    let mut command = Process::start(place, &["api", "DELETE", "/strict"]);
    let url = open(&mut command).await;
    assert!(url.contains("max_age=900") && url.contains("resource="), "{url}");
    assert!(command.end().success(), "{}", command.said());
    assert!(command.said().contains("This takes a recent sign-in."));
    {
        let seen = pretender.seen.lock().unwrap();
        assert_eq!(seen.keys.len(), 2);
        assert_eq!(seen.keys[0], seen.keys[1], "it is the same request");
        assert_eq!(seen.revoked, ["refresh-1"], "the sign-in before is over");
    }
    // What was got stays.
    assert_eq!(run(place, "api DELETE /strict").json(), json!({ "done": true }));
}

/// RFC 9207, from the client's side: an answer of another server is no answer.
#[tokio::test(flavor = "multi_thread")]
async fn mx_01_an_answer_of_another_server_is_sent_nowhere() {
    let (directory, pretender) =
        (tempfile::tempdir().unwrap(), Pretender::start(Some("https://other.test")).await);
    let mut login = pretender.log_in(directory.path()).await;
    assert_eq!(login.end().code(), Some(1));
    assert!(login.said().contains("not of the server that was asked"), "{}", login.said());
    assert!(pretender.seen.lock().unwrap().grants.is_empty(), "no code went to the token endpoint");
    assert!(!directory.path().join("config/gatewright/profiles.toml").exists());
}

/// Any page can send a browser to the port that waits.
#[tokio::test(flavor = "multi_thread")]
async fn ad_11_what_was_not_asked_for_is_turned_away_and_waited_on() {
    let (directory, pretender) = (tempfile::tempdir().unwrap(), Pretender::start(None).await);
    let arguments = ["login", "--server", &pretender.issuer, "--no-browser"];
    let mut login = Process::start(directory.path(), &arguments);
    login.until_it_says("/authorize?");
    let said = login.said();
    let url = url::Url::parse(said.lines().map(str::trim).find(|line| line.contains("/authorize?")).unwrap());
    let asked: Parameters = url.as_ref().unwrap().query_pairs().into_owned().collect();
    let back = &asked["redirect_uri"];
    for forged in [
        format!("{back}?code=evil&state=guessed&iss={}", pretender.issuer),
        format!("{back}?code=evil&iss={}", pretender.issuer),
        format!("{back}?error=access_denied"),
        back.replace("/callback", "/"),
    ] {
        assert_eq!(client(None).get(forged).send().await.unwrap().status(), 404);
    }
    let page = client(None).get(url.unwrap()).send().await.unwrap();
    assert_eq!(page.headers()["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
    assert!(login.end().success(), "{}", login.said());
    let (port, host) = (back.split(':').nth(2).unwrap(), back.split(':').nth(1).unwrap());
    assert!(host == "//127.0.0.1" && port != "0/callback", "{back}");
}

//! Signing in with a browser on another device (RFC 8628): at a real server; how often a server is asked, and what its
//! answers do.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::administer::run;
use super::away::Away;
use super::person::Person;
use super::process::Process;

/// A server that answers what it is told to.
#[derive(Clone)]
struct Server {
    issuer: String,
    /// Where devices ask, if they may.
    endpoint: Option<String>,
    /// What the token endpoint answers, one after the other.
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request to the token endpoint, and when it came.
type Seen = (Instant, HashMap<String, String>);

fn no(error: &str) -> (u16, Value) {
    (400, json!({ "error": error }))
}

fn tokens() -> (u16, Value) {
    (200, json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 600, "refresh_token": "r" }))
}

impl Server {
    async fn start(endpoint: Option<&str>, answers: &[(u16, Value)]) -> Server {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let place =
            |path: &str| if path.contains("://") { path.to_owned() } else { format!("{issuer}{path}") };
        let server = Server {
            endpoint: endpoint.map(place),
            issuer: issuer.clone(),
            answers: Arc::new(Mutex::new(answers.iter().cloned().collect())),
            seen: Arc::default(),
        };
        let routes = Router::new()
            .route("/.well-known/oauth-protected-resource/admin/v1", get(resource))
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/device", post(device))
            .route(
                "/device/refused",
                post(async || (StatusCode::BAD_REQUEST, Json(json!({ "error": "unauthorized_client" })))),
            )
            .route("/token", post(token))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        server
    }

    /// Seconds between one request and the next, rounded down.
    fn pauses(&self) -> Vec<u64> {
        let seen = self.seen.lock().unwrap();
        seen.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs()).collect()
    }
}

async fn resource(State(own): State<Server>) -> Json<Value> {
    let resource = format!("{}/admin/v1", own.issuer);
    Json(
        json!({ "resource": resource, "authorization_servers": [own.issuer], "scopes_supported": ["x", "y"] }),
    )
}

async fn metadata(State(own): State<Server>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", own.issuer);
    Json(json!({
        "issuer": own.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "revocation_endpoint": at("/revoke"),
        "device_authorization_endpoint": own.endpoint,
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn device(State(own): State<Server>, Form(form): Form<HashMap<String, String>>) -> Json<Value> {
    own.seen.lock().unwrap().push((Instant::now(), form));
    Json(
        json!({ "device_code": "secret-code", "user_code": "WDJB-MJHT\u{1b}[2J", "expires_in": 600, "interval": 1,
                 "verification_uri": format!("{}/go", own.issuer) }),
    )
}

async fn token(State(own): State<Server>, Form(form): Form<HashMap<String, String>>) -> Response {
    own.seen.lock().unwrap().push((Instant::now(), form));
    let (status, body) = own.answers.lock().unwrap().pop_front().unwrap();
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn dv_04_the_server_is_asked_as_often_as_it_likes() {
    let place = tempfile::tempdir().unwrap();
    let answers = [no("authorization_pending"), (503, json!({})), no("slow_down"), tokens()];
    let server = Server::start(Some("/device"), &answers).await;
    let mut login = Process::start(place.path(), &["login", "--server", &server.issuer, "--device"]);
    login.until_it_says("WDJB-MJHT");
    assert!(login.end().success(), "{}", login.said());
    let said = login.said();
    assert!(said.contains(&format!("{}/go", server.issuer)) && said.contains("Signed in to"), "{said}");
    assert!(!said.contains("secret-code") && !said.contains('\u{1b}'), "{said}");
    // A second, then twice as long after a failure, and five more when that is asked for.
    let pauses = server.pauses();
    assert!(pauses.iter().zip([1, 1, 2, 7]).all(|(pause, least)| *pause >= least), "{pauses:?}");
    let seen = server.seen.lock().unwrap();
    assert_eq!((seen[0].1["client_id"].as_str(), seen[0].1["scope"].as_str()), ("gatewright-cli", "x y"));
    assert_eq!(seen[0].1["resource"], format!("{}/admin/v1", server.issuer));
    for (_, form) in &seen[1..] {
        assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:device_code");
        assert_eq!(form["device_code"], "secret-code");
    }
}

/// Where no browser can be opened it is done without being asked for; where the server does not offer it, the address is
/// shown as ever.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_screen_another_device_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let nothing = [("DISPLAY", ""), ("WAYLAND_DISPLAY", "")];
    let server = Server::start(Some("/device"), &[tokens()]).await;
    let mut login = Process::start_with(place.path(), &nothing, &["login", "--server", &server.issuer]);
    login.until_it_says("WDJB-MJHT");
    assert!(login.end().success(), "{}", login.said());

    let server = Server::start(None, &[]).await;
    let mut login = Process::start_with(place.path(), &nothing, &["login", "--server", &server.issuer]);
    login.until_it_says("/authorize?");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(server.seen.lock().unwrap().is_empty());
}

/// The command, the server and its database are real; the person is at another computer, and reads the code.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_elsewhere_lets_the_command_line_in() {
    let away = Away::start();
    let place = away.path();
    let mut login = Process::start(place, &["login", "--server", &away.issuer, "--device"]);
    login.until_it_says("This address has it filled in");
    let said = login.said();
    let below = |words: &str| {
        let (_, rest) = said.split_once(words).unwrap();
        rest.trim_start().lines().next().unwrap().trim().to_owned()
    };
    let (address, code) = (below("go to"), below("enter the code"));
    assert_eq!(address, format!("{}/device", away.issuer));
    let page = Person::new().lets_in(&address, "alice", &code).await;
    assert!(page.contains("id=\"device-done\""), "{page}");
    assert!(login.end().success(), "{}", login.said());
    assert!(login.said().contains(&format!("Signed in to {}", away.issuer)), "{}", login.said());

    // The profile is what commands use from now on, as alice; and it renews itself.
    let caller = run(place, "api GET /caller").json();
    assert_eq!(caller["role"], "owner", "{caller}");
    assert!(caller["actor"].as_str().unwrap().starts_with("user:"), "{caller}");
    let listed = run(place, "client list --json").json();
    assert_eq!(listed["clients"][0]["client_id"], "gatewright-cli");
    let text = std::fs::read_to_string(away.profiles()).unwrap();
    let end = text.lines().find(|line| line.starts_with("expires_at")).unwrap();
    std::fs::write(away.profiles(), text.replace(end, "expires_at = \"2020-01-01T00:00:00Z\"")).unwrap();
    assert_eq!(run(place, "api GET /caller").json()["role"], "owner");
    let renewed = run(place, "api GET /events --query kind=grant.refreshed").json();
    assert_eq!(renewed["items"].as_array().unwrap().len(), 1, "{renewed}");

    run(place, "logout").good();
    assert_eq!(run(place, "client show gatewright-cli --json --local").json()["live_grants"], 0);
    away.stop();
}

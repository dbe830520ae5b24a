//! What a collector is told, with the feature `otel`.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use rustix::process::Signal;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::process::{Process, client};
use super::serve::{LISTENS, configure};

type Received = Arc<Mutex<Vec<u8>>>;

async fn take(State(received): State<Received>, body: Bytes) {
    received.lock().unwrap().extend_from_slice(&body);
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test(flavor = "multi_thread")]
async fn lk_01_a_collector_hears_of_requests_and_of_no_secret() {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let collector = listener.local_addr().unwrap();
    let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&received));
    let collecting = tokio::spawn(async move { axum::serve(listener, router).await });

    let place = tempfile::tempdir().unwrap();
    let (port, _) = configure(place.path(), "http");
    let file = place.path().join("gatewright.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}\n[telemetry]\notlp_endpoint = \"http://{collector}\"")).unwrap();
    let mut process = Process::start(place.path(), &["serve"]);
    process.until_it_says(LISTENS);
    let request = client(None)
        .post(format!("http://localhost:{port}/token?canary-in-query=1"))
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("cookie", "__Host-gw_session=canary-in-cookie")
        .basic_auth("canary-client", Some("canary-in-secret"))
        .form(&[("grant_type", "refresh_token"), ("refresh_token", "canary-in-body")]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let number: Uuid = answer.headers()["x-request-id"].to_str().unwrap().parse().unwrap();
    // What waits is sent before the end.
    assert!(process.stop_and_listen(Signal::TERM).success(), "{}", process.said());
    collecting.abort();

    let received = received.lock().unwrap();
    for told in [number.as_bytes().as_slice(), b"POST /token", b"http.route", b"gatewright.database.reads"] {
        assert!(holds(&received, told), "{}", String::from_utf8_lossy(&received));
    }
    let foreign = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes();
    for secret in [b"canary".as_slice(), &foreign] {
        assert!(!holds(&received, secret), "{}", String::from_utf8_lossy(&received));
    }
}

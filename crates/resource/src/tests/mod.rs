//! The layer in front of an axum router, against an issuer that lives in the test.

mod calls;
mod challenges;
mod introspection;
mod keys;
mod mcp;
mod tokens;
mod webhooks;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use axum::{Extension, Json, Router};
use gatewright_jose::{Algorithm, SigningKey};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::clock::Clock;
use crate::{Builder, Identity, ResourceServer};

const RESOURCE: &str = "https://mcp.example/mcp";

/// An authorization server: metadata, keys, introspection. Everything can be changed while it runs.
struct Issuer {
    url: String,
    clock: Clock,
    state: Arc<IssuerState>,
}

#[derive(Default)]
struct IssuerState {
    url: Mutex<String>,
    keys: Mutex<Vec<Arc<SigningKey>>>,
    metadata: Mutex<Option<Value>>,
    introspection: Mutex<Value>,
    asked: Mutex<Vec<(HeaderMap, String)>>,
    is_down: AtomicBool,
    is_slow: AtomicBool,
    metadata_fetches: AtomicUsize,
    key_fetches: AtomicUsize,
}

async fn metadata(State(state): State<Arc<IssuerState>>) -> axum::response::Response {
    state.metadata_fetches.fetch_add(1, Ordering::SeqCst);
    if state.is_down.load(Ordering::SeqCst) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let url = state.url.lock().unwrap().clone();
    let usual = json!({ "issuer": url, "jwks_uri": format!("{url}/jwks"), "introspection_endpoint": format!("{url}/introspect"),
        "nested": [{ "unknown": null }] });
    Json(state.metadata.lock().unwrap().clone().unwrap_or(usual)).into_response()
}

async fn jwks(State(state): State<Arc<IssuerState>>) -> axum::response::Response {
    state.key_fetches.fetch_add(1, Ordering::SeqCst);
    if state.is_slow.load(Ordering::SeqCst) {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    if state.is_down.load(Ordering::SeqCst) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let mut keys: Vec<Value> = state
        .keys
        .lock()
        .unwrap()
        .iter()
        .map(|key| serde_json::to_value(key.public_jwk()).unwrap())
        .collect();
    keys.push(json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "weak" }));
    keys.push(json!({ "kty": "AKP", "alg": "ML-DSA-44" }));
    ([("cache-control", "public, max-age=300")], Json(json!({ "keys": keys }))).into_response()
}

async fn introspect(
    State(state): State<Arc<IssuerState>>,
    headers: HeaderMap,
    body: String,
) -> axum::response::Response {
    state.asked.lock().unwrap().push((headers, body));
    if state.is_down.load(Ordering::SeqCst) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(state.introspection.lock().unwrap().clone()).into_response()
}

impl Issuer {
    async fn start() -> Self {
        Self::start_at("", "/.well-known/oauth-authorization-server").await
    }

    /// With a path in the issuer's URL, its metadata only at `well_known`.
    async fn start_at(path: &str, well_known: &str) -> Self {
        let state = Arc::new(IssuerState::default());
        let app = Self::app(&state, path, well_known);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self::at(url, state)
    }

    /// With a certificate of a private authority, which is returned as PEM.
    fn start_with_tls() -> (Self, String) {
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new([]).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = authority.self_signed(&authority_key).unwrap().pem();
        let authority = rcgen::Issuer::new(authority, authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new(["localhost".to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![leaf.der().clone()], key)
                .unwrap();

        let state = Arc::new(IssuerState::default());
        let app = Self::app(&state, "", "/.well-known/oauth-authorization-server");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(config));
        let server = axum_server::from_tcp_rustls(listener, config).unwrap();
        tokio::spawn(async move { server.serve(app.into_make_service()).await.unwrap() });
        (Self::at(url, state), pem)
    }

    fn app(state: &Arc<IssuerState>, path: &str, well_known: &str) -> Router {
        Router::new()
            .route(well_known, get(metadata))
            .route(&format!("{path}/jwks"), get(jwks))
            .route(&format!("{path}/introspect"), post(introspect))
            .route("/moved", get(|| async { (StatusCode::FOUND, [("location", "/jwks")]) }))
            .route("/huge", get(|| async { " ".repeat(300 * 1024) + "{\"keys\":[]}" }))
            .with_state(Arc::clone(state))
    }

    fn at(url: String, state: Arc<IssuerState>) -> Self {
        url.clone_into(&mut state.url.lock().unwrap());
        let issuer = Self { url, clock: Clock::system(), state };
        issuer.rotate();
        issuer
    }

    /// Replaces all keys by a new one.
    fn rotate(&self) -> Arc<SigningKey> {
        self.rotate_to(Algorithm::Es256)
    }

    fn rotate_to(&self, algorithm: Algorithm) -> Arc<SigningKey> {
        let key = Arc::new(SigningKey::generate(algorithm).unwrap().0);
        *self.state.keys.lock().unwrap() = vec![Arc::clone(&key)];
        key
    }

    fn go_down(&self) {
        self.state.is_down.store(true, Ordering::SeqCst);
    }

    fn come_back(&self) {
        self.state.is_down.store(false, Ordering::SeqCst);
    }

    fn key_fetches(&self) -> usize {
        self.state.key_fetches.load(Ordering::SeqCst)
    }

    /// The claims of a good token, `changes` merged in; `null` removes a claim.
    fn claims(&self, changes: &Value) -> Value {
        let now = self.clock.unix();
        let mut claims = json!({
            "iss": self.url, "sub": "alice", "aud": RESOURCE, "client_id": "client", "scope": "notes:read", "jti": "j1",
            "iat": now, "exp": now + 900, "auth_time": now - 5, "acr": "1", "amr": ["pwd", "otp"], "gid": "g1",
        });
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        claims
    }

    /// A token signed with the newest key.
    fn token(&self, changes: &Value) -> String {
        self.typed_token("at+jwt", changes)
    }

    fn typed_token(&self, typ: &str, changes: &Value) -> String {
        let key = Arc::clone(self.state.keys.lock().unwrap().last().unwrap());
        key.sign(typ, &self.claims(changes)).unwrap()
    }

    fn builder(&self) -> Builder {
        ResourceServer::builder(RESOURCE, &self.url).clock(self.clock.clone())
    }

    fn protected(&self) -> Router {
        app(&self.builder().require(["notes:read"]).build().unwrap())
    }
}

/// An application whose only protected route says who calls.
fn app(server: &ResourceServer) -> Router {
    let whoami = |Extension(identity): Extension<Identity>, body: String| async move {
        format!("{} {} {body}", identity.subject(), identity.client_id())
    };
    Router::new()
        .route("/mcp", any(whoami))
        .layer(DefaultBodyLimit::disable())
        .layer(server.layer())
        .route("/health", get(|| async { "ok" }))
}

struct Seen {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn challenge(&self) -> &str {
        self.headers.get("www-authenticate").map_or("", |value| value.to_str().unwrap())
    }
}

async fn send(app: &Router, request: Request<Body>) -> Seen {
    let response: Response<Body> = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Seen { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn ask(app: &Router, token: &str) -> Seen {
    let request = Request::get("/mcp").header("authorization", format!("Bearer {token}"));
    send(app, request.body(Body::empty()).unwrap()).await
}

/// The status and the challenge for a token.
async fn verdict(app: &Router, token: &str) -> (u16, String) {
    let seen = ask(app, token).await;
    (seen.status, seen.challenge().to_owned())
}

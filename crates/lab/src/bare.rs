//! The limit of what HTTP and cryptography allow here: axum without a server behind it.
//!
//! `/jwks` and `/introspect` answer with the very bytes the server answered. `/token` hashes the client
//! secret, compares it in constant time and signs an access token with ES256, or RS256 for the resource that has it
//! so; it stores nothing.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use gatewright_jose::{Algorithm, Audience, NumericDate, SigningKey, base64url};
use gatewright_oauth::claims::{ACCESS_TOKEN, AccessClaims};
use gatewright_oauth::secret::{ClientSecret, Token};
use gatewright_oauth::{ClientId, Digest};
use gatewright_server::clock::{Clock as _, Entropy as _, SystemClock, SystemEntropy};
use tokio::net::TcpListener;

use crate::Outcome;
use crate::seeds::{self, BATCH, MCP, SCOPE};

/// What it answers with.
#[derive(clap::Args)]
pub struct Options {
    /// The bytes of `/jwks`.
    #[arg(long)]
    jwks: PathBuf,
    /// The bytes of `/introspect`.
    #[arg(long)]
    introspection: PathBuf,
}

/// How a form ends whose token is to be signed with RS256: with the resource that has it so.
const RS256: &[u8] = b"rs256";

struct Bare {
    jwks: Bytes,
    introspection: Bytes,
    es256: Signer,
    rs256: Signer,
}

/// Serves until it is ended. Says where on standard output.
pub fn serve(options: &Options) -> Outcome<()> {
    let bare = Bare {
        jwks: std::fs::read(&options.jwks)?.into(),
        introspection: std::fs::read(&options.introspection)?.into(),
        es256: Signer::new(Algorithm::Es256)?,
        rs256: Signer::new(Algorithm::Rs256)?,
    };
    let router = Router::new()
        .route("/jwks", get(jwks))
        .route("/introspect", post(introspect))
        .route("/token", post(token))
        .with_state(Arc::new(bare));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
            // A connection without it is only slower.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await?;
        Ok(())
    })
}

async fn jwks(State(bare): State<Arc<Bare>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/jwk-set+json")], bare.jwks.clone())
}

async fn introspect(State(bare): State<Arc<Bare>>, _form: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], bare.introspection.clone())
}

async fn token(State(bare): State<Arc<Bare>>, headers: HeaderMap, form: Bytes) -> impl IntoResponse {
    let signer = if form.ends_with(RS256) { &bare.rs256 } else { &bare.es256 };
    let presented = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match signer.answer(presented.unwrap_or_default()) {
        Ok(body) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body),
        Err(_) => (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "application/json")], String::new()),
    }
}

/// The cryptography of a client credentials request, and nothing else of it.
pub struct Signer {
    key: SigningKey,
    proof: Digest,
    entropy: SystemEntropy,
}

impl Signer {
    /// With a key of its own.
    pub fn new(algorithm: Algorithm) -> Outcome<Signer> {
        let (key, _) = SigningKey::generate(algorithm)?;
        let proof = digest(&format!("Basic {}", seeds::basic(BATCH)));
        Ok(Signer { key, proof, entropy: SystemEntropy::new() })
    }

    /// A signed token, as it is.
    pub fn sign(&self) -> Outcome<String> {
        let mut random = [0; 16];
        self.entropy.fill(&mut random);
        let now = SystemClock.now().timestamp();
        let claims = AccessClaims {
            iss: "http://127.0.0.1:8080".to_owned(),
            sub: BATCH.to_owned(),
            aud: Audience::One(MCP.to_owned()),
            client_id: ClientId::Opaque(BATCH.to_owned()),
            scope: seeds::scopes()?,
            jti: base64url::encode(random),
            iat: NumericDate::from_unix(now),
            exp: NumericDate::from_unix(now + 900),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            gid: None,
        };
        Ok(self.key.sign(ACCESS_TOKEN, &claims)?)
    }

    fn answer(&self, presented: &str) -> Outcome<String> {
        if !digest(presented).ct_eq(&self.proof) {
            return Err("wrong secret".into());
        }
        let token = self.sign()?;
        let scope = SCOPE;
        Ok(format!(
            r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":900,"scope":"{scope}"}}"#
        ))
    }
}

fn digest(proof: &str) -> Digest {
    Token::<ClientSecret>::digest_of(proof)
}

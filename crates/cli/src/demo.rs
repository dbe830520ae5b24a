//! A small MCP server that is protected by Gatewright: something to point a client at.
//!
//! | tool | scope | |
//! |---|---|---|
//! | `whoami` | `demo:read` | tells whom the token speaks for |
//! | `list_notes` | `notes:read` | |
//! | `add_note` | `notes:write` | not among the scopes a client starts with: it has to ask again (step-up) |
//!
//! 1. Without a token: 401 whose challenge names the metadata and the two scopes to begin with.
//! 2. The metadata (RFC 9728) lists those two; the third is found when it is needed, as MCP advises for
//!    scopes that change things.
//! 3. `add_note` without `notes:write`: 403 `insufficient_scope` with all three scopes, so that the token
//!    that comes back can do what the one before could.
//!
//! Notes live in memory, one list per person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use gatewright_oauth::demand::Demand;
use gatewright_oauth::resource::{NewResource, OpenTo, ScopeText, TokenSettings};
use gatewright_oauth::{Decision, Resource};
use gatewright_resource::{BuildError, Builder, Identity, ResourceServer};
use http::header::WWW_AUTHENTICATE;
use http::request::Parts;
use http::{HeaderName, Uri};
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::Extension;
use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::model::{Implementation, ServerCapabilities, ServerConfig};
use rmcp::schemars::{self, JsonSchema};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tower_http::cors::{Any, CorsLayer};
use uuid::Uuid;

use crate::listen::{self, Listening};

/// The scope of `whoami`, and of everything else.
pub const DEMO_READ: &str = "demo:read";
/// The scope of `list_notes`.
pub const NOTES_READ: &str = "notes:read";
/// The scope of `add_note`.
pub const NOTES_WRITE: &str = "notes:write";

/// The most notes of one person.
const MAX_NOTES: usize = 100;
/// The longest note, in bytes.
const MAX_NOTE: usize = 1000;

/// The demo server as the authorization server knows it. `url` is the address clients use, `…/mcp`.
pub fn resource(id: Uuid, url: &str, meant: Meant) -> Decision<Resource> {
    let scope = |name: &str, description: &str| ScopeText {
        name: name.to_owned(),
        description: description.to_owned(),
        default: true,
        dangerous: false,
        demand: Demand::NOTHING,
    };
    Resource::new(NewResource {
        id,
        identifier: url.to_owned(),
        name: Some("Gatewright demo".to_owned()),
        scopes: vec![
            scope(DEMO_READ, "See who you are signed in as"),
            scope(NOTES_READ, "Read your demo notes"),
            ScopeText {
                default: false,
                dangerous: true,
                demand: Demand::NOTHING,
                ..scope(NOTES_WRITE, "Add notes in your name. They are kept until the demo server stops")
            },
        ],
        token: TokenSettings::default(),
        is_default: meant == Meant::ByDefault,
        open_to: OpenTo::AnyClient,
        demand: Demand::NOTHING,
    })
}

/// When a request for a token means the demo server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// When it names no resource, too.
    ByDefault,
    /// When it names this one.
    ByName,
}

/// What protects the demo server at `url`, whose tokens come from `issuer`.
pub fn protection(url: &str, issuer: &str) -> Builder {
    ResourceServer::builder(url, issuer)
        .name("Gatewright demo")
        .scopes([DEMO_READ, NOTES_READ])
        .require([DEMO_READ])
        .suggest([NOTES_READ])
        .tool_scopes("list_notes", [NOTES_READ])
        .tool_scopes("add_note", [NOTES_READ, NOTES_WRITE])
}

/// Serves the demo at `url`, the address that clients reach `listeners` by.
pub fn serve(
    listeners: impl IntoIterator<Item = TcpListener>,
    url: &str,
    issuer: &str,
) -> Result<Listening, BuildError> {
    let router = router(&protection(url, issuer).build()?, url);
    Ok(listen::serve(listeners, router, listen::Options::default()))
}

/// The demo's routes. Only requests for the host of `url` are answered (DNS rebinding).
pub fn router(protection: &ResourceServer, url: &str) -> Router {
    let authority = url.parse::<Uri>().ok().and_then(|url| url.authority().map(ToString::to_string));
    // Every answer is complete in itself: nothing to keep per client, nothing to lose in a restart.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(authority);
    let demo = Demo { tool_router: Demo::tool_router(), notes: Arc::default() };
    let mcp = StreamableHttpService::new(
        move || Ok(demo.clone()),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    // Clients in browsers have to see the challenge.
    let cors = CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(Any).expose_headers([
        WWW_AUTHENTICATE,
        HeaderName::from_static("mcp-session-id"),
        HeaderName::from_static("mcp-protocol-version"),
    ]);
    Router::new().nest_service("/mcp", mcp).layer(protection.layer()).layer(cors)
}

#[derive(Clone)]
struct Demo {
    tool_router: ToolRouter<Self>,
    notes: Arc<Mutex<HashMap<String, Vec<String>>>>,
}

/// Whom a token speaks for.
#[derive(Serialize, JsonSchema)]
struct Caller {
    /// The person (or, when no person took part, the client) at the authorization server.
    subject: String,
    /// The client that acts for them.
    client: String,
    /// What the token allows.
    scopes: Vec<String>,
}

/// Somebody's notes.
#[derive(Serialize, JsonSchema)]
struct Notes {
    /// Oldest first.
    notes: Vec<String>,
}

/// A note to be added.
#[derive(Deserialize, JsonSchema)]
struct NewNote {
    /// What it says; at most 1000 bytes.
    text: String,
}

#[tool_router]
impl Demo {
    #[tool(
        description = "Tells who you are: the subject, the client and the scopes of your access token",
        annotations(title = "Who am I?", read_only_hint = true, open_world_hint = false)
    )]
    async fn whoami(&self, Extension(parts): Extension<Parts>) -> Result<Json<Caller>, ErrorData> {
        let identity = caller(&parts)?;
        Ok(Json(Caller {
            subject: identity.subject().to_owned(),
            client: identity.client_id().to_owned(),
            scopes: identity.scopes().map(str::to_owned).collect(),
        }))
    }

    #[tool(
        description = "Lists your notes",
        annotations(title = "List notes", read_only_hint = true, open_world_hint = false)
    )]
    async fn list_notes(&self, Extension(parts): Extension<Parts>) -> Result<Json<Notes>, ErrorData> {
        let subject = caller(&parts)?.subject();
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Json(Notes { notes: notes.get(subject).cloned().unwrap_or_default() }))
    }

    #[tool(
        description = "Adds a note to yours. Needs the scope notes:write, which you may have to ask for",
        annotations(title = "Add a note", destructive_hint = false, open_world_hint = false)
    )]
    async fn add_note(
        &self,
        Extension(parts): Extension<Parts>,
        Parameters(NewNote { text }): Parameters<NewNote>,
    ) -> Result<Json<Notes>, ErrorData> {
        let subject = caller(&parts)?.subject();
        if text.trim().is_empty() || text.len() > MAX_NOTE {
            return Err(ErrorData::invalid_params("a note has 1 to 1000 bytes", None));
        }
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = notes.entry(subject.to_owned()).or_default();
        if mine.len() >= MAX_NOTES {
            mine.remove(0);
        }
        mine.push(text);
        Ok(Json(Notes { notes: mine.clone() }))
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Demo {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(
                Implementation::new("gatewright-demo", env!("CARGO_PKG_VERSION"))
                    .with_title("Gatewright demo"),
            )
            .with_instructions("A demo of sign-in and scopes: who am I, list notes, add a note.")
    }
}

/// Whom the request speaks for; the layer has seen to it that there is somebody.
fn caller(parts: &Parts) -> Result<&Identity, ErrorData> {
    Identity::of(parts).ok_or_else(|| ErrorData::internal_error("the protecting layer is missing", None))
}

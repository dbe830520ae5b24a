//! The layer around rmcp's streamable HTTP server, in the modes it has.

use super::*;
use crate::Insufficient;
use axum::http::request::Parts;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::tool::Extension as FromContext;
use rmcp::model::{ServerCapabilities, ServerConfig};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServerHandler, tool, tool_handler, tool_router};

/// Tools that know who calls them.
#[derive(Clone)]
struct Notes {
    tool_router: ToolRouter<Self>,
}

fn caller(parts: &Parts) -> Result<&Identity, ErrorData> {
    Identity::of(parts).ok_or_else(|| ErrorData::internal_error("the layer is missing", None))
}

#[tool_router]
impl Notes {
    #[tool(description = "Who am I?")]
    async fn whoami(&self, FromContext(parts): FromContext<Parts>) -> Result<String, ErrorData> {
        Ok(format!("you are {}", caller(&parts)?.subject()))
    }

    #[tool(description = "Delete a note, with the scope declared at the layer")]
    async fn delete_note(&self) -> Result<String, ErrorData> {
        Ok("deleted".into())
    }

    #[tool(description = "Delete everything, with the scope required in the tool")]
    async fn wipe(&self, FromContext(parts): FromContext<Parts>) -> Result<String, ErrorData> {
        let refused = |refusal: Insufficient| ErrorData::invalid_request(refusal.to_string(), None);
        caller(&parts)?.require(&["admin"]).map_err(|refusal| refused(refusal.raise()))?;
        Ok("wiped".into())
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Notes {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

fn server(issuer: &Issuer, config: StreamableHttpServerConfig) -> Router {
    let new = || Ok(Notes { tool_router: Notes::tool_router() });
    let mcp = StreamableHttpService::new(new, Arc::new(LocalSessionManager::default()), config);
    let builder = issuer.builder().require(["notes:read"]).tool_scopes("delete_note", ["notes:write"]);
    Router::new().nest_service("/mcp", mcp).layer(builder.build().unwrap().layer())
}

async fn call(app: &Router, token: &str, session: Option<&str>, message: Value) -> Seen {
    let mut request = Request::post("/mcp")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    if let Some(session) = session {
        request = request.header("mcp-session-id", session);
    }
    send(app, request.body(Body::from(message.to_string())).unwrap()).await
}

fn tool_call(name: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": name, "arguments": {}}})
}

fn initialize() -> Value {
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
}

#[tokio::test]
async fn tools_know_their_caller_and_step_up_in_json_mode() {
    let issuer = Issuer::start().await;
    let mut config = StreamableHttpServerConfig::default();
    (config.json_response, config.legacy_session_mode) = (true, false);
    let app = server(&issuer, config);
    let (reader, admin) = (issuer.token(&json!({})), issuer.token(&json!({"scope": "notes:read admin"})));
    let seen = call(&app, &reader, None, tool_call("whoami")).await;
    assert!(seen.status == 200 && seen.body.contains("you are alice"), "{} {}", seen.status, seen.body);
    let seen = call(&app, &reader, None, tool_call("delete_note")).await;
    assert_eq!(seen.status, 403);
    assert!(seen.challenge().ends_with("scope=\"notes:read notes:write\""));
    let seen = call(&app, &reader, None, tool_call("wipe")).await;
    assert_eq!(
        (seen.status, seen.challenge().contains("scope=\"notes:read admin\"")),
        (403, true),
        "{}",
        seen.body
    );
    assert!(call(&app, &admin, None, tool_call("wipe")).await.body.contains("wiped"));
    assert_eq!(call(&app, "nonsense", None, tool_call("whoami")).await.status, 401);
}

#[tokio::test]
async fn tools_know_their_caller_and_step_up_in_stream_mode() {
    let issuer = Issuer::start().await;
    let app = server(&issuer, StreamableHttpServerConfig::default());
    let reader = issuer.token(&json!({}));
    let hello = call(&app, &reader, None, initialize()).await;
    assert_eq!(hello.status, 200, "{}", hello.body);
    let session = hello.headers["mcp-session-id"].to_str().unwrap().to_owned();
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    assert_eq!(call(&app, &reader, Some(&session), ready).await.status, 202);
    let seen = call(&app, &reader, Some(&session), tool_call("whoami")).await;
    assert_eq!(seen.headers["content-type"], "text/event-stream");
    assert!(seen.body.contains("you are alice"), "{}", seen.body);
    let seen = call(&app, &reader, Some(&session), tool_call("delete_note")).await;
    assert_eq!((seen.status, seen.challenge().contains("notes:write")), (403, true));
    let writer = issuer.token(&json!({"scope": "notes:read notes:write"}));
    assert!(call(&app, &writer, Some(&session), tool_call("delete_note")).await.body.contains("deleted"));
    let seen = call(&app, &reader, Some(&session), tool_call("wipe")).await;
    assert!(
        seen.body.contains("needs the scopes: notes:read admin"),
        "too late for a 403: {} {}",
        seen.status,
        seen.body
    );
}

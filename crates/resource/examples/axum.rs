//! A protected HTTP server. Run an authorization server at `http://127.0.0.1:8080`, register the resource
//! `http://127.0.0.1:9000/mcp` there, and point an MCP client at it.

use axum::routing::{any, get};
use axum::{Extension, Router};
use gatewright_resource::{Identity, ResourceServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protect = ResourceServer::builder("http://127.0.0.1:9000/mcp", "http://127.0.0.1:8080")
        .name("Notes")
        .scopes(["notes:read", "notes:write"])
        .require(["notes:read"])
        .implies("notes:write", ["notes:read"])
        .tool_scopes("delete_note", ["notes:write"])
        .build()?;

    let app = Router::new()
        .route("/mcp", any(hello)) // here goes rmcp's StreamableHttpService
        .layer(protect.layer())
        .route("/health", get(|| async { "ok" })); // added after the layer: public

    let listener = tokio::net::TcpListener::bind("127.0.0.1:9000").await?;
    Ok(axum::serve(listener, app).await?)
}

async fn hello(Extension(identity): Extension<Identity>) -> String {
    format!("Hello {}, calling through {}", identity.subject(), identity.client_id())
}

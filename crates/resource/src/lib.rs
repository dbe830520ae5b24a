//! Protect an MCP server (or any HTTP API) with OAuth access tokens.
//!
//! You run an MCP server at `https://mcp.example.com/mcp`, and an authorization server such as Gatewright at
//! `https://auth.example.com`. This crate is what goes between your server and the world, about ten lines:
//!
//! ```
//! use gatewright_resource::ResourceServer;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let protect = ResourceServer::builder("https://mcp.example.com/mcp", "https://auth.example.com")
//!     .name("Notes")
//!     .scopes(["notes:read", "notes:write"])          // what there is
//!     .require(["notes:read"])                        // what every call needs
//!     .implies("notes:write", ["notes:read"])         // who may write may read
//!     .tool_scopes("delete_note", ["notes:write"])    // what this tool needs
//!     .build()?;
//!
//! let app: axum::Router = axum::Router::new()
//!     .route("/mcp", axum::routing::any(|| async { "your MCP service" }))
//!     .layer(protect.layer());
//! # Ok(())
//! # }
//! ```
//!
//! # What happens to a request
//!
//! 1. A client that knows nothing calls `/mcp` and gets **401** with
//!    `WWW-Authenticate: Bearer resource_metadata="…", scope="notes:read"`.
//! 2. It fetches that document (RFC 9728), which the layer serves at
//!    `/.well-known/oauth-protected-resource/mcp` and at the root form, and learns where your authorization server is.
//! 3. It signs its person in there and comes back with an access token for *your* resource.
//! 4. The layer verifies it: an RFC 9068 JWT of your issuer (signature by a published key, algorithm fixed by the
//!    key, `typ` `at+jwt`), for your resource (`aud` is mandatory: tokens of other servers are refused), not expired.
//! 5. Your code runs and finds an [`Identity`] in the request's extensions.
//! 6. Later the client calls `delete_note` and its token lacks `notes:write`: it gets **403** with
//!    `error="insufficient_scope"` and all scopes the call needs, asks its person, and tries again.
//!
//! Keys are fetched from the issuer's metadata and cached: they survive key rotation and an issuer that is down.
//!
//! # Who is calling?
//!
//! In an axum handler:
//!
//! ```
//! use axum::Extension;
//! use gatewright_resource::{Answer, Identity};
//!
//! async fn delete_note(Extension(identity): Extension<Identity>) -> Result<String, Answer> {
//!     identity.require(&["notes:write"])?;
//!     Ok(format!("{} deleted a note with {}", identity.subject(), identity.client_id()))
//! }
//! ```
//!
//! In an rmcp tool, take the HTTP request's parts, which rmcp's streamable HTTP server passes on:
//!
//! ```
//! use gatewright_resource::Identity;
//! use rmcp::handler::server::tool::Extension;
//! use rmcp::{ErrorData, tool, tool_router};
//! # struct Notes;
//!
//! #[tool_router]
//! impl Notes {
//!     #[tool(description = "Who am I?")]
//!     async fn whoami(&self, Extension(parts): Extension<http::request::Parts>) -> Result<String, ErrorData> {
//!         let identity = Identity::of(&parts).ok_or_else(|| ErrorData::internal_error("no layer", None))?;
//!         Ok(identity.subject().to_owned())
//!     }
//! }
//! ```
//!
//! # Asking for more scopes
//!
//! A tool answers inside a response that has already begun, so it cannot send a 403 itself. Declare what it needs
//! with [`Builder::tool_scopes`], [`Builder::method_scopes`] or, when it depends on the arguments,
//! [`Builder::scope_policy`]; the layer then answers before your server sees the call. In plain HTTP handlers use
//! [`Identity::require`] as above.
//!
//! # Where to put the layer
//!
//! - On the router that also sees `/.well-known/…`, after the routes it protects. Routes added after `.layer(…)` stay
//!   public (health checks).
//! - Inside a nested router it protects just as well, but then route [`ResourceServer::metadata_service`] outside.
//! - A CORS layer goes around it (added after it), so that preflight requests are answered without a token; expose the
//!   `WWW-Authenticate` header, or clients in browsers cannot read the challenge.
//! - The body type below the layer is [`RequestBody`]; axum routers and rmcp services take any body type.
//!
//! # What is never accepted
//!
//! Tokens in the query or in a form, two tokens at once, ID tokens, tokens without audience, `none` and HMAC
//! signatures, keys named in a token's header, redirects while fetching keys, plain http to anything but this computer.

mod bearer;
mod challenge;
mod clock;
mod discovery;
mod fetch;
mod identity;
mod introspect;
mod keys;
mod layer;
mod metadata;
mod policy;
mod scopes;
mod server;

pub mod webhook;

#[cfg(test)]
mod tests;

pub use challenge::{Answer, Insufficient, Rejection};
pub use identity::Identity;
pub use layer::{ProtectLayer, Protected, RequestBody, ResponseBody};
pub use metadata::MetadataService;
pub use policy::{Call, MAX_CALL};
pub use server::{BuildError, Builder, ResourceServer};

//! The protected resource metadata document (RFC 9728 §2, §3) and its two places.
//!
//! 1. `/.well-known/oauth-protected-resource` ‖ path of the resource: what RFC 9728 §3.1 prescribes and the
//!    challenge points to.
//! 2. The root form without the path: what MCP clients try when they have seen no challenge.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
    CACHE_CONTROL, CONTENT_TYPE,
};
use http::{HeaderValue, Method, Request, StatusCode};
use serde::Serialize;
use tower::Service;

use crate::challenge::{Answer, bare};

/// The root form.
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The members of the document; none is `null` or empty.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    pub(crate) resource: &'a str,
    pub(crate) authorization_servers: [&'a str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) scopes_supported: Vec<&'a str>,
    pub(crate) bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_documentation: Option<&'a str>,
}

/// Serves the document at its places and answers 404 everywhere else: a plain tower service for routers in which
/// the layer does not see the requests to `/.well-known/`, for instance because it sits inside a nested router.
#[derive(Debug, Clone)]
pub struct MetadataService(pub(crate) Arc<Published>);

/// The document as it is sent, rendered once.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) body: Bytes,
    pub(crate) path: String,
}

impl MetadataService {
    /// The paths to route here, the prescribed one first; one path when the resource is a bare origin.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = vec![self.0.path.clone()];
        if self.0.path != WELL_KNOWN {
            paths.push(WELL_KNOWN.to_owned());
        }
        paths
    }

    /// The answer when the request asks for the document.
    pub(crate) fn answer<B>(&self, request: &Request<B>) -> Option<Answer> {
        let path = request.uri().path();
        let path = path.strip_suffix('/').unwrap_or(path);
        if path != WELL_KNOWN && path != self.0.path.strip_suffix('/').unwrap_or(&self.0.path) {
            return None;
        }
        let mut answer = match *request.method() {
            Method::GET | Method::HEAD => {
                let mut answer = bare(StatusCode::OK, self.0.body.clone());
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
                answer
            }
            Method::OPTIONS => {
                let mut answer = bare(StatusCode::NO_CONTENT, Bytes::new());
                // What MCP clients in browsers add to discovery requests.
                let headers = HeaderValue::from_static(
                    "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, dpop",
                );
                answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, headers);
                answer
                    .headers_mut()
                    .insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD"));
                answer
            }
            _ => {
                let mut answer = bare(StatusCode::METHOD_NOT_ALLOWED, Bytes::new());
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
                answer
            }
        };
        answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        Some(answer)
    }
}

impl<B> Service<Request<B>> for MetadataService {
    type Response = Answer;
    type Error = Infallible;
    type Future = Ready<Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(&request).unwrap_or_else(|| bare(StatusCode::NOT_FOUND, Bytes::new()))))
    }
}

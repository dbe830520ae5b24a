//! Which scopes a JSON-RPC call needs, decided before the MCP server sees it.
//!
//! MCP tools answer inside the body of a response whose status is 200 long before the tool runs, so a tool itself
//! cannot send the 403 that makes a client step up. This module reads the request body instead:
//!
//! 1. Only POST is looked at, only after the token was verified, and at most [`MAX_CALL`] bytes.
//! 2. The body is parsed strictly. A repeated member name is an error: the server behind us might read the other
//!    one. For the same reason a compressed body is refused.
//! 3. Every call in it (one, or a batch) is matched against the declared tools, methods and policies.
//! 4. All scopes of all calls are required at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use gatewright_jose::parse_strict_within;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{Method, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;

use crate::challenge::{Answer, bare, error};

/// The largest request body that is read, in bytes: room for a file in a tool's arguments.
pub const MAX_CALL: usize = 4 * 1024 * 1024;

/// Levels of nesting in a tool's arguments.
const MAX_CALL_DEPTH: usize = 100;

/// One JSON-RPC request or notification.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Call<'a> {
    /// `method`, such as `tools/call`.
    pub method: &'a str,
    /// What the method is applied to: the name of the tool or prompt, the URI of the resource.
    pub name: Option<&'a str>,
    /// `params`, `null` when absent.
    pub params: &'a Value,
}

impl<'a> Call<'a> {
    fn read(message: &'a Value) -> Option<Self> {
        let method = message.get("method")?.as_str()?;
        let params = message.get("params").unwrap_or(&Value::Null);
        let name = params.get("name").or_else(|| params.get("uri")).and_then(Value::as_str);
        Some(Self { method, name, params })
    }
}

type ScopesOf = dyn Fn(&Call<'_>) -> Vec<String> + Send + Sync;

/// The scopes of calls: declared ones, and whatever functions say.
#[derive(Clone, Default)]
pub(crate) struct ScopePolicy {
    pub(crate) tools: BTreeMap<String, Vec<String>>,
    pub(crate) methods: BTreeMap<String, Vec<String>>,
    pub(crate) functions: Vec<Arc<ScopesOf>>,
}

impl ScopePolicy {
    pub(crate) fn is_empty(&self) -> bool {
        self.tools.is_empty() && self.methods.is_empty() && self.functions.is_empty()
    }

    fn scopes(&self, call: &Call<'_>) -> Vec<String> {
        let tool = call.name.filter(|_| call.method == "tools/call").and_then(|name| self.tools.get(name));
        let declared = self.methods.get(call.method).into_iter().chain(tool).flatten().cloned();
        declared.chain(self.functions.iter().flat_map(|function| function(call))).collect()
    }

    /// All scopes the request needs, and its body, read; or the answer when the body is not acceptable.
    pub(crate) async fn read<B>(&self, parts: &Parts, body: B) -> Result<(Vec<String>, Bytes), Answer>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if parts.headers.contains_key(CONTENT_ENCODING) {
            let why = "compressed request bodies are not accepted";
            return Err(error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request", why));
        }
        let body = buffer(parts, body).await?;
        match parse_strict_within::<Value>(&body, MAX_CALL_DEPTH) {
            Ok(Value::Array(batch)) => Ok((self.scopes_of_all(&batch), body)),
            Ok(single) => Ok((self.scopes_of_all(std::slice::from_ref(&single)), body)),
            // Nothing a JSON-RPC server could read either: not ours to judge.
            Err(_) if !is_json(parts) && serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_err() => {
                Ok((Vec::new(), body))
            }
            Err(_) => Err(parse_error()),
        }
    }

    fn scopes_of_all(&self, messages: &[Value]) -> Vec<String> {
        messages.iter().filter_map(Call::read).flat_map(|call| self.scopes(&call)).collect()
    }
}

/// Whether the body of this request is read.
pub(crate) fn applies_to(parts: &Parts) -> bool {
    parts.method == Method::POST
}

fn is_json(parts: &Parts) -> bool {
    let content_type =
        parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.to_ascii_lowercase().contains("json")
}

async fn buffer<B>(parts: &Parts, body: B) -> Result<Bytes, Answer>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let too_large = || {
        let why = format!("the request body is larger than {MAX_CALL} bytes");
        error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", &why)
    };
    let announced =
        parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_CALL) {
        return Err(too_large());
    }
    match Limited::new(body, MAX_CALL).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(failure) if failure.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => {
            Err(error(StatusCode::BAD_REQUEST, "invalid_request", "the request body could not be read"))
        }
    }
}

/// JSON-RPC 2.0 §5.1 "Parse error", in the form MCP servers answer it.
fn parse_error() -> Answer {
    let message = "the body is not JSON without repeated member names";
    let body =
        serde_json::json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32700, "message": message } });
    let mut answer = bare(StatusCode::BAD_REQUEST, body.to_string());
    answer.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    answer
}

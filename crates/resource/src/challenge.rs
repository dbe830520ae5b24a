//! Refusals and their challenges (RFC 6750 §3, RFC 9728 §5.1, the MCP authorization specification).
//!
//! | case | status | challenge |
//! |---|---|---|
//! | no token | 401 | `resource_metadata`, `scope` |
//! | a token that is not believed | 401 | the same with `error="invalid_token"` |
//! | a believed token with too few scopes | 403 | `error="insufficient_scope"`, all scopes the operation needs |
//! | a request that cannot be read | 400 | `error="invalid_request"` |
//! | the issuer cannot be asked | 503 | none: a 401 would make the client throw away a good token |

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

use crate::scopes::listable;

/// The answers of this crate; a complete body, so it fits every tower stack.
pub type Answer = Response<Full<Bytes>>;

/// Why a request goes no further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// No bearer token in the `Authorization` header.
    #[error("no access token")]
    Missing,
    /// The token is not believed; the text says why, in words the client may read.
    #[error("{0}")]
    Invalid(&'static str),
    /// The request is ambiguous or malformed.
    #[error("{0}")]
    Malformed(&'static str),
    /// Nobody can tell at the moment whether the token is good.
    #[error("the authorization server cannot be reached")]
    Unavailable,
}

/// What all challenges of one resource server have in common.
#[derive(Debug)]
pub(crate) struct Challenges {
    /// The URL of the RFC 9728 document.
    pub(crate) metadata_url: String,
    /// Scopes every request needs; part of every challenge.
    pub(crate) required: Vec<String>,
    /// More scopes a client should ask for at first, so that its first steps need no step-up.
    pub(crate) suggested: Vec<String>,
}

impl Challenges {
    /// The answer to a refused request.
    pub(crate) fn answer(&self, rejection: &Rejection) -> Answer {
        let first = self.required.iter().chain(&self.suggested).map(String::as_str);
        match rejection {
            Rejection::Missing => {
                let mut answer = bare(StatusCode::UNAUTHORIZED, Bytes::new());
                challenge(&mut answer, &self.header(None, &listable(first)));
                answer
            }
            Rejection::Invalid(why) => {
                self.refuse(StatusCode::UNAUTHORIZED, ("invalid_token", why), &listable(first))
            }
            Rejection::Malformed(why) => self.refuse(StatusCode::BAD_REQUEST, ("invalid_request", why), &[]),
            Rejection::Unavailable => {
                let mut answer =
                    error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", &rejection.to_string());
                answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
                answer
            }
        }
    }

    /// All scopes an operation needs: the ones of every request and its own.
    pub(crate) fn needed(&self, scopes: &[String]) -> String {
        listable(self.required.iter().chain(scopes).map(String::as_str)).join(" ")
    }

    fn refuse(&self, status: StatusCode, (code, why): (&str, &str), scopes: &[&str]) -> Answer {
        let mut answer = error(status, code, why);
        challenge(&mut answer, &self.header(Some((code, why)), scopes));
        answer
    }

    fn header(&self, error: Option<(&str, &str)>, scopes: &[&str]) -> String {
        let error = error.map(|(code, why)| format!("error=\"{code}\", error_description=\"{why}\""));
        let metadata = Some(format!("resource_metadata=\"{}\"", self.metadata_url));
        let scope = (!scopes.is_empty()).then(|| format!("scope=\"{}\"", scopes.join(" ")));
        let parameters: Vec<String> = [error, metadata, scope].into_iter().flatten().collect();
        format!("Bearer {}", parameters.join(", "))
    }
}

/// The token is good, and not good enough for this operation. Comes from [`Identity::require`](crate::Identity::require).
///
/// In an HTTP handler return [`Insufficient::into_answer`]. In an MCP tool, whose answer travels inside JSON-RPC,
/// call [`Insufficient::raise`] and return any error: when the response has not been started yet (rmcp's JSON
/// responses), the layer replaces it with the 403. Where responses stream, declare the scopes of the tool up front with
/// [`Builder::tool_scopes`](crate::Builder::tool_scopes), which works in every mode.
#[derive(Clone)]
pub struct Insufficient {
    pub(crate) scopes: String,
    pub(crate) challenges: Arc<Challenges>,
    pub(crate) raised: Arc<OnceLock<String>>,
}

impl Insufficient {
    /// Every scope the operation needs, separated by spaces, the ones already granted included: MCP asks for all
    /// of them at once.
    pub fn scopes(&self) -> &str {
        &self.scopes
    }

    /// The `WWW-Authenticate` value that makes an MCP client step up.
    pub fn challenge(&self) -> String {
        let why = "more scopes are needed for this operation";
        let scopes: Vec<&str> = self.scopes.split(' ').filter(|scope| !scope.is_empty()).collect();
        self.challenges.header(Some(("insufficient_scope", why)), &scopes)
    }

    /// The 403 with its challenge.
    pub fn into_answer(self) -> Answer {
        let why = format!("this operation needs the scopes: {}", self.scopes);
        let mut answer = error(StatusCode::FORBIDDEN, "insufficient_scope", &why);
        challenge(&mut answer, &self.challenge());
        answer
    }

    /// Asks the layer to answer this request with the 403, whatever the handler returns, if nothing has been sent.
    #[must_use = "return it as the error of the handler"]
    pub fn raise(self) -> Self {
        let _ = self.raised.set(self.scopes.clone());
        self
    }
}

impl fmt::Debug for Insufficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Insufficient").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

impl fmt::Display for Insufficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this operation needs the scopes: {}", self.scopes)
    }
}

impl std::error::Error for Insufficient {}

impl From<Insufficient> for Answer {
    fn from(refusal: Insufficient) -> Self {
        refusal.into_answer()
    }
}

/// A JSON error without a challenge.
pub(crate) fn error(status: StatusCode, code: &str, description: &str) -> Answer {
    let body = serde_json::json!({ "error": code, "error_description": description });
    let mut answer = bare(status, body.to_string());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// An answer no cache keeps.
pub(crate) fn bare(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn challenge(answer: &mut Answer, value: &str) {
    // Every part was checked when it was configured; a value that still does not fit is replaced by the bare scheme.
    let value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("Bearer"));
    answer.headers_mut().insert(WWW_AUTHENTICATE, value);
}

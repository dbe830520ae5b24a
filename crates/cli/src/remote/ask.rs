//! A request to the admin API, and what comes back.

use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::failure::Failure;

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// What, below the API: `/clients`.
    pub path: String,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Value>,
    /// Which version is meant (`If-Match`).
    pub if_match: Option<String>,
}

impl Ask {
    /// Any request.
    pub fn new(method: Method, path: impl Into<String>) -> Ask {
        Ask { method, path: path.into(), query: Vec::new(), body: None, if_match: None }
    }

    /// Reads.
    pub fn get(path: impl Into<String>) -> Ask {
        Ask::new(Method::GET, path)
    }

    /// Does something that needs no words.
    pub fn act(path: impl Into<String>) -> Ask {
        Ask::new(Method::POST, path)
    }

    /// Makes something.
    pub fn post(path: impl Into<String>, body: Value) -> Ask {
        Ask { body: Some(body), ..Ask::new(Method::POST, path) }
    }

    /// Sets something.
    pub fn put(path: impl Into<String>, body: Value) -> Ask {
        Ask { body: Some(body), ..Ask::new(Method::PUT, path) }
    }

    /// Changes something, by a merge patch (RFC 7396).
    pub fn patch(path: impl Into<String>, body: Value) -> Ask {
        Ask { body: Some(body), ..Ask::new(Method::PATCH, path) }
    }

    /// Ends something.
    pub fn delete(path: impl Into<String>) -> Ask {
        Ask::new(Method::DELETE, path)
    }

    /// With a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Ask {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// With a parameter, where there is something to say.
    #[must_use]
    pub fn with_any(self, name: &str, value: Option<&str>) -> Ask {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Only if it is still the version that was read.
    #[must_use]
    pub fn only_if(self, etag: Option<String>) -> Ask {
        Ask { if_match: etag, ..self }
    }

    /// Only to see what would happen.
    #[must_use]
    pub fn dry(self) -> Ask {
        self.with("dry_run", "true")
    }

    /// Whether it changes nothing.
    pub fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// Path and query.
    pub fn target(&self) -> String {
        if self.query.is_empty() {
            return self.path.clone();
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query);
        format!("{}?{}", self.path, query.finish())
    }

    /// The media type of the body.
    pub fn media_type(&self) -> &'static str {
        if self.method == Method::PATCH { "application/merge-patch+json" } else { "application/json" }
    }
}

/// The media type of a body that is lines.
pub(super) const LINES: &str = "application/jsonl";

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null when there is none.
    pub body: Value,
}

impl Reply {
    /// One that was put together.
    pub fn of(body: Value) -> Reply {
        Reply { headers: HeaderMap::new(), body }
    }

    /// The body as what it is.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, Failure> {
        serde_json::from_value(self.body).map_err(|error| {
            Failure::new(format!(
                "the server's answer is not understood: {error}\n  \
                 this program and the server may be of different releases: compare gatewright --version"
            ))
        })
    }

    /// The version that was read.
    pub fn etag(&self) -> Option<String> {
        self.headers.get(http::header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned)
    }
}

/// A value in a path: everything but unreserved characters is escaped.
pub fn segment(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@') {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_paths_and_queries_are_escaped() {
        assert_eq!(segment("a b/ö?"), "a%20b%2F%C3%B6%3F");
        let ask = Ask::get("/events").with("since", "2026-01-01T00:00:00+01:00").with("kind", "a&b");
        assert_eq!(ask.target(), "/events?since=2026-01-01T00%3A00%3A00%2B01%3A00&kind=a%26b");
        assert_eq!(Ask::get("/clients").target(), "/clients");
    }
}

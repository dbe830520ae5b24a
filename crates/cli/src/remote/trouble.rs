//! How a server says no (RFC 9457), told to a person.

use std::fmt::{self, Write as _};

use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use crate::failure::{Exit, Failure};
use crate::output::clean;

/// Why something was not done.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// The HTTP status.
    pub status: StatusCode,
    /// Seconds the server wants us to wait.
    pub retry_after: Option<u64>,
    /// How recent a sign-in has to be, where that is what is missing (RFC 9470 §3).
    pub max_age: Option<u64>,
    said: Said,
}

/// The members of a problem that are of use here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Said {
    code: String,
    detail: String,
    field: Option<String>,
    hint: Option<String>,
    request_id: Option<String>,
}

impl Trouble {
    /// Reads an answer that is none of success.
    pub fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Trouble {
        let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let mut said: Said = serde_json::from_slice(body).unwrap_or_default();
        if said.code.is_empty() && said.detail.is_empty() {
            let reason = status.canonical_reason().unwrap_or("an unknown status");
            said.detail =
                format!("it answered {} ({reason}), which is none of the admin API", status.as_u16());
        }
        let max_age = (said.code == "insufficient_user_authentication")
            .then(|| text(header::WWW_AUTHENTICATE).and_then(max_age).unwrap_or(0));
        Trouble {
            status,
            retry_after: text(header::RETRY_AFTER).and_then(|text| text.parse().ok()),
            max_age,
            said,
        }
    }

    /// What happened, for programs.
    pub fn code(&self) -> &str {
        &self.said.code
    }

    /// Whether the same request may well succeed a moment later.
    pub fn passes(&self) -> bool {
        matches!(
            self.status,
            StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS
        ) || self.code() == "request_in_progress"
    }
}

/// `max_age` of a challenge.
fn max_age(challenge: &str) -> Option<u64> {
    let (_, rest) = challenge.split_once("max_age=\"")?;
    rest.split('"').next()?.parse().ok()
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Said { detail, field, .. } = &self.said;
        let words = if detail.is_empty() { self.said.code.as_str() } else { detail.as_str() };
        match field {
            Some(field) if !words.contains(field.as_str()) => {
                write!(out, "{}: {}", clean(field), clean(words))
            }
            Some(_) | None => out.write_str(&clean(words)),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Failure {
        let mut text = trouble.to_string();
        let mut advise = |advice: &str| {
            let _ = write!(text, "\n  {advice}");
        };
        // The hint of a 401 is for who writes programs.
        if let Some(hint) =
            trouble.said.hint.as_deref().filter(|_| trouble.status != StatusCode::UNAUTHORIZED)
        {
            advise(&clean(hint));
        }
        if trouble.code() == "insufficient_scope" {
            advise("use a key or sign in as somebody who may; gatewright api GET /caller shows what you may");
        }
        if let Some(id) = &trouble.said.request_id {
            let id = clean(id);
            advise(&format!("the server knows more under request {id}"));
        } else {
            advise("check that the address is the issuer of a Gatewright server, and nothing else");
        }
        let exit = match trouble.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Exit::Refused,
            _ if trouble.passes() => Exit::Unavailable,
            _ => Exit::Failure,
        };
        Failure::new(text).with(exit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_told_calmly() {
        let body = br#"{"status":400,"code":"invalid_request","detail":"must be https","field":"resource",
                        "hint":"add the s","request_id":"r-1"}"#;
        let trouble = Trouble::read(StatusCode::BAD_REQUEST, &HeaderMap::new(), body);
        assert_eq!(
            Failure::from(trouble).to_string(),
            "resource: must be https\n  add the s\n  the server knows more under request r-1"
        );
        let strange = Trouble::read(StatusCode::NOT_FOUND, &HeaderMap::new(), b"<html>\x1b[2J");
        assert!(Failure::from(strange).to_string().contains("404 (Not Found)"));
    }

    #[test]
    fn a_wish_for_a_recent_sign_in_is_understood() {
        let mut headers = HeaderMap::new();
        let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=\"900\"";
        headers.insert(header::WWW_AUTHENTICATE, challenge.parse().unwrap());
        let body = br#"{"code":"insufficient_user_authentication"}"#;
        assert_eq!(Trouble::read(StatusCode::UNAUTHORIZED, &headers, body).max_age, Some(900));
        assert_eq!(Trouble::read(StatusCode::UNAUTHORIZED, &headers, b"{}").max_age, None);
    }
}

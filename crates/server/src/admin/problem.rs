//! How the admin API says no (RFC 9457): the status, a `code` that never changes, what is wrong, with which member,
//! and what to do about it.

use gatewright_oauth::{Code, Refusal};
use gatewright_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::scope::Scope;
use crate::accounts::Wrong;
use crate::error::{Fault, FaultKind, Stop};

/// Why something was not done.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: u16,
    code: &'static str,
    detail: String,
    field: Option<String>,
    hint: Option<String>,
    /// For `WWW-Authenticate`.
    challenge: Option<String>,
    /// Seconds, for `Retry-After`.
    retry_after: Option<u32>,
    fault: Option<Fault>,
}

/// A problem, as it is sent (`application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Shown {
    /// What this status means in general.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened, for programs. Codes do not change.
    pub code: &'static str,
    /// What happened, for people.
    pub detail: String,
    /// The member or parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Finds this request in the log and in the events.
    pub request_id: Uuid,
}

impl Problem {
    /// The code of [`Problem::in_progress`].
    pub const IN_PROGRESS: &str = "request_in_progress";

    fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem(Box::new(Parts {
            status,
            code,
            detail: detail.into(),
            field: None,
            hint: None,
            challenge: None,
            retry_after: None,
            fault: None,
        }))
    }

    /// Names the member or parameter that is wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Problem {
        self.0.field = Some(field.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same about a part of something: its field is a field of `part`.
    #[must_use]
    pub fn within(mut self, part: &str) -> Problem {
        self.0.field = Some(match self.0.field.take() {
            Some(field) => format!("{part}.{field}"),
            None => part.to_owned(),
        });
        self
    }

    /// The body, a parameter or a header is wrong.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Problem {
        Problem::new(400, "invalid_request", detail).field(field)
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Problem {
        Problem::new(404, "not_found", format!("there is no such {what}"))
    }

    /// It cannot be done in the state things are in.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Problem {
        Problem::new(409, code, detail)
    }

    /// Somebody changed it since it was read (RFC 9110 §13.1.1).
    pub fn changed() -> Problem {
        Problem::new(412, "changed", "it was changed since you read it")
            .hint("read it again and send the new ETag")
    }

    /// The same key with another request.
    pub fn key_reused() -> Problem {
        Problem::new(422, "idempotency_key_reused", "this Idempotency-Key was used for another request")
            .field("Idempotency-Key")
            .hint("a key belongs to one request; make a new one for each")
    }

    /// The same key, at the same time.
    pub fn in_progress() -> Problem {
        let mut problem =
            Problem::new(409, Problem::IN_PROGRESS, "a request with this Idempotency-Key is being worked on")
                .field("Idempotency-Key");
        problem.0.retry_after = Some(1);
        problem
    }

    /// Nobody is known to call.
    pub fn unauthenticated(detail: &'static str) -> Problem {
        let mut problem = Problem::new(401, "unauthenticated", detail)
            .hint("send Authorization: Bearer and an API key, or an access token for the admin API");
        problem.0.challenge = Some(format!("Bearer error=\"invalid_token\", error_description=\"{detail}\""));
        problem
    }

    /// Nothing was sent to know anybody by (RFC 6750 §3.1: no error code).
    pub fn anonymous() -> Problem {
        let mut problem = Problem::unauthenticated("there is no Authorization header");
        problem.0.challenge = Some("Bearer".to_owned());
        problem
    }

    /// The caller may not.
    pub fn forbidden(scope: Scope) -> Problem {
        let scope = scope.as_str();
        let mut problem = Problem::new(
            403,
            "insufficient_scope",
            format!("this takes the scope {scope}, which the caller has not"),
        );
        problem.0.challenge = Some(format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""));
        problem
    }

    /// The caller would give away more than they hold.
    pub fn beyond(detail: impl Into<String>) -> Problem {
        Problem::new(403, "beyond_your_own", detail)
    }

    /// The person signed in too long ago for this (RFC 9470 §3).
    pub fn stale(max_age: i64) -> Problem {
        let mut problem = Problem::new(
            401,
            "insufficient_user_authentication",
            format!("this takes a sign-in not older than {max_age} seconds"),
        )
        .hint("authorize again with max_age");
        problem.0.challenge = Some(format!(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"a more recent sign-in is \
             needed\", max_age=\"{max_age}\""
        ));
        problem
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// For `WWW-Authenticate`.
    pub fn challenge(&self) -> Option<&str> {
        self.0.challenge.as_deref()
    }

    /// What happened, for programs.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// For `Retry-After`, in seconds.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// What went wrong on our side, for the log.
    pub fn fault(&self) -> Option<&Fault> {
        self.0.fault.as_ref()
    }

    /// As it is sent.
    pub fn shown(self, request_id: Uuid) -> Shown {
        let title = match self.0.status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            409 => "Conflict",
            412 => "Precondition Failed",
            413 => "Content Too Large",
            415 => "Unsupported Media Type",
            422 => "Unprocessable Content",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        let Parts { status, code, detail, field, hint, .. } = *self.0;
        Shown { title, status, code, detail, field, hint, request_id }
    }

    /// The body could not be read.
    pub fn unreadable(status: u16) -> Problem {
        match status {
            413 => Problem::new(413, "too_large", "the body is too large"),
            _ => Problem::new(400, "invalid_request", "the body could not be read"),
        }
    }

    /// The body is not JSON.
    pub fn media_type(expected: &'static str) -> Problem {
        Problem::new(415, "unsupported_media_type", format!("send the body as {expected}"))
            .field("Content-Type")
    }

    /// The path is there, the method is not.
    pub fn wrong_method() -> Problem {
        Problem::new(405, "method_not_allowed", "this path has no such method")
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        let mut problem = match fault.kind {
            FaultKind::Unavailable => {
                Problem::new(503, "unavailable", "this server cannot answer right now; try again soon")
            }
            FaultKind::Internal => {
                Problem::new(500, "internal", "this server failed; its log tells why under this request_id")
            }
        };
        problem.0.retry_after = (fault.kind == FaultKind::Unavailable).then_some(1);
        problem.0.fault = Some(fault);
        problem
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Problem {
        Problem::invalid(wrong.field, wrong.detail)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Fault::from(error).into()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let code = refusal.code();
        match code {
            Code::TemporarilyUnavailable => Fault::unavailable(refusal.description().to_owned()).into(),
            Code::InvalidTarget => Problem::new(400, code.as_str(), refusal.description()).field("resource"),
            _ => Problem::new(400, code.as_str(), refusal.description()),
        }
    }
}

impl From<Stop> for Problem {
    fn from(stop: Stop) -> Problem {
        match stop {
            Stop::Refused(refusal) => refusal.into(),
            Stop::Shown(problem) => Problem::new(problem.status(), "refused", problem.title()),
            Stop::Broken(fault) => fault.into(),
        }
    }
}

//! Is all well? What `gatewright doctor` and the admin API's `GET /server/checks` both look at: the database and what
//! is in it.
//!
//! Nothing is changed. Where something is not as it should be, a check says what to do about it. A meeting point: it
//! looks at the things of several capabilities, by the store.

pub mod database;
pub mod master_keys;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far the database's clock may be from ours, in seconds, before this server is not ready.
pub const MAX_CLOCK_DIFFERENCE: i64 = 30;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CheckStatus)]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, and deserves a look.
    Warning,
    /// It does not work.
    Failed,
    /// It could not be looked at because of something that failed before.
    Skipped,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// What was looked at.
    #[serde(rename = "check")]
    #[schema(value_type = String)]
    pub name: Cow<'static, str>,
    /// How it went.
    pub status: Status,
    /// What was found.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Check {
    /// As it should be.
    pub fn ok(name: &'static str, message: impl Into<String>) -> Check {
        Check { name: name.into(), status: Status::Ok, message: message.into(), advice: None }
    }

    /// Not looked at.
    pub fn skipped(name: &'static str, message: impl Into<String>) -> Check {
        Check { name: name.into(), status: Status::Skipped, message: message.into(), advice: None }
    }

    /// It works, and deserves a look.
    pub fn warning(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Check {
        let advice = Some(advice.into());
        Check { name: name.into(), status: Status::Warning, message: message.into(), advice }
    }

    /// It does not work.
    pub fn failed(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Check {
        let advice = Some(advice.into());
        Check { name: name.into(), status: Status::Failed, message: message.into(), advice }
    }
}

/// A length of time, in one unit: `3 days`.
pub fn span(duration: chrono::Duration) -> String {
    let seconds = duration.num_seconds().max(0);
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds >= *length).unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

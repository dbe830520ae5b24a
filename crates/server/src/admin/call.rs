//! One request to the admin API, as an operation sees it.

use std::time::Duration;

use gatewright_oauth::secret::Secret;
use gatewright_oauth::{Params, Profile, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;
use uuid::Uuid;

use super::cursor::{self, Page};
use super::mutation::Mode;
use super::{Caller, Problem};
use crate::app::{App, Moment};
use crate::lines::{Lines, Upload};

/// How the reader of times says no. What a time looks like it does not say.
const NO_TIME: [&str; 3] = ["input contains invalid characters", "premature end of input", "trailing input"];

/// The longest that an answer waits for something to happen, in seconds.
const MOST_WAIT: u64 = 30;
/// What [`Call::live_or_all`] says of itself.
pub const LIVE_OR_ALL: &str =
    "`all` (what is listed when nothing is said), or `live`: neither revoked nor expired.";
/// The longest that two secrets are good, in hours.
const MOST_OVERLAP: u32 = 168;

/// One request.
pub struct Call {
    /// The server. Of a change, with the store of its transaction.
    pub app: App,
    /// The server without the transaction: for what is looked up before it, by those who ask the network first.
    pub outside: App,
    /// The facts of the request, acting for the caller.
    pub moment: Moment,
    /// Who calls.
    pub caller: Caller,
    /// The values in the path, in order.
    pub path: Vec<String>,
    /// The query.
    pub query: Params,
    /// The body.
    pub body: Vec<u8>,
    /// The body of an operation that takes lines.
    pub upload: Upload,
    /// The entity tags of `If-Match`.
    pub if_match: Option<String>,
    /// Which operation it is; cursors belong to one.
    pub operation: &'static str,
    /// Whether it is done for real.
    pub mode: Mode,
    /// What the caller proved themselves with, for operations that have them looked up anew.
    pub authorization: Option<String>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
}

impl Call {
    /// The first value in the path, as a UUID. One that is none is nobody's.
    pub fn id(&self, what: &str) -> Result<Uuid, Problem> {
        self.segment().parse().map_err(|_| Problem::not_found(what))
    }

    /// The first value in the path.
    pub fn segment(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// A query parameter. One that is given twice is a mistake.
    pub fn parameter(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        Ok(self.query.one(name)?)
    }

    /// A query parameter of another type.
    pub fn parsed<T: std::str::FromStr>(&self, name: &'static str, kind: &str) -> Result<Option<T>, Problem> {
        self.parameter(name)?
            .map(|text| text.parse().map_err(|_| Problem::invalid(name, format!("{name} is not {kind}"))))
            .transpose()
    }

    /// The body, an object. Members that the type does not have are refused, by name (AD-06); an array has no names.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let body = self.body.trim_ascii_start();
        let body: &[u8] = if body.is_empty() { b"{}" } else { body };
        if !body.starts_with(b"{") {
            return Err(Problem::invalid("body", "the body is a JSON object: { … }"));
        }
        let mut reader = serde_json::Deserializer::from_slice(body);
        let read = serde_path_to_error::deserialize(&mut reader);
        let value = read.map_err(misread)?;
        reader.end().map_err(|error| Problem::invalid("body", readable(&error)))?;
        Ok(value)
    }

    /// The body, line by line.
    pub fn lines(&self) -> Result<Lines, Problem> {
        self.upload.lines().ok_or_else(|| Problem::invalid("body", "there are no lines"))
    }

    /// The body as a merge patch (RFC 7396) of `now`.
    pub fn patched<T: Serialize + DeserializeOwned>(&self, now: &T) -> Result<T, Problem> {
        let patch: Value = self.body()?;
        let mut value = serde_json::to_value(now).map_err(crate::error::Fault::internal)?;
        merge(&mut value, &patch);
        read(value)
    }

    /// Whether what is there is what the caller has read, where they said what that was (RFC 9110 §13.1.1).
    pub fn matches(&self, etag: Option<&str>) -> Result<(), Problem> {
        let Some(asked) = &self.if_match else { return Ok(()) };
        let holds = asked.split(',').map(str::trim).any(|tag| tag == "*" || Some(tag) == etag);
        if holds { Ok(()) } else { Err(Problem::changed()) }
    }

    /// A query parameter that is one of these words.
    pub fn one_of(
        &self,
        name: &'static str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, Problem> {
        let Some(text) = self.parameter(name)? else { return Ok(None) };
        match words.iter().find(|word| **word == text) {
            Some(word) => Ok(Some(word)),
            None => Err(Problem::invalid(name, format!("{name} is {}", words.join(" or ")))),
        }
    }

    /// The parameter `status` of what is good until it ends ([`LIVE_OR_ALL`]): at which time it has to be.
    pub fn live_or_all(&self) -> Result<Option<Time>, Problem> {
        let status = self.one_of("status", &["all", "live"])?;
        Ok(status.filter(|status| *status == "live").map(|_| self.moment.now))
    }

    /// Which page of a list is asked for.
    pub fn page(&self) -> Result<Page, Problem> {
        cursor::page(self)
    }

    /// Until when an answer may wait for something to happen: the parameter `wait`.
    pub fn patience(&self) -> Result<Instant, Problem> {
        let wait = self.parsed::<u64>("wait", "a number of seconds")?.unwrap_or(0);
        if wait > MOST_WAIT {
            return Err(Problem::invalid("wait", format!("wait is {MOST_WAIT} seconds at most")));
        }
        Ok(Instant::now() + Duration::from_secs(wait))
    }

    /// Until when the secret before a new one stays good: the member `overlap_hours`.
    pub fn overlap(&self, hours: u32) -> Result<Time, Problem> {
        if hours > MOST_OVERLAP {
            return Err(Problem::invalid("overlap_hours", format!("overlap_hours is 0 to {MOST_OVERLAP}")));
        }
        Ok(self.moment.now + chrono::Duration::hours(i64::from(hours)))
    }

    /// A secret, in the one answer that shows it. A dry run makes none that would be good.
    pub fn reveal(&self, secret: &Secret<String>) -> String {
        match self.mode {
            Mode::Real => secret.expose().clone(),
            Mode::Dry => "(made when it is done)".to_owned(),
        }
    }

    /// What a change records.
    pub fn trace(&self) -> gatewright_store::Trace {
        self.moment.trace(&self.app)
    }
}

/// Looks at the name of something, in an administrator's words.
pub fn check_name(name: &str) -> Result<(), Problem> {
    if name.trim().is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Problem::invalid("name", "a name is one line of 1 to 200 bytes"));
    }
    Ok(())
}

/// Reads the name of a profile; `mcp` when there is none.
pub fn profile(text: Option<&str>) -> Result<Profile, Problem> {
    text.map_or(Ok(Profile::Mcp), |text| {
        text.parse().map_err(|_| Problem::invalid("profile", "profile is mcp, oidc_compat or fapi2"))
    })
}

/// Reads a value; says which member is wrong.
fn read<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(misread)
}

fn misread(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let error = error.into_inner();
    let detail = readable(&error);
    if !error.is_data() {
        return Problem::invalid("body", format!("the body is no JSON: {detail}"));
    }
    let problem = Problem::invalid(if path == "." { "body".to_owned() } else { path }, detail.clone());
    if NO_TIME.contains(&detail.as_str()) {
        return problem.hint("a time is written as in 2026-01-31T12:00:00Z");
    }
    problem
}

/// What is wrong with some JSON, without where in the text it is.
fn readable(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    // The reader names the types of this program, which mean nothing to whoever wrote the number.
    let most =
        [("u8", u64::from(u8::MAX)), ("u16", u16::MAX.into()), ("u32", u32::MAX.into()), ("u64", u64::MAX)];
    let named = most.iter().find_map(|(name, most)| {
        let before = text.strip_suffix(name).filter(|before| before.ends_with(" expected "))?;
        Some(format!("{before}a whole number from 0 to {most}"))
    });
    named.unwrap_or_else(|| text.to_owned())
}

/// RFC 7396 §2.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{merge, readable};

    #[test]
    fn numbers_are_told_in_numbers() {
        let told = |text: &str| readable(&serde_json::from_str::<u32>(text).unwrap_err());
        assert_eq!(told("-1"), "invalid value: integer `-1`, expected a whole number from 0 to 4294967295");
        let said = "invalid type: string \"x\", expected a whole number from 0 to 4294967295";
        assert_eq!(told("\"x\""), said);
    }

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn patches_merge_as_the_rfc_says() {
        for (target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let mut merged = target.clone();
            merge(&mut merged, &patch);
            assert_eq!(merged, result, "{target} + {patch}");
        }
    }
}

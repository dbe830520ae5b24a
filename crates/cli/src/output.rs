//! What commands print: results on standard output, everything else on standard error.
//!
//! 1. `--json` prints one JSON document whose shape is documented in `docs/cli.md` and does not change
//!    without a word in the changelog. Members without a value are left out.
//! 2. Otherwise people get tables and sentences.
//! 3. Names that strangers chose (clients register themselves, servers describe themselves) cannot move
//!    the cursor or reverse the line: [`clean`].

use std::io::IsTerminal as _;
use std::time::Duration;

use comfy_table::{Table, presets};
use gatewright_oauth::secret::Secret;
pub use gatewright_server::checks::span;
use gatewright_store::Time;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::failure::Failure;
use crate::terminal;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A secret, in the one document that shows it.
pub fn reveal<S: Serializer>(secret: &Option<Secret<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.as_ref().map_or("", |secret| secret.expose()))
}

impl Format {
    /// Prints a result: `value` as JSON, or what `text` says.
    pub fn result<T: Serialize>(self, value: &T, text: impl FnOnce() -> String) -> Result<(), Failure> {
        let mut line = match self {
            Format::Json => serde_json::to_string_pretty(value)
                .map_err(|error| Failure::new(format!("the result cannot be printed: {error}")))?,
            Format::Text => text(),
        };
        line.truncate(line.trim_end().len());
        terminal::say(&line);
        Ok(())
    }
}

/// Shows that something takes a while: on a terminal, and only after the blink of an eye.
pub async fn waiting<T>(what: &'static str, work: impl Future<Output = T>) -> T {
    if !std::io::stderr().is_terminal() {
        return work.await;
    }
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(Duration::from_millis(200), work.as_mut()).await {
        return done;
    }
    let spinner = ProgressBar::new_spinner().with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        spinner.set_style(style);
    }
    spinner.enable_steady_tick(Duration::from_millis(100));
    let done = work.await;
    spinner.finish_and_clear();
    done
}

/// A table without lines, in the manner of `ps`.
pub fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// The members of one thing, one per line.
pub fn members<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_rows(
        members
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| [name.to_owned(), value]),
    );
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// Text from elsewhere, for a terminal: invisible characters and those that control one are spelled out.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => cleaned.push(character),
            other if other.escape_debug().count() > 1 => cleaned.extend(other.escape_unicode()),
            other => cleaned.push(other),
        }
    }
    cleaned
}

/// A moment, to the minute, in UTC.
pub fn minute(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A moment in JSON (RFC 3339), to the second.
pub fn rfc3339(time: Time) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A member of an answer, as text for a terminal: empty when it is not there.
pub fn word(of: &Value, member: &str) -> String {
    match &of[member] {
        Value::Null => String::new(),
        Value::String(text) => clean(text),
        Value::Array(items) => {
            let items =
                items.iter().map(|item| item.as_str().map_or_else(|| clean(&item.to_string()), clean));
            items.collect::<Vec<_>>().join(" ")
        }
        other => clean(&other.to_string()),
    }
}

/// A member of an answer that is a moment, to the minute.
pub fn when(of: &Value, member: &str) -> String {
    let time = of[member].as_str().and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
    time.map_or_else(|| word(of, member), |time| minute(time.to_utc()))
}

/// A member of an answer that is a number; zero when it is not there.
pub fn count(of: &Value, member: &str) -> u64 {
    of[member].as_u64().unwrap_or(0)
}

/// `1 session`, `2 sessions`.
pub fn many(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_strangers_cannot_steer_a_terminal() {
        assert_eq!(clean("Café \"x\" 日本"), "Café \"x\" 日本");
        assert_eq!(clean("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\u{a}c");
        assert_eq!(clean("a\u{9b}2J\u{202e}b"), "a\\u{9b}2J\\u{202e}b");
    }

    #[test]
    fn members_of_answers_are_told_calmly() {
        let answer = serde_json::json!({ "name": "a\u{1b}b", "kinds": ["x", "y"], "n": 2,
            "at": "2026-01-31T10:20:30.123Z", "on": true });
        assert_eq!(word(&answer, "name"), "a\\u{1b}b");
        assert_eq!((word(&answer, "kinds"), word(&answer, "none")), ("x y".to_owned(), String::new()));
        assert_eq!((word(&answer, "n"), word(&answer, "on")), ("2".to_owned(), "true".to_owned()));
        assert_eq!(
            (when(&answer, "at"), when(&answer, "none")),
            ("2026-01-31 10:20 UTC".to_owned(), String::new())
        );
        assert_eq!(
            (many(count(&answer, "n"), "cat"), many(1, "cat")),
            ("2 cats".to_owned(), "1 cat".to_owned())
        );
    }

    #[test]
    fn spans_are_told_in_one_unit() {
        let of = |seconds| span(chrono::Duration::seconds(seconds));
        assert_eq!(of(0), "0 seconds");
        assert_eq!(of(61), "1 minute");
        assert_eq!(of(7200), "2 hours");
        assert_eq!(of(86_400 * 90), "90 days");
    }

    #[test]
    fn tables_have_no_trailing_space() {
        let text = table(["A", "B"], [["1".to_owned(), String::new()], ["22".to_owned(), "x".to_owned()]]);
        assert!(text.lines().all(|line| line.trim_end() == line), "{text:?}");
        assert!(text.starts_with("A "), "{text:?}");
    }
}

//! `gatewright user import`: accounts of another server.
//!
//! 1. The lines go to the server as they are read, and are judged there, each by itself.
//! 2. Whoever is there already is skipped: what was cut off is imported again as it is.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::commands::job;
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{clean, count, many, word};
use crate::remote::{self, Ask, Pieces};

/// Lines that are told to be wrong; the rest is in the job.
const TOLD: usize = 10;

/// Take accounts of another server in, with the hashes of their passwords
///
/// One JSON object a line: `username`, `email`, `email_verified`, `name`, `password_hash` (argon2id, bcrypt, scrypt or
/// PBKDF2). Whoever is there already is skipped and stays as they are, so what was cut off is imported again. Exits
/// with 1 when a line was wrong; the others are done.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright user import people.jsonl --dry-run
  gatewright user import - < people.jsonl")]
pub(super) struct Import {
    /// The file, or - for standard input
    file: String,
    /// Only look what would happen
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    fn open(&self) -> Result<(Box<dyn Read + Send>, Option<u64>), Failure> {
        if self.file == "-" {
            return Ok((Box::new(io::stdin()), None));
        }
        let unreadable = |error: io::Error| {
            Failure::new(format!(
                "{} cannot be read: {error}\n  name a file, or - for standard input",
                clean(&self.file)
            ))
        };
        let file = File::open(&self.file).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?;
        if length.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        Ok((Box::new(file), Some(length.len())))
    }
}

/// How far the file is, on a terminal.
fn bar(length: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{wide_bar} {bytes} of {total_bytes} ({eta})"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} ({elapsed})"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

pub(super) async fn run(common: &Common, what: &Import) -> Result<(), Failure> {
    let (file, length) = what.open()?;
    let bar = bar(length);
    let seen = bar.clone();
    let ask = Ask::act("/users/import");
    let ask = if what.dry_run { ask.dry() } else { ask };
    let done = remote::with(common, async |api| {
        let lines = Pieces::read(file, move |piece| seen.inc(piece.len() as u64));
        let done = api.import(ask, lines).await;
        bar.finish_and_clear();
        Ok(done?.body)
    })
    .await?;
    let failed = count(&done, "failed");
    common.format().result(&done, || {
        let of = |member: &str| count(&done, member);
        let made = if what.dry_run { "would be made" } else { "made" };
        let sum = format!(
            "{} read: {} {made}, {} there already, {failed} wrong.",
            many(of("read"), "line"),
            many(of("created"), "account"),
            of("skipped"),
        );
        [vec![sum], wrong(&done)].concat().join("\n")
    })?;
    if failed == 0 {
        return Ok(());
    }
    let told = if what.dry_run {
        String::new()
    } else {
        format!("\n  the first hundred of them: gatewright job show {}", word(&done, "id"))
    };
    Err(Failure::new(format!(
        "{failed} of the lines were wrong\n  correct them and import the file again: whoever is there is skipped{told}"
    )))
}

/// The first lines that are wrong, one a line.
fn wrong(done: &Value) -> Vec<String> {
    let errors = done["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let told = errors.iter().take(TOLD).map(job::wrong);
    let mut told: Vec<String> = told.collect();
    let more = count(done, "failed").saturating_sub(told.len() as u64);
    if more > 0 {
        told.push(format!("  and {more} more"));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_errors_are_told_and_how_many_there_are() {
        let errors: Vec<Value> =
            (1..=12).map(|n| serde_json::json!({ "line": n, "field": "email", "detail": "no" })).collect();
        let told = wrong(&serde_json::json!({ "failed": 30, "errors": errors }));
        assert_eq!((told.len(), told[0].as_str()), (11, "  line 1: email: no"));
        assert_eq!(told[10], "  and 20 more");
        assert!(wrong(&serde_json::json!({ "failed": 0, "errors": [] })).is_empty());
    }
}

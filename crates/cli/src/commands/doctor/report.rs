//! What the doctor found.

use gatewright_server::checks::{Check, Status};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::clean;

/// An error whose text has what to do on its own line.
pub(super) fn failure(name: &'static str, failure: &Failure) -> Check {
    let text = failure.to_string();
    let (message, advice) = match text.split_once("\n  ") {
        Some((message, advice)) => (message.to_owned(), Some(advice.replace("\n  ", " "))),
        None => (text, None),
    };
    Check { name: name.into(), status: Status::Failed, message, advice }
}

/// Every check so far.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Check>);

impl IntoIterator for Report {
    type Item = Check;
    type IntoIter = std::vec::IntoIter<Check>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct View<'a> {
    ok: bool,
    checks: &'a [Check],
}

impl Report {
    pub(super) fn add(&mut self, check: Check) {
        self.0.push(check);
    }

    pub(super) fn append(&mut self, other: impl IntoIterator<Item = Check>) {
        self.0.extend(other);
    }

    pub(super) fn failed(&self) -> usize {
        self.0.iter().filter(|check| check.status == Status::Failed).count()
    }

    pub(super) fn view(&self) -> View<'_> {
        View { ok: self.failed() == 0, checks: &self.0 }
    }

    /// One line per check; what to do on the line after it.
    pub(super) fn text(&self) -> String {
        let width = self.0.iter().map(|check| check.name.len()).max().unwrap_or(0);
        let mut lines = Vec::new();
        for Check { name, status, message, advice } in &self.0 {
            let mark = match status {
                Status::Ok => "ok",
                Status::Warning => "warning",
                Status::Failed => "FAILED",
                Status::Skipped => "skipped",
            };
            let message: Vec<String> = message.lines().map(clean).collect();
            lines.push(format!("{mark:<8} {name:<width$}  {}", message.join(" ")));
            lines.extend(
                advice.as_ref().map(|advice| format!("{:<8} {:<width$}  → {}", "", "", clean(advice))),
            );
        }
        lines.join("\n")
    }

    #[cfg(test)]
    pub(super) fn find(&self, name: &str) -> &Check {
        self.0.iter().find(|check| check.name == name).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_says_how_it_went_and_what_to_do() {
        let mut report = Report::default();
        report.add(Check::ok("configuration", "fine"));
        report.add(failure("database", &Failure::new("cannot connect\n  start it")));
        let text = report.text();
        assert_eq!(
            text,
            "ok       configuration  fine\nFAILED   database       cannot connect\n                        → start it"
        );
        assert_eq!(report.failed(), 1);
        assert_eq!(
            serde_json::to_value(report.view()).unwrap(),
            serde_json::json!({ "ok": false, "checks": [
                { "check": "configuration", "status": "ok", "message": "fine" },
                { "check": "database", "status": "failed", "message": "cannot connect", "advice": "start it" },
            ]})
        );
    }
}

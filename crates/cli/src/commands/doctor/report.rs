//! What the doctor found.

use serde::Serialize;

use crate::failure::Failure;
use crate::output::clean;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// It works, and deserves a look.
    Warning,
    /// It does not work.
    Failed,
    /// It could not be looked at because of something that failed before.
    Skipped,
}

/// One check, as `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    #[serde(rename = "check")]
    name: &'static str,
    status: Status,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    pub(super) fn ok(name: &'static str, message: impl Into<String>) -> Check {
        Check { name, status: Status::Ok, message: message.into(), advice: None }
    }

    pub(super) fn skipped(name: &'static str, message: impl Into<String>) -> Check {
        Check { name, status: Status::Skipped, message: message.into(), advice: None }
    }

    pub(super) fn warning(
        name: &'static str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Check {
        Check { name, status: Status::Warning, message: message.into(), advice: Some(advice.into()) }
    }

    pub(super) fn failed(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Check {
        Check { name, status: Status::Failed, message: message.into(), advice: Some(advice.into()) }
    }

    /// An error whose text has what to do on its own line.
    pub(super) fn failure(name: &'static str, failure: &Failure) -> Check {
        let text = failure.to_string();
        let (message, advice) = match text.split_once("\n  ") {
            Some((message, advice)) => (message.to_owned(), Some(advice.replace("\n  ", " "))),
            None => (text, None),
        };
        Check { name, status: Status::Failed, message, advice }
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> Status {
        self.status
    }

    #[cfg(test)]
    pub(super) fn message(&self) -> &str {
        &self.message
    }
}

/// Every check so far.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Check>);

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

    pub(super) fn append(&mut self, other: Report) {
        self.0.extend(other.0);
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
        lines.join(
            "
",
        )
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
        report.add(Check::failure("database", &Failure::new("cannot connect\n  start it")));
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

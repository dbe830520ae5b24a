//! The pages for signing in with a mailed code. They never tell whether an account exists (LG-03).

use askama::Template;

use crate::web::page::{Kind, Layout, Page};
use crate::words::Say;

/// Asks whose account it is.
#[derive(Debug, Template)]
#[template(path = "email_code.html")]
pub struct EmailCodePage {
    /// The frame.
    pub layout: Layout,
    /// The sealed errand.
    pub request: String,
    /// Fills the field in.
    pub username: String,
    /// Seconds until another wish counts, if there were too many.
    pub wait: Option<u64>,
}

/// Asks for the code.
#[derive(Debug, Template)]
#[template(path = "email_code_check.html")]
pub struct CheckCodePage {
    /// The frame.
    pub layout: Layout,
    /// The sealed errand.
    pub request: String,
    /// The sealed ticket.
    pub ticket: String,
    /// Why the form is shown again.
    pub problem: Option<CodeProblem>,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeProblem {
    /// It is not the code that was mailed, or it was tried too often.
    NoMatch,
    /// Too many tries from here.
    Wait {
        /// Seconds until another try counts.
        seconds: u64,
    },
}

impl EmailCodePage {
    fn problem_text(&self) -> Option<Say> {
        self.wait.map(|seconds| self.layout.say("email-code-wait").span("span", seconds))
    }
}

impl CheckCodePage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            CodeProblem::NoMatch => self.layout.say("email-code-no-match"),
            CodeProblem::Wait { seconds } => self.layout.say("email-code-wait").span("span", seconds),
        })
    }
}

impl Page for EmailCodePage {
    const KIND: Kind = Kind::EmailCode;

    fn status(&self) -> u16 {
        if self.wait.is_some() { 429 } else { 200 }
    }
}

impl Page for CheckCodePage {
    const KIND: Kind = Kind::CheckCode;

    fn status(&self) -> u16 {
        match self.problem {
            None => 200,
            Some(CodeProblem::NoMatch) => 403,
            Some(CodeProblem::Wait { .. }) => 429,
        }
    }
}

#[cfg(test)]
mod tests;

//! The page for a forgotten password. It never tells whether an account exists (LG-03).

use askama::Template;

use crate::web::page::{Kind, Layout, Page};
use crate::words::Say;

/// Asks whose password it is.
#[derive(Debug, Template)]
#[template(path = "forgot.html")]
pub struct ForgotPage {
    /// The frame.
    pub layout: Layout,
    /// The sealed errand to go back to the login page with, if the person came from there.
    pub request: Option<String>,
    /// Fills the field in.
    pub username: String,
    /// Why the form is shown again.
    pub problem: Option<ForgotProblem>,
}

/// Says that a mail is on its way, if there is such an account.
#[derive(Debug, Template)]
#[template(path = "forgot_sent.html")]
pub struct ForgotSentPage {
    /// The frame.
    pub layout: Layout,
    /// The sealed errand to go back to the login page with.
    pub request: Option<String>,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgotProblem {
    /// Nothing was typed.
    Empty,
    /// Too many wishes from here.
    Wait {
        /// Seconds until another one counts.
        seconds: u64,
    },
}

impl ForgotPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            ForgotProblem::Empty => self.layout.say("forgot-empty"),
            ForgotProblem::Wait { seconds } => self.layout.say("forgot-wait").span("span", seconds),
        })
    }
}

impl Page for ForgotPage {
    const KIND: Kind = Kind::Forgot;

    fn status(&self) -> u16 {
        match self.problem {
            None => 200,
            Some(ForgotProblem::Empty) => 422,
            Some(ForgotProblem::Wait { .. }) => 429,
        }
    }
}

impl Page for ForgotSentPage {
    const KIND: Kind = Kind::ForgotSent;
}

#[cfg(test)]
mod tests;

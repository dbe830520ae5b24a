//! The page on which somebody changes their password.

use askama::Template;

use crate::account::page::Frame;
use crate::accounts::strength::Weak;
use crate::web::page::{Kind, Layout, Page};
use crate::words::Say;

/// Asks for a new password, twice.
#[derive(Debug, Template)]
#[template(path = "account_password.html")]
pub struct PasswordPage {
    /// The page's frame.
    pub layout: Layout,
    /// The account's.
    pub frame: Frame,
    /// Whose password it is; for password managers.
    pub username: String,
    /// Whether there is one.
    pub has_one: bool,
    /// The fewest characters of a password.
    pub fewest: usize,
    /// Why the form is shown again.
    pub problem: Option<PasswordProblem>,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Two different passwords.
    Differ,
    /// A password that may not be chosen.
    Weak(Weak),
}

impl PasswordPage {
    fn title(&self) -> &'static str {
        if self.has_one { "account-password-change" } else { "account-password-first" }
    }

    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            PasswordProblem::Differ => self.layout.say("account-password-differ"),
            PasswordProblem::Weak(weak) => weak.say(self.layout.words),
        })
    }
}

impl Page for PasswordPage {
    const KIND: Kind = Kind::Account;

    fn status(&self) -> u16 {
        // Browsers then do not offer to save what was refused.
        if self.problem.is_some() { 422 } else { 200 }
    }
}

//! The pages on which somebody chooses a password.

use askama::Template;

use crate::accounts::strength::Weak;
use crate::web::page::{Claimed, Kind, Layout, Page};
use crate::words::Say;

/// Asks for a new password, twice: without scripts nobody can look at what they typed.
#[derive(Debug, Template)]
#[template(path = "choose_password.html")]
pub struct ChoosePasswordPage {
    /// The frame.
    pub layout: Layout,
    /// The link's secret, sent back as `link`.
    pub link: String,
    /// Whose password it is; for password managers.
    pub username: String,
    /// Whether the account is new.
    pub is_first: bool,
    /// The fewest characters of a password.
    pub fewest: usize,
    /// Why the form is shown again.
    pub problem: Option<FormProblem>,
}

/// Tells that the password is set.
#[derive(Debug, Template)]
#[template(path = "password_chosen.html")]
pub struct PasswordChosenPage {
    /// The frame.
    pub layout: Layout,
    /// Whose.
    pub username: Claimed,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormProblem {
    /// Two different passwords.
    Differ,
    /// A password that may not be chosen.
    Weak(Weak),
}

impl ChoosePasswordPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            FormProblem::Differ => self.layout.say("choose-password-differ"),
            FormProblem::Weak(weak) => weak.say(self.layout.words),
        })
    }
}

impl Page for ChoosePasswordPage {
    const KIND: Kind = Kind::ChoosePassword;

    fn status(&self) -> u16 {
        // Browsers then do not offer to save what was refused.
        if self.problem.is_some() { 422 } else { 200 }
    }
}

impl Page for PasswordChosenPage {
    const KIND: Kind = Kind::PasswordChosen;
}

#[cfg(test)]
mod tests;

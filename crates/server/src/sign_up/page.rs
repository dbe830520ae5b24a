//! The pages on which people make an account. They never tell which accounts exist (LG-03).

use askama::Template;

use crate::accounts::strength::Weak;
use crate::web::page::{Claimed, Kind, Layout, Page};
use crate::words::Say;

/// Asks for an address and a name.
#[derive(Debug, Template)]
#[template(path = "sign_up.html")]
pub struct SignUpPage {
    /// The frame.
    pub layout: Layout,
    /// The sealed errand to go back to the login page with.
    pub request: Option<String>,
    /// Fills the first field in.
    pub email: String,
    /// Fills the second field in.
    pub name: String,
    /// Domains an address has to be of; none for any.
    pub domains: Vec<String>,
    /// Why the form is shown again.
    pub problem: Option<SignUpProblem>,
}

/// Says that a mail is on its way.
#[derive(Debug, Template)]
#[template(path = "sign_up_sent.html")]
pub struct SignUpSentPage {
    /// The frame.
    pub layout: Layout,
    /// The sealed errand to go back to the login page with.
    pub request: Option<String>,
    /// Where to.
    pub email: Claimed,
}

/// Asks for the password of an account to be made.
#[derive(Debug, Template)]
#[template(path = "sign_up_password.html")]
pub struct SignUpPasswordPage {
    /// The frame.
    pub layout: Layout,
    /// The sealed link, sent back as `link`.
    pub link: String,
    /// The name to sign in with; for password managers.
    pub username: String,
    /// The fewest characters of a password.
    pub fewest: usize,
    /// Why the form is shown again.
    pub problem: Option<PasswordProblem>,
}

/// Says that the account is there.
#[derive(Debug, Template)]
#[template(path = "sign_up_done.html")]
pub struct SignUpDonePage {
    /// The frame.
    pub layout: Layout,
    /// The name to sign in with.
    pub username: Claimed,
}

/// Why the first form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpProblem {
    /// What was typed is no address.
    NoAddress,
    /// Addresses of other domains have accounts here.
    OtherDomain,
    /// Too many wishes from here.
    Wait {
        /// Seconds until another one counts.
        seconds: u64,
    },
}

/// Why the second form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Two different passwords.
    Differ,
    /// A password that may not be chosen.
    Weak(Weak),
}

impl SignUpPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            SignUpProblem::NoAddress => self.layout.say("sign-up-no-address"),
            SignUpProblem::OtherDomain => self.layout.say("sign-up-other-domain"),
            SignUpProblem::Wait { seconds } => self.layout.say("sign-up-wait").span("span", seconds),
        })
    }
}

impl SignUpPasswordPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            PasswordProblem::Differ => self.layout.say("sign-up-differ"),
            PasswordProblem::Weak(weak) => weak.say(self.layout.words),
        })
    }
}

impl Page for SignUpPage {
    const KIND: Kind = Kind::SignUp;

    fn status(&self) -> u16 {
        match self.problem {
            None => 200,
            Some(SignUpProblem::NoAddress | SignUpProblem::OtherDomain) => 422,
            Some(SignUpProblem::Wait { .. }) => 429,
        }
    }
}

impl Page for SignUpSentPage {
    const KIND: Kind = Kind::SignUpSent;
}

impl Page for SignUpPasswordPage {
    const KIND: Kind = Kind::SignUpPassword;

    fn status(&self) -> u16 {
        // Browsers then do not offer to save what was refused.
        if self.problem.is_some() { 422 } else { 200 }
    }
}

impl Page for SignUpDonePage {
    const KIND: Kind = Kind::SignUpDone;
}

#[cfg(test)]
mod tests;

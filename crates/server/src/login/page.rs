//! The sign-in page. It never tells whether an account exists (LG-03): whatever did not match, the
//! page is the same.

use askama::Template;

use crate::web::page::{Asker, Kind, Layout, Page, Script};
use crate::words::Say;

/// Asks for a user name and a password.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    /// The frame.
    pub layout: Layout,
    /// The sealed request, sent back as `request`.
    pub request: String,
    /// Which app the person is signing in for, if any.
    pub asker: Option<Asker>,
    /// What that app wants to use.
    pub resource_name: Option<String>,
    /// Fills the first field in: a `login_hint` or what was typed before. Never looked up (AZ-19).
    pub username: String,
    /// Other providers to sign in with.
    pub providers: Vec<Elsewhere>,
    /// Whether a link to a new password can be mailed.
    pub can_mail: bool,
    /// Whether a code to sign in with can be mailed.
    pub takes_codes: bool,
    /// Whether people make their own accounts.
    pub can_sign_up: bool,
    /// What to ask the browser for, where it keeps passkeys for this server.
    pub passkey: Option<String>,
    /// What went wrong with the last attempt.
    pub problem: Option<LoginProblem>,
}

/// A provider there is a button for.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// In addresses.
    pub name: String,
    /// What people read.
    pub title: String,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginProblem {
    /// Unknown user, disabled user or wrong password: one text for all.
    NoMatch,
    /// Too many failures from here.
    Wait {
        /// Seconds until another try counts.
        seconds: u64,
    },
}

impl LoginPage {
    fn asked_by(&self, asker: &Asker) -> Say {
        let key = match (&self.resource_name, asker.claim()) {
            (Some(_), None) => "login-wants",
            (Some(_), Some(_)) => "login-wants-claimed",
            (None, None) => "login-sent",
            (None, Some(_)) => "login-sent-claimed",
        };
        let class = format!("strong {}", asker.style());
        let said = self.layout.say(key).styled("app", class, asker.subject(&self.layout));
        let said = said.strong_if("resource", self.resource_name.as_ref());
        said.with_if("name", asker.claim())
    }

    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            LoginProblem::NoMatch => self.layout.say("login-no-match"),
            LoginProblem::Wait { seconds } => self.layout.say("login-wait").span("span", seconds),
        })
    }
}

impl Page for LoginPage {
    const KIND: Kind = Kind::Login;

    fn script(&self) -> Script {
        if self.passkey.is_some() { Script::Own } else { Script::None }
    }

    fn status(&self) -> u16 {
        match self.problem {
            None => 200,
            // RFC 9110 §15.5.4: the credentials given are not enough. Browsers then do not offer to save them.
            Some(LoginProblem::NoMatch) => 403,
            Some(LoginProblem::Wait { .. }) => 429,
        }
    }
}

#[cfg(test)]
mod tests;

//! The pages of a sign-in that takes more than a password.

use askama::Template;

use crate::web::page::{Claimed, Kind, Layout, Page, Script};
use crate::words::Say;

/// Asks for another factor.
#[derive(Debug, Template)]
#[template(path = "second_factor.html")]
pub struct SecondFactorPage {
    /// The frame.
    pub layout: Layout,
    /// The sealed errand.
    pub request: String,
    /// The sealed step.
    pub step: String,
    /// Who is signing in.
    pub username: Claimed,
    /// Whether a code of an app would do.
    pub totp: bool,
    /// Whether a recovery code would do.
    pub recovery: bool,
    /// What to ask the browser for, if a passkey would do.
    pub passkey: Option<String>,
    /// Why the form is shown again.
    pub problem: Option<FactorProblem>,
}

/// Why the form is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorProblem {
    /// It was not right.
    Wrong,
    /// Nobody looked at it.
    Wait {
        /// Seconds until another try is looked at.
        seconds: u64,
    },
}

/// Tells that a passkey did not sign anybody in.
#[derive(Debug, Template)]
#[template(path = "passkey_refused.html")]
pub struct PasskeyRefusedPage {
    /// The frame.
    pub layout: Layout,
    /// The sealed errand.
    pub request: String,
    /// Why.
    pub problem: FactorProblem,
}

/// Tells somebody who used a recovery code what that means.
#[derive(Debug, Template)]
#[template(path = "recovery_used.html")]
pub struct RecoveryUsedPage {
    /// The frame.
    pub layout: Layout,
    /// How many are left.
    pub left: usize,
    /// Where the person was going.
    pub goal: String,
}

impl SecondFactorPage {
    fn problem_text(&self) -> Option<Say> {
        self.problem.map(|problem| match problem {
            FactorProblem::Wrong => self.layout.say("proofs-wrong"),
            FactorProblem::Wait { seconds } => self.layout.say("proofs-wait").span("span", seconds),
        })
    }
}

impl PasskeyRefusedPage {
    fn problem_text(&self) -> Say {
        match self.problem {
            FactorProblem::Wrong => self.layout.say("proofs-refused"),
            FactorProblem::Wait { seconds } => self.layout.say("proofs-refused-wait").span("span", seconds),
        }
    }
}

impl FactorProblem {
    fn status(self) -> u16 {
        match self {
            FactorProblem::Wrong => 403,
            FactorProblem::Wait { .. } => 429,
        }
    }
}

impl Page for SecondFactorPage {
    const KIND: Kind = Kind::SecondFactor;

    fn status(&self) -> u16 {
        self.problem.map_or(200, FactorProblem::status)
    }

    fn script(&self) -> Script {
        if self.passkey.is_some() { Script::Own } else { Script::None }
    }
}

impl Page for PasskeyRefusedPage {
    const KIND: Kind = Kind::PasskeyRefused;

    fn status(&self) -> u16 {
        self.problem.status()
    }
}

impl Page for RecoveryUsedPage {
    const KIND: Kind = Kind::RecoveryUsed;
}

#[cfg(test)]
mod tests;

//! The pages on which somebody answers a device.
//!
//! 1. Whoever sends a code to somebody else wants them to type it (RFC 8628 §5.4). So the page says from where and when
//!    the device asked, shows the code to compare, and tells when to stop; nothing on it hurries anybody along.
//! 2. Facts lead and claims are labelled, as on the consent page. A name the device gives itself is a claim, too.
//!    What is dangerous has a box each, which is never ticked, not even when it was allowed before (CN-04).
//! 3. Deny is the first button and has the focus; Allow never stands out: nobody can be certain where a device is.

use askama::Template;

use crate::ceremony::Term;
use crate::ceremony::question::{self, Again, Changed};
use crate::ceremony::wording::{self, Lasting, ScopeLine};
use crate::web::page::{Asker, Claimed, Kind, Layout, Page};
use crate::words::Say;

/// Asks for the code a device shows.
#[derive(Debug, Template)]
#[template(path = "device.html")]
pub struct CodePage {
    /// The frame.
    pub layout: Layout,
    /// What is filled in: from a link, or as it was typed.
    pub code: String,
    /// Who is signed in.
    pub user_label: Claimed,
    /// Why the form is shown again.
    pub problem: Option<CodeProblem>,
}

/// Why a code led nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeProblem {
    /// It cannot be a code.
    NoCode,
    /// No device waits with it.
    NoMatch,
    /// Somebody else typed it first.
    Taken,
    /// It was answered, or nobody waits any more.
    Over,
    /// Too many wrong ones.
    Wait {
        /// Seconds until another try counts.
        seconds: u64,
    },
}

impl CodeProblem {
    /// It in a few words, for a trace.
    pub const fn word(self) -> &'static str {
        match self {
            CodeProblem::NoCode => "not a code",
            CodeProblem::NoMatch => "no device waits with this code",
            CodeProblem::Taken => "somebody else typed this code first",
            CodeProblem::Over => "the request was answered, or is too old",
            CodeProblem::Wait { .. } => "too many wrong codes",
        }
    }
}

impl CodePage {
    fn problem_text(&self) -> Option<Say> {
        let say = |key| self.layout.say(key);
        self.problem.map(|problem| match problem {
            CodeProblem::NoCode => say("device-no-code"),
            CodeProblem::NoMatch => say("device-no-match"),
            CodeProblem::Taken => say("device-taken"),
            CodeProblem::Over => say("device-over"),
            CodeProblem::Wait { seconds } => say("device-wait").span("span", seconds),
        })
    }
}

impl Page for CodePage {
    const KIND: Kind = Kind::Device;

    fn status(&self) -> u16 {
        match self.problem {
            None => 200,
            Some(CodeProblem::NoCode) => 422,
            Some(CodeProblem::NoMatch) => 404,
            Some(CodeProblem::Taken | CodeProblem::Over) => 409,
            Some(CodeProblem::Wait { .. }) => 429,
        }
    }
}

/// Asks the person to allow or deny what a device asks for.
#[derive(Debug, Template)]
#[template(path = "device_confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub layout: Layout,
    /// The code, to be compared with the device's.
    pub code: String,
    /// Who asks.
    pub asker: Asker,
    /// What the device calls itself.
    pub device_name: Option<Claimed>,
    /// The name of the server it wants to use, as its administrator wrote it.
    pub resource_name: String,
    /// Its identifier.
    pub resource_url: String,
    /// What it will be able to do; what is dangerous is to be picked.
    pub scopes: Vec<ScopeLine>,
    /// What the administrators said about it in everybody's place.
    pub advance: Advance,
    /// What is different since the last time.
    pub changed: Option<Changed>,
    /// How long the access lasts.
    pub lasting: Lasting,
    /// Where the device asked from.
    pub origin: Origin,
    /// How long ago.
    pub asked_seconds_ago: u64,
    /// Who is signed in: user name or e-mail address.
    pub user_label: Claimed,
    /// Why the page is shown once more after an answer.
    pub again: Option<Again>,
    /// What the page showed, sealed; sent back as `ticket`.
    pub ticket: String,
}

/// What the administrators said in everybody's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// Nothing.
    Nothing,
    /// That this client may have what is asked for and not dangerous. Whose device it is they cannot know.
    Allowed,
}

/// Where a device asked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The network this browser is in, too.
    SameNetwork {
        /// Its address, as we saw it.
        address: String,
    },
    /// Another one.
    Elsewhere {
        /// Its address, as we saw it.
        address: String,
        /// Where that probably is: a code that somebody sent around comes from where they are (DV-01).
        place: Option<String>,
    },
}

impl ConfirmPage {
    fn is_allowed_in_advance(&self) -> bool {
        self.advance == Advance::Allowed
    }

    fn sorted_scopes(&self) -> Vec<&ScopeLine> {
        wording::dangerous_first(&self.scopes)
    }

    fn identity(&self) -> Say {
        wording::identity(&self.layout, &self.asker)
    }

    fn again_text(&self) -> Option<Say> {
        self.again.map(|again| again.text(&self.layout))
    }

    fn changed_text(&self) -> Option<Say> {
        self.changed.map(|changed| changed.text(&self.layout))
    }

    fn offers_all(&self) -> Option<Say> {
        question::offers_all(&self.layout, &self.sorted_scopes())
    }

    fn needs_pick(&self) -> bool {
        question::needs_pick(&self.sorted_scopes())
    }

    fn terms(&self) -> Vec<(Term, String)> {
        question::terms(&self.layout, self.lasting)
    }

    /// When, in whole minutes, and from where.
    fn asked(&self) -> Say {
        let (Origin::SameNetwork { address } | Origin::Elsewhere { address, .. }) = &self.origin;
        match self.asked_seconds_ago / 60 {
            0 => self.layout.say("device-asked-just").styled("address", "strong host", address),
            minutes => self.layout.say("device-asked-ago").span("span", minutes * 60).styled(
                "address",
                "strong host",
                address,
            ),
        }
    }

    fn network(&self) -> Say {
        match &self.origin {
            Origin::SameNetwork { .. } => self.layout.say("device-same-network"),
            Origin::Elsewhere { place: Some(place), .. } => {
                self.layout.say("device-other-network-near").with("place", place)
            }
            Origin::Elsewhere { place: None, .. } => self.layout.say("device-other-network"),
        }
    }
}

impl Page for ConfirmPage {
    const KIND: Kind = Kind::DeviceConfirm;

    fn status(&self) -> u16 {
        if self.again.is_some() { 409 } else { 200 }
    }
}

/// Tells that the device has its answer.
#[derive(Debug, Template)]
#[template(path = "device_done.html")]
pub struct DonePage {
    /// The frame.
    pub layout: Layout,
    /// The answer.
    pub answered: Answered,
}

/// The answer a device gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Yes.
    Approved,
    /// No.
    Denied,
}

impl DonePage {
    fn is_approved(&self) -> bool {
        self.answered == Answered::Approved
    }

    fn title(&self) -> &'static str {
        match self.answered {
            Answered::Approved => "device-approved",
            Answered::Denied => "device-denied",
        }
    }
}

impl Page for DonePage {
    const KIND: Kind = Kind::DeviceDone;
}

#[cfg(test)]
mod tests;

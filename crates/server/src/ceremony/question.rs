//! What every page has that asks for permission: what is picked on it, for how long, and why it is shown again.
//!
//! A meeting point of the `consent` and `device` folders: what is dangerous has a box each, which nobody ticked (CN-04);
//! an end belongs to the answer (`docs/decisions/0026-dangerous-permissions-are-picked.md`).

use chrono::Duration;
use gatewright_oauth::authorize::WhyAsk;
use gatewright_oauth::{Code, Params, Refusal, Scopes};

use super::Term;
use super::wording::{Lasting, ScopeLine};
use crate::error::{Outcome, Stop};
use crate::web::page::Layout;
use crate::words::Say;

/// Nobody reads a page in less (CN-08).
pub const LEAST_READING: Duration = Duration::milliseconds(300);
/// Boxes that are ticked one by one without trouble.
const MANY: usize = 3;

/// What the person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Allow.
    Yes(Terms),
    /// Deny.
    No,
}

impl Said {
    /// Reads it from the form.
    pub fn read(params: &Params) -> Outcome<Said> {
        match params.one("decision")? {
            Some("approve") => Terms::read(params).map(Said::Yes),
            Some("deny") => Ok(Said::No),
            Some(_) | None => {
                Err(Stop::Refused(Refusal::new(Code::InvalidRequest, "the form has no decision")))
            }
        }
    }
}

/// What the person allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What they picked of what was to be picked.
    pub picked: Picked,
    /// For how long.
    pub term: Term,
}

impl Terms {
    fn read(params: &Params) -> Outcome<Terms> {
        let picked = match params.one("allow_all")? {
            Some(_) => Picked::All,
            None => Picked::Only(Scopes::from_names(params.many("allow"))?),
        };
        let term = Term::parse(params.one("for")?)
            .ok_or(Stop::Refused(Refusal::new(Code::InvalidRequest, "the form has no such span of time")))?;
        Ok(Terms { picked, term })
    }
}

/// What was picked of what is dangerous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// All of it.
    All,
    /// This.
    Only(Scopes),
}

impl Picked {
    /// Of what was `shown`, that which the person allows. Something named that was not to be picked changes nothing.
    pub fn of(&self, shown: &Scopes, choices: &Scopes) -> Scopes {
        match self {
            Picked::All => shown.clone(),
            Picked::Only(picked) => shown.minus(&choices.minus(picked)),
        }
    }
}

/// What changed since the person last allowed this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The app's name, addresses or keys.
    Client,
    /// The server's name or the meaning of its permissions.
    Resource,
}

impl Changed {
    /// From why they are asked.
    pub fn of(because: WhyAsk) -> Option<Changed> {
        match because {
            WhyAsk::ClientChanged => Some(Changed::Client),
            WhyAsk::ResourceChanged => Some(Changed::Resource),
            WhyAsk::First | WhyAsk::More | WhyAsk::Asked | WhyAsk::Program => None,
        }
    }

    /// In words.
    pub fn text(self, layout: &Layout) -> Say {
        layout.say(match self {
            Changed::Client => "consent-client-changed",
            Changed::Resource => "consent-resource-changed",
        })
    }
}

/// Why an answer was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It came faster than anybody reads (CN-08).
    TooQuick,
    /// What the page showed is not true any more (AZ-22).
    Outdated,
    /// Everything it asks for is dangerous, and nothing was picked.
    NothingPicked,
}

impl Again {
    /// It in a few words, for a trace.
    pub const fn word(self) -> &'static str {
        match self {
            Again::TooQuick => "the answer came before anybody could read the page",
            Again::Outdated => "what the page showed was not true any more",
            Again::NothingPicked => "nothing was picked of what is dangerous",
        }
    }

    /// In words.
    pub fn text(self, layout: &Layout) -> Say {
        layout.say(match self {
            Again::TooQuick => "consent-too-quick",
            Again::Outdated => "consent-outdated",
            Again::NothingPicked => "consent-nothing-picked",
        })
    }
}

/// What stands beside one box for all there is to pick, where that is so much that it helps.
pub fn offers_all(layout: &Layout, lines: &[&ScopeLine]) -> Option<Say> {
    let picks = lines.iter().filter(|line| line.is_choice()).count();
    (picks > MANY).then(|| layout.say("consent-allow-all").count("count", picks))
}

/// Whether nothing is left when the only box of a page is not ticked: the browser says so then.
pub fn needs_pick(lines: &[&ScopeLine]) -> bool {
    matches!(lines, [only] if only.is_choice())
}

/// The spans that are shorter than what this server allows anyway.
pub fn terms(layout: &Layout, lasting: Lasting) -> Vec<(Term, String)> {
    let most = match lasting {
        Lasting::Renewed { total_seconds, .. } => total_seconds,
        Lasting::Once { .. } => u64::MAX,
    };
    let is_shorter = |term: &Term| {
        term.span().is_none_or(|span| u64::try_from(span.num_seconds()).is_ok_and(|span| span < most))
    };
    Term::ALL.into_iter().filter(is_shorter).map(|term| (term, layout.say(term.words()).plain())).collect()
}

//! The consent page: who asks, who gets the answer, for which server, what for, for how long.
//!
//! 1. Facts lead, claims are labelled: a name the app chose is the title only when an administrator
//!    vouches for it ([`Asker::subject`]). Scope texts come from the resource, never from the client (CN-07).
//! 2. What is new stands first, what is dangerous first among it; what was allowed before is folded away.
//!    What is dangerous has a box each, which nobody ticked yet (CN-04); the rest comes together.
//! 3. Deny is the first button and has the focus, so that Enter never approves (CN-08). Allow stands
//!    out only where the page is certain who asks ([`Asker::is_certain`]).

use askama::Template;

use crate::ceremony::Term;
use crate::ceremony::wording::{self, Lasting, ScopeLine};
use crate::web::page::{Asker, Claimed, Kind, Layout, Page};
use crate::words::Say;

/// Boxes that are ticked one by one without trouble.
const MANY: usize = 3;

/// Asks the person to allow or deny.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    /// The frame.
    pub layout: Layout,
    /// Who is signed in: user name or e-mail address.
    pub user_label: Claimed,
    /// Who asks and where the answer goes.
    pub asker: Asker,
    /// The path of its logo; only of an app that somebody vouches for (DC-06).
    pub logo: Option<String>,
    /// The name of the server the app wants to use, as its administrator wrote it.
    pub resource_name: String,
    /// Its identifier.
    pub resource_url: String,
    /// What was never allowed before.
    pub new_scopes: Vec<ScopeLine>,
    /// What was allowed before and is asked for again.
    pub already: Vec<ScopeLine>,
    /// What is different since the last time.
    pub changed: Option<Changed>,
    /// How long the access lasts.
    pub lasting: Lasting,
    /// Why the page is shown once more after an answer.
    pub again: Option<Again>,
    /// What the page showed, sealed; sent back as `ticket`.
    pub ticket: String,
    /// A path of ours that lets another person sign in.
    pub not_you: String,
}

/// What changed since the person last allowed this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The app's name, addresses or keys.
    Client,
    /// The server's name or the meaning of its permissions.
    Resource,
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

impl ConsentPage {
    fn identity(&self) -> Say {
        wording::identity(&self.layout, &self.asker)
    }

    fn again_text(&self) -> Option<Say> {
        self.again.map(|again| match again {
            Again::TooQuick => self.layout.say("consent-too-quick"),
            Again::Outdated => self.layout.say("consent-outdated"),
            Again::NothingPicked => self.layout.say("consent-nothing-picked"),
        })
    }

    fn changed_text(&self) -> Option<Say> {
        self.changed.map(|changed| match changed {
            Changed::Client => self.layout.say("consent-client-changed"),
            Changed::Resource => self.layout.say("consent-resource-changed"),
        })
    }

    /// The permissions that stand open on the page, dangerous ones first.
    fn main_scopes(&self) -> Vec<&ScopeLine> {
        wording::dangerous_first(if self.new_scopes.is_empty() { &self.already } else { &self.new_scopes })
    }

    /// The permissions that are folded away.
    fn folded_scopes(&self) -> Vec<&ScopeLine> {
        if self.new_scopes.is_empty() { Vec::new() } else { wording::dangerous_first(&self.already) }
    }

    fn scopes_heading(&self) -> &'static str {
        match (self.new_scopes.is_empty(), self.already.is_empty()) {
            (false, true) => "consent-able",
            (false, false) => "consent-able-new",
            (true, false) => "consent-able-as-before",
            (true, true) => "consent-able-nothing",
        }
    }
}

impl ConsentPage {
    /// What stands beside one box for all there is to pick, where that is so much that it helps.
    fn offers_all(&self) -> Option<Say> {
        let picks = self.main_scopes().iter().filter(|line| line.is_choice()).count();
        (picks > MANY).then(|| self.layout.say("consent-allow-all").count("count", picks))
    }

    /// Whether nothing is left when the only box is not ticked: the browser says so then.
    fn needs_pick(&self) -> bool {
        matches!(self.main_scopes()[..], [only] if only.is_choice()) && self.folded_scopes().is_empty()
    }

    /// The spans that are shorter than what this server allows anyway.
    fn terms(&self) -> Vec<(Term, String)> {
        let most = match self.lasting {
            Lasting::Renewed { total_seconds, .. } => total_seconds,
            Lasting::Once { .. } => u64::MAX,
        };
        let is_shorter = |term: &Term| {
            term.span().is_none_or(|span| u64::try_from(span.num_seconds()).is_ok_and(|span| span < most))
        };
        Term::ALL
            .into_iter()
            .filter(is_shorter)
            .map(|term| (term, self.layout.say(term.words()).plain()))
            .collect()
    }
}

impl Page for ConsentPage {
    const KIND: Kind = Kind::Consent;

    fn status(&self) -> u16 {
        if self.again.is_some() { 409 } else { 200 }
    }
}

#[cfg(test)]
mod tests;

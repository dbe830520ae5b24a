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
use crate::ceremony::question::{self, Again, Changed};
use crate::ceremony::wording::{self, Lasting, ScopeLine};
use crate::web::page::{Asker, Claimed, Kind, Layout, Page};
use crate::words::Say;

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

impl ConsentPage {
    fn identity(&self) -> Say {
        wording::identity(&self.layout, &self.asker)
    }

    fn again_text(&self) -> Option<Say> {
        self.again.map(|again| again.text(&self.layout))
    }

    fn changed_text(&self) -> Option<Say> {
        self.changed.map(|changed| changed.text(&self.layout))
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

    fn offers_all(&self) -> Option<Say> {
        question::offers_all(&self.layout, &self.main_scopes())
    }

    fn needs_pick(&self) -> bool {
        self.folded_scopes().is_empty() && question::needs_pick(&self.main_scopes())
    }

    fn terms(&self) -> Vec<(Term, String)> {
        question::terms(&self.layout, self.lasting)
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

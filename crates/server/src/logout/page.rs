//! The pages around signing out: asking first (LO-01), and what became of it.

use askama::Template;

use crate::web::page::{Claimed, Kind, Layout, Page};

/// Asks before signing out.
#[derive(Debug, Template)]
#[template(path = "logout_confirm.html")]
pub struct LogoutConfirmPage {
    /// The frame.
    pub layout: Layout,
    /// Who is signed in: user name or e-mail address.
    pub user_label: Claimed,
    /// The app that asks for it, as it calls itself.
    pub client_name: Option<Claimed>,
    /// What is to be done, sealed; sent back as `ticket`.
    pub ticket: String,
}

/// Tells that nobody is signed in any more.
#[derive(Debug, Template)]
#[template(path = "logout_done.html")]
pub struct LogoutDonePage {
    /// The frame.
    pub layout: Layout,
    /// Whether there was anything to do.
    pub outcome: LogoutOutcome,
    /// The way back to the app: a registered `post_logout_redirect_uri`.
    pub back: Option<BackLink>,
}

/// What a sign-out found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// A session was ended.
    SignedOut,
    /// There was none in this browser.
    NobodyWasSignedIn,
}

/// A link back to the app.
#[derive(Debug, Clone)]
pub struct BackLink {
    /// The registered URI, with `state`.
    pub uri: String,
    /// Where it leads, as shown to the person.
    pub label: String,
}

impl LogoutOutcome {
    /// What a title says.
    fn title(self) -> &'static str {
        match self {
            LogoutOutcome::SignedOut => "logout-done",
            LogoutOutcome::NobodyWasSignedIn => "logout-nobody",
        }
    }
}

impl Page for LogoutConfirmPage {
    const KIND: Kind = Kind::LogoutConfirm;
}

impl Page for LogoutDonePage {
    const KIND: Kind = Kind::LogoutDone;
}

#[cfg(test)]
mod tests;

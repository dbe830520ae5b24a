//! The pages of the account centre. Everything is there without a script: each decision is a form of its own.

use askama::Template;
use gatewright_oauth::Time;
use uuid::Uuid;

use crate::web::page::account::Nav;
use crate::web::page::{Claimed, Kind, Layout, Page};
use crate::words::{self, Say};

/// What was done a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The profile was stored.
    Saved,
    /// A password was set.
    PasswordSet,
    /// A browser was signed out.
    SignedOut,
    /// An app's access ended.
    Ended,
    /// An app was removed.
    Removed,
    /// An app's access has another end.
    Limited,
    /// Nothing: the page was shown to somebody else, or too long ago.
    Nothing,
}

impl Notice {
    const ALL: [Notice; 7] = [
        Notice::Saved,
        Notice::PasswordSet,
        Notice::SignedOut,
        Notice::Ended,
        Notice::Removed,
        Notice::Limited,
        Notice::Nothing,
    ];

    /// As an address says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Notice::Saved => "saved",
            Notice::PasswordSet => "password-set",
            Notice::SignedOut => "signed-out",
            Notice::Ended => "ended",
            Notice::Removed => "removed",
            Notice::Limited => "limited",
            Notice::Nothing => "nothing",
        }
    }

    /// Reads an address.
    pub fn parse(text: &str) -> Option<Notice> {
        Notice::ALL.into_iter().find(|notice| notice.as_str() == text)
    }

    fn words(self) -> &'static str {
        match self {
            Notice::Saved => "account-done-saved",
            Notice::PasswordSet => "account-done-password-set",
            Notice::SignedOut => "account-done-signed-out",
            Notice::Ended => "account-done-ended",
            Notice::Removed => "account-done-removed",
            Notice::Limited => "account-done-limited",
            Notice::Nothing => "account-done-nothing",
        }
    }
}

/// What every page of the account has.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The list of pages, and who is signed in.
    pub nav: Nav,
    /// What its forms belong to, sealed.
    pub ticket: String,
    /// What was done a moment ago.
    pub notice: Option<Notice>,
}

impl Frame {
    /// Whether nothing was done.
    pub(super) fn is_nothing(&self) -> bool {
        self.notice == Some(Notice::Nothing)
    }

    /// The message of what was done.
    pub(super) fn notice_words(&self) -> Option<&'static str> {
        self.notice.map(Notice::words)
    }
}

/// Who somebody is.
#[derive(Debug, Template)]
#[template(path = "account_profile.html")]
pub struct ProfilePage {
    /// The page's frame.
    pub layout: Layout,
    /// The account's.
    pub frame: Frame,
    /// The name to sign in with.
    pub username: Claimed,
    /// The e-mail address.
    pub address: Address,
    /// Whether they have a password.
    pub has_password: bool,
    /// What to call them, as it is stored or was typed.
    pub display_name: String,
    /// The language they chose.
    pub locale: Option<String>,
    /// Whether what was typed cannot be stored.
    pub refused: bool,
}

/// The e-mail address of an account.
#[derive(Debug, Clone)]
pub struct Address {
    /// As it was typed.
    pub text: Option<Claimed>,
    /// Whether it is known to be theirs.
    pub is_verified: bool,
    /// Whether they can change it: nothing shows that one is theirs where nothing is mailed.
    pub can_be_changed: bool,
}

impl ProfilePage {
    fn languages(&self) -> Vec<(&'static str, &'static str, bool)> {
        let chosen = self.locale.as_deref();
        words::ALL.iter().map(|words| (words.tag(), words.name(), chosen == Some(words.tag()))).collect()
    }
}

/// A browser somebody is signed in with.
#[derive(Debug, Clone)]
pub struct SessionCard {
    /// The session.
    pub id: Uuid,
    /// The browser, as it said.
    pub browser: Option<&'static str>,
    /// The system, as the browser said.
    pub system: Option<&'static str>,
    /// Whether it is the one this page is shown in.
    pub is_this: bool,
    /// The address somebody last signed in from.
    pub address: Option<String>,
    /// Where that probably is.
    pub place: Option<String>,
    /// When they did.
    pub signed_in: Time,
    /// When it was last used to allow something.
    pub seen: Time,
}

/// The browsers somebody is signed in with.
#[derive(Debug, Template)]
#[template(path = "account_sessions.html")]
pub struct SessionsPage {
    /// The page's frame.
    pub layout: Layout,
    /// The account's.
    pub frame: Frame,
    /// This one first.
    pub sessions: Vec<SessionCard>,
}

impl SessionsPage {
    fn device(&self, card: &SessionCard) -> Say {
        let say = |key| self.layout.say(key);
        match (card.browser, card.system) {
            (Some(browser), Some(system)) => {
                say("account-device").with("browser", browser).with("system", system)
            }
            (Some(browser), None) => say("account-device-browser").with("browser", browser),
            (None, Some(system)) => say("account-device-system").with("system", system),
            (None, None) => say("account-device-unknown"),
        }
    }
}

/// What is kept of somebody, and how to go.
#[derive(Debug, Template)]
#[template(path = "account_data.html")]
pub struct DataPage {
    /// The page's frame.
    pub layout: Layout,
    /// The account's.
    pub frame: Frame,
}

/// Asks before everything ends.
#[derive(Debug, Template)]
#[template(path = "account_stop.html")]
pub struct StopPage {
    /// The page's frame.
    pub layout: Layout,
    /// The account's.
    pub frame: Frame,
}

/// Asks before an account is deleted.
#[derive(Debug, Template)]
#[template(path = "account_leave.html")]
pub struct LeavePage {
    /// The page's frame.
    pub layout: Layout,
    /// The account's.
    pub frame: Frame,
    /// The name to be typed.
    pub username: Claimed,
    /// Why it was not done.
    pub problem: Option<LeaveProblem>,
}

/// Why an account was not deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveProblem {
    /// Another name was typed.
    OtherName,
    /// Nobody else administers the server.
    LastOwner,
}

impl LeavePage {
    fn problem_words(&self) -> Option<&'static str> {
        self.problem.map(|problem| match problem {
            LeaveProblem::OtherName => "account-leave-other-name",
            LeaveProblem::LastOwner => "account-leave-last-owner",
        })
    }
}

/// Tells that something came to an end.
#[derive(Debug, Template)]
#[template(path = "account_ended.html")]
pub struct EndedPage {
    /// The page's frame.
    pub layout: Layout,
    /// What.
    pub ended: Ended,
}

/// What came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All access to the account.
    Access,
    /// The account.
    Account,
}

impl EndedPage {
    fn title(&self) -> &'static str {
        match self.ended {
            Ended::Access => "account-stopped",
            Ended::Account => "account-gone",
        }
    }

    fn about(&self) -> &'static str {
        match self.ended {
            Ended::Access => "account-stopped-about",
            Ended::Account => "account-gone-about",
        }
    }

    fn has_account(&self) -> bool {
        self.ended == Ended::Access
    }
}

impl Page for ProfilePage {
    const KIND: Kind = Kind::Account;

    fn status(&self) -> u16 {
        if self.refused { 422 } else { 200 }
    }
}

impl Page for SessionsPage {
    const KIND: Kind = Kind::Account;
}

impl Page for DataPage {
    const KIND: Kind = Kind::Account;
}

impl Page for StopPage {
    const KIND: Kind = Kind::Account;
}

impl Page for LeavePage {
    const KIND: Kind = Kind::Account;

    fn status(&self) -> u16 {
        if self.problem.is_some() { 422 } else { 200 }
    }
}

impl Page for EndedPage {
    const KIND: Kind = Kind::AccountEnded;
}

#[cfg(test)]
mod tests;

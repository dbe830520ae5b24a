//! What stands above every page of somebody's account, whichever capability shows it: who is signed in, and the list of
//! pages.

use gatewright_store::users::User;

use super::Claimed;

/// One of the pages, in the order of their list. What is below one has no place of its own in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Who somebody is; below it their address.
    Profile,
    /// What they sign in with; below it their password and other providers.
    Security,
    /// Apps and agents.
    Apps,
    /// Browsers.
    Sessions,
    /// What was allowed and taken back.
    History,
    /// What is kept, and going.
    Data,
}

impl Tab {
    const ALL: [Tab; 6] = [Tab::Profile, Tab::Security, Tab::Apps, Tab::Sessions, Tab::History, Tab::Data];

    /// Its path below the issuer's.
    pub const fn path(self) -> &'static str {
        match self {
            Tab::Profile => "/account",
            Tab::Security => "/account/security",
            Tab::Apps => "/account/apps",
            Tab::Sessions => "/account/sessions",
            Tab::History => "/account/history",
            Tab::Data => "/account/data",
        }
    }

    /// The message that says it.
    pub fn words(self) -> &'static str {
        match self {
            Tab::Profile => "account-profile",
            Tab::Security => "account-security",
            Tab::Apps => "account-apps",
            Tab::Sessions => "account-sessions",
            Tab::History => "account-history",
            Tab::Data => "account-data",
        }
    }
}

/// Who is signed in, and where in the list a page stands.
#[derive(Debug, Clone)]
pub struct Nav {
    /// Who is signed in.
    pub user: Claimed,
    tab: Tab,
    current: &'static str,
}

impl Nav {
    /// Above the page of a tab.
    pub fn at(tab: Tab, user: &User) -> Nav {
        Nav { user: called(user), tab, current: "page" }
    }

    /// Above a page that is reached from a tab's.
    pub fn below(tab: Tab, user: &User) -> Nav {
        Nav { current: "true", ..Nav::at(tab, user) }
    }

    /// The list, and of the one that this page belongs to how (`aria-current`).
    pub fn tabs(&self) -> [(Tab, Option<&'static str>); 6] {
        Tab::ALL.map(|tab| (tab, (tab == self.tab).then_some(self.current)))
    }
}

/// What these pages call somebody.
fn called(user: &User) -> Claimed {
    Claimed::name(user.email.as_deref().unwrap_or(&user.username))
}

//! What somebody allowed and took back, in sentences.

use askama::Template;
use gatewright_oauth::Time;

use crate::account::page::Frame;
use crate::ceremony::wording::ScopeLine;
use crate::web::page::{Claimed, Kind, Layout, Page};
use crate::words::Say;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// An app was allowed something.
    Allowed,
    /// The same, by the administrators.
    AllowedByPolicy,
    /// Its access got another end.
    Limited,
    /// What was allowed for a time ended.
    Expired,
    /// One of its grants ended.
    GrantEnded,
    /// All it was allowed was taken back.
    Withdrawn,
    /// Somebody used what was used before: a thief, or a broken app.
    Stolen,
    /// Everything ended.
    EverythingEnded,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The person.
    You,
    /// The app.
    App,
    /// An administrator.
    Administrator,
    /// The server.
    Server,
}

impl Who {
    const fn as_str(self) -> &'static str {
        match self {
            Who::You => "you",
            Who::App => "app",
            Who::Administrator => "administrator",
            Who::Server => "server",
        }
    }
}

/// A line of what happened.
#[derive(Debug, Clone)]
pub struct HistoryLine {
    /// When.
    pub at: Time,
    /// What.
    pub happened: Happened,
    /// Who did it.
    pub who: Who,
    /// The app it is about.
    pub app: Claimed,
    /// The resource it is about.
    pub resource: Option<Claimed>,
    /// What it was about.
    pub permissions: Vec<ScopeLine>,
    /// Until when.
    pub until: Option<Time>,
}

/// What somebody allowed and took back.
#[derive(Debug, Template)]
#[template(path = "account_history.html")]
pub struct HistoryPage {
    /// The page's frame.
    pub layout: Layout,
    /// The account's.
    pub frame: Frame,
    /// Latest first.
    pub lines: Vec<HistoryLine>,
    /// The address of the next page.
    pub next: Option<String>,
}

impl HistoryPage {
    fn sentence(&self, line: &HistoryLine) -> Say {
        let key = match (line.happened, line.resource.is_some()) {
            (Happened::Allowed, true) => "account-happened-allowed",
            (Happened::AllowedByPolicy, true) => "account-happened-policy",
            (Happened::Allowed | Happened::AllowedByPolicy, false) => "account-happened-allowed-somewhere",
            (Happened::Limited, _) => "account-happened-limited",
            (Happened::Expired, _) => "account-happened-expired",
            (Happened::GrantEnded, _) => "account-happened-grant-ended",
            (Happened::Withdrawn, _) => "account-happened-withdrawn",
            (Happened::Stolen, _) => "account-happened-stolen",
            (Happened::EverythingEnded, _) => "account-happened-everything",
        };
        self.layout
            .say(key)
            .choose("who", line.who.as_str())
            .strong("app", &line.app)
            .with_if("resource", line.resource.as_ref())
    }

    fn until(&self, line: &HistoryLine) -> Option<Say> {
        line.until.map(|until| self.layout.say("account-happened-until").time("time", until))
    }
}

impl Page for HistoryPage {
    const KIND: Kind = Kind::Account;
}

//! Connected apps and agents, as a page shows them: facts lead, claims are labelled ([`Asker::subject`]).

use askama::Template;
use gatewright_oauth::Time;
use uuid::Uuid;

use crate::account::names::{self, Named};
use crate::account::page::Frame;
use crate::ceremony::Term;
use crate::ceremony::wording::ScopeLine;
use crate::web::page::{Asker, Claimed, Kind, Layout, Page};
use crate::words::Say;

/// An app, and what it may do where.
#[derive(Debug, Clone)]
pub struct AppCard {
    /// Its id.
    pub client_id: String,
    /// What is known of it; `None` when it is not registered any more.
    pub named: Option<Named>,
    /// By resource.
    pub resources: Vec<ResourceCard>,
}

/// What an app may do at one resource.
#[derive(Debug, Clone)]
pub struct ResourceCard {
    /// The resource's name.
    pub name: Claimed,
    /// Its address.
    pub url: Claimed,
    /// What the app gets without a question, where an answer is remembered.
    pub remembered: Option<Vec<ScopeLine>>,
    /// Until when.
    pub until: Option<Time>,
    /// Whether it was the administrators who answered.
    pub by_policy: bool,
    /// What it has at the moment, latest first.
    pub grants: Vec<GrantCard>,
}

/// One authorization of an app.
#[derive(Debug, Clone)]
pub struct GrantCard {
    /// The grant.
    pub id: Uuid,
    /// What it may do.
    pub permissions: Vec<ScopeLine>,
    /// When it was allowed.
    pub allowed: Time,
    /// When it last got a token.
    pub used: Time,
    /// From where.
    pub address: Option<String>,
    /// When it ends unless it is used.
    pub ends: Time,
    /// Whether the person set an end.
    pub is_limited: bool,
    /// Whether it gets new tokens by itself.
    pub is_renewed: bool,
}

/// Connected apps and agents.
#[derive(Debug, Template)]
#[template(path = "account_apps.html")]
pub struct AppsPage {
    /// The page's frame.
    pub layout: Layout,
    /// The account's.
    pub frame: Frame,
    /// By their id.
    pub apps: Vec<AppCard>,
    /// The address of the next page.
    pub next: Option<String>,
}

impl AppCard {
    fn asker(&self) -> Option<&Asker> {
        self.named.as_ref().and_then(|named| named.asker.as_ref())
    }

    fn is_blocked(&self) -> bool {
        self.named.as_ref().is_none_or(|named| !named.usable)
    }

    /// Whether it comes back although it was removed.
    fn comes_back(&self) -> bool {
        self.named.as_ref().is_some_and(|named| named.pre_approved && named.usable)
    }
}

impl AppsPage {
    fn subject(&self, app: &AppCard) -> Claimed {
        Claimed::name(
            &app.asker().map_or_else(|| app.client_id.clone(), |asker| names::subject(&self.layout, asker)),
        )
    }

    fn used(&self, grant: &GrantCard) -> Say {
        match &grant.address {
            Some(address) => {
                self.layout.say("account-used-from").time("time", grant.used).code("address", address)
            }
            None => self.layout.say("account-at").time("time", grant.used),
        }
    }

    fn ends(&self, grant: &GrantCard) -> Say {
        match (grant.is_limited, grant.is_renewed) {
            (true, _) => self.layout.say("account-ends-as-set").time("time", grant.ends),
            (false, true) => self.layout.say("account-ends-unless-used").time("time", grant.ends),
            (false, false) => self.layout.say("account-ends").time("time", grant.ends),
        }
    }

    /// What is to be known about a remembered answer.
    fn memory(&self, resource: &ResourceCard) -> Option<Say> {
        resource.remembered.as_ref()?;
        Some(match (resource.by_policy, &resource.until) {
            (true, _) => self.layout.say("account-remembered-policy"),
            (false, Some(until)) => self.layout.say("account-remembered-until").time("time", until),
            (false, None) => self.layout.say("account-remembered"),
        })
    }

    fn terms(&self) -> Vec<(&'static str, String)> {
        Term::ALL.into_iter().map(|term| (term.as_str(), self.layout.say(term.words()).plain())).collect()
    }
}

impl Page for AppsPage {
    const KIND: Kind = Kind::Account;
}

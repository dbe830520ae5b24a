//! The pages about other providers. What a provider wrote is never on them (UI-04); what it calls people is a claim.

use askama::Template;
use gatewright_oauth::Time;
use gatewright_store::identities::Identity;

use crate::providers::Providers;
use crate::web::page::account::Nav;
use crate::web::page::{Claimed, Kind, Layout, Page};
use crate::words::Say;

/// Why somebody who came back from a provider is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpstreamProblem {
    /// The provider does not answer as it should.
    Away,
    /// The person did not go on there.
    Declined,
    /// The provider said no.
    Refused,
    /// What came back is not to be believed.
    Unbelievable,
    /// A fresh sign-in was demanded, and the provider does not say that there was one.
    NotFresh,
    /// A fresh sign-in was demanded, and the provider never says when there was one.
    Timeless,
    /// This account, or its organization, may not sign in here.
    NotAllowed,
    /// Nobody here has this identity, and there are no accounts for newcomers.
    NoAccount,
    /// An account has the address already.
    LinkFirst,
    /// The identity is connected with another account.
    Taken,
    /// Too many tries from here.
    TooMany {
        /// Seconds until another one counts.
        wait_seconds: u64,
    },
}

impl UpstreamProblem {
    /// It in a word, for those who count.
    pub const fn word(self) -> &'static str {
        match self {
            UpstreamProblem::Away => "upstream_away",
            UpstreamProblem::Declined => "upstream_declined",
            UpstreamProblem::Refused => "upstream_refused",
            UpstreamProblem::Unbelievable => "upstream_unbelievable",
            UpstreamProblem::NotFresh | UpstreamProblem::Timeless => "upstream_not_fresh",
            UpstreamProblem::NotAllowed => "upstream_not_allowed",
            UpstreamProblem::NoAccount => "upstream_no_account",
            UpstreamProblem::LinkFirst => "upstream_link_first",
            UpstreamProblem::Taken => "upstream_taken",
            UpstreamProblem::TooMany { .. } => "too_many",
        }
    }
}

/// Tells why it did not work, and what to do.
#[derive(Debug, Template)]
#[template(path = "upstream.html")]
pub struct UpstreamPage {
    /// The frame.
    pub layout: Layout,
    /// What the operator calls the provider.
    pub provider: String,
    /// What is wrong.
    pub problem: UpstreamProblem,
    /// The sealed request, for another way to sign in. Without it somebody wanted to connect their account.
    pub back: Option<String>,
    /// Finds this request in the log.
    pub request_id: String,
}

impl UpstreamPage {
    fn title(&self) -> Say {
        self.of_provider(match self.problem {
            UpstreamProblem::Away => "upstream-away",
            UpstreamProblem::Declined => "upstream-declined",
            UpstreamProblem::Refused | UpstreamProblem::Unbelievable => "upstream-failed",
            UpstreamProblem::NotFresh | UpstreamProblem::Timeless => "upstream-not-fresh",
            UpstreamProblem::NotAllowed => return self.layout.say("upstream-not-allowed"),
            UpstreamProblem::NoAccount => return self.layout.say("upstream-no-account"),
            UpstreamProblem::LinkFirst => return self.layout.say("upstream-link-first"),
            UpstreamProblem::Taken => return self.layout.say("upstream-taken"),
            UpstreamProblem::TooMany { .. } => return self.layout.say("upstream-too-many"),
        })
    }

    fn happened(&self) -> Say {
        self.of_provider(match self.problem {
            UpstreamProblem::Away => "upstream-away-happened",
            UpstreamProblem::Declined => "upstream-declined-happened",
            UpstreamProblem::Refused => "upstream-refused-happened",
            UpstreamProblem::Unbelievable => "upstream-unbelievable-happened",
            UpstreamProblem::NotFresh => "upstream-not-fresh-happened",
            UpstreamProblem::Timeless => "upstream-timeless-happened",
            UpstreamProblem::NotAllowed => "upstream-not-allowed-happened",
            UpstreamProblem::NoAccount => "upstream-no-account-happened",
            UpstreamProblem::LinkFirst => "upstream-link-first-happened",
            UpstreamProblem::Taken => "upstream-taken-happened",
            UpstreamProblem::TooMany { .. } => return self.layout.say("upstream-too-many-happened"),
        })
    }

    fn advice(&self) -> Say {
        self.of_provider(match self.problem {
            UpstreamProblem::Away => return self.layout.say("upstream-away-advice"),
            UpstreamProblem::Declined => "upstream-declined-advice",
            UpstreamProblem::Refused | UpstreamProblem::Unbelievable => {
                return self.layout.say("upstream-failed-advice");
            }
            UpstreamProblem::NotFresh => "upstream-not-fresh-advice",
            UpstreamProblem::Timeless => return self.layout.say("upstream-timeless-advice"),
            UpstreamProblem::NotAllowed => "upstream-not-allowed-advice",
            UpstreamProblem::NoAccount => "upstream-no-account-advice",
            UpstreamProblem::LinkFirst => "upstream-link-first-advice",
            UpstreamProblem::Taken => "upstream-taken-advice",
            UpstreamProblem::TooMany { wait_seconds } => {
                return self.layout.say("upstream-too-many-advice").span("span", wait_seconds);
            }
        })
    }

    fn of_provider(&self, key: &'static str) -> Say {
        self.layout.say(key).with("provider", self.provider.as_str())
    }
}

impl Page for UpstreamPage {
    const KIND: Kind = Kind::Upstream;

    fn status(&self) -> u16 {
        match self.problem {
            UpstreamProblem::Declined | UpstreamProblem::Refused | UpstreamProblem::Unbelievable => 400,
            UpstreamProblem::NotFresh
            | UpstreamProblem::Timeless
            | UpstreamProblem::NotAllowed
            | UpstreamProblem::NoAccount => 403,
            UpstreamProblem::LinkFirst | UpstreamProblem::Taken => 409,
            UpstreamProblem::TooMany { .. } => 429,
            UpstreamProblem::Away => 503,
        }
    }
}

/// What became of a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// It is disconnected.
    Disconnected,
    /// It is not.
    Stays,
}

/// An identity, as the person sees it.
#[derive(Debug)]
pub struct Connected {
    /// Its id.
    pub id: String,
    /// What the operator calls the provider, or where it is if it is not in the configuration any more.
    pub provider: String,
    /// What the provider calls the person.
    pub label: Option<Claimed>,
    /// When it was connected.
    pub since: Time,
    /// When somebody last signed in with it.
    pub last_used: Option<Time>,
}

impl Connected {
    fn used(&self, layout: &Layout) -> Say {
        match self.last_used {
            Some(time) => layout.say("upstream-day").day("day", time),
            None => layout.say("upstream-never"),
        }
    }
}

/// A provider there is a button for.
#[derive(Debug)]
pub struct Offered {
    /// In addresses.
    pub name: String,
    /// To people.
    pub title: String,
}

/// What is connected with an account.
#[derive(Debug, Template)]
#[template(path = "identities.html")]
pub struct IdentitiesPage {
    /// The frame.
    pub layout: Layout,
    /// Whose account, and its other pages.
    pub nav: Nav,
    /// Whose.
    pub username: Claimed,
    /// What is connected.
    pub connected: Vec<Connected>,
    /// What can be.
    pub offered: Vec<Offered>,
    /// Whether another way in would be left.
    pub may_disconnect: bool,
    /// What became of the last click.
    pub notice: Option<Notice>,
}

impl IdentitiesPage {
    /// What an account has.
    pub fn of(
        (layout, nav): (Layout, Nav),
        providers: &Providers,
        (found, username): (&[Identity], &str),
    ) -> IdentitiesPage {
        let connected = found.iter().map(|identity| Connected {
            id: identity.id.to_string(),
            provider: providers
                .of_issuer(&identity.issuer)
                .map_or_else(|| identity.issuer.clone(), |provider| provider.settings.title.clone()),
            label: identity.label.as_deref().and_then(Claimed::visible_name),
            since: identity.created_at,
            last_used: identity.last_used_at,
        });
        let offered = providers.all().iter().map(|provider| Offered {
            name: provider.settings.name.clone(),
            title: provider.settings.title.clone(),
        });
        IdentitiesPage {
            layout,
            nav,
            username: Claimed::name(username),
            connected: connected.collect(),
            offered: offered.collect(),
            may_disconnect: false,
            notice: None,
        }
    }
}

impl Page for IdentitiesPage {
    const KIND: Kind = Kind::Identities;
}

#[cfg(test)]
mod tests;

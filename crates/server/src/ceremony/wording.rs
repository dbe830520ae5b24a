//! What a client will be able to do, and for how long, as pages say it.

use gatewright_oauth::{Client, Resource, Scopes};

use crate::app::App;
use crate::web::page::{Asker, Layout};
use crate::words::{Say, Words};

/// One permission, in the words of the resource.
#[derive(Debug, Clone)]
pub struct ScopeLine {
    /// The scope's name.
    pub name: String,
    /// What it allows; the name stands in when empty.
    pub description: String,
    /// Whether the administrator marked it as dangerous.
    pub dangerous: bool,
    /// Whether it is to be picked.
    pub pick: Pick,
}

/// Whether something is to be picked by the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// It comes with the rest.
    None,
    /// It is not picked.
    Unpicked,
    /// It was allowed before, so it is picked.
    Picked,
}

impl ScopeLine {
    /// Whether it is picked.
    pub fn is_picked(&self) -> bool {
        self.pick == Pick::Picked
    }

    /// Whether it is to be picked.
    pub fn is_choice(&self) -> bool {
        self.pick != Pick::None
    }

    /// What the page says.
    pub fn text(&self) -> &str {
        if self.description.trim().is_empty() { &self.name } else { &self.description }
    }

    /// Whether the name says something beside the text.
    pub fn has_own_name(&self) -> bool {
        self.text() != self.name
    }
}

/// The words are the resource's, never the client's (CN-07); the standard scopes have ours. `pick` is for what is
/// dangerous.
pub fn lines((resource, words): (&Resource, Words), scopes: &Scopes, pick: Pick) -> Vec<ScopeLine> {
    scopes
        .iter()
        .map(|name| {
            let text = resource.scopes.iter().find(|text| text.name == name);
            ScopeLine {
                name: name.to_owned(),
                description: text.map_or_else(|| standard(words, name), |text| text.description.clone()),
                dangerous: text.is_some_and(|text| text.dangerous),
                pick: if text.is_some_and(|text| text.dangerous) { pick } else { Pick::None },
            }
        })
        .collect()
}

/// What is dangerous stands first.
pub fn dangerous_first(lines: &[ScopeLine]) -> Vec<&ScopeLine> {
    let mut sorted: Vec<&ScopeLine> = lines.iter().collect();
    sorted.sort_by_key(|line| !line.dangerous);
    sorted
}

/// OpenID Connect Core §5.4 and §11, in words.
fn standard(words: Words, name: &str) -> String {
    let key = match name {
        gatewright_oauth::scope::OPENID => "consent-scope-openid",
        gatewright_oauth::scope::PROFILE => "consent-scope-profile",
        gatewright_oauth::scope::EMAIL => "consent-scope-email",
        gatewright_oauth::scope::OFFLINE_ACCESS => "consent-scope-offline",
        _ => return String::new(),
    };
    words.say(key).plain()
}

/// Who the app is, as far as anybody knows.
pub fn identity(layout: &Layout, asker: &Asker) -> Say {
    let say = |key| layout.say(key);
    match (asker.is_registered(), asker.claim()) {
        (true, None) => say("consent-registration"),
        (true, Some(name)) => say("consent-registration-claimed").strong("name", name),
        (false, Some(name)) => say("consent-claimed").strong("name", name),
        (false, None) => match asker.trusted_domain() {
            Some(host) => say("consent-trusted-domain").styled("host", "strong host", host),
            None if asker.is_verified() => say("consent-vouched"),
            None => say("consent-nameless"),
        },
    }
}

/// How long the access lasts, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// Renewed by the app.
    Renewed {
        /// Ends when unused for this long.
        idle_seconds: u64,
        /// Ends at the latest after this long.
        total_seconds: u64,
    },
    /// One access token, not renewed.
    Once {
        /// Its lifetime.
        seconds: u64,
    },
}

impl Lasting {
    /// For this client at this resource.
    pub fn of(app: &App, client: &Client, resource: &Resource) -> Lasting {
        const DAY: u64 = 86_400;
        let tokens = &app.config.tokens;
        if client.wants_refresh() {
            Lasting::Renewed {
                idle_seconds: u64::from(tokens.refresh_idle_days) * DAY,
                total_seconds: u64::from(tokens.refresh_absolute_days) * DAY,
            }
        } else {
            Lasting::Once { seconds: resource.token.lifetime.as_secs() }
        }
    }

    /// In words.
    pub fn text(self, layout: &Layout) -> Say {
        let say = |key| layout.say(key);
        match self {
            Lasting::Renewed { idle_seconds, total_seconds } => {
                say("consent-lasts-renewed").span("total", total_seconds).span("idle", idle_seconds)
            }
            Lasting::Once { seconds } => say("consent-lasts-once").span("span", seconds),
        }
    }
}

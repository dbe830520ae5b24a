//! The kinds of things a file may name.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{clients, resources, webhooks};
use crate::failure::Failure;
use crate::remote::{Api, Ask};

/// A kind, in the order in which they are made: what others refer to comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Protected resources.
    Resource,
    /// Clients that an administrator makes.
    Client,
    /// Where events are delivered to.
    Webhook,
}

/// What an entry may have.
pub struct Members {
    /// Their names.
    pub names: &'static [&'static str],
    /// Those that are lists of objects, with what each object may have.
    pub lists: &'static [(&'static str, &'static [&'static str])],
}

/// Something that is there.
#[derive(Debug, Clone)]
pub struct Live {
    /// Its path below the API.
    pub path: String,
    /// As a file writes it.
    pub shown: Map<String, Value>,
    /// Whether it is in use.
    pub enabled: bool,
    /// Which version that is.
    pub etag: Option<String>,
}

/// What others are called: a file writes addresses where the API has ids.
#[derive(Debug, Default, Clone)]
pub struct Names {
    known: Vec<(String, Uuid)>,
    /// What is to be made, and has no id yet.
    planned: Vec<String>,
}

/// Makes something whose entry is as the API takes it. Whether it is in use is another matter.
fn post(path: &str, entry: &Map<String, Value>) -> Ask {
    let mut body = entry.clone();
    body.remove("enabled");
    Ask::post(path, Value::Object(body))
}

/// Makes these settings like the entry's: what that does not mention is as it would be in a new one.
fn patch(live: &Live, (entry, settings): (&Map<String, Value>, &[&str])) -> Ask {
    let value = |name: &&str| ((*name).to_owned(), entry.get(*name).cloned().unwrap_or(Value::Null));
    Ask::patch(&live.path, Value::Object(settings.iter().map(value).collect())).only_if(live.etag.clone())
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 3] = [Kind::Resource, Kind::Client, Kind::Webhook];

    /// In the singular.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Resource => "resource",
            Kind::Client => "client",
            Kind::Webhook => "webhook",
        }
    }

    /// What its part of the file is called.
    pub const fn section(self) -> &'static str {
        match self {
            Kind::Resource => "resources",
            Kind::Client => "clients",
            Kind::Webhook => "webhooks",
        }
    }

    /// The member that says which one is meant.
    pub const fn identity(self) -> &'static str {
        match self {
            Kind::Resource => "resource",
            Kind::Client => "client_id",
            Kind::Webhook => "name",
        }
    }

    /// What an entry may have besides.
    pub const fn members(self) -> &'static Members {
        match self {
            Kind::Resource => &resources::MEMBERS,
            Kind::Client => &clients::MEMBERS,
            Kind::Webhook => &webhooks::MEMBERS,
        }
    }

    /// The same thing is always called the same.
    pub fn canonical(self, identity: &str) -> Result<String, Failure> {
        match self {
            Kind::Resource => resources::canonical(identity),
            Kind::Client | Kind::Webhook => Ok(identity.to_owned()),
        }
    }

    /// The one that is called so, if there is one that can be changed.
    pub async fn find(self, api: &Api<'_>, names: &Names, identity: &str) -> Result<Option<Live>, Failure> {
        match self {
            Kind::Resource => resources::find(api, names, identity).await,
            Kind::Client => clients::find(api, names, identity).await,
            Kind::Webhook => webhooks::find(api, identity).await,
        }
    }

    /// What makes it.
    pub fn create(self, entry: &Map<String, Value>, names: &Names) -> Result<Ask, Failure> {
        match self {
            Kind::Resource => Ok(post("/resources", entry)),
            Kind::Client => clients::create(entry, names),
            Kind::Webhook => Ok(post("/webhooks", entry)),
        }
    }

    /// What makes it like the entry.
    pub fn update(self, live: &Live, entry: &Map<String, Value>, names: &Names) -> Result<Ask, Failure> {
        match self {
            Kind::Resource => Ok(patch(live, (entry, &resources::SETTINGS))),
            Kind::Client => clients::update(live, entry, names),
            Kind::Webhook => Ok(patch(live, (entry, &webhooks::SETTINGS))),
        }
    }

    /// What puts it out of use, or back.
    pub fn switch(self, live_path: &str, to: Use) -> Ask {
        let verb = match (self, to) {
            (Kind::Resource | Kind::Webhook, Use::On) => "enable",
            (Kind::Resource | Kind::Webhook, Use::Off) => "disable",
            (Kind::Client, Use::On) => "unblock",
            (Kind::Client, Use::Off) => "block",
        };
        Ask::act(format!("{live_path}/{verb}"))
    }

    /// What ends it, and what that is called.
    pub fn remove(self, live: &Live) -> (Ask, &'static str) {
        match self {
            // Tokens name it for as long as they live: it is paused, for good.
            Kind::Resource => (self.switch(&live.path, Use::Off), "is disabled: no tokens are issued for it"),
            Kind::Client => (Ask::delete(&live.path), "is deleted, with its grants"),
            Kind::Webhook => (Ask::delete(&live.path), "is deleted, with what waits for it"),
        }
    }

    /// The member of an answer that shows a secret, this once.
    pub const fn secret(self) -> Option<&'static str> {
        match self {
            Kind::Resource => None,
            Kind::Client => Some("client_secret"),
            Kind::Webhook => Some("secret"),
        }
    }

    /// As a file writes what the API shows.
    pub fn shown(self, view: &Value, names: &Names) -> Map<String, Value> {
        match self {
            Kind::Resource => resources::shown(view),
            Kind::Client => clients::shown(view, names),
            Kind::Webhook => webhooks::shown(view),
        }
    }
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// In use.
    On,
    /// Out of use.
    Off,
}

impl Names {
    /// The id of a resource, by its address.
    pub fn id(&self, address: &str) -> Option<Uuid> {
        let key = resources::canonical(address).ok()?;
        self.known.iter().find(|(name, _)| *name == key).map(|(_, id)| *id)
    }

    /// The address of a resource, by its id.
    pub fn address(&self, id: &str) -> Option<&str> {
        let id: Uuid = id.parse().ok()?;
        self.known.iter().find(|(_, known)| *known == id).map(|(name, _)| name.as_str())
    }

    /// As they are now.
    pub async fn read(api: &Api<'_>) -> Result<Names, Failure> {
        let mut names = Vec::new();
        for resource in api.all(Ask::get("/resources")).await? {
            let id = resource["id"].as_str().and_then(|id| id.parse().ok());
            if let (Some(address), Some(id)) = (resource["resource"].as_str(), id) {
                names.push((resources::canonical(address)?, id));
            }
        }
        Ok(Names { known: names, planned: Vec::new() })
    }

    /// For dry runs: what is to be made has a name already.
    #[must_use]
    pub fn planning(self, planned: Vec<String>) -> Names {
        Names { planned, ..self }
    }

    /// The id of a resource, or of any other in place of one that is to be made.
    pub fn id_or_stand_in(&self, address: &str) -> Option<Uuid> {
        let stand_in = || self.known.first().filter(|_| self.is_planned(address)).map(|(_, id)| *id);
        self.id(address).or_else(stand_in)
    }

    /// Whether it is to be made.
    pub fn is_planned(&self, address: &str) -> bool {
        self.id(address).is_none()
            && resources::canonical(address).is_ok_and(|key| self.planned.contains(&key))
    }
}

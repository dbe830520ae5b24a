//! Clients and resources by their names, for pages that mention many of them: two reads, however many.

use std::collections::HashMap;

use gatewright_oauth::client::ConsentRule;
use gatewright_oauth::{Client, Resource};
use gatewright_store::{clients, resources};
use uuid::Uuid;

use crate::app::App;
use crate::ceremony::asker;
use crate::error::Outcome;
use crate::policy;
use crate::web::page::{Asker, Claimed, Layout};

/// What is known by name.
pub struct Names {
    clients: HashMap<String, Named>,
    resources: HashMap<Uuid, Resource>,
}

/// A client as these pages tell of it.
#[derive(Debug, Clone)]
pub struct Named {
    /// Facts and claims; `None` of one that has no address any more.
    pub asker: Option<Asker>,
    /// Whether it may be used here at present.
    pub usable: bool,
    /// Whether the administrators allow it in everybody's place.
    pub pre_approved: bool,
}

impl Names {
    /// Looks these up; each may be named more than once.
    pub async fn of(app: &App, clients_: Vec<String>, resources_: Vec<Uuid>) -> Outcome<Names> {
        let known = clients::by_ids(&app.store, &distinct(clients_)).await?;
        let served = resources::by_ids(&app.store, &distinct(resources_)).await?;
        Ok(Names {
            clients: known.into_iter().map(|client| (client.id.to_string(), named(app, &client))).collect(),
            resources: served.into_iter().map(|resource| (resource.id, resource)).collect(),
        })
    }

    /// A client, if it is known.
    pub fn client(&self, id: &str) -> Option<&Named> {
        self.clients.get(id)
    }

    /// A resource, if there is one.
    pub fn resource(&self, id: Uuid) -> Option<&Resource> {
        self.resources.get(&id)
    }

    /// A client in a sentence: what is known of it, and what it calls itself.
    pub fn phrase(&self, layout: &Layout, id: &str) -> Claimed {
        let Some(asker) = self.clients.get(id).and_then(|named| named.asker.as_ref()) else {
            return Claimed::name(id);
        };
        let subject = subject(layout, asker);
        match asker.claim() {
            Some(name) => Claimed::note(&format!("{subject} · {name}")),
            None => Claimed::name(&subject),
        }
    }
}

/// What leads, where nobody asks at the moment: the computer that a program is on need not be the one this page is read
/// on.
pub fn subject(layout: &Layout, asker: &Asker) -> String {
    let subject = asker.subject(layout);
    if asker.destination.is_this_computer() && subject == asker.destination.subject(layout) {
        return layout.say("account-program").plain();
    }
    subject
}

fn distinct<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

fn named(app: &App, client: &Client) -> Named {
    let is_enabled = client.disabled_at.is_none();
    let pre_approved = client.consent == ConsentRule::PreApproved;
    match policy::accept(&app.settings.now().documents, client.clone()) {
        Ok(accepted) => Named { asker: asker::registered(&accepted), usable: is_enabled, pre_approved },
        Err(_) => Named { asker: asker::registered(client), usable: false, pre_approved },
    }
}

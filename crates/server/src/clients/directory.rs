//! Clients and resources by name, cached for a moment, and clients as today's configuration sees them
//! ([`crate::policy::accept`]).
//!
//! An entry lives one second, so a disabled client is unknown everywhere within a second, on every
//! replica, without a bus; and the statement that issues or rotates re-checks in its `WHERE` anyway.
//! The cache holds descriptions only, never a consumable object, and is bounded (DS-08).

use std::sync::Arc;
use std::time::Duration;

use gatewright_oauth::{Client, ClientId, Resource};
use gatewright_store::{Store, clients, resources};
use moka::future::Cache;
use uuid::Uuid;

use crate::error::{Fault, Outcome};
use crate::meters::Lookups;
use crate::policy;
use crate::settings::Settings;

/// How long an entry is believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// Entries kept at most, per kind.
const CAPACITY: u64 = 10_000;

/// The cache in front of `clients` and `resources`.
#[derive(Clone)]
pub struct Directory {
    store: Store,
    settings: Settings,
    clients: Cache<ClientId, Option<Arc<Client>>>,
    accepted: Cache<ClientId, Option<Arc<Client>>>,
    open: Cache<(), bool>,
    by_key: Cache<String, Option<Arc<Resource>>>,
    by_id: Cache<Uuid, Option<Arc<Resource>>>,
    default: Cache<(), Option<Arc<Resource>>>,
    asking: Cache<(ClientId, Vec<String>), Asking>,
    meters: Arc<Meters>,
}

/// How often each kind is asked for.
struct Meters {
    clients: Lookups,
    resources: Lookups,
    requests: Lookups,
}

/// Who asks for authorization, and what for.
#[derive(Clone)]
pub struct Asking {
    /// The client, as far as it is stored; disabled ones too.
    pub stored: Option<Arc<Client>>,
    /// The resources it may mean: those it names, its own default and the server's.
    pub resources: Vec<Arc<Resource>>,
}

impl Directory {
    /// An empty cache in front of `store`.
    pub fn new(store: Store, settings: Settings) -> Directory {
        Directory {
            store,
            settings,
            accepted: Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build(),
            open: Cache::builder().max_capacity(1).time_to_live(BELIEVED).build(),
            clients: Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build(),
            by_key: Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build(),
            by_id: Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build(),
            default: Cache::builder().max_capacity(1).time_to_live(BELIEVED).build(),
            asking: Cache::builder().max_capacity(CAPACITY).time_to_live(BELIEVED).build(),
            meters: Arc::new(Meters {
                clients: Lookups::of("clients"),
                resources: Lookups::of("resources"),
                requests: Lookups::of("requests"),
            }),
        }
    }

    /// How much is known at the moment, by kind.
    pub fn sizes(&self) -> [(&'static str, u64); 3] {
        [
            ("clients", self.clients.entry_count()),
            ("resources", self.by_key.entry_count() + self.by_id.entry_count()),
            ("requests", self.asking.entry_count()),
        ]
    }

    /// The client with this id, as it may be used. Disabled clients, and those that today's configuration
    /// does not accept, are as absent as unknown ones (AZ-01).
    pub async fn client(&self, id: &ClientId) -> Outcome<Option<Arc<Client>>> {
        if let Some(known) = self.accepted.get(id).await {
            self.meters.clients.asked();
            return Ok(known);
        }
        let stored = self.stored(id).await?.filter(|client| client.disabled_at.is_none());
        let client = stored.and_then(|stored| match stored.id {
            ClientId::Opaque(_) => Some(stored),
            ClientId::Document(_) => {
                policy::accept(&self.settings.now().documents, Client::clone(&stored)).ok().map(Arc::new)
            }
        });
        self.accepted.insert(id.clone(), client.clone()).await;
        Ok(client)
    }

    /// What is stored of a client, whatever its state.
    pub async fn stored(&self, id: &ClientId) -> Outcome<Option<Arc<Client>>> {
        self.meters.clients.asked();
        let load = async {
            self.meters.clients.missed();
            clients::load(&self.store, id).await.map(|found| found.map(Arc::new))
        };
        Ok(self.clients.try_get_with_by_ref(id, load).await.map_err(Fault::from_shared)?)
    }

    /// Whether any resource may be asked for by clients that nobody vouches for.
    pub async fn is_open(&self) -> Outcome<bool> {
        let load = async { resources::any_open(&self.store).await };
        Ok(self.open.try_get_with((), load).await.map_err(Fault::from_shared)?)
    }

    /// What a request for authorization starts with, in one read; `keys` are the resources it names, in
    /// normal form. What is asked next about the same client and resources is known already.
    pub async fn asking(&self, id: &ClientId, keys: &[String]) -> Outcome<Asking> {
        self.meters.requests.asked();
        let load = async {
            self.meters.requests.missed();
            let (found, resources) = clients::with_resources(&self.store, id, keys).await?;
            let stored = found.map(Arc::new);
            self.clients.insert(id.clone(), stored.clone()).await;
            let resources: Vec<_> = resources.into_iter().filter_map(|found| enabled(Some(found))).collect();
            for resource in &resources {
                self.by_id.insert(resource.id, Some(resource.clone())).await;
            }
            Ok::<_, gatewright_store::StoreError>(Asking { stored, resources })
        };
        Ok(self.asking.try_get_with((id.clone(), keys.to_vec()), load).await.map_err(Fault::from_shared)?)
    }

    /// The resource a request names, by its normal form.
    pub async fn resource(&self, key: &str) -> Outcome<Option<Arc<Resource>>> {
        self.meters.resources.asked();
        let load = async {
            self.meters.resources.missed();
            resources::by_compare_key(&self.store, key).await.map(enabled)
        };
        Ok(self.by_key.try_get_with_by_ref(key, load).await.map_err(Fault::from_shared)?)
    }

    /// The resource with this id.
    pub async fn resource_by_id(&self, id: Uuid) -> Outcome<Option<Arc<Resource>>> {
        self.meters.resources.asked();
        let load = async {
            self.meters.resources.missed();
            resources::by_id(&self.store, id).await.map(enabled)
        };
        Ok(self.by_id.try_get_with(id, load).await.map_err(Fault::from_shared)?)
    }

    /// The resource meant when neither request nor client says one.
    pub async fn default_resource(&self) -> Outcome<Option<Arc<Resource>>> {
        self.meters.resources.asked();
        let load = async {
            self.meters.resources.missed();
            resources::default(&self.store).await.map(enabled)
        };
        Ok(self.default.try_get_with((), load).await.map_err(Fault::from_shared)?)
    }

    /// Forgets one client.
    pub async fn forget_client(&self, id: &ClientId) {
        self.clients.invalidate(id).await;
        self.accepted.invalidate(id).await;
        self.asking.invalidate_all();
    }

    /// Forgets everything; what is asked next is read from the store.
    pub fn forget(&self) {
        self.clients.invalidate_all();
        self.accepted.invalidate_all();
        self.open.invalidate_all();
        self.by_key.invalidate_all();
        self.by_id.invalidate_all();
        self.default.invalidate_all();
        self.asking.invalidate_all();
    }
}

fn enabled(found: Option<Resource>) -> Option<Arc<Resource>> {
    found.filter(|resource| resource.disabled_at.is_none()).map(Arc::new)
}

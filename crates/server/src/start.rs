//! From configuration, database and master key to a running [`App`].
//!
//! 1. The schema is brought up to date (several replicas may do so at once). Who lacks the master key in use stops
//!    before that.
//! 2. The master key is compared with its canary: a wrong one stops here, before any write.
//! 3. Data keys and signing keys are made if this is the first start, else read; so are what describes the admin API,
//!    the client of the command line, and what was decided instead of the configuration file.

use std::sync::Arc;

use gatewright_store::{ConnectOptions, Store, StoreError};

use crate::admin;
use crate::app::{App, Parts};
use crate::bearer::Seen;
use crate::branding::Brand;
use crate::clients::{ClientKeys, Directory, DocumentCache, Logos};
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::config::Config;
use crate::data_keys::DataKeys;
use crate::error::{Fault, Outcome};
use crate::fetch::{Allowed, Fetcher, Network, SystemNetwork};
use crate::keys::{Keys, Ring, flow};
use crate::limits::{Devices, Registrations, Throttle};
use crate::mail::Letterbox;
use crate::master_keys::{self, MasterKeys};
use crate::meters::Meters;
use crate::offers::{self, Offers};
use crate::passwords::Passwords;
use crate::places::Places;
use crate::providers::Providers;
use crate::settings::Settings;
use crate::traces::Traces;
use crate::web::assets;
use crate::webhooks::Couriers;

/// What the server takes from the machine it runs on.
pub struct Machine {
    /// Time.
    pub clock: Box<dyn Clock>,
    /// Randomness.
    pub entropy: Box<dyn Entropy>,
    /// Names and connections.
    pub network: Box<dyn Network>,
}

impl Machine {
    /// The real thing.
    pub fn real() -> Machine {
        Machine {
            clock: Box::new(SystemClock),
            entropy: Box::new(SystemEntropy::new()),
            network: Box::new(SystemNetwork),
        }
    }
}

/// Why the tables are not those of this release. A role that only serves (`docs/database-roles.md`) makes none.
fn migration(error: StoreError) -> Fault {
    if error.is_forbidden() {
        return Fault::internal(
            "the database lacks tables of this release, and the role in database.url may not make them\n  run \
             gatewright migrate first, with the role that owns the tables (docs/database-roles.md)",
        );
    }
    error.into()
}

/// Connects, migrates, opens the keys.
pub async fn start(
    config: Config,
    database: &ConnectOptions,
    master_keys: &MasterKeys,
    machine: Machine,
) -> Outcome<App> {
    let places = Places::open(config.places.database.as_deref()).map_err(Fault::internal)?;
    let store = Store::connect(database).await?;
    if !store.is_current().await? {
        master_keys::check(&store, master_keys).await?;
        store.migrate().await.map_err(migration)?;
    }
    let data_keys = DataKeys::open(&store, master_keys, &machine).await?;
    let allowed = Allowed {
        strangers: config.fetch.allow_networks.clone(),
        operators: config.webhooks.allow_networks.clone(),
        upstreams: config.upstream.iter().flat_map(|upstream| upstream.allow_networks.clone()).collect(),
    };
    let fetcher = Fetcher::new(machine.network, (config.fetch.ca_file.as_deref(), allowed));
    let fetcher = fetcher.map_err(Fault::internal)?;
    let settings = Settings::load(&store, &config).await?;
    let parts = Parts {
        process: crate::app::identifier(machine.clock.now(), machine.entropy.as_ref()),
        directory: Directory::new(store.clone(), settings.clone()),
        settings,
        documents: DocumentCache::default(),
        client_keys: ClientKeys::default(),
        brand: Arc::new(Brand::new(&config.branding, assets::address)),
        places,
        logos: Logos::default(),
        offers: Offers::default(),
        traces: Traces::default(),
        couriers: Couriers::default(),
        fetcher,
        providers: Providers::new(&config)?,
        keys: Keys::new(Ring::empty()),
        passwords: Passwords::new(config.login.argon2, config.login.concurrency),
        throttle: Throttle::new(config.login.attempts, store.clone(), data_keys.tries()),
        letterbox: Letterbox::default(),
        registrations: Registrations::new(&config.registration),
        devices: Devices::default(),
        seen: Seen::new(),
        meters: Meters::new(),
        data_keys,
        master_keys: master_keys.fingerprints(),
        config,
        clock: machine.clock,
        entropy: machine.entropy,
    };
    let app = App::new(parts, store);
    let moment = app.system_moment();
    flow::ensure(&app, &moment).await?;
    admin::resource::ensure(&app, &moment).await?;
    admin::program::ensure(&app, &moment).await?;
    offers::look(app.clone()).await?;
    Ok(app)
}

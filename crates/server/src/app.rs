//! What a flow may touch ([`App`]), and the fixed facts of one request ([`Moment`]).

use std::net::IpAddr;
use std::sync::Arc;

use gatewright_oauth::Time;
use gatewright_store::users::User;
use gatewright_store::{Store, Trace};
use uuid::Uuid;

use crate::bearer::Seen;
use crate::branding::Brand;
use crate::clients::{ClientKeys, Directory, DocumentCache, Logos};
use crate::clock::{Clock, Entropy};
use crate::config::Config;
use crate::data_keys::DataKeys;
use crate::fetch::Fetcher;
use crate::keys::Keys;
use crate::limits::{Devices, Registrations, Throttle};
use crate::mail::Letterbox;
use crate::meters::Meters;
use crate::offers::Offers;
use crate::passwords::Passwords;
use crate::places::Places;
use crate::providers::Providers;
use crate::settings::Settings;
use crate::traces::Traces;
use crate::web::device::Device;
use crate::webhooks::Couriers;
use crate::words::Words;

/// Everything a flow may touch. One per process, cheap to clone, built whole by [`crate::start()`].
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    /// PostgreSQL.
    pub store: Store,
}

/// The parts of an [`App`].
pub struct Parts {
    /// This process, in leases.
    pub process: Uuid,
    /// The validated configuration.
    pub config: Config,
    /// What holds of the configuration and of what was decided since.
    pub settings: Settings,
    /// Signing keys, as last read from the store.
    pub keys: Keys,
    /// One symmetric key per purpose, unwrapped by the master key.
    pub data_keys: DataKeys,
    /// Fingerprints of the master keys this process was started with, the one of `master_key_file` first.
    pub master_keys: Vec<String>,
    /// Clients and resources, cached for a second.
    pub directory: Directory,
    /// Clients' metadata documents, as last fetched.
    pub documents: DocumentCache,
    /// Clients' published keys, as last fetched.
    pub client_keys: ClientKeys,
    /// How pages look.
    pub brand: Arc<Brand>,
    /// Where addresses probably are.
    pub places: Places,
    /// Pictures of clients.
    pub logos: Logos,
    /// What is offered depending on the state of things.
    pub offers: Offers,
    /// What became of clients' attempts, until it is written down.
    pub traces: Traces,
    /// Who delivers to which webhook.
    pub couriers: Couriers,
    /// The only way out.
    pub fetcher: Fetcher,
    /// Other providers that people sign in with.
    pub providers: Providers,
    /// The bounded pool where passwords are hashed.
    pub passwords: Passwords,
    /// Attempts to sign in, per account and network.
    pub throttle: Throttle,
    /// What strangers asked to be mailed, until somebody looks.
    pub letterbox: Letterbox,
    /// Registrations per network.
    pub registrations: Registrations,
    /// Requests of devices per network, and guesses at their codes.
    pub devices: Devices,
    /// Access tokens that introspection verified already.
    pub seen: Seen,
    /// What is counted.
    pub meters: Meters,
    /// The time.
    pub clock: Box<dyn Clock>,
    /// Randomness.
    pub entropy: Box<dyn Entropy>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts, store: Store) -> App {
        App { parts: Arc::new(parts), store }
    }

    /// The same server, whose flows run in the transaction that `store` stands for.
    #[must_use]
    pub fn within(&self, store: Store) -> App {
        App { parts: Arc::clone(&self.parts), store }
    }

    /// 32 random bytes: the material of every code, session and secret.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A new time-ordered identifier (UUIDv7, RFC 9562 §5.7) for something that happens at `now`.
    pub fn id(&self, now: Time) -> Uuid {
        identifier(now, self.entropy.as_ref())
    }

    /// A span of time that differs by up to a fifth each time, so that what waits does not come back all at once.
    pub fn around(&self, span: chrono::Duration) -> chrono::Duration {
        let millis = span.num_milliseconds();
        let part = i64::from(u16::from_be_bytes(self.random())) - i64::from(u16::MAX / 2);
        span + chrono::Duration::milliseconds(millis / 5 * part / i64::from(u16::MAX / 2))
    }

    /// The facts of something the server does by itself.
    pub fn system_moment(&self) -> Moment {
        let now = self.clock.now();
        Moment {
            now,
            request: self.id(now),
            peer: IpAddr::from([127, 0, 0, 1]),
            device: Device::default(),
            actor: Actor::System,
            words: self.config.branding.language,
            asks_for_words: false,
        }
    }
}

/// A new UUIDv7 for something that happens at `now`.
pub fn identifier(now: Time, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let mut random = [0; 10];
    entropy.fill(&mut random);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// The fixed facts of one request: the clock is read here and nowhere else.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When the request arrived.
    pub now: Time,
    /// Its id, shown to people and written to logs and events.
    pub request: Uuid,
    /// Who sent it, as far as the network tells (proxies only when configured as trusted).
    pub peer: IpAddr,
    /// With which browser, as far as it says.
    pub device: Device,
    /// On whose behalf it acts, as far as it has been proven.
    pub actor: Actor,
    /// The language of whoever sent it.
    pub words: Words,
    /// Whether the request itself asks for that language, which goes before what people chose for themselves.
    pub asks_for_words: bool,
}

/// On whose behalf a request acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody has been authenticated.
    Stranger,
    /// A signed-in person.
    User(Uuid),
    /// An authenticated (or, for public clients, identified) client.
    Client(String),
    /// A program with an API key.
    ApiKey(Uuid),
    /// The person at the command line.
    Operator,
    /// The server itself.
    System,
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Actor::Stranger => f.write_str("stranger"),
            Actor::User(id) => write!(f, "user:{id}"),
            Actor::Client(id) => write!(f, "client:{id}"),
            Actor::ApiKey(id) => write!(f, "key:{id}"),
            Actor::Operator => f.write_str("operator"),
            Actor::System => f.write_str("system"),
        }
    }
}

impl Moment {
    /// The same request, now known to act for `actor`.
    #[must_use]
    pub fn acting(mut self, actor: Actor) -> Moment {
        self.actor = actor;
        self
    }

    /// The same request, whose answer is in the language that an app's `wish` asks for, if it is one of ours.
    #[must_use]
    pub fn in_language(mut self, wish: Option<&str>) -> Moment {
        if let Some(words) = Words::wished(wish) {
            self.words = words;
            self.asks_for_words = true;
        }
        self
    }

    /// The same request, whose answer is for this person: in the language they chose, unless the request asks for one.
    #[must_use]
    pub fn of_person(self, person: &User) -> Moment {
        self.for_reader(person.locale.as_deref())
    }

    /// The same request, whose answer is for whoever chose this language, if they did.
    #[must_use]
    pub fn for_reader(mut self, locale: Option<&str>) -> Moment {
        if !self.asks_for_words {
            self.words = self.words.or_rather(locale);
        }
        self
    }

    /// The columns every event row of this request carries.
    pub fn trace(&self, app: &App) -> Trace {
        Trace {
            event: app.id(self.now),
            at: self.now,
            request: self.request,
            peer: self.peer.to_string(),
            actor: self.actor.to_string(),
        }
    }

    /// The time in whole seconds since the epoch, as JWT claims carry it (RFC 7519 §2, `NumericDate`).
    pub fn unix(&self) -> i64 {
        self.now.timestamp()
    }
}

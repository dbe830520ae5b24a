//! A whole server in this process: database, keys, jobs, listeners. What `serve` and `dev` both run.
//!
//! 1. Listeners are bound before anything slow happens: a port that is taken is noticed at once, and
//!    clients that come early wait instead of being refused.
//! 2. Database, master key, schema, keys ([`gatewright_server::start()`]); what each step costs is logged at
//!    debug level.
//! 3. Jobs and listeners begin.
//! 4. [`Server::stop`]: no longer ready, requests in flight are finished (at most [`DRAIN`]), then jobs,
//!    connections and a private PostgreSQL end, in this order.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use gatewright_server::clock::{Clock as _, SystemClock, SystemEntropy};
use gatewright_server::config::Tls;
use gatewright_server::{App, Config, Machine, jobs};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::database::{Database, Tenancy};
use crate::failure::{Exit, Failure};
use crate::health::Health;
use crate::key_files::KeyFiles;
use crate::listen::{self, Audience, Limits, Listening, Options, Transport};
use crate::master_key::MasterKey;
use crate::{telemetry, tls};

/// How long requests in flight may take to finish.
pub const DRAIN: Duration = Duration::from_secs(10);
/// The same on the administration listener, where nothing takes long.
const DRAIN_ADMIN: Duration = Duration::from_secs(1);

/// Connections for health and metrics.
const ADMIN_CONNECTIONS: usize = 64;

/// Sockets that were bound already.
#[derive(Debug)]
pub struct Sockets {
    /// For everybody. At least one.
    pub public: Vec<TcpListener>,
    /// For health and metrics, if wanted.
    pub admin: Option<TcpListener>,
}

impl Sockets {
    /// The ones the configuration names.
    pub async fn bind(config: &Config) -> Result<Sockets, Failure> {
        Ok(Sockets {
            public: vec![listen::bind(config.listen.address, "listen.address").await?],
            admin: Some(listen::bind(config.listen.admin_address, "listen.admin_address").await?),
        })
    }
}

/// A running server.
pub struct Server {
    app: App,
    database: Database,
    health: Health,
    public: Listening,
    admin: Option<Listening>,
    /// Jobs of the capabilities, and what keeps certificates and metrics fresh.
    background: [JoinSet<()>; 2],
}

impl Server {
    /// Steps 1 to 3.
    pub async fn start(config: Config, sockets: Sockets) -> Result<Server, Failure> {
        let mut laps = Laps::begin();
        let metrics = telemetry::metrics()?;
        let mut upkeep = JoinSet::new();
        upkeep.spawn(telemetry::tend(metrics.clone()));
        let transport = transport(&config, &mut upkeep)?;
        let key_files = open_key_files(&config)?;
        laps.lap("certificates, master key");

        let database = Database::open(&config, Tenancy::Owner).await?;
        laps.lap("database process");

        let options = Options {
            transport,
            limits: room(&config),
            proxies: config.listen.trust_proxy.clone(),
            audience: Audience::Public,
        };
        let file = config.master_key_file.clone();
        let keys = key_files.keys();
        let started = gatewright_server::start(config, database.options(), &keys, Machine::real()).await;
        let app = started.map_err(|stop| give_back(&key_files.current, &file, stop.into()))?;
        laps.lap("schema, keys");

        let health = Health::new(app.clone(), metrics);
        let jobs = jobs::run(&app);
        let public = listen::serve(sockets.public, gatewright_server::router(app.clone()), options);
        let few = Limits { connections: ADMIN_CONNECTIONS, ..Limits::default() };
        let for_admin = Options { audience: Audience::Admin, limits: few, ..Options::default() };
        let admin = sockets.admin.map(|socket| listen::serve([socket], health.router(), for_admin));
        laps.lap("listeners");
        Ok(Server { app, database, health, public, admin, background: [jobs, upkeep] })
    }

    /// The server itself.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Where everybody reaches it.
    pub fn addresses(&self) -> &[SocketAddr] {
        self.public.addresses()
    }

    /// Where health and metrics are.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Listening::address)
    }

    /// Sees to it that a private PostgreSQL stays up.
    pub async fn keep_running(&mut self) -> Infallible {
        self.database.keep_running().await
    }

    /// Step 4.
    pub async fn stop(self) -> Result<(), Failure> {
        let Server { app, database, health, public, admin, background } = self;
        health.stopping();
        let cut = public.stop(DRAIN).await;
        if cut > 0 {
            tracing::warn!(connections = cut, "cut: their requests took too long to finish");
        }
        for mut tasks in background {
            tasks.shutdown().await;
        }
        if let Some(admin) = admin {
            admin.stop(DRAIN_ADMIN).await;
        }
        app.store.close().await;
        database.close().await
    }
}

/// Bounds for strangers: the files this process may open are never all theirs.
fn room(config: &Config) -> Limits {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let limits = Limits::within(files, config.database.max_connections);
    if limits.connections < Limits::default().connections {
        tracing::warn!(
            connections = limits.connections,
            files,
            "the limit of open files leaves room for fewer connections than usual: raise it (LimitNOFILE=, ulimit -n)"
        );
    }
    limits
}

fn transport(config: &Config, upkeep: &mut JoinSet<()>) -> Result<Transport, Failure> {
    let now = SystemClock.now();
    let certificates = match &config.listen.tls {
        None => return Ok(Transport::Plain),
        Some(Tls::Files { certificate, key }) => {
            let identity = tls::Identity::from_files(certificate, key, now)?;
            let host = host(config.issuer_authority());
            if !identity.covers(host) {
                tracing::warn!(host, "the certificate is not for the issuer's host: clients will refuse it");
            }
            let certificates = tls::Certificates::new(&identity);
            let files = (certificate.clone(), key.clone());
            upkeep.spawn(tls::keep_fresh(files, certificates.clone(), SystemClock));
            certificates
        }
        Some(Tls::Development) => {
            let host = host(config.issuer_authority());
            let made = tls::development::open(&config.data_dir, host, now)?;
            tracing::warn!(
                authority = %made.authority.display(),
                "a certificate for trying things out: clients must trust this authority"
            );
            tls::Certificates::new(&made.identity)
        }
    };
    Ok(Transport::Tls(tls::server_config(certificates)?))
}

/// The host of `host[:port]`, without the brackets of an IPv6 address.
fn host(authority: &str) -> &str {
    let end = authority.rfind(':').filter(|colon| !authority[*colon..].contains(']'));
    authority[..end.unwrap_or(authority.len())].trim_matches(['[', ']'])
}

/// A key that was made just now and is not the database's goes again: the one to put there is another.
fn give_back(master_key: &MasterKey, file: &Path, failure: Failure) -> Failure {
    if matches!(master_key, MasterKey::Created(_)) && failure.exit() == Exit::Configuration {
        let _ = std::fs::remove_file(file);
    }
    failure
}

fn open_key_files(config: &Config) -> Result<KeyFiles, Failure> {
    let files = KeyFiles::open(config, &SystemEntropy::new())?;
    if let MasterKey::Created(key) = &files.current {
        tracing::warn!(
            file = %config.master_key_file.display(),
            fingerprint = key.fingerprint(),
            "made the master key: back this file up, apart from the database; without it nobody can sign in again"
        );
    }
    Ok(files)
}

/// Tells what each step of the start costs.
struct Laps(Instant);

impl Laps {
    fn begin() -> Laps {
        Laps(Instant::now())
    }

    fn lap(&mut self, step: &'static str) {
        let micros = u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(step, micros, "start");
        self.0 = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_host_of_an_authority_has_no_port_and_no_brackets() {
        for (authority, expected) in [
            ("localhost:8400", "localhost"),
            ("auth.example", "auth.example"),
            ("[::1]:1", "::1"),
            ("[::1]", "::1"),
        ] {
            assert_eq!(host(authority), expected);
        }
    }
}

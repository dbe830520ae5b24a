//! The Gatewright authorization server: one folder per capability.
//!
//! # How one authorization happens
//!
//! 1. `GET /authorize` ([`authorize`]): the client and its redirect URI are proven, then everything
//!    else in the request (`gatewright_oauth::authorize`). Nothing is written for a stranger: the
//!    request travels on, sealed and bound to this browser ([`ceremony::pending`]).
//! 2. `GET`/`POST /login` ([`login`]): a password is checked on a bounded pool; a session is opened
//!    ([`sign_in`], where every way of signing in ends).
//! 3. `GET`/`POST /consent` ([`consent`]): the person sees who asks for what and answers.
//! 4. The code is issued by one guarded statement ([`ceremony::issue`]) and delivered
//!    ([`ceremony::deliver`]) with `iss` and the untouched `state`.
//! 5. `POST /token` ([`token`]): the client is authenticated ([`clients::authenticate`]), the code
//!    judged (`gatewright_oauth::token`), redeemed by one guarded statement, and tokens are minted
//!    ([`token::issue`]) from a `Permit`.
//!
//! Every flow has one shape: **load** the facts, **decide** in a pure function, **apply** with one
//! guarded statement. Flows are in `flow.rs`, HTTP in `http.rs`, pages in `page.rs`.

pub mod account;
pub mod accounts;
pub mod address;
pub mod admin;
pub mod app;
pub mod audit;
pub mod authorize;
pub mod bearer;
pub mod branding;
pub mod ceremony;
pub mod checks;
pub mod choose_password;
pub mod clients;
pub mod clock;
pub mod config;
pub mod consent;
pub mod data_keys;
pub mod dev_outbox;
pub mod device;
pub mod email_code;
pub mod error;
pub mod evidence;
pub mod factors;
pub mod fetch;
pub mod forgot;
pub mod home;
pub mod introspect;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod lines;
pub mod login;
pub mod logo;
pub mod logout;
pub mod mail;
pub mod master_keys;
pub mod metadata;
pub mod meters;
pub mod offers;
pub mod passwords;
pub mod pictures;
pub mod places;
pub mod policy;
pub mod proofs;
pub mod providers;
pub mod register;
pub mod revoke;
pub mod settings;
pub mod sign_in;
pub mod sign_up;
pub mod start;
pub mod sweep;
pub mod token;
pub mod traces;
pub mod upstream;
pub mod userinfo;
pub mod web;
pub mod webhooks;
pub mod words;

use std::future::Future;
use std::pin::Pin;

use axum::Router;
use axum::middleware;
use web::front::Front;
use web::standing::Standing;

pub use app::{Actor, App, Moment};
pub use config::Config;
pub use error::{Fault, FaultKind, Outcome, Stop};
pub use start::{Machine, start};

/// What one folder offers the rest of the server.
pub struct Capability {
    /// Its name in logs.
    pub name: &'static str,
    /// Its routes, below the issuer's path.
    pub routes: fn(&Config) -> Router<App>,
    /// Its answers that are the same for everybody, at paths of the whole host.
    pub standing: fn(&Config) -> Vec<Standing>,
    /// What it adds to the server's metadata (RFC 8414), so that the document tells what is mounted.
    pub describe: fn(&offers::Surface<'_>, &mut gatewright_oauth::Metadata),
    /// Work it does by itself.
    pub jobs: &'static [Job],
}

/// Work done at intervals.
pub struct Job {
    /// Its name in logs and leases.
    pub name: &'static str,
    /// Seconds between two runs.
    pub every_seconds: u64,
    /// When the first run is.
    pub begins: Begins,
    /// One run.
    pub run: fn(App) -> Turn,
}

/// When a job has its first run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// When the server starts.
    AtOnce,
    /// When its time has passed once.
    Later,
}

/// One run of a job, under way.
pub type Turn = Pin<Box<dyn Future<Output = Outcome<()>> + Send>>;

/// Every capability. Taking one away is deleting its folder and its line here.
pub const CAPABILITIES: &[Capability] = &[
    authorize::CAPABILITY,
    login::CAPABILITY,
    proofs::CAPABILITY,
    factors::CAPABILITY,
    choose_password::CAPABILITY,
    upstream::CAPABILITY,
    email_code::CAPABILITY,
    forgot::CAPABILITY,
    sign_up::CAPABILITY,
    address::CAPABILITY,
    consent::CAPABILITY,
    logout::CAPABILITY,
    account::CAPABILITY,
    token::CAPABILITY,
    device::CAPABILITY,
    introspect::CAPABILITY,
    revoke::CAPABILITY,
    userinfo::CAPABILITY,
    register::CAPABILITY,
    keys::CAPABILITY,
    metadata::CAPABILITY,
    home::CAPABILITY,
    logo::CAPABILITY,
    dev_outbox::CAPABILITY,
    admin::CAPABILITY,
];

/// The whole public HTTP surface.
pub fn router(app: App) -> Front {
    let mut routes = Router::new();
    let mut standing = Vec::new();
    for capability in CAPABILITIES {
        routes = routes.merge((capability.routes)(&app.config));
        standing.extend((capability.standing)(&app.config));
    }
    let path = app.config.issuer_path().to_owned();
    let mounted = if path.is_empty() { routes } else { Router::new().nest(&path, routes) };
    let routes = mounted
        .merge(web::standing::routes(&standing))
        .merge(web::assets_http::routes())
        .fallback(web::html::not_found)
        .layer(middleware::from_fn(web::request_log::note_route))
        .with_state(app.clone());
    Front::new(app, standing, routes)
}

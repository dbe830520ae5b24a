//! Signing keys (RFC 7517, RFC 7638): their life cycle and the JWKS.
//!
//! 1. A key is `next` (published, not yet signing), `active` (one per algorithm), `retired` (published
//!    until every token it signed has expired), then gone; `revoked` leaves at once.
//! 2. The store is the truth. Every process reads it every second into a [`Ring`], so that a key that was revoked is
//!    soon gone everywhere: signers, the verifying set, and the rendered JWKS. Requests never touch the store for keys.
//! 3. One replica (a lease) publishes `next` keys and promotes them once every cache has seen them.
//!
//! The private half leaves the store sealed and lives here inside a signer without export (KM-02).

pub mod emergency;
pub mod flow;
pub mod http;
pub mod ring;
pub mod rotation;

pub use ring::{Keys, Ring};

use crate::{Begins, Capability, Job};

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "keys",
    routes: |_| http::routes(),
    standing: |config| vec![http::jwks(config)],
    describe: |config, metadata| {
        metadata.jwks_uri = Some(config.url("/jwks"));
    },
    jobs: &[
        Job {
            name: "keys.reload",
            every_seconds: 1,
            begins: Begins::Later,
            run: |app| Box::pin(flow::reload(app)),
        },
        Job {
            name: "keys.rotate",
            every_seconds: 60,
            begins: Begins::Later,
            run: |app| Box::pin(rotation::tend(app)),
        },
    ],
};

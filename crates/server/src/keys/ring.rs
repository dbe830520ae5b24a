//! The signing keys of one moment, ready to use.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use gatewright_jose::{Algorithm, JwkSet, KeySet, SigningKey};
use gatewright_oauth::Time;
use serde::Serialize;

use crate::error::{Fault, Outcome};
use crate::web::standing::Text;

/// The current [`Ring`], swapped whole when the store changes.
pub struct Keys(ArcSwap<Ring>);

impl Keys {
    /// Starts with `ring`.
    pub fn new(ring: Ring) -> Keys {
        Keys(ArcSwap::from_pointee(ring))
    }

    /// The ring of this moment. One request uses one ring throughout.
    pub fn ring(&self) -> Arc<Ring> {
        self.0.load_full()
    }

    /// Replaces the ring.
    pub fn replace(&self, ring: Ring) {
        self.0.store(Arc::new(ring));
    }
}

/// Signers, verifiers and the JWKS as bytes.
pub struct Ring {
    active: BTreeMap<Algorithm, Arc<SigningKey>>,
    /// Since when each of them has been signing.
    pub since: BTreeMap<Algorithm, Time>,
    /// Verifies everything that is published, and nothing else.
    pub verifying: KeySet,
    /// The JWKS document (RFC 7517 §5), rendered once.
    pub jwks: Text,
}

impl Ring {
    /// A ring that signs with `active` and publishes `published`.
    pub fn new(active: Vec<(SigningKey, Time)>, published: &JwkSet) -> Outcome<Ring> {
        let jwks = serde_json::to_vec(published).map_err(Fault::internal)?;
        Ok(Ring {
            since: active.iter().map(|(key, since)| (key.algorithm(), *since)).collect(),
            active: active.into_iter().map(|(key, _)| (key.algorithm(), Arc::new(key))).collect(),
            verifying: KeySet::from_jwks(published),
            jwks: Text::new(jwks),
        })
    }

    /// Signs nothing and verifies nothing: what a process has before it has read the store.
    pub fn empty() -> Ring {
        let nothing = JwkSet { keys: Vec::new() };
        Ring {
            active: BTreeMap::new(),
            since: BTreeMap::new(),
            verifying: KeySet::from_jwks(&nothing),
            jwks: Text::new(b"{\"keys\":[]}".to_vec()),
        }
    }

    /// Signs `claims` with the active key of `algorithm`, as a compact JWS with the given `typ`.
    pub fn sign<C: Serialize>(&self, algorithm: Algorithm, typ: &str, claims: &C) -> Outcome<String> {
        let key = self
            .active
            .get(&algorithm)
            .ok_or_else(|| Fault::unavailable(format!("there is no active {algorithm} key")))?;
        Ok(key.sign(typ, claims).map_err(Fault::internal)?)
    }
}

//! Discovery (RFC 8414, OpenID Connect Discovery 1.0).
//!
//! 1. The document is built from the capabilities that are mounted: each says what it adds, so the
//!    metadata cannot advertise what is not there (MD-02).
//! 2. One document, the same bytes, at every well-known form clients ask for: RFC 8414 (path
//!    inserted), OpenID Connect inserted and appended, and at the root (MD-03).
//! 3. What depends on the state of things ([`crate::offers`]) is in it while it holds.
//! 4. The issuer is the configured string, never derived from the request (MD-01).

pub mod http;

use gatewright_oauth::Metadata;

use crate::offers::Surface;
use crate::{CAPABILITIES, Capability};

/// What this folder offers. Its paths are at the root of the host, outside the issuer's path.
pub const CAPABILITY: Capability = Capability {
    name: "metadata",
    routes: |_| http::routes(),
    standing: http::well_known,
    describe: |_, _| {},
    jobs: &[],
};

/// The document.
pub fn document(surface: &Surface<'_>) -> Metadata {
    let mut metadata = Metadata::base(&surface.issuer);
    for capability in CAPABILITIES {
        (capability.describe)(surface, &mut metadata);
    }
    metadata
}

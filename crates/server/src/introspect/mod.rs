//! `POST /introspect` (RFC 7662): whether a token is good right now, for those it concerns.
//!
//! 1. The caller authenticates; a public client could be anyone (IN-02).
//! 2. The token is recognised by its shape and verified; what was verified once is remembered until it
//!    expires ([`crate::bearer`]).
//! 3. What it stands on is read, at most once a second per grant: that second is the published bound
//!    on how long a revoked token may still be called active (IN-04).
//! 4. The pure judgement: the resource server of its audience and its own client learn about it,
//!    everybody else hears exactly `{"active":false}` (IN-01).

pub mod flow;
pub mod http;

use crate::Capability;
use crate::clients::authenticate;

/// What this folder offers. No CORS: resource servers are not web pages.
pub const CAPABILITY: Capability = Capability {
    name: "introspect",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |config, metadata| {
        metadata.introspection_endpoint = Some(config.url("/introspect"));
        metadata.introspection_endpoint_auth_methods_supported =
            authenticate::methods().into_iter().filter(|method| method != "none").collect();
        metadata.introspection_endpoint_auth_signing_alg_values_supported =
            authenticate::assertion_algorithms();
    },
    jobs: &[],
};

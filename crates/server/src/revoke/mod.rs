//! `POST /revoke` (RFC 7009).
//!
//! 1. The client authenticates like at the token endpoint.
//! 2. The token is recognised by its shape; `token_type_hint` changes nothing (RV-05).
//! 3. Its own client ends the grant it belongs to, and with it every token under it (RV-03). Anybody
//!    else's request does nothing and is answered the same (RV-01).
//! 4. 200 is said only after the statement has committed; a store that is away is 503 (RV-02).

pub mod flow;
pub mod http;

use crate::Capability;
use crate::clients::authenticate;
use crate::web::cors;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "revoke",
    routes: |_| cors::open(http::routes()),
    standing: |_| Vec::new(),
    describe: |config, metadata| {
        metadata.revocation_endpoint = Some(config.url("/revoke"));
        metadata.revocation_endpoint_auth_methods_supported = authenticate::methods();
        metadata.revocation_endpoint_auth_signing_alg_values_supported = authenticate::assertion_algorithms();
    },
    jobs: &[],
};

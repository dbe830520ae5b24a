//! `POST /token` (RFC 6749 §3.2, OAuth 2.1 §3.2, RFC 8707 §2.2, RFC 9068).
//!
//! 1. The body is parsed into a closed enum of grants (`gatewright_oauth::token`).
//! 2. The client is authenticated by its registered method.
//! 3. The grant's own file loads what the decision needs in one read, decides purely, and applies
//!    with one guarded statement: [`code`], [`refresh`], [`client_credentials`], [`device`].
//! 4. Tokens are minted from a `Permit` ([`issue`]) after the statement has committed; the answer is
//!    sent last, so nothing acknowledged is ever lost.

pub mod client_credentials;
pub mod code;
pub mod device;
pub mod http;
pub mod issue;
pub mod refresh;

use crate::Capability;
use crate::clients::authenticate;
use crate::web::cors;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "token",
    routes: |_| cors::open(http::routes()),
    standing: |_| Vec::new(),
    describe: |config, metadata| {
        metadata.token_endpoint = Some(config.url("/token"));
        for grant in ["authorization_code", "refresh_token", "client_credentials"] {
            metadata.grant_types_supported.push(grant.to_owned());
        }
        metadata.token_endpoint_auth_methods_supported = authenticate::methods();
        metadata.token_endpoint_auth_signing_alg_values_supported = authenticate::assertion_algorithms();
    },
    jobs: &[],
};

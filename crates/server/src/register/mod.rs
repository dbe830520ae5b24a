//! Dynamic client registration (RFC 7591), as MCP SDKs use it.
//!
//! 1. Limits per network answer 429 with `Retry-After`; an identical public document costs nothing.
//! 2. One constructor (`gatewright_oauth::register`) turns metadata into a client or names what is
//!    wrong with it: which member, which rule, what to send instead.
//! 3. An identical public document gets the `client_id` it got before, so a client that registers at
//!    every start leaves one row (DC-05).
//!
//! Anonymous clients are public or have a generated secret, use the `mcp` profile, and are shown to
//! people as unverified.

pub mod flow;
pub mod http;

use crate::Capability;
use crate::config::RegistrationMode;
use crate::web::cors;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "register",
    routes: |config| cors::open(http::routes(config.registration.mode)),
    describe: |config, metadata| match config.registration.mode {
        RegistrationMode::Open => metadata.registration_endpoint = Some(config.url("/register")),
        RegistrationMode::Off => {}
    },
    jobs: &[],
};

//! Dynamic client registration (RFC 7591) and its management (RFC 7592), as MCP SDKs use it.
//!
//! 1. Who may: anybody, or the bearer of an initial access token, as the configuration says
//!    ([`crate::config::Registration`]). Limits per network answer 429 with `Retry-After`; an identical public
//!    document costs nothing.
//! 2. A software statement of a configured issuer wins over what stands beside it (`statement.rs`).
//! 3. One constructor (`gatewright_oauth::register`) turns metadata into a client or names what is
//!    wrong with it: which member, which rule, what to send instead.
//! 4. An identical public document gets the `client_id` it got before, so a client that registers at
//!    every start leaves one row (DC-05). Such a registration belongs to all who made it, so nobody manages it.
//! 5. A registration of one client alone comes with a registration access token: it may be read, replaced as a
//!    whole under the same rules, and deleted with all its grants.
//!
//! Anonymous clients are public, have a generated secret or keys of their own, use the `mcp` profile, and are
//! shown to people as unverified.

pub mod flow;
pub mod http;
mod statement;

use crate::Capability;
use crate::offers::Announced;
use crate::web::cors;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "register",
    routes: |_| cors::open(http::routes()),
    standing: |_| Vec::new(),
    describe: |surface, metadata| match surface.registration {
        Announced::Yes => metadata.registration_endpoint = Some(surface.url("/register")),
        Announced::No => {}
    },
    jobs: &[],
};

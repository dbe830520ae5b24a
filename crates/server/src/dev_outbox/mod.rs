//! The page with what would have been mailed, at a computer where somebody tries things out.
//!
//! Links to choose passwords with stand there in clear, so it is there only when `mail.outbox` says so, which the
//! configuration allows for an issuer on localhost only, and it is shown to that computer only.

pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "dev_outbox",
    routes: http::routes,
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

//! Signing out (OpenID Connect RP-Initiated Logout 1.0).
//!
//! 1. `GET /logout` with an `id_token_hint` of the very session in this browser ends it at once;
//!    anything else asks first, so that a link cannot sign anybody out (LO-01).
//! 2. A `post_logout_redirect_uri` must be registered, character by character, by the client the hint
//!    or `client_id` names (LO-02); otherwise nothing happens and the person sees why.
//! 3. Ending a session revokes the grants bound to it; agents with offline access go on (LO-06).

pub mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "logout",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |config, metadata| {
        metadata.end_session_endpoint = Some(config.url("/logout"));
    },
    jobs: &[],
};

//! Signing in with another provider (OpenID Connect Core §3.1, RFC 9700 §4.4 and §4.7; threat rows LG-11 to LG-13,
//! CN-03).
//!
//! 1. `POST /upstream/{name}`, a button of the login page, seals what the person came for with a fresh `nonce` and PKCE
//!    verifier. That is `state`: it opens only in the browser that started it, and here only.
//! 2. `GET /upstream/{name}/callback`: `state` opens in this browser and has not been here before; the answer is the
//!    provider's; the code is redeemed once; the ID token is believed ([`crate::providers`]).
//! 3. [`arrive`]: the account with this issuer and subject signs in like by any other way ([`crate::sign_in`], which may
//!    ask for more). Nobody is recognised by an address. Who is not known gets an account if that is open, or is told
//!    what to do.
//! 4. `/account/identities`: what is connected with one's account; connect another, or disconnect.

pub mod arrive;
pub mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "upstream",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

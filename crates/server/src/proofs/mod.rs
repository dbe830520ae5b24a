//! What somebody shows beside a password, or instead of one.
//!
//! 1. `GET /login/factor` asks for what is missing of a sign-in: a code of an app, a recovery code, a passkey. What was
//!    shown so far is in the sealed step (LG-06); nothing of it is stored.
//! 2. `POST /login/factor` judges it ([`crate::evidence`]) and goes on as [`crate::sign_in`] decides.
//! 3. `POST /login/passkey` is the button on the sign-in page: a passkey tells who somebody is and proves it, and
//!    nothing else is asked for.
//! 4. Whoever signed in with a recovery code is told what that means before they go on.

pub mod flow;
pub mod http;
pub mod page;

use gatewright_oauth::assurance::Acr;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "proofs",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |_, metadata| {
        metadata.acr_values_supported = Acr::ALL.iter().map(|acr| acr.as_str().to_owned()).collect();
    },
    jobs: &[],
};

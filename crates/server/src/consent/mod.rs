//! Asking the person.
//!
//! 1. `GET /consent` opens the sealed request, loads who is signed in and what they allowed before,
//!    and decides again (`gatewright_oauth::authorize::next`): nothing is taken from an earlier page.
//! 2. The page shows who asks, which host gets the answer, for which server, what for, and for how
//!    long. Everything shown goes, sealed, into the ticket of the form.
//! 3. `POST /consent` refuses other sites (CN-02) and reflexes (CN-08), opens the ticket in the same
//!    browser and session, and checks that what it showed is still true (AZ-22).
//! 4. One guarded statement remembers the answer and issues the code. A second click of the same form
//!    gets the same code; once redeemed, the form is spent.

pub mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "consent",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

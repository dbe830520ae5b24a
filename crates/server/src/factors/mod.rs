//! Where people see and change what they sign in with: passkeys, an authenticator app, recovery codes.
//!
//! 1. `GET /account/security` lists them, for somebody who signed in at most a quarter of an hour ago; so does every
//!    other page here.
//! 2. `/account/security/totp` and `/account/security/passkey` add one, always for whoever is signed in (LG-17): the form
//!    carries what is being set up sealed, bound to the account and to its session, and nothing is stored before it is
//!    confirmed by a code or by the passkey itself.
//! 3. With the first factor come recovery codes, shown once.
//! 4. `/account/security/rename` and `/account/security/remove` change them. Where the operator requires a second factor
//!    the last one stays.
//! 5. `/login/enrol` is the same for somebody who cannot sign in without a factor and has none: the sealed step of the
//!    sign-in takes the place of the session. Whoever has a factor is asked for that first.

pub mod enrol;
pub mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "factors",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

//! People make accounts for themselves, where `[sign_up]` says so (threat rows LG-03, LG-04, LG-10, LG-14).
//!
//! 1. `GET /sign-up` asks for an address and a name; `POST` takes a try from the throttle, puts the wish into the
//!    letterbox, and says that a mail is on its way. It looks nothing up.
//! 2. Behind the answer ([`crate::mail::asked`]) the address is mailed a link; if there is an account with it, what to do
//!    instead.
//! 3. `GET /sign-up/confirm?link=…` opens the sealed link and asks for a password; `POST` makes the account. Nothing was
//!    stored until now but the mail.
//! 4. The person signs in like anybody else; the link signs nobody in.

mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "sign_up",
    routes: http::routes,
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

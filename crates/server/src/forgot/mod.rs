//! A forgotten password (threat rows LG-03, LG-04, LG-08 to LG-10).
//!
//! 1. `GET /forgot` asks for a user name or an address.
//! 2. `POST /forgot` takes a try from the throttle, puts the wish into the letterbox, and says that a mail is on its way
//!    if there is such an account. It looks nothing up: what it says, and how long that takes, is the same for everybody.
//! 3. Behind the answer ([`crate::mail::asked`]) a link is made and mailed, if there is such an account and it has an
//!    address. The link leads to `/password` ([`crate::choose_password`]), which is the only place where a password is
//!    set: there is no step in between that could be skipped.
//!
//! Without `[mail]` there is no such page, and the login page says whom to ask instead.

mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "forgot",
    routes: http::routes,
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

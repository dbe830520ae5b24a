//! Choosing a password with a link that an operator handed over (threat rows LG-08 to LG-10).
//!
//! 1. `GET /password?link=…` shows the form while the link is good. It changes nothing and may be asked any number of
//!    times: programs that look at links in messages use none up.
//! 2. `POST /password` judges the password ([`accounts::strength`](crate::accounts::strength)), sets it and uses the
//!    link up in one statement. All sessions and grants of the account end with that.
//! 3. The person signs in with the new password like anybody else; the link signs nobody in.
//!
//! A link that is used, replaced, too old or made up has one page.

pub mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "choose_password",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

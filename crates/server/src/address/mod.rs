//! The e-mail address of an account (threat rows LG-08, LG-10, LG-16).
//!
//! 1. `GET /account/email` shows somebody who signed in a moment ago the address of their account; `POST` asks for a link
//!    to be mailed to another one, or to the same. Nothing changes with that, and what is said does not tell whether the
//!    address is somebody else's.
//! 2. `GET /email?link=…` shows what the link confirms, and changes nothing: programs that look at links in mails use none
//!    up.
//! 3. `POST /email` uses the link up: the address takes effect, is known to be the person's, and the one before is told.
//!
//! A link that is used, too old, or overtaken by another address has one page. Without `[mail]` there is nothing of this.

mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "address",
    routes: http::routes,
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

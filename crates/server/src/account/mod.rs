//! The account centre: what people see of themselves, and what they decide about it.
//!
//! 1. Every page asks who is signed in ([`crate::sign_in::http::visitor`]); nobody leads to `/login` and back.
//! 2. A form is answered when it came from a page of ours (CK-02) that was shown in this session: its ticket is sealed
//!    for it ([`ticket`]). It has the fields that its page has and no others (LG-16).
//! 3. What is done is one guarded statement that names the person in its `WHERE`, so nobody reaches what is another's
//!    by knowing its number.
//! 4. The answer is 303 to the page, which reads anew what is true now.
//!
//! [`apps`] tells who may act for somebody and ends it (CN-09); [`history`] what they allowed; [`password`] sets another one;
//! [`leave`] how they go.

pub mod apps;
pub mod export;
pub mod history;
pub mod http;
pub mod leave;
pub mod names;
pub mod page;
pub mod password;
pub mod profile;
pub mod sessions;
pub mod ticket;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "account",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

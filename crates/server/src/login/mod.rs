//! Signing in with a password.
//!
//! 1. `GET /login` opens the sealed request in the browser that started it and shows the form. There
//!    is no return URL anywhere: where the person goes afterwards is inside the seal (LO-05).
//! 2. `POST /login` refuses other sites, takes a try from the throttle, loads the user, and checks the
//!    password on the bounded pool; an unknown user costs the same and reads the same (LG-03, LG-04).
//! 3. One statement opens a session with a new id (LG-05); the old one of this browser ends.
//! 4. The person goes on to `/authorize/resume` with the same sealed request.

pub mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "login",
    routes: |_| http::routes(),
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

//! Signing in with a password.
//!
//! 1. `GET /login` opens the sealed errand in the browser that started it and shows the form. There
//!    is no return URL anywhere: where the person goes afterwards is inside the seal (LO-05).
//! 2. `POST /login` refuses other sites, takes a try from the throttle, loads the user, and checks the
//!    password on the bounded pool; an unknown user costs the same and reads the same (LG-03, LG-04).
//! 3. What was proven goes to [`crate::sign_in`], which opens the session and sends the person on.

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

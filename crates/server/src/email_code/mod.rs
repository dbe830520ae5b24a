//! Signing in with a code that is mailed, where `login.email_code` says so (threat rows LG-02 to LG-04, LG-08).
//!
//! 1. `GET /login/code` asks whose account it is; `POST` takes a try from the throttle, puts the wish into the letterbox,
//!    and shows the form for the code. It looks nothing up: for a name nobody has it shows the same, and no code fits.
//! 2. The form carries a sealed ticket: which errand it belongs to (and so which browser, AZ-17), whose code it asks for,
//!    and the id of the row that holds a MAC of the code. It is good for ten minutes.
//! 3. `POST /login/code/check` takes a try from the same throttle as a password does (LG-02) and judges the code in one
//!    statement that counts: five tries for a code, from wherever they come.
//! 4. The right one ends in [`crate::sign_in`], as one factor (`otp`, RFC 8176 §2). Somebody with a second factor is asked
//!    for it.

mod flow;
pub mod http;
pub mod page;

use crate::Capability;

/// What this folder offers.
pub const CAPABILITY: Capability = Capability {
    name: "email_code",
    routes: http::routes,
    standing: |_| Vec::new(),
    describe: |_, _| {},
    jobs: &[],
};

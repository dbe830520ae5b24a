//! The part of an authorization that happens in a browser: from `/authorize`, through login and
//! consent, to the answer the client gets.
//!
//! A meeting point of the `authorize`, `login`, `consent` and `device` folders, which do not know each other:
//! they hand the person on by redirects to each other's paths, and the request travels along sealed.
//!
//! - [`errand`]: what somebody came for, sealed and bound to the browser that started it; [`pending`] when
//!   an app asked.
//! - [`facts`]: who is signed in, and what they allowed before, in one read.
//! - [`issue`]: the one guarded statement that turns a permission into a code.
//! - [`question`]: what is picked on a page that asks, and why it is shown again.
//! - [`wording`]: what a client will be able to do, in words.
//! - [`term`]: for how long somebody allows something.
//! - [`deliver`]: the last hop to the client, in whichever form its redirect URI needs.

pub mod asker;
pub mod deliver;
pub mod errand;
pub mod facts;
pub mod hint;
pub mod http;
pub mod issue;
pub mod page;
pub mod pending;
pub mod question;
pub mod term;
pub mod wording;

pub use errand::Errand;
pub use pending::Pending;
pub use term::Term;

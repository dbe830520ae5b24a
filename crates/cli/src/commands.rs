//! Commands that administer a server. Each is a module with `Arguments` and `run`; what they share is in
//! [`crate::installation`] (which server) and [`crate::output`] (how results are printed).
//!
//! 1. They work with and without a running server: the database is what counts. A running server sees
//!    clients and resources within a second, keys within five.
//! 2. Changes go through the server's own functions, one guarded statement with its event each, with the
//!    actor `operator`.
//! 3. Repeating a change is no error: it says that nothing was left to do.
//! 4. Secrets are printed once, when they are made, and never taken from the command line.

pub mod api;
pub mod api_key;
pub mod apply;
pub mod audit;
pub mod client;
pub mod doctor;
pub mod events;
pub mod grant;
pub mod initial_token;
pub mod job;
pub mod key;
pub mod login;
pub mod master_key;
pub mod migrate;
pub mod resource;
pub mod session;
pub mod settings;
pub mod trace;
pub mod user;
pub mod webhook;

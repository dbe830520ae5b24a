//! The harness of the black-box tests: a private PostgreSQL, a whole server per test, a browser without
//! a screen and one with, and the flows most tests start from.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise"
)]

pub mod agent;
pub mod authenticator;
pub mod browser;
pub mod entropy;
pub mod flows;
pub mod internet;
pub mod places;
pub mod postgres;
mod roles;
pub mod smtp;
pub mod tools;
pub mod world;

pub use agent::{Agent, Page};
pub use flows::{Az, Tokens, VERIFIER, challenge};
pub use internet::Internet;
pub use smtp::MailServer;
pub use world::{CALLBACK, MCP, OTHER, PASSWORD, World};

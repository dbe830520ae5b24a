//! Black-box tests: what a client, a person or an attacker sees.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod account;
mod admin;
mod authorize;
mod browser;
mod clients;
mod device;
mod factors;
mod interop;
mod mail;
mod monitoring;
mod packaging;
mod story;
mod surface;
mod threats;
mod tidy;
mod token;
mod upstream;

//! The real binary, as people and service managers start, kill and stop it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod administer;
mod applied;
mod away;
#[cfg(feature = "otel")]
mod collected;
mod dev;
mod devices;
mod health;
mod import;
mod killed;
mod lists;
mod master_keys;
mod operated;
mod person;
mod pretender;
mod process;
mod secrets;
mod serve;
mod sink;
mod upkeep;
mod watched;

//! What the tables promise, tried on a real PostgreSQL: one winner per race, no way past an
//! ended user, client, consent or session, and a plan without a scan for every statement.
//!
//! `GATEWRIGHT_TEST_DATABASE` names a server on which databases may be created; without it a
//! private PostgreSQL is started from the system's binaries.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod account;
mod clients;
mod consent;
mod factors;
mod facts;
mod gathering;
mod keys;
mod lines;
mod plans;
mod postgres;
mod races;
mod records;
mod roles;
mod sweeping;
mod together;
mod ways_in;
mod world;

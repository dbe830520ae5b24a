//! The audit log cannot be rewritten unnoticed.
//!
//! 1. Every change writes its event in its own statement (`gatewright_store::events`).
//! 2. [`seal`] numbers new events within a second or so, hashes each ([`canonical`]) and adds it to a Merkle tree
//!    ([`tree`], RFC 6962 §2.1). The root after each turn is signed: a checkpoint. One replica does it at a time.
//! 3. [`verify`] makes the whole tree again from the events themselves and says what does not fit, and where.
//!
//! 4. [`retention`] removes events that are older than they are kept, and says how far in an event that only this server
//!    can write; their leaves stay.
//!
//! Whoever can write to the database can make a new history with a new tree; they cannot make one that has the root of
//! a checkpoint somebody kept elsewhere. So checkpoints are worth keeping elsewhere: `gatewright audit checkpoint`.
//!
//! No capability of its own: it watches all of them.

pub mod canonical;
pub mod outside;
pub mod retention;
pub mod seal;
pub mod shown;
pub mod tree;
pub mod verify;

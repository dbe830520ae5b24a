//! Clients as every endpoint meets them: looked up ([`directory`]), then proven ([`authenticate`]).
//!
//! A meeting point: capability folders use this module, it uses none of them.

pub mod authenticate;
pub mod directory;

pub use authenticate::{Authenticated, Presented};
pub use directory::{Asking, Directory};

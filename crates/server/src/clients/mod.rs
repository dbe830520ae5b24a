//! Clients as every endpoint meets them: looked up ([`directory`]), met in person where they describe
//! themselves ([`documents`]), stored ([`enrol`]), then proven ([`authenticate`], with the keys of [`keys`]), and shown with their picture ([`logos`]).
//!
//! A meeting point: capability folders use this module, it uses none of them.

pub mod authenticate;
pub mod directory;
pub mod documents;
pub mod enrol;
pub mod keys;
pub mod logos;

pub use authenticate::{Authenticated, Presented};
pub use directory::{Asking, Directory};
pub use documents::{DocumentCache, present};
pub use keys::ClientKeys;
pub use logos::Logos;

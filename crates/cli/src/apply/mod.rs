//! A file that says what a server is to have: `gatewright plan`, `apply` and `export`.
//!
//! 1. [`manifest`] reads the file. Members that nobody knows are mistakes, told with the one that was meant.
//! 2. [`plan`] asks the server what it has, and by dry runs what it would make of the file: defaults, normal forms and
//!    refusals are the server's own, so nothing here can come to differ from them. Whatever is wrong with the file is
//!    told before anything is changed.
//! 3. [`perform`] does what is planned, one thing after the other. What is as it should be is left alone, so a run
//!    that broke off is completed by the next.
//! 4. [`record`] keeps, beside the file, what apply has made on which server. Only that is ever removed, with
//!    `--prune`, when the file does not name it any more.
//!
//! A kind of thing is a variant of [`Kind`] and a module that says what its entries may have, what they are called and
//! how they are asked for.

mod clients;
pub mod export;
mod kind;
pub mod manifest;
pub mod perform;
pub mod plan;
pub mod record;
mod resources;
mod webhooks;
mod words;

pub use kind::{Kind, Live};

//! Administering a server from elsewhere, by its admin API (`docs/admin-api.md`).
//!
//! 1. [`choice`] says which server is meant, or that it is the database at hand.
//! 2. [`Api`] does any operation of the API: over HTTP, or in this process with the database (`inside`). Both give
//!    the same answers, because they are the same functions.
//! 3. Over HTTP it sends an API key, or the access token of somebody who signed in ([`session`]): kept in
//!    [`profiles`], renewed before it ends, and asked for again in the browser ([`browser`]; at first also from a machine
//!    without one: [`device`]) where the server wants a recent sign-in.
//! 4. What the server says no to is told in its words (`trouble`).

mod api;
pub mod ask;
pub mod browser;
pub mod choice;
pub mod device;
pub mod discovery;
pub mod flow;
mod inside;
mod landing;
pub mod profiles;
pub mod session;
pub mod things;
mod trouble;

pub use api::{Api, with};
pub use ask::{Ask, Reply};
pub use choice::Choice;
pub use flow::Pieces;
pub use session::Session;
pub use trouble::Trouble;

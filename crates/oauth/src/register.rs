//! Client registration (RFC 7591): the one constructor of clients.
//!
//! 1. [`RegistrationRequest`] reads the document: `null` and empty members count as absent, unknown ones are ignored.
//! 2. [`register`] validates it under a [`RegistrationPolicy`] and returns the client. Every way to a client leads
//!    through it: the endpoint, metadata documents, the command line, imports (DC-10).
//! 3. The caller gives a confidential client its secret ([`crate::Client::with_secret`]) and stores it.
//! 4. [`RegistrationResponse`] is the answer (RFC 7591 §3.2.1), without `null` and empty members.

mod policy;
mod request;
mod response;
mod rules;

pub use policy::{Entry, PrivateUseSchemes, RegistrationPolicy};
pub use request::RegistrationRequest;
pub use response::{Management, RegistrationResponse};
pub use rules::register;

#[cfg(test)]
mod tests;

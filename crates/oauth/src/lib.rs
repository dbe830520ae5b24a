//! The specifications as types and pure decisions (OAuth 2.1, OpenID Connect Core 1.0 and what builds on them).
//!
//! 1. A request is read into [`Params`], then into the type of its endpoint.
//! 2. Facts that were loaded for it ([`Client`], [`Resource`], a grant) go into one pure function.
//! 3. Out comes a value that the caller applies with one guarded statement, or a [`Refusal`] for the client.
//!
//! **Architecture Invariant:** no async, no I/O, no clock, no randomness. Time and random bytes are arguments.
//!
//! **Architecture Invariant:** facts that security rests on are types with exactly one constructor: a
//! [`redirect::TrustedRedirect`] comes from [`Client::match_redirect`], a [`Client`] from [`register::register`].

pub mod address;
pub mod assertion;
pub mod assurance;
pub mod authorize;
pub mod bearer;
pub mod checks;
pub mod claims;
pub mod client;
pub mod demand;
pub mod device;
pub mod discovery;
pub mod display;
pub mod document;
pub mod error;
pub mod introspect;
pub mod metadata;
mod narrow;
mod next;
mod oxide;
pub mod params;
pub mod passkey;
pub mod permit;
pub mod pkce;
#[cfg(test)]
mod proof;
mod question;
pub mod recovery;
pub mod redirect;
pub mod refresh;
pub mod register;
mod renewal;
pub mod resource;
pub mod revoke;
pub mod scope;
pub mod seal;
pub mod secret;
pub mod token;
pub mod totp;
pub mod upstream;
mod uri;
pub mod user_code;

pub use client::{AuthMethod, Client, ClientId, ClientMetadata, GrantType, Origin, Profile, Voucher};
pub use error::{Code, Decision, Refusal};
pub use metadata::Metadata;
pub use params::Params;
pub use permit::Permit;
pub use pkce::Challenge;
pub use redirect::{RedirectUri, TrustedRedirect};
pub use resource::Resource;
pub use scope::Scopes;
pub use secret::Digest;
pub use token::{TokenRequest, TokenResponse};
pub use user_code::UserCode;

/// A moment, in UTC. It is read once per request, by the server.
pub type Time = chrono::DateTime<chrono::Utc>;

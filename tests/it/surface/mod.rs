//! What the server shows to anybody: discovery, keys, registration, introspection, revocation, and what
//! must never be seen in any of it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod canary;
mod discovery;
mod dump;
mod events;
mod forger;
mod hosts;
mod introspection;
mod jwt;
mod load;
mod master_keys;
mod metadata;
mod needles;
mod redirects;
mod registration;
mod revocation;
mod rotation;
mod sealed;
mod standing;
mod stolen;
mod tampering;
mod unwelcome;
mod userinfo;
mod wire;
mod witness;

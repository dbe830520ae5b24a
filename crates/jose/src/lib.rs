//! Keys, JWK, JWS and strictly typed claims (RFC 7515, RFC 7517, RFC 7518, RFC 7519, RFC 7638, RFC 8037, RFC 8725).
//!
//! One token, from a service that issues it to one that believes it:
//!
//! 1. [`SigningKey::generate`] or [`SigningKey::from_pkcs8`] makes a key; its `kid` is its RFC 7638 thumbprint.
//! 2. [`SigningKey::sign`] renders `header.claims.signature` with `alg`, `typ` and `kid` in the header.
//! 3. [`SigningKey::public_jwk`] goes into a published [`JwkSet`]; no type of this crate serialises a private key.
//! 4. The verifier turns the set into a [`KeySet`]: every key is bound to exactly one [`Algorithm`].
//! 5. [`verify`] takes the token, the keys and what is [`Expect`]ed, and returns [`Verified`] claims. There is
//!    no other way to obtain a `Verified` value, and no way to ask for less than all checks.
//!
//! **Architecture Invariant:** the key decides the algorithm, never the token. Symmetric algorithms and `none`
//! do not exist here, so they cannot be confused with anything.
//!
//! **Architecture Invariant:** no I/O and no clock. The only outside thing is the operating system's randomness,
//! which signing and key generation need; its one home is `key.rs`.

pub mod base64url;
mod claims;
mod json;
mod jwk;
mod jws;
mod key;

#[cfg(test)]
mod threats;
#[cfg(test)]
mod vectors;

pub use claims::{Audience, Claims, NumericDate};
pub use json::{JsonError, MAX_DEPTH, parse_strict, parse_strict_within};
pub use jwk::{Jwk, JwkError, JwkSet};
pub use jws::{Expect, Expired, Header, MAX_KID, MAX_TOKEN, Verified, VerifyError, peek, verify};
pub use key::{Algorithm, KeyError, KeySet, SignError, SigningKey, UnknownAlgorithm, VerifyingKey};

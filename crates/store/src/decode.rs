//! From columns to types. What does not decode is `Corrupt`, never a default.

use std::fmt::{Display, Write as _};

use gatewright_oauth::{Challenge, ClientId, Digest, Scopes};

use crate::StoreError;

/// A row that fits no state we know.
pub(crate) fn corrupt(table: &'static str, column: &'static str, row: impl Display) -> StoreError {
    StoreError::Corrupt { table, column, row: row.to_string() }
}

/// A digest as it is named in a `Corrupt` error.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A digest column: 32 bytes.
pub(crate) fn digest(bytes: &[u8]) -> Option<Digest> {
    bytes.try_into().ok().map(Digest::from_bytes)
}

/// A PKCE challenge column: 32 bytes.
pub(crate) fn challenge(bytes: &[u8]) -> Option<Challenge> {
    bytes.try_into().ok().map(Challenge::from_bytes)
}

/// A scope column: as [`Scopes`] prints itself.
pub(crate) fn scopes(text: &str) -> Option<Scopes> {
    Scopes::parse(text).ok()
}

/// A client id column.
pub(crate) fn client_id(text: &str) -> Option<ClientId> {
    ClientId::parse(text).ok()
}

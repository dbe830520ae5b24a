//! `client_id` (RFC 6749 §2.2; OAuth Client ID Metadata Document §3).

use std::fmt;

use gatewright_jose::base64url;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::uri;
use crate::{Code, Decision, Refusal};

/// The longest opaque identifier, in bytes; imported ones included.
const MAX_OPAQUE: usize = 256;
/// The longest document URL, in bytes (CI-05): people may have to read it.
const MAX_DOCUMENT_URL: usize = 512;

/// The name a client is known by here. The two forms cannot be confused: a URL has a colon, an opaque one has not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientId {
    /// Given by this server or imported into it.
    Opaque(String),
    /// The `https` URL of a metadata document.
    Document(String),
}

impl ClientId {
    /// Syntax only. Opaque identifiers have 1 to 256 characters of `A-Z a-z 0-9 - . _ ~`; document URLs are
    /// canonical `https` URLs with a path and without fragment, user information and dot segments.
    pub fn parse(text: &str) -> Decision<Self> {
        if text.contains(':') {
            return match document_flaw(text) {
                None => Ok(Self::Document(text.to_owned())),
                Some(flaw) => Err(refuse(flaw)),
            };
        }
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        if !(1..=MAX_OPAQUE).contains(&text.len()) || !text.bytes().all(unreserved) {
            return Err(refuse("client_id has characters or a length that no client of this server has"));
        }
        Ok(Self::Opaque(text.to_owned()))
    }

    /// A new opaque identifier, `c_` and 128 random bits (DC-12).
    pub fn from_random(random: [u8; 16]) -> Self {
        Self::Opaque(format!("c_{}", base64url::encode(random)))
    }

    /// The host whose document describes the client, in ASCII; `None` for opaque identifiers.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Opaque(_) => None,
            Self::Document(url) => Some(uri::split(url)?.host_port()?.0),
        }
    }

    /// The identifier on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Opaque(text) | Self::Document(text) => text,
        }
    }
}

fn document_flaw(text: &str) -> Option<&'static str> {
    let Some(parts) = uri::split(text).filter(|parts| parts.scheme == "https") else {
        return Some("a client_id that is a URL must use https");
    };
    if text.len() > MAX_DOCUMENT_URL || uri::foreign_character(text).is_some() {
        return Some("a client_id that is a URL must be plain ASCII of at most 512 bytes");
    }
    if parts.fragment.is_some() || parts.host_port().is_none_or(|(host, _)| host.is_empty()) {
        return Some("a client_id that is a URL must have a host, and neither user information nor fragment");
    }
    if matches!(parts.path, "" | "/") {
        return Some("a client_id that is a URL must have a path");
    }
    if url::Url::parse(text).is_ok_and(|url| url.as_str() == text) {
        return None;
    }
    Some("a client_id that is a URL must be written in its canonical form")
}

fn refuse(description: &'static str) -> Refusal {
    Refusal::new(Code::InvalidClient, description)
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

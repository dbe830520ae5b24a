//! Passkeys (Web Authentication Level 3): what a browser sends when one is made or used, judged.
//!
//! 1. The server draws a challenge. It travels sealed in the page that asks for the passkey.
//! 2. [`register`] judges a new passkey (§7.1): made for this origin and site, in answer to this challenge, in the
//!    person's presence and verified by the authenticator. We ask for no attestation, so any statement about the
//!    authenticator's make is as good as none.
//! 3. [`authenticate`] judges a use (§7.2): the same, signed by the key of the registration, and with a counter that
//!    went up if the authenticator has one.
//!
//! That a challenge is used once is the caller's part: it takes a write.
//!
//! **The origin is compared whole** (LG-15): not by suffix, not by host, not without its port.

mod cbor;
mod cose;
#[cfg(test)]
mod tests;

use ring::digest;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use gatewright_jose::base64url;

use cbor::Value;
use cose::Key;

pub use cose::ALGORITHMS;

/// Bytes of a challenge.
pub const CHALLENGE: usize = 32;
/// Longest credential id there is (§4).
const CREDENTIAL_ID: usize = 1023;
/// Longest public key we store: an RSA key of 4096 bits has room.
const PUBLIC_KEY: usize = 1024;

/// What a browser sent is not what the specification says, or not what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

/// The site a passkey is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site<'a> {
    /// Scheme, host and port, as browsers write it.
    pub origin: &'a str,
    /// The relying party id: the host.
    pub id: &'a str,
}

impl<'a> Site<'a> {
    /// The site of an origin.
    pub fn of(origin: &'a str) -> Self {
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        // The host of an IPv6 address is in brackets, with colons inside.
        let end = match host.find(']') {
            Some(end) => end + 1,
            None => host.find(':').unwrap_or(host.len()),
        };
        Self { origin, id: host.get(..end).unwrap_or(host) }
    }
}

/// What one answer of a browser is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The site.
    pub site: Site<'a>,
    /// What was asked, once.
    pub challenge: &'a [u8; CHALLENGE],
}

/// A new passkey, as a browser sent it.
#[derive(Debug, Clone, Copy)]
pub struct Registration<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `attestationObject`.
    pub attestation: &'a [u8],
}

/// The use of a passkey, as a browser sent it.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// `signature`.
    pub signature: &'a [u8],
    /// `userHandle`, where one was sent.
    pub user_handle: Option<&'a [u8]>,
}

/// A passkey that may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// Its public key, in COSE.
    pub public_key: Vec<u8>,
    /// How often it was used, if the authenticator counts.
    pub sign_count: u32,
    /// Whether it can be on several devices.
    pub synced: Synced,
}

/// Whether a passkey can leave its authenticator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Synced {
    /// It is copied among the person's devices by whoever keeps it.
    Yes,
    /// It stays where it was made.
    No,
}

/// What is known about a passkey that is used.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Whose it is; what was given to the authenticator as the user handle.
    pub user: Uuid,
    /// The stored key.
    pub public_key: &'a [u8],
    /// The stored counter.
    pub sign_count: u32,
}

/// Step 2.
pub fn register(asked: &Asked<'_>, sent: &Registration<'_>) -> Result<Passkey, Malformed> {
    check_client_data(asked, sent.client_data, "webauthn.create")?;
    let object = cbor::only(sent.attestation)?;
    let data = object.named("authData").and_then(Value::bytes);
    let data = data.ok_or(Malformed("the attestation object has no authData"))?;
    let (seen, rest) = Seen::read(asked.site, data)?;
    if seen.flags & ATTESTED == 0 {
        return Err(Malformed("the authenticator data is about no credential"));
    }
    let (_make, rest) = rest.split_at_checked(16).ok_or(SHORT)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(SHORT)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (credential_id, rest) = rest.split_at_checked(length).ok_or(SHORT)?;
    if credential_id.is_empty() || length > CREDENTIAL_ID {
        return Err(Malformed("a credential id has 1 to 1023 bytes"));
    }
    let (key, behind) = cbor::first(rest)?;
    Key::of(&key)?;
    check_extensions(seen, behind)?;
    let public_key = rest.get(..rest.len() - behind.len()).unwrap_or_default();
    if public_key.len() > PUBLIC_KEY {
        return Err(Malformed("a public key of more than 1024 bytes"));
    }
    Ok(Passkey {
        credential_id: credential_id.to_vec(),
        public_key: public_key.to_vec(),
        sign_count: seen.sign_count,
        synced: if seen.flags & BACKUP_ELIGIBLE == 0 { Synced::No } else { Synced::Yes },
    })
}

/// Step 3: the counter to store.
pub fn authenticate(asked: &Asked<'_>, known: &Known<'_>, sent: &Assertion<'_>) -> Result<u32, Malformed> {
    check_client_data(asked, sent.client_data, "webauthn.get")?;
    if sent.user_handle.is_some_and(|handle| handle != known.user.as_bytes()) {
        return Err(Malformed("the passkey was made for another account"));
    }
    let (seen, rest) = Seen::read(asked.site, sent.authenticator_data)?;
    check_extensions(seen, rest)?;
    let mut message = sent.authenticator_data.to_vec();
    message.extend_from_slice(digest::digest(&digest::SHA256, sent.client_data).as_ref());
    if !Key::read(known.public_key)?.verifies(&message, sent.signature) {
        return Err(Malformed("the signature is not that of this passkey"));
    }
    let counts = seen.sign_count != 0 || known.sign_count != 0;
    if counts && seen.sign_count <= known.sign_count {
        return Err(Malformed("the passkey's counter did not go up: there may be a copy of it"));
    }
    Ok(seen.sign_count)
}

/// §5.8.1. Members we do not know are left alone, as the specification demands.
#[derive(Deserialize)]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: Option<bool>,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<String>,
}

fn check_client_data(asked: &Asked<'_>, json: &[u8], what: &str) -> Result<(), Malformed> {
    let data: ClientData =
        serde_json::from_slice(json).map_err(|_| Malformed("the client data is not what browsers write"))?;
    if data.r#type != what {
        return Err(Malformed("the answer is to another kind of question"));
    }
    let challenge = base64url::decode_array::<CHALLENGE>(&data.challenge)
        .map_err(|_| Malformed("the challenge is not one of ours"))?;
    if !bool::from(challenge.ct_eq(asked.challenge)) {
        return Err(Malformed("the answer is to another challenge"));
    }
    if data.origin != asked.site.origin || data.top_origin.is_some() || data.cross_origin == Some(true) {
        return Err(Malformed("the passkey was used on another site"));
    }
    Ok(())
}

/// The flags of the authenticator data (§6.1).
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENDED: u8 = 1 << 7;

const SHORT: Malformed = Malformed("the authenticator data ends too early");

/// What the authenticator saw.
#[derive(Clone, Copy)]
struct Seen {
    flags: u8,
    sign_count: u32,
}

impl Seen {
    /// The part that every authenticator data begins with, judged; and the rest.
    fn read<'a>(site: Site<'_>, data: &'a [u8]) -> Result<(Seen, &'a [u8]), Malformed> {
        let (site_hash, rest) = data.split_first_chunk::<32>().ok_or(SHORT)?;
        let (flags, rest) = rest.split_first().ok_or(SHORT)?;
        let (sign_count, rest) = rest.split_first_chunk::<4>().ok_or(SHORT)?;
        if digest::digest(&digest::SHA256, site.id.as_bytes()).as_ref() != site_hash {
            return Err(Malformed("the passkey is for another site"));
        }
        if flags & PRESENT == 0 {
            return Err(Malformed("nobody was there when the passkey was used"));
        }
        if flags & VERIFIED == 0 {
            return Err(Malformed("the authenticator did not find out who used the passkey"));
        }
        if flags & BACKED_UP != 0 && flags & BACKUP_ELIGIBLE == 0 {
            return Err(Malformed("a passkey that cannot be copied is said to be"));
        }
        Ok((Seen { flags: *flags, sign_count: u32::from_be_bytes(*sign_count) }, rest))
    }
}

/// Extensions nobody asked for may be there, and mean nothing; anything else may not.
fn check_extensions(seen: Seen, rest: &[u8]) -> Result<(), Malformed> {
    match (seen.flags & EXTENDED != 0, rest) {
        (false, []) => Ok(()),
        (true, [_, ..]) => cbor::only(rest).map(drop),
        (true, []) | (false, [_, ..]) => Err(Malformed("the authenticator data has another length")),
    }
}

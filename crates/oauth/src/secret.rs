//! Secrets: how they look, how they are compared and what is stored of them.
//!
//! 1. [`Token::from_random`] turns 32 random bytes into `gw_<tag>_<43 base64url>_<6 checksum>`. The prefix lets
//!    scanners find leaked ones; the checksum keeps mistyped ones away from the database.
//! 2. Only [`Token::digest`] is stored: `SHA-256("v1:<tag>:" ‖ text)`. The tag is part of the preimage, so one
//!    kind of secret is never accepted as another.
//! 3. [`Digest`]s are compared in constant time and print nothing.

use std::fmt;
use std::marker::PhantomData;

use gatewright_jose::base64url;
use ring::digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A value that must not be seen: no `Debug`, no `Clone`, no `Serialize`, cleared when dropped.
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes charge of `value`.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, for the one place that has to write or compare it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

/// What is stored of a secret, or what a set of facts is recognised by: a SHA-256 digest.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// `SHA-256("v1:<tag>:" ‖ bytes)`.
    pub fn of(tag: &str, bytes: &[u8]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [b"v1:", tag.as_bytes(), b":", bytes] {
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.finish().as_ref());
        Self(out)
    }

    /// From the stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in constant time; `==` does the same.
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        Self::ct_eq(self, other)
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

impl TryFrom<&[u8]> for Digest {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

/// For sealed values only; a digest never travels in the clear.
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        base64url::decode_array(String::deserialize(deserializer)?).map(Self).map_err(de::Error::custom)
    }
}

/// A kind of secret. One table per kind, one tag per kind.
pub trait Kind {
    /// The two letters in the text and in the digest's preimage.
    const TAG: &'static str;
}

/// An authorization code (RFC 6749 §4.1.2).
#[derive(Debug)]
pub enum AuthCode {}
/// The browser session's cookie.
#[derive(Debug)]
pub enum SessionId {}
/// A generated client secret (RFC 7591 §3.2.1).
#[derive(Debug)]
pub enum ClientSecret {}
/// The cookie a browser is recognised by before anyone signed in.
#[derive(Debug)]
pub enum BrowserId {}

/// What a client manages its own registration with (RFC 7592 §3).
#[derive(Debug)]
pub enum RegistrationToken {}
/// What lets its bearer register clients (RFC 7591 §3).
#[derive(Debug)]
pub enum InitialToken {}

/// What a program uses the admin API with.
#[derive(Debug)]
pub enum ApiKey {}

/// What somebody chooses a password with.
#[derive(Debug)]
pub enum PasswordLink {}

/// What a device redeems once somebody said yes (RFC 8628 §3.2).
#[derive(Debug)]
pub enum DeviceCode {}

impl Kind for DeviceCode {
    const TAG: &'static str = "dc";
}

/// What somebody shows with that an address is theirs.
#[derive(Debug)]
pub enum AddressLink {}

impl Kind for AddressLink {
    const TAG: &'static str = "al";
}
impl Kind for PasswordLink {
    const TAG: &'static str = "pl";
}
impl Kind for ApiKey {
    const TAG: &'static str = "ak";
}
impl Kind for AuthCode {
    const TAG: &'static str = "ac";
}
impl Kind for SessionId {
    const TAG: &'static str = "si";
}
impl Kind for ClientSecret {
    const TAG: &'static str = "cs";
}
impl Kind for BrowserId {
    const TAG: &'static str = "br";
}
impl Kind for RegistrationToken {
    const TAG: &'static str = "ra";
}
impl Kind for InitialToken {
    const TAG: &'static str = "it";
}

/// A 256-bit secret of one kind.
pub struct Token<K> {
    secret: Zeroizing<[u8; 32]>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Token<K> {
    /// Step 1. `random` comes from the server's entropy, or from a keyed derivation of equal strength.
    pub fn from_random(random: [u8; 32]) -> Self {
        Self { secret: Zeroizing::new(random), kind: PhantomData }
    }

    /// Parses the text form; `None` for anything that this server cannot have made.
    pub fn parse(text: &str) -> Option<Self> {
        let payload = Zeroizing::new(unframe(K::TAG, text)?);
        let secret = <[u8; 32]>::try_from(payload.as_slice()).ok()?;
        Some(Self::from_random(secret))
    }

    /// The text form, to be shown once.
    pub fn text(&self) -> Secret<String> {
        Secret::new(frame(K::TAG, self.secret.as_slice()))
    }

    /// What is stored.
    pub fn digest(&self) -> Digest {
        Self::digest_of(self.text().expose())
    }

    /// The digest a text of this kind would be stored under, well-formed or not: comparing takes the same time
    /// for both.
    pub fn digest_of(text: &str) -> Digest {
        Digest::of(K::TAG, text.as_bytes())
    }
}

/// `gw_<tag>_<base64url>_<crc>`: the checksum covers everything before it.
pub(crate) fn frame(tag: &str, payload: &[u8]) -> String {
    // Reserved at once, so that no half-written copy of the secret is left behind by growing.
    let mut text = String::with_capacity(5 + tag.len() + payload.len().div_ceil(3) * 4 + 6);
    text.push_str("gw_");
    text.push_str(tag);
    text.push('_');
    base64url::encode_into(payload, &mut text);
    let crc = crc32fast::hash(text.as_bytes());
    text.push('_');
    base64url::encode_into(crc.to_be_bytes(), &mut text);
    text
}

/// The payload of a well-formed text with this tag.
pub(crate) fn unframe(tag: &str, text: &str) -> Option<Vec<u8>> {
    const CHECKSUM: usize = 7;
    if text.len() > 256 || !text.is_ascii() {
        return None;
    }
    let (body, checksum) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
    let expected = crc32fast::hash(body.as_bytes()).to_be_bytes();
    if base64url::decode_array::<4>(checksum.strip_prefix('_')?).ok()? != expected {
        return None;
    }
    base64url::decode(body.strip_prefix("gw_")?.strip_prefix(tag)?.strip_prefix('_')?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_recognisable_and_reads_back() {
        let token = Token::<ClientSecret>::from_random([7; 32]);
        let text = token.text();
        let text = text.expose();
        assert!(text.starts_with("gw_cs_") && text.len() == 6 + 43 + 7);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
        let again = Token::<ClientSecret>::parse(text).unwrap();
        assert_eq!(again.digest(), token.digest());
        assert_eq!(Token::<ClientSecret>::digest_of(text), token.digest());
    }

    #[test]
    fn c2_one_kind_of_secret_is_never_another() {
        let code = Token::<AuthCode>::from_random([7; 32]);
        let session = Token::<SessionId>::from_random([7; 32]);
        assert!(Token::<SessionId>::parse(code.text().expose()).is_none());
        assert_ne!(code.digest(), session.digest());
        assert_ne!(Digest::of("ac", b"x"), Digest::of("si", b"x"));
    }

    #[test]
    fn a_changed_character_is_noticed_without_the_database() {
        let text = Token::<AuthCode>::from_random([0xA5; 32]).text();
        for index in 0..text.expose().len() {
            let mut bytes = text.expose().clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            assert!(Token::<AuthCode>::parse(&String::from_utf8(bytes).unwrap()).is_none(), "{index}");
        }
        for odd in ["", "gw_ac_", "gw_ac__", "_", "gw", "\u{1F600}\u{1F600}\u{1F600}", &"g".repeat(300)] {
            assert!(Token::<AuthCode>::parse(odd).is_none());
        }
    }

    #[test]
    fn digests_print_nothing_and_travel_sealed() {
        let digest = Digest::of("xx", b"secret");
        assert_eq!(format!("{digest:?}"), "Digest(..)");
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        assert_eq!(Digest::try_from(digest.as_bytes().as_slice()).unwrap(), digest);
        assert!(Digest::try_from(&[0_u8; 31][..]).is_err());
    }
}

//! Sealed values: AES-256-GCM with a purpose (threat rows KM-05 and KM-06).
//!
//! 1. For each message 24 random bytes are drawn. HKDF-SHA-256 turns the data key, that salt and the purpose into a
//!    key and a nonce used for this message only, so no counter has to be kept and no nonce can repeat.
//! 2. The associated data is format, purpose, key version and whatever the caller adds (table, column, row): a value
//!    moved to another place does not open.
//! 3. The result is `format ‖ key version ‖ salt ‖ ciphertext ‖ tag`. The version picks the key when it is opened,
//!    so keys rotate without a flag day.
//! 4. What travels through a browser has its expiry inside ([`Expiring`]).

use gatewright_jose::base64url;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Time;

/// Random bytes per message.
pub const RANDOM: usize = 24;

const FORMAT: u8 = 1;
const HEADER: usize = 1 + 4;
const KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;

/// What a sealed value is for. A value opens only for the purpose it was sealed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A pending authorization request in the browser.
    AuthorizationRequest,
    /// A person on their way to another provider and back.
    Upstream,
    /// The consent page's answer.
    ConsentTicket,
    /// What somebody who typed a device's code may answer.
    DeviceClaim,
    /// The answer about a device.
    DeviceTicket,
    /// The logout page's answer.
    LogoutTicket,
    /// What a form of the account pages belongs to.
    AccountTicket,
    /// A sign-in that lacks a factor.
    SignInStep,
    /// A factor that is being set up.
    Enrolment,
    /// The address of a logo that a page of ours shows.
    Logo,
    /// Where a list of the admin API goes on.
    AdminCursor,
    /// An answer of the admin API, kept for its `Idempotency-Key`.
    KeptAnswer,
    /// The secret of a webhook at rest.
    WebhookSecret,
    /// Up to where events were removed by policy.
    Pruned,
    /// Who somebody is to be, in a link that was mailed to them.
    SignUp,
    /// Whose mailed code a form asks for.
    EmailCode,
    /// A mail that waits to be sent.
    Mail,
    /// A private signing key at rest.
    SigningKey,
    /// A password hash at rest, sealed with the pepper.
    Password,
    /// The seed of an authenticator app at rest.
    TotpSeed,
    /// A data key, wrapped by the master key.
    DataKey,
    /// The known text that tells whether the master key is the right one.
    Canary,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationRequest => "authorization-request",
            Self::Upstream => "upstream",
            Self::ConsentTicket => "consent-ticket",
            Self::DeviceClaim => "device-claim",
            Self::DeviceTicket => "device-ticket",
            Self::LogoutTicket => "logout-ticket",
            Self::AccountTicket => "account-ticket",
            Self::SignInStep => "sign-in-step",
            Self::Enrolment => "enrolment",
            Self::Logo => "logo",
            Self::AdminCursor => "admin-cursor",
            Self::KeptAnswer => "kept-answer",
            Self::WebhookSecret => "webhook-secret",
            Self::Pruned => "pruned",
            Self::SignUp => "sign-up",
            Self::EmailCode => "email-code",
            Self::Mail => "mail",
            Self::SigningKey => "signing-key",
            Self::Password => "password",
            Self::TotpSeed => "totp-seed",
            Self::DataKey => "data-key",
            Self::Canary => "canary",
        }
    }
}

/// The value does not open: wrong key, purpose or place, or it was changed. Which one is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value does not open")]
pub struct Unsealed;

/// A 256-bit key and its number.
pub struct SealKey {
    version: u32,
    key: Zeroizing<[u8; KEY]>,
}

impl SealKey {
    /// Takes charge of a key. Numbers tell keys of one set apart.
    pub fn new(version: u32, key: [u8; KEY]) -> Self {
        Self { version, key: Zeroizing::new(key) }
    }

    /// The key's number.
    pub fn version(&self) -> u32 {
        self.version
    }
}

/// The key that seals, and those that still open.
pub struct SealKeys {
    current: SealKey,
    previous: Vec<SealKey>,
}

impl SealKeys {
    /// A set of keys with different numbers.
    pub fn new(current: SealKey, previous: Vec<SealKey>) -> Self {
        Self { current, previous }
    }

    /// The number of the key that seals.
    pub fn current_version(&self) -> u32 {
        self.current.version
    }

    /// Steps 1 to 3. `place` says where the value belongs; it is not stored. `random` must be fresh.
    ///
    /// # Panics
    /// When `plaintext` has more than 64 GiB.
    #[expect(clippy::expect_used, reason = "ring fails only beyond 64 GiB, and never for lengths fixed here")]
    pub fn seal(&self, purpose: Purpose, place: &[u8], plaintext: &[u8], random: &[u8; RANDOM]) -> Vec<u8> {
        let version = self.current.version.to_be_bytes();
        let (cipher, nonce) = derive(&self.current.key, purpose, random).expect("the lengths are fixed");
        let mut out = Vec::with_capacity(HEADER + RANDOM + plaintext.len() + TAG);
        out.push(FORMAT);
        out.extend_from_slice(&version);
        out.extend_from_slice(random);
        // Encrypted where it stays: no plaintext is left behind.
        let start = out.len();
        out.extend_from_slice(plaintext);
        let aad = associated(purpose, self.current.version, place);
        let tag = cipher
            .seal_in_place_separate_tag(nonce, Aad::from(aad), &mut out[start..])
            .expect("the plaintext is shorter than 64 GiB");
        out.extend_from_slice(tag.as_ref());
        out
    }

    /// Opens what [`SealKeys::seal`] made with the same purpose and place.
    pub fn open(
        &self,
        purpose: Purpose,
        place: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealed> {
        let (format, rest) = sealed.split_first().ok_or(Unsealed)?;
        let (version, rest) = rest.split_first_chunk::<4>().ok_or(Unsealed)?;
        let (random, ciphertext) = rest.split_first_chunk::<RANDOM>().ok_or(Unsealed)?;
        if *format != FORMAT {
            return Err(Unsealed);
        }
        let version = u32::from_be_bytes(*version);
        let mut keys = std::iter::once(&self.current).chain(&self.previous);
        let key = keys.find(|key| key.version == version).ok_or(Unsealed)?;
        let (cipher, nonce) = derive(&key.key, purpose, random).ok_or(Unsealed)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let aad = associated(purpose, version, place);
        let length = cipher.open_in_place(nonce, Aad::from(aad), &mut buffer).map_err(|_| Unsealed)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Step 4: seals a value with its expiry into base64url text.
    pub fn seal_value<T: Serialize>(
        &self,
        purpose: Purpose,
        value: &Expiring<T>,
        random: &[u8; RANDOM],
    ) -> Result<String, serde_json::Error> {
        let plaintext = Zeroizing::new(serde_json::to_vec(value)?);
        Ok(base64url::encode(self.seal(purpose, b"", &plaintext, random)))
    }

    /// Opens a text of [`SealKeys::seal_value`]. `Ok(None)` when it has expired.
    pub fn open_value<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        text: &str,
        now: Time,
    ) -> Result<Option<T>, Unsealed> {
        let sealed = base64url::decode(text).map_err(|_| Unsealed)?;
        let plaintext = self.open(purpose, b"", &sealed)?;
        let found: Expiring<T> = serde_json::from_slice(&plaintext).map_err(|_| Unsealed)?;
        Ok((now < found.until).then_some(found.value))
    }

    /// Whether a value was sealed with an older key and should be sealed again.
    pub fn is_stale(&self, sealed: &[u8]) -> bool {
        sealed.get(1..HEADER) != Some(&self.current.version.to_be_bytes()[..])
    }
}

/// A value and the moment from which it is not accepted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring<T> {
    /// The end.
    pub until: Time,
    /// The value.
    pub value: T,
}

/// Step 1: the key and nonce of one message.
fn derive(key: &[u8; KEY], purpose: Purpose, random: &[u8; RANDOM]) -> Option<(LessSafeKey, Nonce)> {
    let mut material = Zeroizing::new([0; KEY + NONCE]);
    Salt::new(HKDF_SHA256, random)
        .extract(key)
        .expand(&[b"gatewright seal v1 ", purpose.name().as_bytes()], Material)
        .and_then(|okm| okm.fill(material.as_mut_slice()))
        .ok()?;
    let (key, nonce) = material.split_first_chunk::<KEY>()?;
    let cipher = UnboundKey::new(&AES_256_GCM, key).ok()?;
    Some((LessSafeKey::new(cipher), Nonce::try_assume_unique_for_key(nonce).ok()?))
}

/// The length HKDF is asked for.
struct Material;

impl KeyType for Material {
    fn len(&self) -> usize {
        KEY + NONCE
    }
}

/// Step 2. The name ends with a zero byte and the version has a fixed length, so no two places read alike.
fn associated(purpose: Purpose, version: u32, place: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(64 + place.len());
    data.push(FORMAT);
    data.extend_from_slice(purpose.name().as_bytes());
    data.push(0);
    data.extend_from_slice(&version.to_be_bytes());
    data.extend_from_slice(place);
    data
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, TimeDelta};

    use super::*;

    const ALL: [Purpose; 13] = [
        Purpose::AuthorizationRequest,
        Purpose::Upstream,
        Purpose::ConsentTicket,
        Purpose::DeviceClaim,
        Purpose::DeviceTicket,
        Purpose::LogoutTicket,
        Purpose::SignInStep,
        Purpose::Enrolment,
        Purpose::SigningKey,
        Purpose::Password,
        Purpose::TotpSeed,
        Purpose::DataKey,
        Purpose::Canary,
    ];

    fn keys() -> SealKeys {
        SealKeys::new(SealKey::new(2, [2; KEY]), vec![SealKey::new(1, [1; KEY])])
    }

    #[test]
    fn a_sealed_value_opens_and_does_not_show() {
        let sealed =
            keys().seal(Purpose::SigningKey, b"signing_keys.sealed:kid", b"a private key", &[9; RANDOM]);
        assert_eq!(sealed.len(), HEADER + RANDOM + 13 + TAG);
        assert!(!sealed.windows(7).any(|bytes| bytes == b"private"));
        let opened = keys().open(Purpose::SigningKey, b"signing_keys.sealed:kid", &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"a private key");
        let empty = keys().seal(Purpose::Canary, b"", b"", &[9; RANDOM]);
        assert!(keys().open(Purpose::Canary, b"", &empty).unwrap().is_empty());
    }

    #[test]
    fn km_05_a_value_opens_for_no_other_purpose_place_or_key() {
        let sealed = keys().seal(Purpose::ConsentTicket, b"place", b"x", &[9; RANDOM]);
        for purpose in ALL.into_iter().filter(|purpose| *purpose != Purpose::ConsentTicket) {
            assert_eq!(keys().open(purpose, b"place", &sealed), Err(Unsealed), "{purpose:?}");
        }
        assert_eq!(keys().open(Purpose::ConsentTicket, b"elsewhere", &sealed), Err(Unsealed));
        let strangers = SealKeys::new(SealKey::new(2, [3; KEY]), Vec::new());
        assert_eq!(strangers.open(Purpose::ConsentTicket, b"place", &sealed), Err(Unsealed));
        let names: BTreeSet<_> = ALL.iter().map(|purpose| purpose.name()).collect();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn km_05_any_changed_byte_and_any_cut_is_noticed() {
        let sealed = keys().seal(Purpose::LogoutTicket, b"", b"value", &[9; RANDOM]);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(keys().open(Purpose::LogoutTicket, b"", &changed), Err(Unsealed), "{index}");
            assert_eq!(keys().open(Purpose::LogoutTicket, b"", &sealed[..index]), Err(Unsealed), "{index}");
        }
    }

    #[test]
    fn km_06_every_message_has_its_own_key_and_nonce() {
        let mut seen = BTreeSet::new();
        for n in 0..2_000_u32 {
            let mut random = [0; RANDOM];
            random[..4].copy_from_slice(&n.to_be_bytes());
            let sealed = keys().seal(Purpose::Canary, b"", &[0; 16], &random);
            assert!(seen.insert(sealed[HEADER + RANDOM..].to_vec()));
        }
        // The same salt under another purpose is another key, too.
        let random = [0; RANDOM];
        let other = keys().seal(Purpose::LogoutTicket, b"", &[0; 16], &random);
        assert!(!seen.contains(&other[HEADER + RANDOM..]));
    }

    #[test]
    fn keys_rotate_without_a_flag_day() {
        let old = SealKeys::new(SealKey::new(1, [1; KEY]), Vec::new());
        let sealed = old.seal(Purpose::Password, b"row", b"hash", &[9; RANDOM]);
        assert!(!old.is_stale(&sealed) && keys().is_stale(&sealed));
        assert_eq!(keys().open(Purpose::Password, b"row", &sealed).unwrap().as_slice(), b"hash");
        let newer = keys().seal(Purpose::Password, b"row", b"hash", &[9; RANDOM]);
        assert_eq!(old.open(Purpose::Password, b"row", &newer), Err(Unsealed));
    }

    #[test]
    fn what_travels_expires() {
        let now = DateTime::UNIX_EPOCH;
        let value = Expiring { until: now + TimeDelta::minutes(30), value: "request".to_owned() };
        let text = keys().seal_value(Purpose::AuthorizationRequest, &value, &[9; RANDOM]).unwrap();
        let open = |now| keys().open_value::<String>(Purpose::AuthorizationRequest, &text, now);
        assert_eq!(open(now).unwrap().as_deref(), Some("request"));
        assert_eq!(open(now + TimeDelta::minutes(30)), Ok(None));
        assert_eq!(keys().open_value::<String>(Purpose::ConsentTicket, &text, now), Err(Unsealed));
        assert_eq!(keys().open_value::<u32>(Purpose::AuthorizationRequest, &text, now), Err(Unsealed));
        assert_eq!(keys().open_value::<String>(Purpose::AuthorizationRequest, "?", now), Err(Unsealed));
    }
}

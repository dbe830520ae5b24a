//! Symmetric keys, one per purpose, wrapped by the master key in use (see `docs/secrets.md` and [`master_keys`]).
//!
//! 1. For each [`Use`] there is one current data key and any number of older ones, wrapped by the
//!    master key and bound to purpose and version. Several replicas starting at once agree: the first
//!    insert wins and everybody reads it back.
//! 2. A key that is missing is made under the master key that is in use at that moment. When that one is being
//!    replaced, the insert is lost and everything is read again.
//! 3. No key is derived from another purpose's key, so one feature cannot forge for another (KM-05).

use gatewright_oauth::refresh::RefreshToken;
use gatewright_oauth::seal::{Expiring, Purpose, SealKey, SealKeys};
use gatewright_oauth::{Digest, Time, UserCode};
use gatewright_store::data_keys::{self, DataKey, NewDataKey};
use gatewright_store::{Store, Write};
use ring::hmac;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::app::{Actor, App};
use crate::clock::Entropy;
use crate::error::{Fault, Outcome};
use crate::master_keys::{self, MasterKey, MasterKeys, random};
use crate::start::Machine;

/// The version of the first key of every purpose.
const FIRST: u32 = 1;
/// How often missing keys are made and looked for: once, and again each time the master key is replaced meanwhile.
const TURNS: usize = 4;

/// What a sealing key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Seals private signing keys.
    Signing,
    /// Seals password hashes.
    Pepper,
    /// Seals requests that travel through the browser.
    Browser,
    /// Seals answers of the admin API that are kept for a while.
    Admin,
    /// Seals the secrets of webhooks.
    Webhooks,
    /// Seals mails that wait.
    Mail,
    /// Seals the seeds of authenticator apps.
    Totp,
}

/// The names under which the keys are stored. Contracts: a renamed purpose is a lost key.
const SIGNING: &str = "signing";
const PEPPER: &str = "pepper";
const BROWSER: &str = "browser";
const REFRESH: &str = "refresh";
const CODE: &str = "code";
const ADMIN: &str = "admin";
const WEBHOOK: &str = "webhook";
const TRIES: &str = "tries";
const DEVICE: &str = "device";
const MAIL: &str = "mail";
const OTP: &str = "otp";
const TOTP: &str = "totp";
const CHALLENGE: &str = "challenge";
const PURPOSES: [&str; 13] =
    [SIGNING, PEPPER, BROWSER, REFRESH, CODE, ADMIN, WEBHOOK, TRIES, DEVICE, MAIL, OTP, TOTP, CHALLENGE];

/// The unwrapped keys of this server.
pub struct DataKeys {
    signing: SealKeys,
    pepper: SealKeys,
    browser: SealKeys,
    admin: SealKeys,
    webhook: SealKeys,
    mail: SealKeys,
    totp: SealKeys,
    /// Newest first; older ones still verify.
    refresh: Vec<Zeroizing<[u8; 32]>>,
    code: hmac::Key,
    tries: hmac::Key,
    device: hmac::Key,
    otp: hmac::Key,
    challenge: hmac::Key,
}

impl DataKeys {
    /// Steps 1 and 2.
    pub async fn open(store: &Store, keys: &MasterKeys, machine: &Machine) -> Outcome<DataKeys> {
        for _ in 0..TURNS {
            let wrapping = master_keys::in_use(store, keys, machine).await?;
            let stored = data_keys::list(store).await?;
            let mut missing =
                PURPOSES.iter().filter(|purpose| stored.iter().all(|key| key.purpose != **purpose));
            let Some(first) = missing.next() else { return DataKeys::unwrap(keys, &stored) };
            for purpose in std::iter::once(first).chain(missing) {
                make(store, (wrapping, purpose), machine).await?;
            }
        }
        Err(Fault::unavailable("the master key was replaced again and again while data keys were made")
            .into())
    }

    fn unwrap(keys: &MasterKeys, stored: &[DataKey]) -> Outcome<DataKeys> {
        let all = |purpose: &str| -> Outcome<Vec<(u32, Zeroizing<[u8; 32]>)>> {
            let rows = stored.iter().filter(|row| row.purpose == purpose).rev();
            rows.map(|row| Ok((row.version, keys.unwrap(row)?))).collect()
        };
        let sealing = |purpose: &str| -> Outcome<SealKeys> {
            let mut keys = all(purpose)?.into_iter().map(|(version, key)| SealKey::new(version, *key));
            let current = keys.next().ok_or_else(|| Fault::internal(format!("there is no {purpose} key")))?;
            Ok(SealKeys::new(current, keys.collect()))
        };
        let making = |purpose: &str| -> Outcome<hmac::Key> {
            let keys = all(purpose)?;
            let (_, key) =
                keys.first().ok_or_else(|| Fault::internal(format!("there is no {purpose} key")))?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
        };
        Ok(DataKeys {
            signing: sealing(SIGNING)?,
            pepper: sealing(PEPPER)?,
            browser: sealing(BROWSER)?,
            admin: sealing(ADMIN)?,
            webhook: sealing(WEBHOOK)?,
            mail: sealing(MAIL)?,
            totp: sealing(TOTP)?,
            refresh: all(REFRESH)?.into_iter().map(|(_, key)| key).collect(),
            code: making(CODE)?,
            tries: making(TRIES)?,
            device: making(DEVICE)?,
            otp: making(OTP)?,
            challenge: making(CHALLENGE)?,
        })
    }

    fn of(&self, used: Use) -> &SealKeys {
        match used {
            Use::Signing => &self.signing,
            Use::Pepper => &self.pepper,
            Use::Browser => &self.browser,
            Use::Admin => &self.admin,
            Use::Webhooks => &self.webhook,
            Use::Mail => &self.mail,
            Use::Totp => &self.totp,
        }
    }

    /// Seals bytes for one place: the same bytes in another row do not open.
    pub fn seal_bytes(
        &self,
        entropy: &dyn Entropy,
        (used, purpose): (Use, Purpose),
        place: &[u8],
        plaintext: &[u8],
    ) -> Vec<u8> {
        self.of(used).seal(purpose, place, plaintext, &random(entropy))
    }

    /// Opens what [`seal_bytes`](Self::seal_bytes) made for the same place.
    pub fn unseal(
        &self,
        (used, purpose): (Use, Purpose),
        place: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.of(used).open(purpose, place, sealed).ok()
    }

    /// Seals a value that travels through the browser until `until`.
    pub fn seal<T: Serialize>(&self, app: &App, purpose: Purpose, value: &Expiring<T>) -> Outcome<String> {
        let random = random(app.entropy.as_ref());
        Ok(self.browser.seal_value(purpose, value, &random).map_err(Fault::internal)?)
    }

    /// Opens what [`seal`](Self::seal) made. `None` when it is not ours, for another purpose, or expired.
    pub fn open_value<T: DeserializeOwned>(&self, purpose: Purpose, text: &str, now: Time) -> Option<T> {
        self.browser.open_value(purpose, text, now).ok().flatten()
    }

    /// The secret of a transaction's code: the same for the same transaction.
    pub fn code_secret(&self, transaction: Uuid) -> [u8; 32] {
        derive(&self.code, transaction.as_bytes())
    }

    /// What a passkey is asked to sign on the page that carries this sealed text: the same for the same text.
    pub fn challenge(&self, sealed: &str) -> [u8; 32] {
        derive(&self.challenge, sealed.as_bytes())
    }

    /// What makes names of those who try to sign in that tell nothing about them.
    pub fn tries(&self) -> hmac::Key {
        self.tries.clone()
    }

    /// What a device's user code is stored as: whoever has the database has not got the codes (there are few enough to
    /// try them all). Always by the newest key: no code lives longer than ten minutes.
    pub fn user_code(&self, code: &UserCode) -> Digest {
        let mut context = hmac::Context::with_key(&self.device);
        context.update(b"user-code:");
        context.update(code.as_bytes());
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        Digest::from_bytes(digest)
    }

    /// What is stored of a mailed code: it is too short for a digest that anybody could make.
    pub fn code_tag(&self, ticket: Uuid, code: &str) -> Digest {
        let mut context = hmac::Context::with_key(&self.otp);
        context.update(b"mailed code:");
        context.update(ticket.as_bytes());
        context.update(code.as_bytes());
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        Digest::from_bytes(tag)
    }

    /// The refresh token of a grant's generation, by the newest key.
    pub fn refresh_token(&self, salt: &[u8], grant: Uuid, generation: u64) -> Option<RefreshToken> {
        self.refresh.first().map(|key| RefreshToken::derive(key, salt, grant, generation))
    }

    /// Whether a presented refresh token was derived by us from this salt.
    pub fn is_genuine(&self, presented: &RefreshToken, salt: &[u8]) -> bool {
        self.refresh.iter().any(|key| {
            presented.matches(&RefreshToken::derive(key, salt, presented.grant(), presented.generation()))
        })
    }
}

fn derive(key: &hmac::Key, from: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(key, from);
    let mut derived = [0; 32];
    derived.copy_from_slice(tag.as_ref());
    derived
}

/// Makes the first key of a purpose.
async fn make(store: &Store, (wrapping, purpose): (&MasterKey, &str), machine: &Machine) -> Outcome<()> {
    let mut fresh = Zeroizing::new([0; 32]);
    machine.entropy.fill(fresh.as_mut_slice());
    let wrapped = wrapping.wrap(machine.entropy.as_ref(), (purpose, FIRST), &fresh);
    let key = NewDataKey { purpose, version: FIRST, master_key: wrapping.fingerprint(), wrapped: &wrapped };
    // Lost when another replica was faster, whose key is the key; or when the master key was replaced just now.
    let (Write::Applied(()) | Write::Lost) =
        data_keys::insert(store, &key, &master_keys::trace(machine, &Actor::System)).await?;
    Ok(())
}

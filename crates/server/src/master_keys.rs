//! Master keys: which of them wraps the data keys, and putting another one in its place (`docs/secrets.md`,
//! decision 0030).
//!
//! 1. A server knows the key of `master_key_file` and those of `previous_master_key_files`. Which one is *in use* is
//!    not its business: the database says so, and all data keys are wrapped by that one. So replicas with different
//!    lists never disagree about what to write; one that does not know the key in use does not start (KM-07).
//! 2. The store knows fingerprints and a canary sealed with each key: the wrong key, or a file that was changed, is
//!    noticed before anything is written.
//! 3. [`rotate`] wraps all data keys again, by the key of `master_key_file`, in one transaction. Data keys stay the
//!    same, so servers that run do not notice, and nothing that was sealed is sealed again.

use gatewright_jose::base64url;
use gatewright_oauth::seal::{Purpose, RANDOM, SealKey, SealKeys};
use gatewright_store::data_keys::{self, DataKey, Rewrapped, Rotation};
use gatewright_store::{Store, Trace, Write, master_keys};
use ring::digest;
use zeroize::Zeroizing;

use crate::app::{Actor, identifier};
use crate::clock::Entropy;
use crate::error::{Fault, Outcome};
use crate::start::Machine;

/// The known text that tells whether a master key is the right one.
const CANARY: &[u8] = b"gatewright master key canary v1";
/// Master keys have fingerprints and need no numbers.
const ONLY: u32 = 1;

/// The name of a master key: a digest that tells nothing about it.
pub fn fingerprint(master_key: &[u8; 32]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"gatewright master key fingerprint v1");
    context.update(master_key);
    base64url::encode(&context.finish().as_ref()[..12])
}

/// One master key.
pub struct MasterKey {
    fingerprint: String,
    wrapping: SealKeys,
}

impl MasterKey {
    fn new(bytes: &Zeroizing<[u8; 32]>) -> MasterKey {
        let wrapping = SealKeys::new(SealKey::new(ONLY, **bytes), Vec::new());
        MasterKey { fingerprint: fingerprint(bytes), wrapping }
    }

    /// What it is called.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Wraps a data key: it opens only as the key it was stored as.
    pub(crate) fn wrap(
        &self,
        entropy: &dyn Entropy,
        (purpose, version): (&str, u32),
        key: &[u8; 32],
    ) -> Vec<u8> {
        self.wrapping.seal(Purpose::DataKey, &place(purpose, version), key, &random(entropy))
    }

    fn unwrap(&self, (purpose, version): (&str, u32), wrapped: &[u8]) -> Outcome<Zeroizing<[u8; 32]>> {
        let opened = self.wrapping.open(Purpose::DataKey, &place(purpose, version), wrapped).ok();
        let key = opened.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        key.map(Zeroizing::new).ok_or_else(|| {
            let said = format!(
                "the data key {purpose} {version} does not open with the master key {} that wraps it: its row was \
                 changed\n  restore the database from a backup",
                self.fingerprint
            );
            Fault::internal(said).into()
        })
    }

    fn canary(&self, entropy: &dyn Entropy) -> Vec<u8> {
        self.wrapping.seal(Purpose::Canary, self.fingerprint.as_bytes(), CANARY, &random(entropy))
    }

    fn knows(&self, canary: &[u8]) -> bool {
        let opened = self.wrapping.open(Purpose::Canary, self.fingerprint.as_bytes(), canary);
        opened.is_ok_and(|text| text.as_slice() == CANARY)
    }
}

/// The master keys a server knows.
pub struct MasterKeys {
    current: MasterKey,
    previous: Vec<MasterKey>,
}

impl MasterKeys {
    /// The one that is to be in use, and others that may still be.
    pub fn new<'a>(
        current: &Zeroizing<[u8; 32]>,
        previous: impl IntoIterator<Item = &'a Zeroizing<[u8; 32]>>,
    ) -> MasterKeys {
        let previous = previous.into_iter().map(MasterKey::new).collect();
        MasterKeys { current: MasterKey::new(current), previous }
    }

    /// One and no other.
    pub fn only(key: &Zeroizing<[u8; 32]>) -> MasterKeys {
        MasterKeys::new(key, [])
    }

    /// The one that is to be in use.
    pub fn current(&self) -> &MasterKey {
        &self.current
    }

    /// What they are called, the one that is to be in use first.
    pub fn fingerprints(&self) -> Vec<String> {
        self.all().map(|key| key.fingerprint.clone()).collect()
    }

    fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    fn find(&self, fingerprint: &str) -> Option<&MasterKey> {
        self.all().find(|key| key.fingerprint == fingerprint)
    }

    fn names(&self) -> String {
        self.fingerprints().join(", ")
    }

    /// Unwraps a data key by whichever key wraps it.
    pub(crate) fn unwrap(&self, row: &DataKey) -> Outcome<Zeroizing<[u8; 32]>> {
        let key = self.find(&row.master_key).ok_or_else(|| {
            Fault::internal(format!(
                "the data key {} {} is wrapped by the master key {}, and this server has {}\n  {}",
                row.purpose,
                row.version,
                row.master_key,
                self.names(),
                where_to_put(&row.master_key)
            ))
        })?;
        key.unwrap((&row.purpose, row.version), &row.wrapped)
    }
}

/// Stops before the tables of an older release are changed: whoever lacks the key in use is at the wrong database, or
/// at the right one with the wrong file.
pub(crate) async fn check(store: &Store, keys: &MasterKeys) -> Outcome<()> {
    let wrapped_by = data_keys::wrapped_by(store).await?;
    match wrapped_by.iter().find(|needed| keys.find(needed).is_none()) {
        Some(needed) => Err(unknown(keys, (needed, &[])).into()),
        None => Ok(()),
    }
}

/// The key in use, whose canary opens. On the first start that is the one of `master_key_file`.
pub(crate) async fn in_use<'a>(
    store: &Store,
    keys: &'a MasterKeys,
    machine: &Machine,
) -> Outcome<&'a MasterKey> {
    let known = master_keys::list(store).await?;
    if !known.is_empty() {
        return choose(keys, &known);
    }
    let first = &keys.current;
    let canary = first.canary(machine.entropy.as_ref());
    // Lost when another replica was first; its key is read below like any other.
    let (Write::Applied(()) | Write::Lost) =
        master_keys::insert(store, &first.fingerprint, &canary, &trace(machine, &Actor::System)).await?;
    choose(keys, &master_keys::list(store).await?)
}

fn choose<'a>(keys: &'a MasterKeys, known: &[master_keys::MasterKey]) -> Outcome<&'a MasterKey> {
    let needed = known.iter().find(|key| key.retired_at.is_none()).ok_or_else(|| {
        Fault::internal("no master key is in use in this database\n  restore it from a backup")
    })?;
    let key = keys.find(&needed.fingerprint).ok_or_else(|| unknown(keys, (&needed.fingerprint, known)))?;
    if key.knows(&needed.canary) {
        return Ok(key);
    }
    Err(Fault::internal(format!(
        "what the database keeps to recognise the master key {} was changed\n  restore the database from a backup",
        key.fingerprint
    ))
    .into())
}

/// Says which file is missing, to somebody who was woken up by it.
fn unknown(keys: &MasterKeys, (needed, known): (&str, &[master_keys::MasterKey])) -> Fault {
    let replaced = known
        .iter()
        .find(|key| keys.find(&key.fingerprint).is_some())
        .and_then(|key| Some((&key.fingerprint, key.retired_at?)))
        .map(|(was, at)| format!(" ({was} was replaced on {})", at.format("%Y-%m-%d at %H:%M UTC")))
        .unwrap_or_default();
    Fault::internal(format!(
        "this database needs the master key {needed}, and this server has {}{replaced}; nothing was written\n  {}",
        keys.names(),
        where_to_put(needed)
    ))
}

fn where_to_put(needed: &str) -> String {
    format!(
        "master_key_file or previous_master_key_files must name the file with the fingerprint {needed}: copy it from a \
         replica that runs, or from your backup\n  gatewright master-key show FILE prints the fingerprint of a file"
    )
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// The key of `master_key_file` is in use now.
    Now {
        /// Fingerprint of the one before.
        from: String,
        /// Its fingerprint.
        to: String,
        /// How many data keys it wraps.
        keys: usize,
    },
    /// It was before.
    Already {
        /// Its fingerprint.
        to: String,
    },
    /// Nothing: another key was put in use, or data keys were made, at the same moment.
    Lost,
}

/// Puts the key of `master_key_file` in the place of the one in use: all data keys are wrapped by it, or none. Of
/// several that do so at once one does it.
pub async fn rotate(
    store: &Store,
    keys: &MasterKeys,
    (machine, actor): (&Machine, &Actor),
) -> Outcome<Rotated> {
    let known = master_keys::list(store).await?;
    if known.is_empty() {
        let said = "this database has no master key yet, so there is nothing to replace\n  gatewright serve takes the \
                    one of master_key_file into use at its first start";
        return Err(Fault::internal(said).into());
    }
    let (from, to) = (choose(keys, &known)?, &keys.current);
    let stored = data_keys::list(store).await?;
    let already = || Rotated::Already { to: to.fingerprint.clone() };
    if from.fingerprint == to.fingerprint && stored.iter().all(|row| row.master_key == to.fingerprint) {
        return Ok(already());
    }
    let entropy = machine.entropy.as_ref();
    let mut again = Vec::new();
    for row in &stored {
        let name = (row.purpose.as_str(), row.version);
        let key = keys.unwrap(row)?;
        let wrapped = to.wrap(entropy, name, &key);
        // Before the only copy is overwritten: what is written opens to what was there.
        if *to.unwrap(name, &wrapped)? != *key {
            return Err(Fault::internal("a data key does not open to what was wrapped").into());
        }
        again.push(Rewrapped { purpose: row.purpose.clone(), version: row.version, wrapped });
    }
    let canary = to.canary(entropy);
    let rotation = Rotation { from: &from.fingerprint, to: &to.fingerprint, canary: &canary, keys: &again };
    match data_keys::rewrap(store, &rotation, &trace(machine, actor)).await? {
        Write::Applied(()) => {
            Ok(Rotated::Now { from: from.fingerprint.clone(), to: to.fingerprint.clone(), keys: again.len() })
        }
        Write::Lost if choose(keys, &master_keys::list(store).await?)?.fingerprint == to.fingerprint => {
            Ok(already())
        }
        Write::Lost => Ok(Rotated::Lost),
    }
}

/// A wrapped key opens only as the key it was stored as.
fn place(purpose: &str, version: u32) -> Vec<u8> {
    format!("data_keys:{purpose}:{version}").into_bytes()
}

/// What every sealed value needs.
pub(crate) fn random(entropy: &dyn Entropy) -> [u8; RANDOM] {
    let mut bytes = [0; RANDOM];
    entropy.fill(&mut bytes);
    bytes
}

/// What is done before there is an `App`.
pub(crate) fn trace(machine: &Machine, actor: &Actor) -> Trace {
    let now = machine.clock.now();
    Trace {
        event: identifier(now, machine.entropy.as_ref()),
        at: now,
        request: identifier(now, machine.entropy.as_ref()),
        peer: "local".to_owned(),
        actor: actor.to_string(),
    }
}

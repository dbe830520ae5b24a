//! From the store's rows to a [`Ring`], and the first keys of a new server.

use gatewright_jose::{Algorithm, JwkSet, SigningKey};
use gatewright_oauth::seal::Purpose;
use gatewright_store::Write;
use gatewright_store::signing_keys::{self, KeyState, NewKey, StoredKey};

use super::Ring;
use crate::app::{App, Moment};
use crate::clock::Entropy;
use crate::data_keys::{DataKeys, Use};
use crate::error::{Fault, Outcome};

/// The algorithms every server signs with from its first start.
pub const ALGORITHMS: [Algorithm; 2] = [Algorithm::Es256, Algorithm::Rs256];

/// Reads the store and replaces the ring. Runs every second in every process, so a key that was
/// published, promoted or revoked elsewhere is known here within that time.
pub async fn reload(app: App) -> Outcome<()> {
    let stored = signing_keys::list(&app.store).await?;
    app.keys.replace(ring(&app.data_keys, &stored)?);
    Ok(())
}

/// Builds the ring: `active` keys sign; `next`, `active` and `retired` are published.
pub fn ring(data_keys: &DataKeys, stored: &[StoredKey]) -> Outcome<Ring> {
    let mut active = Vec::new();
    let mut published = JwkSet { keys: Vec::new() };
    for row in stored {
        match row.state {
            KeyState::Revoked => continue,
            KeyState::Next | KeyState::Active | KeyState::Retired => published.keys.push(row.public.clone()),
        }
        if row.state == KeyState::Active {
            active.push((unseal(data_keys, row)?, row.activated_at.unwrap_or(row.created_at)));
        }
    }
    Ring::new(active, &published)
}

fn unseal(data_keys: &DataKeys, row: &StoredKey) -> Outcome<SigningKey> {
    let pkcs8 = data_keys
        .unseal((Use::Signing, Purpose::SigningKey), row.kid.as_bytes(), &row.sealed)
        .ok_or_else(|| Fault::internal(format!("signing key {} cannot be unsealed", row.kid)))?;
    Ok(SigningKey::from_pkcs8(row.algorithm, &pkcs8).map_err(Fault::internal)?)
}

/// A new key pair, sealed for its row.
pub struct Made {
    key: SigningKey,
    sealed: Vec<u8>,
}

impl Made {
    /// Generates a pair. RSA takes a moment, so it runs off the request threads.
    pub async fn new(data_keys: &DataKeys, entropy: &dyn Entropy, algorithm: Algorithm) -> Outcome<Made> {
        let (key, pkcs8) = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm))
            .await
            .map_err(Fault::internal)?
            .map_err(Fault::internal)?;
        let sealed =
            data_keys.seal_bytes(entropy, (Use::Signing, Purpose::SigningKey), key.kid().as_bytes(), &pkcs8);
        Ok(Made { key, sealed })
    }

    /// The row to be stored.
    pub fn row(&self) -> NewKey<'_> {
        NewKey {
            kid: self.key.kid(),
            algorithm: self.key.algorithm(),
            sealed: &self.sealed,
            public: self.key.public_jwk(),
        }
    }
}

/// Makes the first key of each algorithm that has none. Of several replicas starting at once one wins.
pub async fn ensure(app: &App, moment: &Moment) -> Outcome<()> {
    let stored = signing_keys::list(&app.store).await?;
    for algorithm in ALGORITHMS {
        if stored.iter().any(|row| row.algorithm == algorithm && row.state == KeyState::Active) {
            continue;
        }
        let made = Made::new(&app.data_keys, app.entropy.as_ref(), algorithm).await?;
        match signing_keys::insert_active(&app.store, &made.row(), &moment.trace(app)).await? {
            // Another replica was faster; its key is read with the others.
            Write::Applied(()) | Write::Lost => {}
        }
    }
    reload(app.clone()).await
}

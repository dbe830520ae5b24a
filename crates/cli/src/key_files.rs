//! The master key files of a configuration: the one of `master_key_file`, and those of `previous_master_key_files`.
//!
//! 1. Every file that is named has to be there. A replica whose copy was forgotten says so when it is given its
//!    configuration, and not when the key is needed.
//! 2. The first start makes the file of `master_key_file`. Where others are named this is no first start: then a missing
//!    file is one that was not copied, and another in its place would open nothing.

use gatewright_server::Config;
use gatewright_server::clock::Entropy;
use gatewright_server::master_keys::MasterKeys;

use crate::master_key::{self, Key, MasterKey, MasterKeyError};

/// What is in them.
#[derive(Debug)]
pub struct KeyFiles {
    /// The key of `master_key_file`, new or not.
    pub current: MasterKey,
    /// The others, in the order of the configuration.
    pub previous: Vec<Key>,
}

impl KeyFiles {
    /// Reads them. On the first start `master_key_file` is made.
    pub fn open(config: &Config, entropy: &dyn Entropy) -> Result<KeyFiles, MasterKeyError> {
        if config.previous_master_key_files.is_empty() {
            let current = MasterKey::open(&config.master_key_file, entropy)?;
            return Ok(KeyFiles { current, previous: Vec::new() });
        }
        KeyFiles::read(config)
    }

    /// Reads them. Makes none.
    pub fn read(config: &Config) -> Result<KeyFiles, MasterKeyError> {
        let previous = config.previous_master_key_files.iter().map(|file| {
            master_key::read(file).map_err(|error| match error {
                MasterKeyError::Missing { path } => MasterKeyError::MissingPrevious { path },
                other => other,
            })
        });
        let previous = previous.collect::<Result<Vec<Key>, MasterKeyError>>()?;
        let current = master_key::read(&config.master_key_file).map_err(|error| match error {
            MasterKeyError::Missing { path } if !previous.is_empty() => MasterKeyError::MissingNext { path },
            other => other,
        })?;
        Ok(KeyFiles { current: MasterKey::Found(current), previous })
    }

    /// For [`gatewright_server::start()`].
    pub fn keys(&self) -> MasterKeys {
        MasterKeys::new(self.current.key().bytes(), self.previous.iter().map(Key::bytes))
    }
}

#[cfg(test)]
mod tests {
    use gatewright_server::clock::SystemEntropy;

    use super::*;

    #[test]
    fn km_07_no_key_is_made_where_one_was_not_copied() {
        let place = tempfile::tempdir().unwrap();
        let mut config = Config::dev("http://localhost:1", place.path());
        let entropy = SystemEntropy::new();
        let first = KeyFiles::open(&config, &entropy).unwrap();
        assert!(matches!(first.current, MasterKey::Created(_)));

        let before = config.master_key_file.clone();
        config.master_key_file = place.path().join("next.key");
        config.previous_master_key_files = vec![before.clone()];
        for missing in [KeyFiles::open(&config, &entropy), KeyFiles::read(&config)] {
            assert!(matches!(missing.unwrap_err(), MasterKeyError::MissingNext { .. }));
        }
        assert!(!config.master_key_file.exists());

        let made = master_key::make(&config.master_key_file, &entropy).unwrap();
        let both = KeyFiles::open(&config, &entropy).unwrap();
        let named = both.keys().fingerprints();
        assert_eq!(named, [made.fingerprint(), first.current.key().fingerprint()]);

        std::fs::remove_file(before).unwrap();
        let error = KeyFiles::open(&config, &entropy).unwrap_err();
        assert!(matches!(error, MasterKeyError::MissingPrevious { .. }), "{error}");
        assert!(error.to_string().contains("previous_master_key_files"), "{error}");
    }
}

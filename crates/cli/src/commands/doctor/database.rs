//! The database, and what is in it: the server's own checks, and whether the master key file is the one that belongs to it.

use gatewright_server::Config;
use gatewright_server::checks::Check;
use gatewright_server::checks::database::{self as checks, Tables};
use gatewright_server::clock::SystemClock;
use gatewright_store::signing_keys::KeyState;
use gatewright_store::{ConnectOptions, Store, Time, master_keys};

use super::report::{self, Report};
use crate::failure::Failure;
use crate::master_key;

/// Looks, and returns the ids of the keys that should be published if they could be read.
pub(super) async fn look(
    (config, options): (&Config, &ConnectOptions),
    now: Time,
    report: &mut Report,
) -> Option<Vec<String>> {
    let store = match Store::connect(options).await {
        Ok(store) => store,
        Err(error) => {
            report.add(report::failure("database", &Failure::from(error)));
            return None;
        }
    };
    let mut found = Vec::new();
    let seen = look_closer(&store, (config, now), &mut found).await;
    store.close().await;
    for check in found {
        report.add(check);
    }
    match seen {
        Ok(published) => published,
        Err(failure) => {
            report.add(report::failure("database", &failure));
            None
        }
    }
}

async fn look_closer(
    store: &Store,
    (config, now): (&Config, Time),
    found: &mut Vec<Check>,
) -> Result<Option<Vec<String>>, Failure> {
    match checks::reach(store, &SystemClock, found).await? {
        Tables::Ours => {}
        Tables::Others => return Ok(None),
    }
    found.extend(canary(store, config).await?);
    let keys = checks::inside(store, (config, now), found).await?;
    let published = keys.into_iter().filter(|key| key.state != KeyState::Revoked).map(|key| key.kid);
    Ok(Some(published.collect()))
}

/// Whether the master key file is the one this database was made with.
async fn canary(store: &Store, config: &Config) -> Result<Option<Check>, Failure> {
    let Ok(key) = master_key::read(&config.master_key_file) else { return Ok(None) };
    let known = master_keys::list(store).await?;
    if known.is_empty() || known.iter().any(|known| known.fingerprint == key.fingerprint()) {
        return Ok(None);
    }
    let names: Vec<&str> = known.iter().map(|known| known.fingerprint.as_str()).collect();
    Ok(Some(Check::failed(
        "master key",
        format!("{} is not the key this database was made with ({})", key.fingerprint(), names.join(", ")),
        "restore that file from its backup, or check that database.url is the right one",
    )))
}

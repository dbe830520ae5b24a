//! The database, and what is in it: the server's own checks, and which master key wraps them.

use gatewright_server::Config;
use gatewright_server::checks::database::{self as checks, Tables};
use gatewright_server::checks::{Check, master_keys};
use gatewright_server::clock::SystemClock;
use gatewright_store::signing_keys::KeyState;
use gatewright_store::{ConnectOptions, Store, Time};

use super::report::{self, Report};
use crate::failure::Failure;
use crate::key_files::KeyFiles;

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
    if let Ok(files) = KeyFiles::read(config) {
        found.extend(master_keys::look(store, &files.keys().fingerprints()).await?);
    }
    let keys = checks::inside(store, (config, now), found).await?;
    let published = keys.into_iter().filter(|key| key.state != KeyState::Revoked).map(|key| key.kid);
    Ok(Some(published.collect()))
}

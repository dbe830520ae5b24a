//! The database, and what is in it.

use std::time::{Duration, Instant};

use gatewright_server::Config;
use gatewright_server::clock::{Clock as _, SystemClock};
use gatewright_server::keys::flow::ALGORITHMS;
use gatewright_server::keys::rotation::LEAST_AHEAD;
use gatewright_store::signing_keys::{self, KeyState, StoredKey};
use gatewright_store::{ConnectOptions, Schema, Store, Time, master_keys, resources, users};

use super::report::{Check, Report};
use crate::failure::Failure;
use crate::health::MAX_CLOCK_DIFFERENCE;
use crate::output::span;
use crate::{installation, master_key};

/// The oldest major version of PostgreSQL we work with.
const OLDEST: u32 = 14;
/// A round trip beyond this is felt in every sign-in.
const SLOW: Duration = Duration::from_millis(20);
/// Clocks further apart than this, in seconds, are not synchronised.
const APART: i64 = 2;
/// What a rotation may be late, in hours, before something is wrong with it.
const LATE: i64 = 24;

/// Looks, and returns the ids of the keys that should be published if they could be read.
pub(super) async fn look(
    (config, options): (&Config, &ConnectOptions),
    now: Time,
    report: &mut Report,
) -> Option<Vec<String>> {
    let store = match Store::connect(options).await {
        Ok(store) => store,
        Err(error) => {
            report.add(Check::failure("database", &Failure::from(error)));
            return None;
        }
    };
    let seen = look_closer(&store, (config, now), report).await;
    store.close().await;
    match seen {
        Ok(published) => published,
        Err(failure) => {
            report.add(Check::failure("database", &failure));
            None
        }
    }
}

async fn look_closer(
    store: &Store,
    (config, now): (&Config, Time),
    report: &mut Report,
) -> Result<Option<Vec<String>>, Failure> {
    report.add(version(&store.database_version().await?));
    report.add(latency(measure(store).await?));
    let before = SystemClock.now();
    let theirs = store.database_time().await?;
    report.add(clock(theirs - (before + (SystemClock.now() - before) / 2)));
    match store.schema().await? {
        Schema::Current => report.add(Check::ok("tables", "those of this release")),
        Schema::Behind => {
            report.add(Check::failed(
                "tables",
                "the database does not have the tables of this release yet",
                "gatewright migrate; gatewright serve does so at its start, too",
            ));
            return Ok(None);
        }
        Schema::Foreign => {
            report.add(Check::failure("tables", &installation::foreign()));
            return Ok(None);
        }
    }
    canary(store, config, report).await?;
    let keys = signing_keys::list(store).await?;
    report.add(ages(&keys, config, now));
    contents(store, report).await?;
    let published = keys.iter().filter(|key| key.state != KeyState::Revoked).map(|key| key.kid.clone());
    Ok(Some(published.collect()))
}

fn version(text: &str) -> Check {
    let name = text.split(" on ").next().unwrap_or(text);
    let major =
        text.split(' ').nth(1).and_then(|number| number.split(['.', 'b', 'r']).next()?.parse::<u32>().ok());
    match major {
        Some(major) if text.starts_with("PostgreSQL") && major < OLDEST => Check::failed(
            "database",
            format!("{name} is too old"),
            format!("upgrade it to PostgreSQL {OLDEST} or later"),
        ),
        Some(_) | None => Check::ok("database", name.to_owned()),
    }
}

/// The median of a few round trips.
async fn measure(store: &Store) -> Result<Duration, Failure> {
    store.ping().await?;
    let mut trips = Vec::new();
    for _ in 0..5 {
        let begin = Instant::now();
        store.ping().await?;
        trips.push(begin.elapsed());
    }
    trips.sort();
    Ok(trips.get(trips.len() / 2).copied().unwrap_or_default())
}

fn latency(trip: Duration) -> Check {
    let millis = trip.as_secs_f64() * 1000.0;
    let message = format!("{millis:.1} ms for a round trip");
    if trip > SLOW {
        return Check::warning(
            "database latency",
            message,
            "run server and database in the same place: a sign-in needs several round trips",
        );
    }
    Check::ok("database latency", message)
}

fn clock(ahead: chrono::Duration) -> Check {
    let apart = ahead.num_seconds().abs();
    let way = if ahead > chrono::Duration::zero() { "ahead of" } else { "behind" };
    let message = format!("the database's clock is {} {way} this machine's", span(ahead.abs()));
    let advice = "synchronise the clocks of both machines (chrony, systemd-timesyncd)";
    if apart > MAX_CLOCK_DIFFERENCE {
        return Check::failed("clock", message, advice);
    }
    if apart > APART {
        return Check::warning("clock", message, advice);
    }
    Check::ok("clock", format!("{} ms from the database's", ahead.num_milliseconds().abs()))
}

/// Whether the master key file is the one this database was made with.
async fn canary(store: &Store, config: &Config, report: &mut Report) -> Result<(), Failure> {
    let Ok(key) = master_key::read(&config.master_key_file) else { return Ok(()) };
    let known = master_keys::list(store).await?;
    if known.is_empty() || known.iter().any(|known| known.fingerprint == key.fingerprint()) {
        return Ok(());
    }
    let names: Vec<&str> = known.iter().map(|known| known.fingerprint.as_str()).collect();
    report.add(Check::failed(
        "master key",
        format!("{} is not the key this database was made with ({})", key.fingerprint(), names.join(", ")),
        "restore that file from its backup, or check that database.url is the right one",
    ));
    Ok(())
}

fn ages(keys: &[StoredKey], config: &Config, now: Time) -> Check {
    let rotate_after = chrono::Duration::days(i64::from(config.keys.rotate_days));
    let ahead = chrono::Duration::seconds(i64::from(config.keys.publish_ahead_seconds).max(LEAST_AHEAD));
    let late = chrono::Duration::hours(LATE);
    let advice = "a running server rotates keys; if one runs, look for \"job failed\" in its log";
    let mut told = Vec::new();
    for algorithm in ALGORITHMS {
        let of_state = |state| keys.iter().find(|key| key.algorithm == algorithm && key.state == state);
        let Some(active) = of_state(KeyState::Active) else {
            return Check::failed(
                "signing keys",
                format!("there is no active {algorithm} key"),
                "start the server: gatewright serve makes the first keys",
            );
        };
        let age = now - active.activated_at.unwrap_or(active.created_at);
        if let Some(next) = of_state(KeyState::Next)
            && now - next.created_at > ahead + late
        {
            let waiting = span(now - next.created_at);
            return Check::warning(
                "signing keys",
                format!("the next {algorithm} key has waited {waiting}"),
                advice,
            );
        }
        if age > rotate_after + ahead + late {
            let message = format!(
                "the {algorithm} key is {} old, and keys change every {} days",
                span(age),
                config.keys.rotate_days
            );
            return Check::warning("signing keys", message, advice);
        }
        told.push(format!("{algorithm} active for {}", span(age)));
    }
    Check::ok("signing keys", told.join(", "))
}

async fn contents(store: &Store, report: &mut Report) -> Result<(), Failure> {
    report.add(match users::count_owners(store).await? {
        0 => Check::warning(
            "owner",
            "no enabled account is an owner",
            "gatewright user create --username NAME --owner",
        ),
        count => Check::ok("owner", format!("{count} enabled")),
    });
    let known = resources::list(store).await?;
    let enabled = known.iter().filter(|resource| resource.disabled_at.is_none()).count();
    report.add(match enabled {
        0 => Check::warning(
            "resources",
            "there is no enabled resource, so nobody can get a token",
            "gatewright resource add --discover https://mcp.example.com/mcp",
        ),
        count => {
            let default = known.iter().find(|resource| resource.is_default && resource.disabled_at.is_none());
            let default = default.map_or_else(
                || "no default".to_owned(),
                |resource| format!("default {}", resource.identifier),
            );
            Check::ok("resources", format!("{count} enabled, {default}"))
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::report::Status;
    use super::*;

    #[test]
    fn versions_are_read_as_servers_tell_them() {
        let of = |text: &str| version(text).status();
        assert_eq!(of("PostgreSQL 15.8 (Debian 15.8-0) on x86_64-pc-linux-gnu, compiled by gcc"), Status::Ok);
        assert_eq!(of("PostgreSQL 18beta1 on x86_64"), Status::Ok);
        assert_eq!(of("PostgreSQL 13.22 on x86_64"), Status::Failed);
        assert_eq!(of("PostgreSQL 9.6.24"), Status::Failed);
        assert_eq!(of("CockroachDB CCL v24.1.0"), Status::Ok);
        assert_eq!(version("PostgreSQL 15.8 on x86_64").message(), "PostgreSQL 15.8");
    }

    #[test]
    fn cl_03_clocks_that_differ_are_noticed() {
        let of = |millis| clock(chrono::Duration::milliseconds(millis)).status();
        assert_eq!([of(-900), of(5000), of(-31_900)], [Status::Ok, Status::Warning, Status::Failed]);
        assert_eq!(
            clock(chrono::Duration::seconds(-90)).message(),
            "the database's clock is 1 minute behind this machine's"
        );
    }

    #[test]
    fn slow_databases_are_noticed() {
        assert_eq!(latency(Duration::from_micros(300)).message(), "0.3 ms for a round trip");
        assert_eq!(latency(Duration::from_millis(45)).status(), Status::Warning);
    }
}

//! The database, and what is in it.

use std::time::{Duration, Instant};

use gatewright_store::rights::{self, Rights};
use gatewright_store::signing_keys::{self, KeyState, StoredKey};
use gatewright_store::{Schema, Store, Time, resources, users};

use super::{Check, MAX_CLOCK_DIFFERENCE, span};
use crate::clock::Clock;
use crate::config::{Config, DatabaseSource};
use crate::error::Outcome;
use crate::keys::flow::ALGORITHMS;
use crate::keys::rotation::LEAST_AHEAD;

/// The oldest major version of PostgreSQL we work with.
const OLDEST: u32 = 14;
/// A round trip beyond this is felt in every sign-in.
const SLOW: Duration = Duration::from_millis(20);
/// Clocks further apart than this, in seconds, are not synchronised.
const APART: i64 = 2;
/// What a rotation may be late, in hours, before something is wrong with it.
const LATE: i64 = 24;

/// Whether its tables can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// They are those of this release.
    Ours,
    /// They are not.
    Others,
}

/// What it is, how far away, and which tables it has.
pub async fn reach(store: &Store, wall: &dyn Clock, checks: &mut Vec<Check>) -> Outcome<Tables> {
    checks.push(version(&store.database_version().await?));
    checks.push(latency(measure(store).await?));
    let before = wall.now();
    let theirs = store.database_time().await?;
    checks.push(clock(theirs - (before + (wall.now() - before) / 2)));
    let (check, tables) = match store.schema().await? {
        Schema::Current => (Check::ok("tables", "those of this release"), Tables::Ours),
        Schema::Behind => {
            let message = "the database does not have the tables of this release yet";
            let advice = "gatewright migrate; gatewright serve does so at its start, too";
            (Check::failed("tables", message, advice), Tables::Others)
        }
        Schema::Foreign => {
            let message = "the database's tables are not the ones of any Gatewright release";
            let advice = "check database.url; if it is right, restore the database from a backup";
            (Check::failed("tables", message, advice), Tables::Others)
        }
    };
    checks.push(check);
    Ok(tables)
}

/// What is in its tables.
pub async fn inside(
    store: &Store,
    (config, now): (&Config, Time),
    checks: &mut Vec<Check>,
) -> Outcome<Vec<StoredKey>> {
    let keys = signing_keys::list(store).await?;
    checks.push(ages(&keys, config, now));
    checks.push(append_only(&rights::on_events(store).await?, config));
    contents(store, checks).await?;
    Ok(keys)
}

/// AU-02: whether whoever takes this server over could rewrite what happened.
fn append_only(rights: &[Rights], config: &Config) -> Check {
    let name = "events";
    let could = |right: &Rights| {
        let removes = right.may_remove && (right.table != "events" || !right.has_policy);
        right.may_rewrite || removes
    };
    let tables: Vec<&str> =
        rights.iter().filter(|right| could(right)).map(|right| right.table.as_str()).collect();
    if tables.is_empty() {
        return Check::ok(name, "the server's database role adds to them, and can rewrite none");
    }
    if config.database.source == DatabaseSource::Managed {
        let message = "in a private database, where the server may do everything: a checkpoint that is kept \
                       elsewhere tells whether they were rewritten (gatewright audit checkpoint)";
        return Check::ok(name, message);
    }
    Check::warning(
        name,
        format!("the server's database role can rewrite what happened ({})", tables.join(", ")),
        "give the server a role that only adds to them: docs/database-roles.md",
    )
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
async fn measure(store: &Store) -> Outcome<Duration> {
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

async fn contents(store: &Store, checks: &mut Vec<Check>) -> Outcome<()> {
    checks.push(match users::count_owners(store).await? {
        0 => Check::warning(
            "owner",
            "no enabled account is an owner",
            "gatewright user create --username NAME --owner",
        ),
        count => Check::ok("owner", format!("{count} enabled")),
    });
    let known = resources::list(store).await?;
    let enabled = known.iter().filter(|resource| resource.disabled_at.is_none()).count();
    checks.push(match enabled {
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
    use super::super::Status;
    use super::*;

    #[test]
    fn versions_are_read_as_servers_tell_them() {
        let of = |text: &str| version(text).status;
        assert_eq!(of("PostgreSQL 15.8 (Debian 15.8-0) on x86_64-pc-linux-gnu, compiled by gcc"), Status::Ok);
        assert_eq!(of("PostgreSQL 18beta1 on x86_64"), Status::Ok);
        assert_eq!(of("PostgreSQL 13.22 on x86_64"), Status::Failed);
        assert_eq!(of("PostgreSQL 9.6.24"), Status::Failed);
        assert_eq!(of("CockroachDB CCL v24.1.0"), Status::Ok);
        assert_eq!(version("PostgreSQL 15.8 on x86_64").message, "PostgreSQL 15.8");
    }

    #[test]
    fn cl_03_clocks_that_differ_are_noticed() {
        let of = |millis| clock(chrono::Duration::milliseconds(millis)).status;
        assert_eq!([of(-900), of(5000), of(-31_900)], [Status::Ok, Status::Warning, Status::Failed]);
        assert_eq!(
            clock(chrono::Duration::seconds(-90)).message,
            "the database's clock is 1 minute behind this machine's"
        );
    }

    #[test]
    fn slow_databases_are_noticed() {
        assert_eq!(latency(Duration::from_micros(300)).message, "0.3 ms for a round trip");
        assert_eq!(latency(Duration::from_millis(45)).status, Status::Warning);
    }

    #[test]
    fn au_02_a_role_that_can_rewrite_events_is_noticed() {
        let tidy = |table: &str| Rights {
            table: table.to_owned(),
            may_rewrite: false,
            may_remove: false,
            has_policy: false,
        };
        let events = Rights { may_remove: true, has_policy: true, ..tidy("events") };
        let mut config = Config::dev("http://localhost:1", "x");
        config.database.source = DatabaseSource::Url("postgres://db/x".to_owned());
        let of = |rights: &[Rights]| append_only(rights, &config);
        assert_eq!(of(&[tidy("checkpoints"), tidy("event_log"), events.clone()]).status, Status::Ok);
        for wrong in [
            Rights { may_rewrite: true, ..events.clone() },
            Rights { has_policy: false, ..events.clone() },
            Rights { may_remove: true, has_policy: true, ..tidy("checkpoints") },
        ] {
            let check = of(std::slice::from_ref(&wrong));
            assert_eq!(check.status, Status::Warning, "{wrong:?}");
            assert!(check.message.contains(&wrong.table), "{}", check.message);
        }
    }
}

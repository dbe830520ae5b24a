//! `gatewright doctor`: looks at an installation and says what to do.
//!
//! 1. This machine: configuration, master key file, certificate (`machine`).
//! 2. The database: reachable, version, latency, clock, tables, keys, contents (`database`).
//! 3. The issuer, as clients see it: certificate, metadata in every place, every endpoint (`issuer`).
//! 4. Other providers that people sign in with: their discovery documents, and our secrets (`upstream`).
//!
//! Of a server elsewhere, what it says itself about 1 and 2 (`GET /server/checks`), and then 3 from here.
//!
//! It changes nothing. `--quick` only asks the administration listener whether the server lives: the
//! health check of containers.

mod database;
mod issuer;
mod machine;
mod report;
mod upstream;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use gatewright_server::Config;
use gatewright_server::checks::Check;
use gatewright_server::clock::{Clock as _, SystemClock};
use gatewright_store::Time;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::fetch::Fetch;
use crate::installation::{self, Common};
use crate::output;
use crate::remote::{Api, Ask, Reply};
use crate::trust::Trust;
use report::Report;

/// How long `--quick` waits.
const QUICK: Duration = Duration::from_secs(2);

/// Look at an installation and say what to do
///
/// Checks configuration, master key, certificate, database, clock, keys, metadata and every endpoint. Exits
/// with 1 when something has failed. Changes nothing. Of a server elsewhere it asks what that finds on its own
/// machine, and looks at its certificate, metadata and endpoints from here.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright doctor --config /etc/gatewright/gatewright.toml
  gatewright doctor --server https://auth.example.com
  gatewright doctor --quick")]
pub struct Arguments {
    /// Only ask the running server whether it lives, for at most 2 seconds
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    common: Common,
}

/// What `--quick --json` prints.
#[derive(Serialize)]
struct Alive {
    ok: bool,
}

/// Looks.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = &arguments.common;
    if arguments.quick {
        common.at_hand("gatewright doctor --quick")?;
        return quick(common).await;
    }
    let report = match common.remote()? {
        Some(api) => output::waiting("Looking", Box::pin(elsewhere(&api))).await?,
        None => here(&common.config()?).await?,
    };
    common.format().result(&report.view(), || report.text())?;
    match report.failed() {
        0 => Ok(()),
        1 => Err(Failure::new("one check failed\n  the arrow below it says what to do")),
        count => Err(Failure::new(format!("{count} checks failed\n  the arrow below each says what to do"))),
    }
}

/// Of a server elsewhere.
async fn elsewhere(api: &Api<'_>) -> Result<Report, Failure> {
    #[derive(Deserialize)]
    struct Told {
        checks: Vec<Check>,
    }
    #[derive(Deserialize)]
    struct Key {
        kid: String,
        revoked_at: Option<Time>,
    }
    let mut report = Report::default();
    report.append(api.send(Ask::get("/server/checks")).await?.read::<Told>()?.checks);
    // Who may not see the keys does not have them compared.
    let published = match api.answer(Ask::get("/keys").with("limit", "200")).await? {
        Ok(mut reply) => {
            let keys: Vec<Key> = Reply::of(reply.body["items"].take()).read()?;
            Some(keys.into_iter().filter(|key| key.revoked_at.is_none()).map(|key| key.kid).collect())
        }
        Err(_) => None,
    };
    let seen = issuer::Seen { issuer: api.place(), config: None };
    issuer::look((&seen, &Fetch::new(&api.trust())?), (SystemClock.now(), published), &mut report).await;
    Ok(report)
}

/// Of the installation at hand.
async fn here(config: &Config) -> Result<Report, Failure> {
    let fetch = Fetch::new(&Trust::found_in(&machine::authority(config)))?;
    let now = SystemClock.now();
    let seen = issuer::Seen { issuer: &config.issuer, config: Some(config) };
    let mut report = Report::default();
    machine::look(config, now, &mut report);
    upstream::look(config, &fetch, &mut report).await;
    let asked = async {
        let looked = installation::with_database(config, async |options| {
            let mut part = Report::default();
            let published = database::look((config, options), now, &mut part).await;
            // The issuer is asked while a private database still runs.
            issuer::look((&seen, &fetch), (now, published), &mut part).await;
            Ok(part)
        })
        .await;
        match looked {
            Ok(part) => part,
            Err(failure) => {
                let mut part = Report::default();
                part.add(report::failure("database", &failure));
                issuer::look((&seen, &fetch), (now, None), &mut part).await;
                part
            }
        }
    };
    report.append(output::waiting("Looking", Box::pin(asked)).await);
    Ok(report)
}

async fn quick(common: &Common) -> Result<(), Failure> {
    let config = common.config()?;
    let address = reachable(config.listen.admin_address);
    let fetch = Fetch::new(&Trust::default())?;
    let said = match tokio::time::timeout(QUICK, fetch.own(address, "/health/live")).await {
        Ok(Ok(answer)) if answer.status.is_success() => {
            return common.format().result(&Alive { ok: true }, || "alive".to_owned());
        }
        Ok(Ok(answer)) => format!("answers {}", answer.status),
        Ok(Err(error)) => format!("does not answer: {error}"),
        Err(_) => format!("does not answer within {} seconds", QUICK.as_secs()),
    };
    Err(Failure::new(format!(
        "the server's administration listener at {address} {said}\n  \
         start the server, or look closer: gatewright doctor"
    )))
}

/// A listener on every address is asked on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(Ipv6Addr::LOCALHOST),
        other => other,
    };
    SocketAddr::new(host, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_asked_on_loopback() {
        for (listens, asked) in [
            ("0.0.0.0:9090", "127.0.0.1:9090"),
            ("[::]:9090", "[::1]:9090"),
            ("10.0.0.7:1", "10.0.0.7:1"),
            ("127.0.0.1:1", "127.0.0.1:1"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()), asked.parse().unwrap());
        }
    }
}

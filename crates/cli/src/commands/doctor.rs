//! `gatewright doctor`: looks at an installation and says what to do.
//!
//! 1. This machine: configuration, master key file, certificate (`machine`).
//! 2. The database: reachable, version, latency, clock, tables, keys, contents (`database`).
//! 3. The issuer, as clients see it: certificate, metadata in every place, every endpoint (`issuer`).
//!
//! It changes nothing. `--quick` only asks the administration listener whether the server lives: the
//! health check of containers.

mod database;
mod issuer;
mod machine;
mod report;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use gatewright_server::clock::{Clock as _, SystemClock};
use serde::Serialize;

use crate::failure::Failure;
use crate::fetch::Fetch;
use crate::installation::{self, Common};
use crate::output;
use report::{Check, Report};

/// How long `--quick` waits.
const QUICK: Duration = Duration::from_secs(2);

/// Look at an installation and say what to do
///
/// Checks configuration, master key, certificate, database, clock, keys, metadata and every endpoint. Exits
/// with 1 when something has failed. Changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright doctor --config /etc/gatewright/gatewright.toml
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
    arguments.common.at_hand("gatewright doctor")?;
    if arguments.quick {
        return quick(&arguments.common).await;
    }
    let common = &arguments.common;
    let config = common.config()?;
    let fetch = Fetch::new(Some(&machine::authority(&config)))?;
    let now = SystemClock.now();
    let mut report = Report::default();
    machine::look(&config, now, &mut report);
    let asked = async {
        let seen = installation::with_database(&config, async |options| {
            let mut part = Report::default();
            let published = database::look((&config, options), now, &mut part).await;
            // The issuer is asked while a private database still runs.
            issuer::look((&config, &fetch), (now, published), &mut part).await;
            Ok(part)
        })
        .await;
        match seen {
            Ok(part) => part,
            Err(failure) => {
                let mut part = Report::default();
                part.add(Check::failure("database", &failure));
                issuer::look((&config, &fetch), (now, None), &mut part).await;
                part
            }
        }
    };
    report.append(output::waiting("Looking", Box::pin(asked)).await);
    common.format().result(&report.view(), || report.text())?;
    match report.failed() {
        0 => Ok(()),
        1 => Err(Failure::new("one check failed\n  the arrow below it says what to do")),
        count => Err(Failure::new(format!("{count} checks failed\n  the arrow below each says what to do"))),
    }
}

async fn quick(common: &Common) -> Result<(), Failure> {
    let config = common.config()?;
    let address = reachable(config.listen.admin_address);
    let fetch = Fetch::new(None)?;
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

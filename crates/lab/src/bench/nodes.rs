//! `bench nodes`: two servers on one PostgreSQL, with half of the connections each, beside one with all of them.
//!
//! On one machine a second server adds no processor. It could take some away: each gathers only what arrives at it, each
//! seals, sweeps and reads what others changed, and connections to the database double.

use std::net::SocketAddr;

use super::requests::Asked;
use super::{Place, Stage, Times, Work, caught_up};
use crate::Outcome;
use crate::load::{self, Measured};
use crate::process::Watched;
use crate::reliability::cluster::{self, Cluster};
use crate::table::{Goal, Table, median};
use crate::wire::Caller;

/// What is compared.
const WORKS: [Work; 2] = [Work::ClientCredentials, Work::Refresh];
/// No lost capacity, as far as rounds agree with each other.
const GOAL: f64 = 97.0;

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    times: Times,
    /// Connections altogether.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    #[command(flatten)]
    place: Place,
}

/// Runs it and prints what was found.
pub fn run(options: &Options) -> Outcome<()> {
    let Stage { runtime, program, world, machine } = options.place.prepare()?;
    let plan = options.times.plan(options.clients.max(2));
    let mut asked = Asked::new(&world, plan, 1);
    let mut found = Vec::new();
    for round in options.times.each() {
        for count in [1, 2] {
            // One that only waits would still seal and sweep.
            let cluster = runtime.block_on(Cluster::start(&program, &world, cluster::Plan::of(count)))?;
            let hosts: Vec<SocketAddr> = cluster.nodes.iter().map(|node| node.door.address()).collect();
            for work in WORKS {
                let requests = runtime.block_on(async {
                    let requests = asked.requests(work, world.host).await?;
                    caught_up(&world).await?;
                    Ok::<_, Box<dyn std::error::Error + Send + Sync>>(requests)
                })?;
                let measured = load::run(plan, Watched::default(), async |count, first| {
                    let mut callers = Vec::with_capacity(count);
                    for number in first..first + count {
                        let host = hosts[number % hosts.len()];
                        callers.push(Caller::connect(host, requests.clone(), number).await?);
                    }
                    Ok(callers)
                })?;
                eprintln!("round {round}, {work} at {count}: {:.0}/s", measured.rate);
                found.push((work, count, measured));
            }
        }
    }
    let mut table = Table::default();
    for work in WORKS {
        let of = |count: usize, value: fn(&Measured) -> f64| -> Vec<f64> {
            let rounds = found.iter().filter(|found| found.0 == work && found.1 == count);
            rounds.map(|found| value(&found.2)).collect()
        };
        let rate = |measured: &Measured| measured.rate;
        let p99 = |measured: &Measured| measured.p99.as_secs_f64() * 1e3;
        for (name, count) in [("one server", 1), ("two servers", 2)] {
            table.told(&format!("{work}, {name}"), (median(of(count, rate)), "/s"));
            table.told(&format!("· p99, {name}"), (median(of(count, p99)), "ms"));
        }
        let shares = of(2, rate).iter().zip(of(1, rate)).map(|(two, one)| 100.0 * two / one).collect();
        table.goal("· two, of one", (median(shares), "%"), Goal::AtLeast(GOAL));
    }
    let above = format!(
        "{} connections, {} s each, median of {} rounds",
        plan.clients, options.times.seconds, options.times.rounds
    );
    table.print(&[machine.to_string(), above])
}

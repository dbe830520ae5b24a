//! `bench grants`: refreshing while two million grants are live, beside ten thousand. The larger half of R-16, too.
//!
//! 1. Few grants, many, few again: what the machine does by itself between the first and the last is seen.
//! 2. Each connection is an agent with its share of all grants, in no order. It refreshes one after the other, each with
//!    the token it got last, and begins again when it is through.
//! 3. How much larger the table has become by that. A rotation changes its row in place.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gatewright_server::App;

use super::requests::refresh;
use super::{Place, Stage, caught_up};
use crate::Outcome;
use crate::crowd::{self, EACH, Size};
use crate::load::{self, Measured, Plan, Step, Worker};
use crate::luck::Luck;
use crate::process::Watched;
use crate::server::Server;
use crate::supplies::{Grant, Supplies};
use crate::table::{Goal, Table, megabytes};
use crate::wire::Connection;
use crate::world::World;

/// The least share of the rate among few, in percent.
const RATE_GOAL: f64 = 90.0;
/// How many times as long as among few 99 of 100 may take.
const P99_GOAL: f64 = 1.5;
/// The goal of R-16 for the slowest of a hundred, in milliseconds.
const R16_P99_GOAL: f64 = 25.0;

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    /// Many.
    #[arg(long, default_value_t = 2_000_000)]
    grants: usize,
    /// Few.
    #[arg(long, default_value_t = 10_000)]
    few: usize,
    /// Seconds of each measurement, after three seconds that are thrown away.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Connections.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// Seed of the order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    place: Place,
}

/// One measurement, and how much the grants took before and after it.
struct Found {
    measured: Measured,
    before: Size,
    after: Size,
}

/// Runs it and prints what was found.
pub fn run(options: &Options) -> Outcome<()> {
    let stage = options.place.prepare()?;
    let server = stage.runtime.block_on(Server::start(&stage.program, &stage.world))?;
    let (mut supplies, mut luck) = (Supplies::new(options.seed), Luck::new(options.seed));
    let mut among = |count| {
        let gathered =
            stage.runtime.block_on(gather(&stage.world, (count, options), (&mut supplies, &mut luck)))?;
        refreshed(&stage, (&server, options), gathered)
    };
    let (first, many, last) = (among(options.few)?, among(options.grants)?, among(options.few)?);

    let mut table = Table::default();
    let few = f64::midpoint(first.measured.rate, last.measured.rate);
    let p99 = |found: &Found| found.measured.p99.as_secs_f64() * 1e3;
    let few_p99 = f64::midpoint(p99(&first), p99(&last));
    let (least, most) = (options.few, options.grants);
    for (when, found) in [("before", &first), ("after", &last)] {
        table.told(&format!("refresh among {least}, {when}"), (found.measured.rate, "/s"));
        table.told(&format!("· p99, {when}"), (p99(found), "ms"));
    }
    table.told(&format!("refresh among {most}"), (many.measured.rate, "/s"));
    table.told("· p99", (p99(&many), "ms"));
    table.goal("· rate, of few", (100.0 * many.measured.rate / few, "%"), Goal::AtLeast(RATE_GOAL));
    table.goal("· p99, of few", (p99(&many) / few_p99, "×"), Goal::AtMost(P99_GOAL));
    table.goal("· p99 with every connection busy (R-16)", (p99(&many), "ms"), Goal::AtMost(R16_P99_GOAL));
    table.told("PostgreSQL's processor time for one, among few", (first.measured.spent.database, "µs"));
    table.told("PostgreSQL's processor time for one, among many", (many.measured.spent.database, "µs"));
    table.told("grants with their indexes", (megabytes(many.before.total), "MB"));
    let growth = |found: &Found| 1e2 * (megabytes(found.after.table) / megabytes(found.before.table) - 1.0);
    table.told("· table larger afterwards, among few", (growth(&last), "%"));
    table.told("· table larger afterwards, among many", (growth(&many), "%"));
    let above = format!("{} connections, {} s each, seed {}", options.clients, options.seconds, options.seed);
    table.print(&[stage.machine.to_string(), above])
}

/// So many grants, and how much they take.
async fn gather(
    world: &World,
    (count, options): (usize, &Options),
    chance: (&mut Supplies, &mut Luck),
) -> Outcome<(Vec<Grant>, Size)> {
    let people = count.div_ceil(EACH).max(options.clients);
    eprintln!("{} grants", people * EACH);
    let grants = crowd::gather(world, people, chance).await?;
    caught_up(world).await?;
    Ok((grants, crowd::size(world).await?))
}

/// Refreshes them for the measured time.
fn refreshed(
    Stage { runtime, world, .. }: &Stage,
    (server, options): (&Server, &Options),
    (grants, before): (Vec<Grant>, Size),
) -> Outcome<Found> {
    let plan = Plan {
        clients: options.clients.max(1),
        warm: Duration::from_secs(3),
        measured: Duration::from_secs(options.seconds.max(1)),
    };
    let mut shares: Vec<Vec<(Grant, u64)>> = (0..plan.clients).map(|_| Vec::new()).collect();
    for (number, grant) in grants.into_iter().enumerate() {
        shares[number % plan.clients].push((grant, 0));
    }
    let shares = Mutex::new(shares);
    let measured = load::run(plan, Watched { server: Some(server.id()) }, async |count, _| {
        let mut agents = Vec::with_capacity(count);
        for _ in 0..count {
            let grants = shares.lock().unwrap_or_else(PoisonError::into_inner).pop();
            agents.push(Agent::connect(world, grants.ok_or("more agents than grants")?).await?);
        }
        Ok(agents)
    })?;
    eprintln!("  refresh: {:.0}/s", measured.rate);
    let after = runtime.block_on(crowd::size(world))?;
    Ok(Found { measured, before, after })
}

/// One connection, and the grants nobody else refreshes, each with the generation of its newest token.
struct Agent {
    app: App,
    host: SocketAddr,
    connection: Connection,
    grants: Vec<(Grant, u64)>,
    turn: usize,
}

impl Agent {
    async fn connect(world: &World, grants: Vec<(Grant, u64)>) -> Outcome<Agent> {
        let connection = Connection::open(world.host).await?;
        Ok(Agent { app: world.app.clone(), host: world.host, connection, grants, turn: 0 })
    }
}

impl Worker for Agent {
    async fn step(&mut self) -> Outcome<Step> {
        let turn = self.turn % self.grants.len();
        self.turn += 1;
        let (grant, generation) = &mut self.grants[turn];
        self.connection.exchange(&refresh(&self.app, self.host, (grant, *generation))?).await?;
        *generation += 1;
        Ok(Step::Done)
    }
}

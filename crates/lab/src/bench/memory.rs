//! `bench memory`: how much the server keeps resident.
//!
//! 1. Before anything is asked.
//! 2. While people sign in, allow, withdraw and are changed by administrators, agents refresh and revoke, programs fetch
//!    tokens and resource servers look at them: the mixed load of the reliability experiments.
//! 3. With as many connections open as the listener takes, each of which has fetched a token, and another while all of
//!    them were open. Twice, because what is kept for the next ones must not become more.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::JoinSet;

use super::{Place, Stage};
use crate::Outcome;
use crate::load::real;
use crate::luck::Luck;
use crate::reliability::http::Door;
use crate::reliability::load::Load;
use crate::reliability::party::Party;
use crate::reliability::run::Run;
use crate::seeds::{BATCH, basic};
use crate::server::Server;
use crate::table::{Goal, Table, megabytes};
use crate::wire::{self, Connection};

/// Without load, in megabytes.
const IDLE_GOAL: f64 = 25.0;
/// After ten minutes of load.
const LOADED_GOAL: f64 = 60.0;
/// With ten thousand open connections.
const CROWD_GOAL: f64 = 150.0;
/// Files of this process that are no connections.
const OTHER_FILES: usize = 256;
/// Connections that are opened, and ask, at the same time.
const AT_ONCE: usize = 64;

/// Until what is not needed any more may have been given back.
const CALM: Duration = Duration::from_secs(15);

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds of mixed load; the goal is about 600.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// People in it.
    #[arg(long, default_value_t = 64)]
    people: usize,
    /// Open connections.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    #[command(flatten)]
    place: Place,
}

/// Runs it and prints what was found.
pub fn run(options: &Options) -> Outcome<()> {
    raise_files(options.connections + OTHER_FILES)?;
    let stage = options.place.prepare()?;
    let mut table = Table::default();
    stage.runtime.block_on(measure(&stage, options, &mut table))?;
    table.print(&[stage.machine.to_string()])
}

async fn measure(stage: &Stage, options: &Options, table: &mut Table) -> Outcome<()> {
    // Step 1.
    let server = Server::start(&stage.program, &stage.world).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let resident = || Ok::<_, Box<dyn std::error::Error + Send + Sync>>(megabytes(server.resident()?));
    table.goal("resident, idle", (resident()?, "MB"), Goal::AtMost(IDLE_GOAL));
    // Step 2.
    let (answers, most) = mixed(stage, &server, options).await?;
    table.told(&format!("answers in {} s of mixed load", options.seconds), (answers, ""));
    table.told("· resident, at most", (most, "MB"));
    table.goal("· resident, at its end", (resident()?, "MB"), Goal::AtMost(LOADED_GOAL));
    tokio::time::sleep(CALM).await;
    let before = resident()?;
    table.told("· 15 s later", (before, "MB"));
    // Step 3.
    for again in ["", ", opened again"] {
        let (found, took) = crowd(stage, &server, options.connections).await?;
        let name = format!("resident, {} open connections{again}", options.connections);
        table.goal(&name, (found, "MB"), Goal::AtMost(CROWD_GOAL));
        let each = (found - before) * 1e3 / real(options.connections);
        table.told("· more than before the first, for each of them", (each, "KB"));
        table.told("· until all were open and had a token", (took.as_secs_f64(), "s"));
        tokio::time::sleep(CALM).await;
        table.told("· 15 s after they were closed", (resident()?, "MB"));
    }
    Ok(())
}

/// How much is resident, in megabytes, while as many connections are open; and how long it took to open them.
async fn crowd(stage: &Stage, server: &Server, count: usize) -> Outcome<(f64, Duration)> {
    let host = stage.world.host;
    let (connections, took) = open(host, count).await?;
    let opened = server.resident()?;
    let connections = ask_again(host, connections).await?;
    let found = server.resident()?.max(opened);
    drop(connections);
    Ok((megabytes(found), took))
}

/// Answers that were given, and how much was resident at most, in megabytes.
async fn mixed(stage: &Stage, server: &Server, options: &Options) -> Outcome<(f64, f64)> {
    let Stage { program, world, .. } = stage;
    let run = Run { world, program: program.clone(), seed: 1, scale: 1.0, patience: 1 };
    let door = std::sync::Arc::new(Door::new(world.host, world.host.to_string()));
    let party = Party::new(world, vec![door], Luck::new(run.seed)).await?;
    let load = Load::begin(&run, &party, options.people).await?;
    let (begun, mut most) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(options.seconds) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        most = server.resident()?.max(most);
    }
    load.end().await?;
    let noted = party.history.noted();
    if let Some(violation) = noted.violations.first() {
        return Err(format!("the load was answered wrongly: {violation}").into());
    }
    Ok((real(noted.entries.len()), megabytes(most)))
}

/// A connection, and when it was last used.
type Used = (Connection, Instant);

/// Opens connections and asks for a token over each; how long that took.
async fn open(host: SocketAddr, count: usize) -> Outcome<(Vec<Used>, Duration)> {
    let begun = Instant::now();
    let (mut opening, mut open) = (JoinSet::new(), Vec::with_capacity(count));
    for _ in 0..count {
        if opening.len() >= AT_ONCE
            && let Some(one) = opening.join_next().await
        {
            open.push(one??);
        }
        opening.spawn(async move { ask(host, Connection::open(host).await?).await });
    }
    while let Some(one) = opening.join_next().await {
        open.push(one??);
    }
    Ok((open, begun.elapsed()))
}

/// Asks once more over each: all of them are open.
async fn ask_again(host: SocketAddr, connections: Vec<Used>) -> Outcome<Vec<Used>> {
    let (mut asking, mut open) = (JoinSet::new(), Vec::with_capacity(connections.len()));
    for (connection, used) in connections {
        if asking.len() >= AT_ONCE
            && let Some(one) = asking.join_next().await
        {
            open.push(one??);
        }
        asking.spawn(async move {
            let pause = used.elapsed();
            let asked = ask(host, connection).await;
            asked.map_err(|error| format!("{error}; it was not used for {pause:?}"))
        });
    }
    while let Some(one) = asking.join_next().await {
        open.push(one??);
    }
    Ok(open)
}

async fn ask(host: SocketAddr, mut connection: Connection) -> Outcome<Used> {
    let proof = basic(BATCH);
    let request = wire::post(host, "/token", (Some(&proof), "grant_type=client_credentials"));
    connection.exchange(&request).await?;
    Ok((connection, Instant::now()))
}

/// This process may have as many files open, or says that it may not.
fn raise_files(wanted: usize) -> Outcome<()> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(wanted)?;
    if let Some(most) = limit.maximum.filter(|most| *most < wanted) {
        let text = format!(
            "{wanted} open files are needed and {most} allowed: raise `ulimit -Hn`, or give fewer --connections"
        );
        return Err(text.into());
    }
    Ok(setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?)
}

//! `registrations`: what a hundred thousand clients that registered themselves cost.
//!
//! 1. They register over HTTP, each different, at a server whose limits are lifted.
//! 2. PostgreSQL says how large the tables have become.
//! 3. All of them are made old. While the sweep puts them aside, and later removes them, another client goes on asking
//!    for tokens at a steady pace, as it did before the sweep; the two are compared.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gatewright_server::sweep::{self, Pace};
use gatewright_store::leases::{self, Lease};
use gatewright_store::sweep::Kind;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::Outcome;
use crate::load::{self, Plan};
use crate::machine::Machine;
use crate::process::Watched;
use crate::seeds::{applied, stopped};
use crate::server::{self, Server};
use crate::steady::{self, percentile};
use crate::table::{Goal, Table};
use crate::wire::{self, Caller, Requests};
use crate::world::World;

/// Limits lifted.
const LIFTED: &str = "[registration]\nnetwork_per_minute = 100000\ntotal_per_hour = 10000000\n";
/// Time between two token requests while the sweep is watched.
const PACE: Duration = Duration::from_millis(5);

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    /// Clients that register.
    #[arg(long, default_value_t = 100_000)]
    clients: usize,
    /// Connections that register.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Rows per batch of the sweep.
    #[arg(long, default_value_t = sweep::PACE.batch)]
    batch: u32,
    /// How many times as long as a batch the pause after it is.
    #[arg(long, default_value_t = sweep::PACE.rest)]
    rest: u32,
    /// Where the database goes, on a disk as slow as the one in production.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/lab"))]
    directory: PathBuf,
    /// Another binary than the one cargo builds.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// Runs it and prints what was found.
pub fn run(options: &Options) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let program = match &options.server {
        Some(program) => program.clone(),
        None => server::program()?,
    };
    let world = runtime.block_on(World::with(&options.directory, LIFTED))?;
    let machine = Machine::look(&options.directory, &runtime.block_on(world.app.store.database_version())?)?;
    runtime.block_on(hold_the_sweep(&world))?;
    let server = runtime.block_on(Server::start(&program, &world))?;
    let before = runtime.block_on(sizes(&world))?;
    let registered = register(&world, &server, options)?;
    let after = runtime.block_on(sizes(&world))?;
    let count = after.clients - before.clients;
    let mut table = Table::default();
    table.goal("registrations per second", (registered, ""), Goal::AtLeast(300.0));
    table.goal(
        "bytes of a client, with its indexes",
        (per(after.client_bytes - before.client_bytes, count), ""),
        Goal::AtMost(2048.0),
    );
    table.told("bytes of its event", (per(after.event_bytes - before.event_bytes, count), ""));
    let pace = Pace { batch: options.batch, rest: options.rest };
    let calm = runtime.block_on(steady::tokens(world.host, (PACE, Duration::from_secs(5))))?;
    for stage in [Stage::PutAside, Stage::Remove] {
        runtime.block_on(stage.prepare(&world))?;
        let (rows, begun) = (runtime.block_on(stage.left(&world))?, Instant::now());
        let swept = runtime.spawn(sweep_all(world.app.clone(), stage, pace));
        let busy = runtime.block_on(async {
            let mut found = Vec::new();
            while !swept.is_finished() {
                found.append(&mut steady::tokens(world.host, (PACE, Duration::from_millis(500))).await?);
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(found)
        })?;
        let took = runtime.block_on(swept)??.duration_since(begun);
        if runtime.block_on(stage.left(&world))? != 0 {
            return Err("the sweep left something".into());
        }
        table.goal(
            &format!("{}, rows per second", stage.name()),
            (per(rows, 1) / took.as_secs_f64(), ""),
            Goal::AtLeast(5000.0),
        );
        // The goal is that it does not move further than it does by itself.
        for share in [50, 99] {
            table.told(&format!("· token endpoint before, p{share}"), (percentile(&calm, share), "ms"));
            table.told(&format!("· token endpoint meanwhile, p{share}"), (percentile(&busy, share), "ms"));
        }
    }
    table.print(&[machine.to_string()])
}

/// The server leaves the sweep to us: two at the same rows would get in each other's way.
async fn hold_the_sweep(world: &World) -> Outcome<()> {
    let moment = world.app.system_moment();
    let until = moment.now + chrono::Duration::hours(1);
    let lease = Lease { name: "sweep", holder: world.app.process, until };
    applied(leases::acquire(&world.app.store, &lease, moment.now).await?)
}

fn register(world: &World, server: &Server, options: &Options) -> Outcome<f64> {
    let texts = (0..options.clients).map(|n| {
        let body = json!({
            "client_name": format!("Agent {n}"), "redirect_uris": [format!("http://127.0.0.1/callback/{n}")],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "scope": "mcp:read offline_access",
        });
        wire::post_json(world.host, "/register", &body.to_string())
    });
    let requests = Requests::once(texts.collect(), b"\"client_id\"");
    let plan =
        Plan { clients: options.connections.max(1), warm: Duration::ZERO, measured: Duration::from_hours(1) };
    let watched = Watched { server: Some(server.id()) };
    let host = world.host;
    let measured = load::run(plan, watched, async |count, first| {
        let mut callers = Vec::new();
        for n in first..first + count {
            callers.push(Caller::connect(host, requests.clone(), n).await?);
        }
        Ok(callers)
    })?;
    Ok(measured.rate)
}

struct Sizes {
    clients: i64,
    client_bytes: i64,
    event_bytes: i64,
}

async fn sizes(world: &World) -> Outcome<Sizes> {
    let mut connection = world.superuser().await?;
    let (clients, client_bytes, event_bytes) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM clients), pg_total_relation_size('clients'), pg_total_relation_size('events')",
    )
    .fetch_one(&mut connection)
    .await?;
    Ok(Sizes { clients, client_bytes, event_bytes })
}

#[expect(clippy::cast_precision_loss, reason = "sizes here are far below 2^52")]
fn per(total: i64, count: i64) -> f64 {
    total as f64 / count as f64
}

#[derive(Clone, Copy)]
enum Stage {
    PutAside,
    Remove,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::PutAside => "putting unused clients aside",
            Stage::Remove => "removing them half a year later",
        }
    }

    /// Makes the clients as old as they have to be.
    async fn prepare(self, world: &World) -> Outcome<()> {
        let mut connection = world.superuser().await?;
        let statement = match self {
            Stage::PutAside => {
                "UPDATE clients SET created_at = created_at - INTERVAL '2 days' WHERE origin = 'dynamic'"
            }
            Stage::Remove => {
                "UPDATE clients SET swept_at = swept_at - INTERVAL '1 year' WHERE swept_at IS NOT NULL"
            }
        };
        connection.execute(statement).await?;
        connection.execute("VACUUM ANALYZE clients").await?;
        connection.execute("CHECKPOINT").await?;
        Ok(())
    }

    async fn left(self, world: &World) -> Outcome<i64> {
        let mut connection = PgConnection::connect(&world.database_url).await?;
        let statement = match self {
            Stage::PutAside => "SELECT count(*) FROM clients WHERE origin = 'dynamic' AND swept_at IS NULL",
            Stage::Remove => "SELECT count(*) FROM clients WHERE origin = 'dynamic'",
        };
        Ok(sqlx::query_scalar(statement).fetch_one(&mut connection).await?)
    }
}

/// Sweeps as the server does, until nothing is left; when that was.
async fn sweep_all(app: gatewright_server::App, stage: Stage, pace: Pace) -> Outcome<Instant> {
    let moment = app.system_moment();
    let age = |kind| match (kind, stage) {
        (Kind::UnusedClients, _) => 1,
        (Kind::SweptClients, Stage::Remove) => 180,
        _ => 3650,
    };
    let before = |kind| moment.now - chrono::Duration::days(age(kind));
    sweep::all(&app, &moment, before, (pace, Duration::from_hours(1))).await.map_err(stopped)?;
    Ok(Instant::now())
}

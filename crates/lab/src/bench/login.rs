//! `bench login`: people who type their passwords, beside what the processors can hash, and what clients notice of it.
//!
//! 1. The hash alone, before anything else runs: with the server's own function and cost, one at a time.
//! 2. A client that asks for a token at a steady pace, while nothing else happens.
//! 3. The same client while as many people as there are connections sign in, over and over. Each comes from a network
//!    of their own and has seen the form before, so that a step is `POST /login` with the right password: a try is
//!    taken and given back, the hash, a session with its event.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gatewright_oauth::secret::Secret;
use gatewright_server::passwords::Passwords;
use tokio::task::JoinSet;

use super::requests::form;
use super::{Place, Stage, caught_up};
use crate::Outcome;
use crate::load::{self, Plan, Step, Worker};
use crate::luck::Luck;
use crate::process::Watched;
use crate::reliability::http::Door;
use crate::reliability::party::{PASSWORD, Party, people};
use crate::seeds::stopped;
use crate::server::Server;
use crate::steady::{self, percentile};
use crate::table::{Goal, Table, megabytes};
use crate::wire::{self, Connection};
use crate::world::World;

/// The least share of what the processors can hash, in percent.
const SHARE_GOAL: f64 = 95.0;
/// How many times as long as without logins a token may take.
const TOKEN_GOAL: f64 = 2.0;
/// Time between two token requests.
const PACE: Duration = Duration::from_millis(20);

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// People who sign in at once.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    #[command(flatten)]
    place: Place,
}

/// Runs it and prints what was found.
pub fn run(options: &Options) -> Outcome<()> {
    let Stage { runtime, program, world, machine } = options.place.prepare()?;
    let measured = Duration::from_secs(options.seconds.max(1));
    let cores = load::cores();
    // Step 1.
    let alone = runtime.block_on(hash_alone(&world, measured / 4))?;
    let together = runtime.block_on(hash_together(&world, (cores, measured / 4)))?;
    // Step 2.
    let server = runtime.block_on(Server::start(&program, &world))?;
    let forms = runtime.block_on(forms(&world, options.clients))?;
    runtime.block_on(caught_up(&world))?;
    let calm = runtime.block_on(steady::tokens(world.host, (PACE, measured)))?;
    // Step 3.
    let warm = Duration::from_secs(2);
    let host = world.host;
    let busy = runtime.spawn(async move {
        tokio::time::sleep(warm).await;
        steady::tokens(host, (PACE, measured)).await
    });
    let plan = Plan { clients: options.clients, warm, measured };
    let logins = load::run(plan, Watched { server: Some(server.id()) }, async |count, first| {
        let mut people = Vec::with_capacity(count);
        for (number, form) in forms.iter().enumerate().skip(first).take(count) {
            people.push(SignIn::connect(&world, (number, Arc::clone(form))).await?);
        }
        Ok(people)
    })?;
    let busy = runtime.block_on(busy)??;

    let mut table = Table::default();
    let limit = load::real(cores) / alone.as_secs_f64();
    table.told("argon2id alone, one at a time", (alone.as_secs_f64() * 1e3, "ms"));
    table.told("argon2id alone, one on each core", (together, "/s"));
    table.told("cores ÷ argon2id", (limit, "/s"));
    table.told("logins", (logins.rate, "/s"));
    table.goal("· of cores ÷ argon2id", (100.0 * logins.rate / limit, "%"), Goal::AtLeast(SHARE_GOAL));
    table.told("· of one on each core", (100.0 * logins.rate / together, "%"));
    table.told("· the server's processor time for one", (logins.spent.server / 1e3, "ms"));
    for share in [50, 99] {
        let (calm, busy) = (percentile(&calm, share), percentile(&busy, share));
        table.told(&format!("client_credentials, p{share}, nothing else"), (calm, "ms"));
        table.told(&format!("client_credentials, p{share}, while people sign in"), (busy, "ms"));
        if share == 99 {
            table.goal("· of nothing else, p99", (busy / calm, "×"), Goal::AtMost(TOKEN_GOAL));
        }
    }
    table.told("resident, at the end", (megabytes(server.resident()?), "MB"));
    let above = format!("{} people, {} s each", options.clients, options.seconds);
    table.print(&[machine.to_string(), above])
}

/// The median time of one hash.
async fn hash_alone(world: &World, duration: Duration) -> Outcome<Duration> {
    let passwords = Passwords::new(world.app.config.login.argon2, 1);
    let (begun, mut took) = (Instant::now(), Vec::new());
    while took.len() < 3 || begun.elapsed() < duration {
        let at = Instant::now();
        passwords.hash(Secret::new(PASSWORD.to_owned()), [7; 16]).await.map_err(stopped)?;
        took.push(at.elapsed());
    }
    took.sort_unstable();
    Ok(took[took.len() / 2])
}

/// How many hashes a second are made by one task for each core.
async fn hash_together(world: &World, (cores, duration): (usize, Duration)) -> Outcome<f64> {
    let passwords = Passwords::new(world.app.config.login.argon2, u32::try_from(cores)?);
    let (begun, mut tasks) = (Instant::now(), JoinSet::new());
    for _ in 0..cores {
        let passwords = passwords.clone();
        tasks.spawn(async move {
            let mut count = 0;
            while begun.elapsed() < duration {
                passwords.hash(Secret::new(PASSWORD.to_owned()), [7; 16]).await.map_err(stopped)?;
                count += 1;
            }
            Ok::<usize, Box<dyn std::error::Error + Send + Sync>>(count)
        });
    }
    let mut count = 0;
    while let Some(one) = tasks.join_next().await {
        count += one??;
    }
    Ok(load::real(count) / begun.elapsed().as_secs_f64())
}

/// What as many people send when they have typed their password.
async fn forms(world: &World, count: usize) -> Outcome<Vec<Arc<[u8]>>> {
    let door = Arc::new(Door::new(world.host, world.host.to_string()));
    let mut party = Party::new(world, vec![door], Luck::new(1)).await?;
    let mut forms = Vec::with_capacity(count);
    for mut person in people(world, count).await? {
        let ticket = party.knock(&mut person).await?;
        let fields = form(&[("request", &ticket), ("username", &person.name), ("password", PASSWORD)]);
        forms.push(wire::submit(world.host, "/login", (&person.cookies.line(), &fields)).into());
    }
    Ok(forms)
}

/// Somebody who signs in again and again.
struct SignIn {
    connection: Connection,
    form: Arc<[u8]>,
}

impl SignIn {
    async fn connect(world: &World, (number, form): (usize, Arc<[u8]>)) -> Outcome<SignIn> {
        let [.., high, low] = u32::try_from(number)?.to_be_bytes();
        let network = Ipv4Addr::new(127, high.saturating_add(1), low, 1);
        Ok(SignIn { connection: Connection::open_from(network, world.host).await?, form })
    }
}

impl Worker for SignIn {
    async fn step(&mut self) -> Outcome<Step> {
        // Whoever is not let in is shown the form again, which is no redirect.
        let place = self.connection.follow(&self.form).await?;
        if place.contains("/authorize/resume") {
            Ok(Step::Done)
        } else {
            Err(format!("not signed in: {place}").into())
        }
    }
}

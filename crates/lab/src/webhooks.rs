//! `webhooks`: how fast a receiver that was away catches up, beside a bare client that posts the same bodies to it.
//!
//! 1. A webhook is made, then many events happen while no server runs; they are sealed.
//! 2. The real server starts. Between the first message and the last the receiver counts.
//! 3. As many connections as the server has post the very same bodies to the same receiver: what this machine could do
//!    without a database, signatures and an order to keep.
//! 4. Once with events about as many people, which may go side by side; once with all of them about one client, which
//!    go one after the other.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use gatewright_server::admin::RESOURCE_PATH;
use gatewright_server::admin::inside::http as inside;
use gatewright_server::audit::seal;
use gatewright_store::events::{self, Subject};
use gatewright_store::{EventKind, Write};
use serde_json::json;
use tokio::net::TcpListener;

use crate::Outcome;
use crate::load::real;
use crate::machine::Machine;
use crate::seeds::stopped;
use crate::server::{self, Server};
use crate::wire::Connection;
use crate::world::World;

/// The receiver is on this machine.
const LOOPBACK: &str = "[webhooks]\nallow_networks = [\"127.0.0.0/8\"]\n";
/// Connections of the server to one receiver, and of the bare client.
const LANES: usize = 8;
/// Events per second that a receiver catches up with, at least.
const GOAL: f64 = 500.0;
/// How long a run may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// How to run it.
#[derive(clap::Args)]
pub struct Options {
    /// Events that wait.
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// Where the database goes, on a disk as slow as the one in production.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/lab"))]
    directory: PathBuf,
    /// Another binary than the one cargo builds.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// What the events are about.
#[derive(Clone, Copy)]
enum About {
    Everybody,
    OneClient,
}

/// What came.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<Message>>>);

struct Message {
    at: Instant,
    id: String,
    body: Bytes,
}

/// Runs it and prints what was found.
pub fn run(options: &Options) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let program = match &options.server {
        Some(program) => program.clone(),
        None => server::program()?,
    };
    let mut lines = Vec::new();
    for about in [About::Everybody, About::OneClient] {
        runtime.block_on(case(&program, (options, about), &mut lines))?;
    }
    lines.push(String::new());
    io::stdout().write_all(lines.join("\n").as_bytes())?;
    Ok(())
}

async fn case(
    program: &std::path::Path,
    (options, about): (&Options, About),
    lines: &mut Vec<String>,
) -> Outcome<()> {
    let world = World::with(&options.directory, LOOPBACK).await?;
    if lines.is_empty() {
        let machine = Machine::look(&options.directory, &world.app.store.database_version().await?)?;
        lines.extend([
            format!("{machine}\n"),
            "| events about | caught up per second | goal | | bare client, the same bodies | share |"
                .to_owned(),
            "|---|---:|---:|---|---:|---:|".to_owned(),
        ]);
    }
    let sink = Sink::default();
    let place = sink.listen().await?;
    // Step 1.
    let count = match about {
        About::Everybody => options.events,
        About::OneClient => options.events / 10,
    };
    listen_to(&world, place, about).await?;
    happen(&world, about, count).await?;
    seal::everything(&world.app).await.map_err(stopped)?;
    // Step 2.
    let server = Server::start(program, &world).await?;
    let caught_up = sink.wait_for(count).await?;
    drop(server);
    // Step 3.
    let bodies = sink.take();
    let begun = Instant::now();
    tokio::try_join!(
        lane(place, &bodies, 0),
        lane(place, &bodies, 1),
        lane(place, &bodies, 2),
        lane(place, &bodies, 3),
        lane(place, &bodies, 4),
        lane(place, &bodies, 5),
        lane(place, &bodies, 6),
        lane(place, &bodies, 7),
    )?;
    let bare = rate(bodies.len(), begun.elapsed());
    let (name, goal) = match about {
        About::Everybody => ("as many people", Some(GOAL)),
        About::OneClient => ("one client, in order", None),
    };
    let goal = match goal {
        Some(goal) if caught_up >= goal => format!("≥ {goal:.0} | met"),
        Some(goal) => format!("≥ {goal:.0} | **missed**"),
        None => " | ".to_owned(),
    };
    lines.push(format!(
        "| {count}: {name} | {caught_up:.0} | {goal} | {bare:.0} | {:.0} % |",
        100.0 * caught_up / bare
    ));
    Ok(())
}

fn rate(count: usize, took: Duration) -> f64 {
    real(count) / took.as_secs_f64()
}

/// A webhook for what is going to happen.
async fn listen_to(world: &World, place: SocketAddr, about: About) -> Outcome<()> {
    let kind = match about {
        About::Everybody => EventKind::UserCreated,
        About::OneClient => EventKind::ClientUpdated,
    };
    let body = json!({ "name": "lab", "url": format!("http://{place}/"), "kinds": [kind.as_str()] });
    let request =
        Request::post(format!("{RESOURCE_PATH}/webhooks")).header("content-type", "application/json");
    let request = request.body(body.to_string().into_bytes())?;
    let (status, _, answer) = inside::ask(&world.app, &world.operator(), request).await;
    if status != StatusCode::CREATED {
        return Err(format!("the webhook was not made: {}", String::from_utf8_lossy(&answer)).into());
    }
    Ok(())
}

/// Something happens, `count` times.
async fn happen(world: &World, about: About, count: usize) -> Outcome<()> {
    match about {
        About::Everybody => {
            let rows = (0..count).map(|n| json!({ "username": format!("person{n}") }).to_string());
            let lines = rows.collect::<Vec<_>>().join("\n");
            let request = Request::post(format!("{RESOURCE_PATH}/users/import"));
            let request = request.header("content-type", "application/jsonl").body(Body::from(lines))?;
            let answer = inside::flow(&world.app, &world.operator(), request).await;
            if answer.status() != StatusCode::OK {
                return Err(format!("the import was answered {}", answer.status()).into());
            }
        }
        About::OneClient => {
            let about = Subject { client: Some("lab".to_owned()), ..Subject::default() };
            for _ in 0..count {
                let trace = world.operator().trace(&world.app);
                let told = (about.clone(), json!({ "client_name": "Lab" }));
                match events::insert(&world.app.store, EventKind::ClientUpdated, told, trace).await? {
                    Write::Applied(()) => {}
                    Write::Lost => return Err("an event was not written".into()),
                }
            }
        }
    }
    Ok(())
}

impl Sink {
    async fn listen(&self) -> Outcome<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let place = listener.local_addr()?;
        let sink = self.clone();
        let app = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
            sink.messages().push(Message { at: Instant::now(), id, body });
            std::future::ready("taken")
        });
        let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
            // A connection without it is only slower.
            let _ = stream.set_nodelay(true);
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(place)
    }

    fn messages(&self) -> std::sync::MutexGuard<'_, Vec<Message>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until so many different ones have come; how many that were a second.
    async fn wait_for(&self, count: usize) -> Outcome<f64> {
        let begun = Instant::now();
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let messages = self.messages();
            if messages.len() >= count {
                let different: std::collections::HashSet<&str> =
                    messages.iter().map(|message| message.id.as_str()).collect();
                if different.len() >= count {
                    let span = |ends: Option<(&Message, &Message)>| ends.map(|(a, b)| b.at - a.at);
                    let took = span(messages.first().zip(messages.last())).unwrap_or_default();
                    return Ok(rate(count, took));
                }
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("only {} of {count} messages came", messages.len()).into());
            }
        }
    }

    fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.messages())
    }
}

/// Every eighth of the messages, over one connection.
async fn lane(place: SocketAddr, messages: &[Message], first: usize) -> Outcome<()> {
    let mut connection = Connection::open(place).await?;
    for Message { id, body, .. } in messages.iter().skip(first).step_by(LANES) {
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {place}\r\ncontent-type: application/json\r\nwebhook-id: {id}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        connection.exchange(&[head.as_bytes(), body].concat()).await?;
    }
    Ok(())
}

//! everything the server asks of others is away: the mail server, the provider people sign in with, the hosts of
//! clients' documents, a webhook.
//!
//! Away in three ways: nobody listens, connections are taken and nothing comes, and answers are errors. Whoever needs
//! none of it notices nothing, and no connection is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::cluster::{Cluster, Plan};
use super::history::Entry;
use super::http::Request;
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Party, operate};
use super::report::{Report, percentile};
use super::run::Run;
use super::sink::LOOPBACK;
use crate::Outcome;
use crate::seeds::CALLBACK;

const CLOSES: u8 = 0;
const SILENT: u8 = 1;
const FAILS: u8 = 2;

/// How a host of somebody else is.
#[derive(Clone)]
struct Elsewhere {
    port: u16,
    mood: Arc<AtomicU8>,
}

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-20 others are away");
    let elsewhere = Elsewhere::listen().await?;
    let port = elsewhere.port;
    let secret = run.world.directory().join("upstream-secret");
    std::fs::write(&secret, "a secret of ours there")?;
    let more = format!(
        "{LOOPBACK}[fetch]\nallow_networks = [\"127.0.0.0/8\"]\n\
         [mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"gatewright@example.test\"\n\
         [[upstream]]\nname = \"company\"\ntitle = \"Acme\"\nissuer = \"http://127.0.0.1:{port}\"\n\
         client_id = \"ours\"\nclient_secret_file = \"{}\"\nallow_networks = [\"127.0.0.0/8\"]\n",
        secret.display()
    );
    let cluster = Cluster::start(&run.program, run.world, Plan { more: &more, ..Plan::of(1) }).await?;
    let node = &cluster.nodes[0];
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let webhook = json!({ "name": "away", "url": format!("http://127.0.0.1:{port}/"), "kinds": ["*"] });
    operate(run.world, ("POST", "/webhooks"), Some(&webhook)).await?;
    let load = Load::begin(run, &party, 6).await?;
    let length = Duration::from_secs(run.scaled(60, 6) as u64);
    sleep(length).await;
    let times = party.history.times(|entry| entry.what == "refresh");
    let usual = percentile(&times, 99);
    report.told(
        "p50 and p99 of a refresh before, in ms",
        format!("{}, {}", percentile(&times, 50).as_millis(), usual.as_millis()),
    );
    let files = node.files()?;
    for (name, mood) in [("closes", CLOSES), ("silent", SILENT), ("fails", FAILS)] {
        elsewhere.mood.store(mood, Ordering::Relaxed);
        let begun = Instant::now();
        while begun.elapsed() < length {
            ask_for_them(&party, port);
            sleep(Duration::from_millis(300)).await;
        }
        let times = party.history.times(|entry| entry.at >= begun && entry.what == "refresh");
        report.goal(format!("{name}: p99 of a refresh"), percentile(&times, 99), usual * 2);
    }
    let actors = load.end().await?;
    sleep(Duration::from_secs(12)).await;
    report.goal_of("open files more than before", node.files()?.saturating_sub(files) as u64, 20);
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs: cluster.logs() };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

/// Requests that need somebody else: the start of a sign-in there, a document of a client, a mailed link. What they are
/// answered does not matter here, only that nobody else waits for them.
fn ask_for_them(party: &Party, port: u16) {
    for number in 0..4_u64 {
        let mut party = party.another(number);
        tokio::spawn(async move {
            let document = format!("http%3A%2F%2F127.0.0.1%3A{port}%2Fclient-{}", party.luck.below(1_000));
            let query = format!("/authorize?response_type=code&client_id={document}&redirect_uri={CALLBACK}");
            let start = Request::form("/upstream/company", &[]);
            let forgot = Request::form("/forgot", &[("username", "alice@example.test")]);
            for (what, request) in
                [("document", Request::get(query)), ("upstream", start), ("forgot", forgot)]
            {
                // Any answer is one.
                let _ = party.send(what, &request).await;
            }
        });
    }
}

impl Elsewhere {
    async fn listen() -> Outcome<Elsewhere> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let elsewhere = Elsewhere { port: listener.local_addr()?.port(), mood: Arc::default() };
        let mood = Arc::clone(&elsewhere.mood);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mood = mood.load(Ordering::Relaxed);
                if mood == CLOSES {
                    continue;
                }
                tokio::spawn(async move {
                    let mut seen = [0; 4096];
                    while let Ok(1..) = stream.read(&mut seen).await {
                        if mood == FAILS
                            && stream
                                .write_all(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")
                                .await
                                .is_err()
                        {
                            break;
                        }
                    }
                });
            }
        });
        Ok(elsewhere)
    }
}

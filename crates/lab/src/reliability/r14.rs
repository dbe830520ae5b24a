//! no room is left on the disk of the database, on that of the log, for open files, for memory.
//!
//! 1. The disk of PostgreSQL is full: first its tables cannot grow, then it cannot write its log of writes and ends.
//!    Changes hear 503, keys and metadata are served, and soon after there is room everything works by itself.
//! 2. The log goes to a device that is always full: the server goes on without it.
//! 3. Strangers open more connections than the server may have files, and later it may have no more than it has: who is
//!    connected is served, health answers, the database is reached anew.
//! 4. The address space is at nine tenths of its limit, and then at the limit (`RLIMIT_AS`; the memory controller of the
//!    machine's cgroups belongs to whoever runs it). At the limit the process may end; then it is started again, and
//!    nothing is half done.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Resource;
use sqlx::Executor as _;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::actor::Actor;
use super::cluster::{Cluster, Log, Node, Plan};
use super::history::Entry;
use super::http::{Cookies, Door, Request};
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Party, Trouble};
use super::r04::{STANDING, first_write};
use super::report::{Report, percentile};
use super::run::Run;
use super::volume::Ballast;
use super::watch::{Watcher, bad};
use crate::Outcome;
use crate::process::{addresses, limit};

/// Longest time without writes after there is room again.
const RECOVERED: Duration = Duration::from_secs(10);
/// How many files the node of step 3 may have open.
const FILES: u32 = 256;
/// How many connections strangers open there.
const STRANGERS: usize = 400;
/// Actors of each step.
const ACTORS: usize = 6;
/// Sign-ins at once of step 4.
const CROWD: u64 = 8;
/// Whoever is in front of that node says where they come from.
const BEHIND_A_PROXY: &str = "trust_proxy = [\"127.0.0.1/32\"]\n";

/// What the steps have in common.
struct Scene<'a> {
    run: &'a Run<'a>,
    party: Party,
    actors: Vec<Actor>,
    logs: &'a Path,
    /// How long each trouble lasts.
    lasts: Duration,
}

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-14 no room left");
    // On another disk than the one that is filled.
    let logs = tempfile::tempdir()?;
    let cluster =
        Cluster::start(&run.program, run.world, Plan { log: Log::In(logs.path()), ..Plan::of(2) }).await?;
    let party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let lasts = Duration::from_secs(run.scaled(30, 5) as u64);
    let mut scene = Scene { run, party, actors: Vec::new(), logs: logs.path(), lasts };
    scene.disk(&cluster, &mut report).await?;
    scene.log(&mut report).await?;
    scene.strangers(&mut report).await?;
    scene.files(&cluster.nodes[0], &mut report).await?;
    let ended = scene.memory(&mut report).await?;
    scene.party.doors = cluster.doors();
    report.told("requests told to come again", scene.party.history.told(|entry| entry.status() == 503).len());
    report.none("answers with 500", &scene.party.history.told(Entry::is_fault));
    let logs = [cluster.logs(), ended].concat();
    let evidence = Evidence { world: run.world, party: &scene.party, actors: &scene.actors, logs };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

impl Scene<'_> {
    /// Step 1.
    async fn disk(&mut self, cluster: &Cluster, report: &mut Report) -> Outcome<()> {
        let eyes: Vec<Watcher> = (0..)
            .zip(cluster.doors())
            .map(|door| Watcher::begin(door, STANDING, Duration::from_millis(20)))
            .collect();
        let load = Load::begin(self.run, &self.party, ACTORS).await?;
        sleep(Duration::from_secs(1)).await;

        let (mut ballast, begun) = (Ballast::in_directory(self.run.world.directory())?, Instant::now());
        let mut refused = None;
        while begun.elapsed() < self.lasts {
            ballast.grow()?;
            match self.party.program().await {
                Ok(_) => {}
                Err(Trouble::Later) => refused = refused.or(Some(begun.elapsed())),
                Err(trouble) => self.party.history.violation(&format!("on a full disk: {trouble}")),
            }
            sleep(Duration::from_millis(50)).await;
        }
        let refused = refused.ok_or("the disk was full, and everything was written")?;
        report.told("tables: from the full disk to the first 503", format!("{} ms", refused.as_millis()));
        drop(ballast);
        let recovered = self.recovered().await?;
        report.never_longer("tables: from room until every node issues tokens", recovered, RECOVERED);

        let mut ballast = Ballast::in_directory(self.run.world.directory())?;
        let ended = self.exhaust(&mut ballast).await?;
        report.told("log of writes: PostgreSQL ended", format!("after {} ms", ended.as_millis()));
        sleep(self.lasts / 2).await;
        drop(ballast);
        let room = Instant::now();
        self.run.world.revive_database().await?;
        report.told("log of writes: PostgreSQL back after", format!("{} ms", room.elapsed().as_millis()));
        self.recovered().await?;
        report.never_longer(
            "log of writes: from room until every node issues tokens",
            room.elapsed(),
            RECOVERED,
        );
        self.actors.extend(load.end().await?);
        for (node, eye) in eyes.into_iter().enumerate() {
            let seen = eye.end().await?;
            report
                .none(format!("node {node}: JWKS and metadata, bad answers of {}", seen.len()), &bad(&seen));
        }
        Ok(())
    }

    /// Has PostgreSQL ask for room for its log of writes until it ends; how long that took.
    async fn exhaust(&self, ballast: &mut Ballast) -> Outcome<Duration> {
        let begun = Instant::now();
        while let Ok(mut connection) = self.run.world.superuser().await {
            ballast.grow()?;
            // Either may be what it ends at.
            let written = connection.execute("SELECT pg_logical_emit_message(true, 'lab', 'x')").await;
            if written.is_ok() && connection.execute("SELECT pg_switch_wal()").await.is_ok() {
                if begun.elapsed() > Duration::from_mins(1) {
                    return Err("PostgreSQL had room for its log of writes for a minute".into());
                }
                continue;
            }
            break;
        }
        Ok(begun.elapsed())
    }

    /// Asks every node for a token until it issues one; how long that took.
    async fn recovered(&mut self) -> Outcome<Duration> {
        let begun = Instant::now();
        for node in 0..self.party.doors.len() {
            first_write(&mut self.party.at(node)).await?;
        }
        Ok(begun.elapsed())
    }

    /// Step 2.
    async fn log(&mut self, report: &mut Report) -> Outcome<()> {
        let plan = Plan { log: Log::Full, ..Plan::of(1) };
        let cluster = Cluster::start(&self.run.program, self.run.world, plan).await?;
        self.party.doors = cluster.doors();
        let begun = Instant::now();
        let load = Load::begin(self.run, &self.party, ACTORS).await?;
        sleep(self.lasts).await;
        self.actors.extend(load.end().await?);
        let now = |entry: &Entry| entry.at >= begun;
        let answered = self.party.history.times(|entry| now(entry) && entry.status() != 0);
        report.told(
            "full log: requests, p99",
            format!("{}, {} ms", answered.len(), percentile(&answered, 99).as_millis()),
        );
        let unwell =
            self.party.history.told(|entry| now(entry) && (entry.status() == 0 || entry.status() >= 500));
        report.none("full log: requests without an answer or with 5xx", &unwell);
        let metrics = cluster.nodes[0].admin.send(&Request::get("/metrics")).await;
        let metrics = metrics.map_err(|lost| format!("metrics: {lost:?}"))?.text();
        let lost = metrics.lines().find_map(|line| line.strip_prefix("gatewright_log_errors_total "));
        let counted: usize = lost.unwrap_or("0").parse()?;
        report.exactly("full log: it is counted that lines were lost", usize::from(counted > 0), 1);
        Ok(())
    }

    /// Step 3: strangers want more connections than there may be files.
    async fn strangers(&mut self, report: &mut Report) -> Outcome<()> {
        let plan = Plan { log: Log::In(self.logs), files: Some(FILES), ..Plan::of(1) };
        let cluster = Cluster::start(&self.run.program, self.run.world, plan).await?;
        let node = &cluster.nodes[0];
        self.party.doors = cluster.doors();
        self.recovered().await?;
        let mut strangers = Vec::new();
        for _ in 0..STRANGERS {
            strangers.push(TcpStream::connect(node.door.address()).await?);
        }
        self.disconnect_nodes().await?;
        let (begun, mut unwell, mut open) = (Instant::now(), Vec::new(), 0);
        while begun.elapsed() < self.lasts.min(Duration::from_secs(8)) {
            open = open.max(node.files()?);
            unwell.extend(unhealthy(node).await);
            // On the connection from before the strangers.
            if let Err(trouble) = self.party.program().await {
                unwell.push(format!("token: {trouble}"));
            }
            sleep(Duration::from_millis(100)).await;
        }
        report.told(
            format!("open files: {STRANGERS} strangers at a node that may have {FILES}"),
            format!("{open} open at most"),
        );
        report.none("open files: health, and tokens on an open connection", &unwell);
        drop(strangers);
        let fresh = Instant::now();
        while Door::new(node.door.address(), node.door.host()).send(&Request::get("/jwks")).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
        report.never_longer("open files: until who connects anew is served", fresh.elapsed(), RECOVERED);
        Ok(())
    }

    /// Has nodes connect to the database anew.
    async fn disconnect_nodes(&self) -> Outcome<()> {
        let mut connection = self.run.world.superuser().await?;
        let cut =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatewright'";
        connection.execute(cut).await?;
        Ok(())
    }

    /// Step 3: a node may open no more files than it has.
    async fn files(&mut self, node: &Node, report: &mut Report) -> Outcome<()> {
        let doors = vec![std::sync::Arc::clone(&node.door)];
        self.party.doors = doors;
        self.recovered().await?;
        limit(node.id()?, Resource::Nofile, Some(node.files()? as u64))?;
        self.disconnect_nodes().await?;
        let (begun, mut waiting) = (Instant::now(), Vec::new());
        while begun.elapsed() < self.lasts {
            // Nobody takes them in; the kernel does.
            waiting.push(TcpStream::connect(node.door.address()).await?);
            match self.party.program().await {
                Ok(_) | Err(Trouble::Later) => {}
                Err(trouble) => self.party.history.violation(&format!("without files: {trouble}")),
            }
            sleep(Duration::from_millis(100)).await;
        }
        let noticed = node.said().matches("cannot accept connections").count();
        if noticed == 0 {
            return Err("a node that may open no file has opened all it wanted".into());
        }
        report.told(
            "no more files: said so in the log, a second",
            noticed / usize::try_from(self.lasts.as_secs())?,
        );
        limit(node.id()?, Resource::Nofile, None)?;
        drop(waiting);
        let room = Instant::now();
        while !node.is_ready().await {
            sleep(Duration::from_millis(20)).await;
        }
        self.recovered().await?;
        report.never_longer(
            "no more files: from room until it is ready and issues tokens",
            room.elapsed(),
            RECOVERED,
        );
        Ok(())
    }

    /// Step 4; the logs of its node.
    async fn memory(&mut self, report: &mut Report) -> Outcome<Vec<std::path::PathBuf>> {
        let plan = Plan { log: Log::In(self.logs), listen: BEHIND_A_PROXY, ..Plan::of(1) };
        let mut cluster = Cluster::start(&self.run.program, self.run.world, plan).await?;
        self.party.doors = cluster.doors();
        let load = Load::begin(self.run, &self.party, ACTORS).await?;
        self.crowd().await?;
        let node = &mut cluster.nodes[0];
        let size = addresses(node.id()?)?;
        limit(node.id()?, Resource::As, Some(size / 9 * 10))?;
        let (begun, mut ended) = (Instant::now(), 0_usize);
        while begun.elapsed() < self.lasts {
            self.crowd().await?;
            ended += usize::from(node.has_ended()?);
        }
        report.told(
            "memory: address space, and its limit",
            format!("{} MiB, {} MiB", size >> 20, (size / 9 * 10) >> 20),
        );
        report.exactly("memory: ended at nine tenths", ended, 0);

        // Not one more password can be hashed.
        limit(node.id()?, Resource::As, Some(addresses(node.id()?)? + (4 << 20)))?;
        let begun = Instant::now();
        while begun.elapsed() < self.lasts && !node.has_ended()? {
            self.crowd().await?;
        }
        if node.has_ended()? {
            node.kill();
            let again = Instant::now();
            node.start()?;
            node.ready().await?;
            self.recovered().await?;
            report.told("memory: at the limit", "ended, started again");
            report.never_longer("memory: from the start until it issues tokens", again.elapsed(), RECOVERED);
        } else {
            limit(node.id()?, Resource::As, None)?;
            report.told("memory: at the limit", "it went on");
        }
        self.actors.extend(load.end().await?);
        Ok(cluster.logs())
    }

    /// Many who try a password at once, from everywhere: nobody is slowed down for it.
    async fn crowd(&mut self) -> Outcome<()> {
        let mut trying = tokio::task::JoinSet::new();
        for number in 0..CROWD {
            let network = self.party.luck.below(65_536);
            let from = format!("198.{}.{}.{number}", 18 + network % 2, network / 256);
            let mut party = self.party.another(1000 + number).from(&from);
            let name = format!("nobody-{network}-{number}");
            trying.spawn(async move {
                // What is wrong about it is in the history.
                let _ = party.guess((name.as_str(), "a password of nobody"), &mut Cookies::default()).await;
            });
        }
        while let Some(one) = trying.join_next().await {
            one?;
        }
        Ok(())
    }
}

/// What is wrong with a node's health, on a new connection.
async fn unhealthy(node: &Node) -> Option<String> {
    let door = Door::new(node.admin.address(), node.admin.host());
    match door.send(&Request::get("/health/ready")).await {
        Ok(answer) if answer.status == 200 => None,
        Ok(answer) => Some(format!("health: {} {}", answer.status, answer.text())),
        Err(lost) => Some(format!("health: {lost:?}")),
    }
}

//! the master key is replaced under load, and whoever replaces it is killed at every step.
//!
//! 1. Again and again, under load: a new file, every node restarted with both, and two operators who replace the key at
//!    the same moment. One does it, no node notices.
//! 2. An operator is killed before each piece of the conversation with the database, and after it. Whatever is left
//!    opens with both files, and with the one that wraps; the same command then finishes what was begun.
//! 3. A node with a foreign key, and one with the key of before, end with exit code 78 and write nothing.
//! 4. A backup of before the first rotation opens with the file of before.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gatewright_cli::key_files::KeyFiles;
use gatewright_server::{App, Config, Machine};
use gatewright_store::{ConnectOptions, data_keys, master_keys};
use serde_json::Value;
use tokio::time::sleep;
use uuid::Uuid;

use super::cluster::{Cluster, Node, Plan};
use super::history::Entry;
use super::load::Load;
use super::oracle::{self, Evidence};
use super::party::{Party, people};
use super::postgresql::{client, done, restored};
use super::report::Report;
use super::run::Run;
use super::toll::{Halt, Toll};
use crate::Outcome;
use crate::process::Companion;
use crate::seeds::stopped;
use crate::world::{DATABASE, World};

/// The first key's file, made by the first start.
const FIRST: &str = "master.key";
/// The database that the backup is restored to.
const COPY: &str = "before";
/// What `gatewright serve` ends with when something about its configuration is wrong (`sysexits.h`).
const WRONG_CONFIGURATION: usize = 78;
/// How long a command may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The files of this experiment.
struct Files<'a> {
    run: &'a Run<'a>,
    /// The one in use.
    current: String,
    made: usize,
    /// Operators whose rotation was the one that happened.
    winners: usize,
    /// What must not be after a kill.
    wrong: Vec<String>,
}

/// Runs it.
pub async fn run(run: &Run<'_>) -> Outcome<Report> {
    let mut report = run.report("R-10 the master key is replaced");
    let mut files = Files { run, current: FIRST.to_owned(), made: 0, winners: 0, wrong: Vec::new() };
    let mut cluster = Cluster::start(&run.program, run.world, Plan::of(2)).await?;
    let mut party = Party::new(run.world, cluster.doors(), run.luck()).await?;
    let mut person = people(run.world, 1).await?.remove(0);
    let code = party.authorize(&mut person).await?;
    let tokens = party.redeem(&code).await?;
    restored(run.world, COPY).await?;

    let rotations = run.scaled(20, 2);
    let load = Load::begin(run, &party, 6).await?;
    for _ in 0..rotations {
        files.replace(&mut cluster).await?;
    }
    let actors = load.end().await?;
    report.told(
        "rotations under load, requests",
        format!("{rotations}, {}", party.history.noted().entries.len()),
    );
    report.exactly("winners, of two operators each time", files.winners, rotations);
    report.none("answers with 500", &party.history.told(Entry::is_fault));
    let closed: Vec<String> = cluster.nodes.iter().flat_map(|node| unopened(&node.said())).collect();
    report.none("what did not open, by the logs", &closed);

    let killed = files.kill_everywhere(&mut report).await?;
    report.told("kills, each at another step", killed);
    report.none("what a kill left by halves, or that did not open with both files", &files.wrong);

    for node in &mut cluster.nodes {
        node.stop().await?;
    }
    files.refused(&cluster.nodes[0], &mut report).await?;
    let mut copied = Cluster::start(&run.program, run.world, Plan { database: COPY, ..Plan::of(1) }).await?;
    let mut there = party.clone();
    there.doors = copied.doors();
    let first = there.refresh(&tokens.refresh).await;
    report.none("what a client meets in the copy, with the file of before", &troubles(first.as_ref().err()));
    files.bring_up(&mut copied.nodes[0], &mut report).await?;
    if let Ok(first) = first {
        let next = there.refresh(&first.refresh).await;
        report.none("what it meets when the copy has the key of today", &troubles(next.err().as_ref()));
    }
    for node in &mut cluster.nodes {
        name(node.config_file(), &files.current, &[])?;
        node.start()?;
        node.ready().await?;
    }
    let logs = cluster.logs().into_iter().chain(copied.logs()).collect();
    let evidence = Evidence { world: run.world, party: &party, actors: &actors, logs };
    oracle::judge(&evidence, &mut report).await?;
    Ok(report)
}

impl Files<'_> {
    /// Step 1, once.
    async fn replace(&mut self, cluster: &mut Cluster) -> Outcome<()> {
        let next = self.make().await?;
        for node in &mut cluster.nodes {
            name(node.config_file(), &next, &[&self.current])?;
            node.stop().await?;
            node.start()?;
            node.ready().await?;
        }
        let rotate = |node: usize| rotate(self.run, cluster.nodes[node].config_file());
        let (one, other) = tokio::try_join!(rotate(0), rotate(1))?;
        self.winners += [one, other].iter().filter(|done| done["changed"] == true).count();
        self.current = next;
        Ok(())
    }

    async fn make(&mut self) -> Outcome<String> {
        self.made += 1;
        let name = format!("master-{}.key", self.made);
        let file = self.path(&name);
        let ended = command(self.run, &["master-key", "new"], Some(&file)).await?;
        if ended.code == 0 { Ok(name) } else { Err(ended.said.into()) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.run.world.directory().join(name)
    }

    /// Step 2; how many times.
    async fn kill_everywhere(&mut self, report: &mut Report) -> Outcome<usize> {
        // Once without a kill, to see how many pieces there are.
        let (pieces, _) = self.attempt(Halt::Never).await?;
        let mut points: Vec<Halt> =
            (1..=pieces).flat_map(|piece| [Halt::Before(piece), Halt::After(piece)]).collect();
        // The transaction is at the end.
        points.reverse();
        let wanted = self.run.scaled(points.len(), 6).min(points.len());
        let some = (0..wanted).map(|number| points[number * points.len() / wanted]);
        let (mut kills, mut done) = (0, 0);
        for point in [Halt::BeforeCommit, Halt::AfterCommit].into_iter().chain(some) {
            let (_, killed) = self.attempt(point).await?;
            kills += usize::from(killed.is_some());
            done += usize::from(killed == Some(Left::After));
        }
        report.told("pieces of the conversation", pieces);
        report.told(
            "of the kills, before anything was changed and after everything was",
            format!("{}, {done}", kills - done),
        );
        Ok(kills)
    }

    /// A rotation that is stopped there. What it left, unless it came to its end.
    async fn attempt(&mut self, halt: Halt) -> Outcome<(usize, Option<Left>)> {
        let next = self.make().await?;
        let world = self.run.world;
        let toll = Toll::open(world.socket(), halt).await?;
        let file = self.path("killed.toml");
        let url = format!(
            "postgres://gatewright@{}/{DATABASE}?sslmode=disable&application_name=killed",
            toll.address()
        );
        configuration(&file, (world, &url), (&next, &[&self.current]))?;
        let mut rotating = Command::new(&self.run.program);
        rotating.args(["master-key", "rotate", "--config"]).arg(&file).env_remove("DATABASE_URL");
        rotating.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Companion::start(&mut rotating)?;
        let begun = Instant::now();
        let mut came_to_its_end = false;
        while !toll.has_halted() && !came_to_its_end {
            came_to_its_end = process.ended()?.is_some();
            if begun.elapsed() > PATIENCE {
                return Err(format!("a rotation does not go on, at {halt:?}").into());
            }
            sleep(Duration::from_millis(2)).await;
        }
        // Its end is a SIGKILL.
        drop(process);
        let pieces = toll.passed();
        drop(toll);
        self.gone().await?;

        let url = world.database_url.clone();
        let wraps = data_keys::wrapped_by(&world.app.store).await?;
        let known = master_keys::list(&world.app.store).await?;
        let used: Vec<&str> =
            known.iter().filter(|key| key.retired_at.is_none()).map(|key| key.fingerprint.as_str()).collect();
        let (was, is) = (self.fingerprint(&self.current)?, self.fingerprint(&next)?);
        let left = match (wraps.as_slice(), used.as_slice()) {
            ([wraps], [used]) if wraps == used && *wraps == was => Left::Before,
            ([wraps], [used]) if wraps == used && *wraps == is => Left::After,
            half => return Err(format!("a rotation was done by halves at {halt:?}: {half:?}").into()),
        };
        let (right, wrong) = match left {
            Left::Before => (&self.current, &next),
            Left::After => (&next, &self.current),
        };
        // Both lists that hold the right one, in either order, and it alone.
        let lists: [(&str, &[&str]); 3] =
            [(&next, &[&self.current]), (&self.current, &[&next]), (right, &[])];
        for (current, previous) in lists {
            let app = self.start((&url, current, previous)).await?;
            let same = app.data_keys.code_secret(Uuid::nil()) == world.app.data_keys.code_secret(Uuid::nil());
            app.store.close().await;
            if !same {
                self.wrong.push(format!("{halt:?}: the keys changed"));
            }
        }
        if self.start((&url, wrong, &[])).await.is_ok() {
            self.wrong.push(format!("{halt:?}: it starts with the other file alone"));
        }
        configuration(&file, (world, &url), (&next, &[&self.current]))?;
        let finished = rotate(self.run, &file).await?;
        if finished["in_use"] != is.as_str() || finished["changed"] != (left == Left::Before) {
            self.wrong.push(format!("{halt:?}: finished with {finished}"));
        }
        self.current = next;
        Ok((pieces, (!came_to_its_end).then_some(left)))
    }

    fn fingerprint(&self, name: &str) -> Result<String, String> {
        let key = gatewright_cli::master_key::read(&self.path(name));
        key.map(|key| key.fingerprint()).map_err(|error| error.to_string())
    }

    /// Waits until the database has noticed that a client was killed.
    async fn gone(&self) -> Outcome<()> {
        let mut connection = self.run.world.superuser().await?;
        let begun = Instant::now();
        loop {
            let left: i64 =
                sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'killed'")
                    .fetch_one(&mut connection)
                    .await?;
            if left == 0 {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err("the database keeps a client that was killed".into());
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// A start with these files, as far as the listeners.
    async fn start(&self, (url, current, previous): (&str, &str, &[&str])) -> Outcome<App> {
        let file = self.path("started.toml");
        configuration(&file, (self.run.world, url), (current, previous))?;
        let config = Config::load(&file)?;
        let keys = KeyFiles::read(&config)?.keys();
        let mut options = ConnectOptions::new(url);
        options.max_connections = 2;
        let started = gatewright_server::start(config, &options, &keys, Machine::real());
        started.await.map_err(stopped)
    }

    /// Step 3.
    async fn refused(&mut self, node: &Node, report: &mut Report) -> Outcome<()> {
        let foreign = self.make().await?;
        let current = self.current.clone();
        let before = contents(self.run.world).await?;
        for (what, file) in [("a foreign key", foreign.as_str()), ("the key of before", FIRST)] {
            name(node.config_file(), file, &[])?;
            let ended = command(self.run, &["serve", "--config"], Some(node.config_file())).await?;
            report.exactly(format!("exit code with {what}"), ended.code, WRONG_CONFIGURATION);
            let needed = self.fingerprint(&current)?;
            report.exactly(
                "times it names the key that is needed",
                usize::from(ended.said.contains(&needed)),
                1,
            );
        }
        let is_same = contents(self.run.world).await? == before;
        report.exactly("databases that were written to meanwhile", usize::from(!is_same), 0);
        Ok(())
    }

    /// Step 4: the copy gets the key of today.
    async fn bring_up(&self, node: &mut Node, report: &mut Report) -> Outcome<()> {
        node.stop().await?;
        name(node.config_file(), &self.current, &[])?;
        let alone = command(self.run, &["serve", "--config"], Some(node.config_file())).await?;
        report.exactly("exit code of the copy with the key of today alone", alone.code, WRONG_CONFIGURATION);
        name(node.config_file(), &self.current, &[FIRST])?;
        node.start()?;
        node.ready().await?;
        let done = rotate(self.run, node.config_file()).await?;
        report.exactly("rotations of the copy", usize::from(done["changed"] == true), 1);
        node.stop().await?;
        name(node.config_file(), &self.current, &[])?;
        node.start()?;
        node.ready().await?;
        Ok(())
    }
}

/// What a killed rotation left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Everything as it was.
    Before,
    /// Everything done.
    After,
}

/// A command that ended.
struct Ended {
    code: usize,
    said: String,
}

async fn command(run: &Run<'_>, arguments: &[&str], file: Option<&Path>) -> Outcome<Ended> {
    let mut command = tokio::process::Command::new(&run.program);
    command.args(arguments).args(file).env_remove("DATABASE_URL").stdin(Stdio::null());
    let output = tokio::time::timeout(PATIENCE, command.kill_on_drop(true).output()).await??;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Ok(Ended {
        code: output.status.code().and_then(|code| usize::try_from(code).ok()).unwrap_or_default(),
        said,
    })
}

async fn rotate(run: &Run<'_>, config: &Path) -> Outcome<Value> {
    let ended = command(run, &["master-key", "rotate", "--json", "--config"], Some(config)).await?;
    if ended.code != 0 {
        return Err(format!("a rotation ended with {}: {}", ended.code, ended.said).into());
    }
    Ok(serde_json::from_str(&ended.said)?)
}

/// Names other files in a configuration.
fn name(config: &Path, current: &str, previous: &[&str]) -> Outcome<()> {
    let text = fs::read_to_string(config)?;
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains("master_key_file")).collect();
    let named = format!(
        "master_key_file = \"{current}\"\nprevious_master_key_files = {previous:?}\n{}\n",
        kept.join("\n")
    );
    Ok(fs::write(config, named)?)
}

/// A configuration for whoever does not listen.
fn configuration(
    file: &Path,
    (world, url): (&World, &str),
    (current, previous): (&str, &[&str]),
) -> Outcome<()> {
    let text = format!("issuer = \"http://{}\"\n[database]\nurl = \"{url}\"\n", world.host);
    fs::write(file, text)?;
    name(file, current, previous)
}

/// What logs say about values that do not open.
fn unopened(log: &str) -> Vec<String> {
    let lines = log.lines().filter(|line| {
        line.contains("does not open") || line.contains("cannot be unsealed") || line.contains("master key")
    });
    lines.map(str::to_owned).collect()
}

fn troubles(trouble: Option<&super::party::Trouble>) -> Vec<String> {
    trouble.iter().map(ToString::to_string).collect()
}

/// Everything in the database, as text.
async fn contents(world: &World) -> Outcome<String> {
    let file = world.directory().join("contents");
    let mut dumping = client(world, "pg_dump")?;
    dumping.args(["--data-only", "-f"]).arg(&file).arg(DATABASE);
    tokio::task::spawn_blocking(move || done(&mut dumping)).await??;
    let text = fs::read_to_string(&file)?;
    // Newer ones wrap what they write in a word drawn by chance.
    let lines =
        text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

//! The supervisor: real `gatewright serve` processes, as many as wanted, on one PostgreSQL.
//!
//! All of them have the same issuer and master key. Each listens on its own port, writes its own log, and reaches the
//! database through its own [`Proxy`] when the experiment breaks connections.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::time::sleep;

use super::http::{Door, Request};
use super::proxy::Proxy;
use crate::Outcome;
use crate::process::{Companion, resident};
use crate::world::{DATABASE, World, free_address};

/// How long a node may take to become ready, or to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// How nodes reach the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wiring {
    /// At its socket.
    Direct,
    /// Through a proxy each.
    Proxied,
}

/// Nodes to be started.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// How many.
    pub nodes: usize,
    /// What is run with them: the server, or one of the lab with a clock that can be moved.
    pub command: &'static str,
    /// On which database.
    pub database: &'static str,
    /// How they reach the database.
    pub wiring: Wiring,
    /// More about their listener.
    pub listen: &'a str,
    /// More of their configuration, beginning with the section about the database.
    pub more: &'a str,
    /// Where they log to.
    pub log: Log<'a>,
    /// How many files each may have open; as many as we when nothing is said.
    pub files: Option<u32>,
}

/// Where nodes log to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log<'a> {
    /// A file each beside the database.
    Beside,
    /// A file each in this directory.
    In(&'a Path),
    /// A device that is always full.
    Full,
}

/// Where nothing can be written.
const FULL: &str = "/dev/full";

impl Plan<'_> {
    /// So many, as they are by default.
    pub const fn of(nodes: usize) -> Plan<'static> {
        Plan {
            nodes,
            command: "serve",
            database: DATABASE,
            wiring: Wiring::Direct,
            listen: "",
            more: "",
            log: Log::Beside,
            files: None,
        }
    }
}

/// One node, running or not.
pub struct Node {
    program: PathBuf,
    command: &'static str,
    config_file: PathBuf,
    log: PathBuf,
    files: Option<u32>,
    process: Option<Companion>,
    /// Where its requests go in.
    pub door: Arc<Door>,
    /// Where its health is asked for.
    pub admin: Arc<Door>,
    /// What is between it and the database.
    pub proxy: Option<Proxy>,
}

/// All of them.
pub struct Cluster {
    /// The nodes.
    pub nodes: Vec<Node>,
}

impl Cluster {
    /// Starts them and waits until all are ready.
    pub async fn start(program: &Path, world: &World, plan: Plan<'_>) -> Outcome<Cluster> {
        let mut nodes = Vec::new();
        for _ in 0..plan.nodes {
            let mut node = Node::prepare(program, world, plan).await?;
            node.start()?;
            nodes.push(node);
        }
        for node in &mut nodes {
            node.ready().await?;
        }
        Ok(Cluster { nodes })
    }

    /// Where requests go in.
    pub fn doors(&self) -> Vec<Arc<Door>> {
        self.nodes.iter().map(|node| Arc::clone(&node.door)).collect()
    }

    /// The files that the nodes log to.
    pub fn logs(&self) -> Vec<PathBuf> {
        self.nodes.iter().map(|node| node.log.clone()).filter(|log| log != Path::new(FULL)).collect()
    }
}

impl Node {
    async fn prepare(program: &Path, world: &World, plan: Plan<'_>) -> Outcome<Node> {
        let (address, admin) = (free_address()?, free_address()?);
        let name = format!("node-{}", address.port());
        let (proxy, database) = match plan.wiring {
            Wiring::Direct => {
                (None, world.database_url.replace(&format!("/{DATABASE}?"), &format!("/{}?", plan.database)))
            }
            Wiring::Proxied => {
                let proxy = Proxy::start(world.socket()).await?;
                let url =
                    format!("postgres://gatewright@{}/{}?sslmode=disable", proxy.address(), plan.database);
                (Some(proxy), url)
            }
        };
        let host = world.host;
        let text = format!(
            "issuer = \"http://{host}\"\n\
             data_dir = \"{name}\"\n\
             master_key_file = \"master.key\"\n\
             [listen]\naddress = \"{address}\"\nadmin_address = \"{admin}\"\n{}\
             [database]\nurl = \"{database}\"\n{}",
            plan.listen, plan.more
        );
        let config_file = world.directory().join(format!("{name}.toml"));
        fs::write(&config_file, text)?;
        Ok(Node {
            program: program.to_owned(),
            command: plan.command,
            config_file,
            log: match plan.log {
                Log::Beside => world.directory().join(format!("{name}.log")),
                Log::In(directory) => directory.join(format!("{name}.log")),
                Log::Full => FULL.into(),
            },
            files: plan.files,
            process: None,
            door: Arc::new(Door::new(address, host.to_string())),
            admin: Arc::new(Door::new(admin, admin.to_string())),
            proxy,
        })
    }

    /// Starts its process. The log of the one before is kept.
    pub fn start(&mut self) -> Outcome<()> {
        let is_file = self.log != Path::new(FULL);
        let log = File::options().create(is_file).append(true).open(&self.log)?;
        let mut command = match self.files {
            None => Command::new(&self.program),
            Some(files) => {
                let mut shell = Command::new("/bin/sh");
                shell.arg("-c").arg(format!("ulimit -n {files} && exec \"$0\" \"$@\"")).arg(&self.program);
                shell
            }
        };
        command.args([self.command, "--config"]).arg(&self.config_file);
        command.env_remove("DATABASE_URL").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.process = Some(Companion::start(&mut command)?);
        Ok(())
    }

    /// Waits until it is ready; how long that took.
    pub async fn ready(&mut self) -> Outcome<Duration> {
        let begun = Instant::now();
        while !self.is_ready().await {
            if begun.elapsed() > PATIENCE {
                return Err(format!("not ready after a minute: {}", self.said()).into());
            }
            if let Some(process) = &mut self.process
                && process.check().is_err()
            {
                return Err(format!("a node ended while starting: {}", self.said()).into());
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(begun.elapsed())
    }

    /// Whether it says it is.
    pub async fn is_ready(&self) -> bool {
        let answer = self.admin.send(&Request::get("/health/ready")).await;
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// Kills it.
    pub fn kill(&mut self) {
        // Its end is a SIGKILL.
        self.process = None;
    }

    /// Asks it to stop; how long it took. It has to end well.
    pub async fn stop(&mut self) -> Outcome<Duration> {
        let begun = Instant::now();
        let Some(mut process) = self.process.take() else { return Ok(Duration::ZERO) };
        process.signal(Signal::TERM)?;
        loop {
            match process.ended()? {
                Some(status) if status.success() => return Ok(begun.elapsed()),
                Some(status) => {
                    return Err(format!("a node that was asked to stop ended with {status}").into());
                }
                None if begun.elapsed() > PATIENCE => return Err("a node does not stop".into()),
                None => sleep(Duration::from_millis(5)).await,
            }
        }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> Outcome<bool> {
        Ok(match &mut self.process {
            Some(process) => process.ended()?.is_some(),
            None => true,
        })
    }

    /// Its process.
    pub fn id(&self) -> Outcome<u32> {
        Ok(self.process.as_ref().ok_or("a node does not run")?.id())
    }

    /// Its memory, in bytes.
    pub fn resident(&self) -> Outcome<u64> {
        resident(self.id()?)
    }

    /// Its open files.
    pub fn files(&self) -> Outcome<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.id()?))?.count())
    }

    /// Its log.
    pub fn said(&self) -> String {
        if self.log == Path::new(FULL) {
            String::new()
        } else {
            fs::read_to_string(&self.log).unwrap_or_default()
        }
    }

    /// The file of its configuration.
    pub fn config_file(&self) -> &Path {
        &self.config_file
    }
}

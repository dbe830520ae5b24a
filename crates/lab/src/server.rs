//! The server under test: the real binary in a process of its own, with its default configuration.

use std::env;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::process::{Companion, resident};
use crate::wire;
use crate::world::World;

/// How long the first answer may take before we give up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server, and what starting it took.
pub struct Server {
    process: Companion,
    /// From starting the process to its first answer.
    pub first_answer: Duration,
}

impl Server {
    /// Starts it and waits for its first answer. Its log goes to a file: it is written, as in production.
    pub async fn start(program: &Path, world: &World) -> Outcome<Server> {
        let log = world.directory().join("server.log");
        let begun = Instant::now();
        let process = Companion::start(
            Command::new(program)
                .args(["serve", "--config"])
                .arg(&world.config_file)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(File::create(&log)?),
        )?;
        let mut server = Server { process, first_answer: Duration::ZERO };
        let request = wire::get(world.host, "/jwks");
        loop {
            match wire::ask(world.host, &request).await {
                Ok(_) => break,
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_micros(500)).await,
            }
            if server.process.check().is_err() {
                return Err(std::fs::read_to_string(&log)?.into());
            }
        }
        server.first_answer = begun.elapsed();
        Ok(server)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its memory, in bytes.
    pub fn resident(&self) -> Outcome<u64> {
        resident(self.id())
    }
}

/// Builds the release binary, if cargo runs us, and says where it is.
pub fn program() -> Outcome<PathBuf> {
    if let Some(cargo) = env::var_os("CARGO") {
        let arguments =
            ["build", "--release", "--quiet", "--package", "gatewright-cli", "--bin", "gatewright"];
        let built = Command::new(cargo).args(arguments).status()?;
        if !built.success() {
            return Err("the server does not build".into());
        }
    }
    let here = env::current_exe()?;
    let program = here.with_file_name("gatewright");
    if program.exists() {
        Ok(program)
    } else {
        Err(format!("{} is missing: cargo build --release -p gatewright-cli", program.display()).into())
    }
}

/// The binary beside this one, of the same profile. Cargo builds it if it runs us; tests find what `cargo test` of the
/// workspace has built.
pub fn beside() -> Outcome<PathBuf> {
    let release: &[&str] = if cfg!(debug_assertions) { &[] } else { &["--release"] };
    if let Some(cargo) = env::var_os("CARGO").filter(|_| !cfg!(test)) {
        let arguments = ["build", "--quiet", "--package", "gatewright-cli", "--bin", "gatewright"];
        if !Command::new(cargo).args(arguments).args(release).status()?.success() {
            return Err("the server does not build".into());
        }
    }
    let mut directory = env::current_exe()?;
    directory.pop();
    // Tests are one level deeper.
    let places = [directory.join("gatewright"), directory.join("../gatewright")];
    let found = places.into_iter().find(|program| program.is_file());
    found.ok_or_else(|| "the server is missing: cargo build -p gatewright-cli".into())
}

/// The limit of reads and signing, in a process of its own.
pub struct Bare {
    process: Companion,
    /// Where it listens.
    pub host: SocketAddr,
}

impl Bare {
    /// Starts it with the answers it is to give.
    pub fn start(world: &World, (jwks, introspection): (&[u8], &[u8])) -> Outcome<Bare> {
        use std::io::BufRead as _;
        let file = |name: &str, bytes: &[u8]| -> Outcome<PathBuf> {
            let path = world.directory().join(name);
            std::fs::write(&path, bytes)?;
            Ok(path)
        };
        let mut process = Companion::start(
            Command::new(env::current_exe()?)
                .arg("bare")
                .arg("--jwks")
                .arg(file("jwks.json", jwks)?)
                .arg("--introspection")
                .arg(file("introspection.json", introspection)?)
                .stdout(Stdio::piped()),
        )?;
        let mut line = String::new();
        let output = process.output().ok_or("no output")?;
        std::io::BufReader::new(output).read_line(&mut line)?;
        let host = line.trim().parse()?;
        Ok(Bare { process, host })
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

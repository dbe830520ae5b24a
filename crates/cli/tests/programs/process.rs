//! A running `gatewright`, and what it says.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A process of ours.
pub struct Process {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Process {
    /// Starts `gatewright` in `directory`.
    pub fn start(directory: &Path, arguments: &[&str]) -> Process {
        Process::start_with(directory, &[], arguments)
    }

    /// The same with variables of the environment.
    pub fn start_with(directory: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Process {
        let mut command = command(directory);
        command.args(arguments).envs(variables.iter().copied());
        Process::of(command)
    }

    /// Starts a program.
    pub fn of(mut command: Command) -> Process {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        listen(child.stdout.take().unwrap(), Arc::clone(&said));
        listen(child.stderr.take().unwrap(), Arc::clone(&said));
        Process { child, said }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said `words`.
    pub fn until_it_says(&mut self, words: &str) {
        let begun = Instant::now();
        while !self.said().contains(words) {
            assert!(begun.elapsed() < PATIENCE, "no {words:?} in:\n{}", self.said());
            if let Some(status) = self.child.try_wait().unwrap() {
                std::thread::sleep(Duration::from_millis(200));
                panic!("ended with {status} before saying {words:?}:\n{}", self.said());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The rest of the first line that begins with `label` (spaces aside).
    pub fn value(&self, label: &str) -> String {
        let said = self.said();
        let value = said.lines().find_map(|line| line.trim().strip_prefix(label));
        value.unwrap_or_else(|| panic!("no {label:?} in:\n{said}")).trim().to_owned()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end.
    pub fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // The readers may be a moment behind.
                std::thread::sleep(Duration::from_millis(100));
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal and waits for the end.
    pub fn stop(mut self, signal: Signal) -> ExitStatus {
        self.stop_and_listen(signal)
    }

    /// The same; what it said stays there to be read.
    pub fn stop_and_listen(&mut self, signal: Signal) -> ExitStatus {
        self.signal(signal);
        self.end()
    }
}

impl Drop for Process {
    /// A test that failed leaves no process behind: asked first, so that PostgreSQL goes too.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::TERM);
            let begun = Instant::now();
            while matches!(self.child.try_wait(), Ok(None)) && begun.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// `gatewright` in `directory`, with nothing of whoever runs the tests.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatewright"));
    command.current_dir(directory).env("XDG_CONFIG_HOME", directory.join("config"));
    for name in ["DATABASE_URL", "GATEWRIGHT_SERVER", "GATEWRIGHT_API_KEY", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(name);
    }
    command
}

fn listen(from: impl Read + Send + 'static, into: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut said = into.lock().unwrap();
            said.push_str(&line);
            said.push('\n');
        }
    });
}

/// A port nobody listens on, on either loopback address.
pub fn free_port() -> u16 {
    // The kernel may offer a port again that nobody has bound yet.
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        if GIVEN.lock().unwrap().insert(port) {
            return port;
        }
    }
}

/// An HTTP client that trusts `authority` (PEM), if given.
#[expect(clippy::disallowed_methods, reason = "a client outside the server")]
pub fn client(authority: Option<&[u8]>) -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    let certificates = authority.map(|pem| reqwest::Certificate::from_pem(pem).unwrap());
    reqwest::Client::builder().tls_certs_merge(certificates).timeout(PATIENCE).build().unwrap()
}

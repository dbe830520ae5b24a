//! What every parser of strangers' bytes must hold, whatever the bytes (R-24 of [docs/reliability.md]).
//!
//! 1. [`TARGETS`] names one function per parser. It takes any bytes and panics when something does not hold: that
//!    nothing panics inside, that what was accepted reads the same when it is written and read again, that another
//!    implementation agrees.
//! 2. `scripts/fuzz.sh` has libFuzzer look for bytes for which it panics, or that take long or much memory.
//! 3. What reached new code is kept in `fuzz/corpus`, one folder per target. The tests here go through all of it.
//!
//! A finding becomes a file of the corpus, so that it is tried with every change from then on.
//!
//! [docs/reliability.md]: ../../../docs/reliability.md

mod browsers;
mod clients;
mod passkeys;
mod requests;
mod servers;
#[cfg(test)]
mod tests;
mod tokens;

use std::path::{Path, PathBuf};
use std::{fs, io};

/// A parser and what must hold for it.
pub struct Target {
    /// Its name, and that of its folder in `fuzz/corpus`.
    pub name: &'static str,
    /// Panics when something does not hold.
    pub holds: fn(&[u8]),
}

impl Target {
    /// What is kept of what it was tried with, in the order of its names.
    pub fn corpus(&self) -> io::Result<Vec<Vec<u8>>> {
        let files = fs::read_dir(corpus().join(self.name))?.map(|entry| entry.map(|entry| entry.path()));
        let mut files: Vec<PathBuf> = files.collect::<io::Result<_>>()?;
        files.sort();
        files.iter().map(fs::read).collect()
    }
}

/// Where the corpora are.
fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

/// All of them.
pub const TARGETS: [Target; 22] = [
    Target { name: "assertion", holds: clients::assertion },
    Target { name: "base64url", holds: tokens::base64url },
    Target { name: "bearer", holds: requests::bearer },
    Target { name: "browser", holds: browsers::headers },
    Target { name: "discovery", holds: servers::discovery },
    Target { name: "display", holds: browsers::display },
    Target { name: "document", holds: clients::document },
    Target { name: "fetch", holds: servers::fetch },
    Target { name: "json", holds: tokens::json },
    Target { name: "jwk", holds: tokens::jwk },
    Target { name: "jws", holds: tokens::jws },
    Target { name: "params", holds: requests::params },
    Target { name: "passkey", holds: passkeys::passkey },
    Target { name: "picture", holds: browsers::picture },
    Target { name: "provider", holds: servers::provider },
    Target { name: "redirect", holds: requests::redirect },
    Target { name: "registration", holds: clients::registration },
    Target { name: "request", holds: requests::request },
    Target { name: "seal", holds: tokens::seal },
    Target { name: "secrets", holds: tokens::secrets },
    Target { name: "webhook", holds: servers::webhook },
    Target { name: "words", holds: requests::words },
];

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// The bytes as text. Where a parser takes text, who sends bytes that are none never reaches it.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Two texts in one input, with a line feed between them.
fn two(bytes: &[u8]) -> Option<(&str, &str)> {
    text(bytes)?.split_once('\n')
}

/// When all of this happens.
fn now() -> gatewright_oauth::Time {
    gatewright_oauth::Time::from_timestamp(1_800_000_000, 0).unwrap_or_default()
}

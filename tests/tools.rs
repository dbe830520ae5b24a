//! What `tests/interop/install.sh` installed, read from `target/interop/env`.
#![expect(clippy::missing_panics_doc, reason = "a test stops at the first surprise")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tokio::process::Command;

/// Paths of the programs the tests with real clients and a real browser drive.
pub struct Tools {
    scripts: PathBuf,
    node: String,
    chromium: String,
    pythons: [String; 2],
    schemathesis: String,
}

/// The two generations of the official SDKs that clients are built with.
#[derive(Clone, Copy, Debug)]
pub enum Generation {
    /// 1.x
    One,
    /// 2.x
    Two,
}

impl Tools {
    /// Reads what the installer found; panics with the command to run when it has not run.
    #[must_use]
    pub fn find() -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tests.join("../target"), PathBuf::from);
        let file = target.join("interop/env");
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}; run tests/interop/install.sh", file.display()));
        let found: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
        let path = |name| {
            let path = found.get(name).unwrap_or_else(|| panic!("no {name} in {}", file.display()));
            (*path).to_owned()
        };
        Self {
            scripts: tests.join("interop"),
            node: path("NODE"),
            chromium: path("CHROMIUM"),
            pythons: [path("PYTHON1"), path("PYTHON2")],
            schemathesis: path("SCHEMATHESIS"),
        }
    }

    /// The browser's executable.
    #[must_use]
    pub fn chromium(&self) -> &str {
        &self.chromium
    }

    /// A Node program of `tests/interop`.
    #[must_use]
    pub fn node(&self, script: &str) -> Command {
        self.program(&self.node, script)
    }

    /// A Python program of `tests/interop`, run with the SDK of that generation.
    #[must_use]
    pub fn python(&self, generation: Generation, script: &str) -> Command {
        let [one, two] = &self.pythons;
        let python = match generation {
            Generation::One => one,
            Generation::Two => two,
        };
        self.program(python, script)
    }

    /// The program that tries an API against its own description.
    #[must_use]
    pub fn schemathesis(&self) -> Command {
        Command::new(&self.schemathesis)
    }

    fn program(&self, interpreter: &str, script: &str) -> Command {
        let mut command = Command::new(interpreter);
        command.arg(self.scripts.join(script)).current_dir(&self.scripts);
        command
    }
}

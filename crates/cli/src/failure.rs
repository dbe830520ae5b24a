//! How a command fails: a text that says what to do next, and an exit code.

use std::fmt;
use std::process::ExitCode;

use gatewright_server::config::ConfigError;
use gatewright_server::{Fault, FaultKind, Stop};
use gatewright_store::StoreError;

use crate::managed_postgres;
use crate::master_key::MasterKeyError;
use crate::tls::TlsError;

/// Why a command failed. The text is for the person at the terminal.
#[derive(Debug)]
pub struct Failure {
    message: String,
    exit: Exit,
}

/// The exit code of a failed command (BSD's `sysexits.h`, which systemd and friends know).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Anything else: 1.
    Failure,
    /// Something we need cannot be reached: `EX_UNAVAILABLE`, 69. Starting again later may help.
    Unavailable,
    /// The server knows nobody by our credentials, or does not let them: `EX_NOPERM`, 77. Signing in may help.
    Refused,
    /// Configuration or master key: `EX_CONFIG`, 78. Starting again does not help.
    Configuration,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Failure => 1,
            Exit::Unavailable => 69,
            Exit::Refused => 77,
            Exit::Configuration => 78,
        }
    }
}

impl Failure {
    /// A failure with exit code 1. `message` ends with what to do next, on a line of its own that begins
    /// with two spaces.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), exit: Exit::Failure }
    }

    /// The same failure with another exit code.
    #[must_use]
    pub fn with(mut self, exit: Exit) -> Failure {
        self.exit = exit;
        self
    }

    /// A failure of configuration or master key.
    pub fn configuration(message: impl Into<String>) -> Failure {
        Failure::new(message).with(Exit::Configuration)
    }

    /// Its exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for ExitCode {
    fn from(failure: Failure) -> ExitCode {
        ExitCode::from(failure.exit.code())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        Failure::configuration(error.to_string())
    }
}

impl From<managed_postgres::Error> for Failure {
    fn from(error: managed_postgres::Error) -> Failure {
        Failure::new(error.to_string())
    }
}

impl From<MasterKeyError> for Failure {
    fn from(error: MasterKeyError) -> Failure {
        Failure::configuration(error.to_string())
    }
}

impl From<TlsError> for Failure {
    fn from(error: TlsError) -> Failure {
        Failure::configuration(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::from(Fault::from(error))
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        let text = fault.to_string();
        match fault.kind {
            FaultKind::Unavailable => Failure::new(format!(
                "the database cannot be used: {text}\n  \
                 check that PostgreSQL runs and that database.url is right (gatewright doctor looks closer)"
            ))
            .with(Exit::Unavailable),
            FaultKind::Internal if text.contains("master key") => Failure::configuration(text),
            FaultKind::Internal => Failure::new(text),
        }
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Failure {
        match stop {
            Stop::Refused(refusal) => Failure::new(refusal.description().to_owned()),
            Stop::Shown(problem) => Failure::new(format!("{problem:?}")),
            Stop::Broken(fault) => fault.into(),
        }
    }
}

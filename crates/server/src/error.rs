//! How a flow ends early: [`Stop::Refused`] is what we tell the client, [`Stop::Broken`] is what we
//! tell ourselves. How either is rendered (JSON, redirect, page, `WWW-Authenticate`) depends on where
//! it is caught; no other error type crosses a module.

use std::sync::Arc;

use gatewright_oauth::{Code, Refusal};
use gatewright_store::StoreError;

use crate::web::page::Problem;

/// Why a flow ended early.
#[derive(Debug)]
pub enum Stop {
    /// The request is at fault; the client is told why.
    Refused(Refusal),
    /// The person at the browser has to do something else; only pages end like this.
    Shown(Problem),
    /// We are at fault; the client gets a request id, the log gets the cause.
    Broken(Fault),
}

/// What a flow answers.
pub type Outcome<T> = Result<T, Stop>;

/// A failure of ours. Keeps its source for the log; shows only a request id.
#[derive(Debug)]
pub struct Fault {
    /// Whether trying again soon may help.
    pub kind: FaultKind,
    /// The cause, for the log.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// What the caller can do about a [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Something we depend on is away or we are at a limit: 503 with `Retry-After`.
    Unavailable,
    /// A bug or corrupt data: 500 with an error id.
    Internal,
}

impl Fault {
    /// Trying again soon may help.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        Fault { kind: FaultKind::Unavailable, source: source.into() }
    }

    /// A bug or corrupt data.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Fault {
        Fault { kind: FaultKind::Internal, source: source.into() }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.source)?;
        let mut cause = self.source.source();
        while let Some(next) = cause {
            write!(f, ": {next}")?;
            cause = next.source();
        }
        Ok(())
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refused(refusal)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Broken(fault)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::Unavailable(_) => Fault::unavailable(error),
            StoreError::Corrupt { .. } | StoreError::Database(_) => Fault::internal(error),
        }
    }
}

impl Fault {
    /// An error that several waiters of one read share.
    pub fn from_shared(error: Arc<StoreError>) -> Fault {
        match *error {
            StoreError::Unavailable(_) => Fault::unavailable(error),
            StoreError::Corrupt { .. } | StoreError::Database(_) => Fault::internal(error),
        }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Broken(error.into())
    }
}

impl Stop {
    /// How it ended, in a word, for those who count.
    pub fn word(&self) -> &'static str {
        match self {
            Stop::Refused(refusal) => refusal.code().as_str(),
            Stop::Shown(problem) => problem.word(),
            Stop::Broken(Fault { kind: FaultKind::Unavailable, .. }) => "unavailable",
            Stop::Broken(Fault { kind: FaultKind::Internal, .. }) => "failed",
        }
    }

    /// A refusal with the given code and description.
    pub fn refuse(code: Code, description: &'static str) -> Stop {
        Stop::Refused(Refusal::new(code, description))
    }
}

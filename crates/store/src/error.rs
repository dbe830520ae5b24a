//! What can go wrong below a decision.
//!
//! The server answers `Unavailable` with 503 and `Retry-After` (a revocation that was not stored
//! must never look like success), the others with 500. None of them reaches a client in words.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// The result of every function of this crate.
pub type Stored<T> = Result<T, StoreError>;

/// Why a statement gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is stopping, is overloaded or did not answer in time.
    /// Whether a write happened is unknown; every write is guarded, so trying again is safe.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// A row fits no state we know. Nothing is guessed from it.
    #[error("{table}.{column} of row {row} holds what Gatewright never writes")]
    Corrupt {
        /// The table of the row.
        table: &'static str,
        /// The column that does not decode.
        column: &'static str,
        /// The row's primary key as text; digests in hexadecimal.
        row: String,
    },
    /// The database refused the statement: a bug, or a schema of another release.
    #[error("the database refused a statement")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether a row stayed locked for longer than a statement waits.
    pub(crate) fn is_locked(&self) -> bool {
        matches!(self, StoreError::Unavailable(error) if is_locked(error))
    }

    /// Whether something unique is somebody else's already.
    pub(crate) fn is_taken(&self) -> bool {
        match self {
            StoreError::Database(sqlx::Error::Database(refusal)) => refusal.is_unique_violation(),
            StoreError::Database(_) | StoreError::Unavailable(_) | StoreError::Corrupt { .. } => false,
        }
    }
}

impl StoreError {
    /// Whether the row that this one belongs to is gone: it was removed while the statement ran.
    pub(crate) fn is_orphaned(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(refusal)) if refusal.is_foreign_key_violation())
    }
}

impl StoreError {
    /// Whether the table is not there: nobody has migrated yet.
    pub(crate) fn is_tableless(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(refusal)) if refusal.code().is_some_and(|is| is == "42P01"))
    }

    /// Whether the database role may not do this.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(refusal)) if refusal.code().is_some_and(|is| is == "42501"))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_unavailable(&error) { StoreError::Unavailable(error) } else { StoreError::Database(error) }
    }
}

/// Errors that say nothing about the statement, only about the moment.
pub(crate) fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(refusal) => {
            ended_the_connection(refusal.as_ref()) || refusal.code().is_some_and(|code| is_passing(&code))
        }
        _ => false,
    }
}

/// FATAL and PANIC end the connection, or stop it from being made: the database was dropped, renamed or closed to
/// us, or its password changed. None of that is the statement's fault.
fn ended_the_connection(refusal: &dyn DatabaseError) -> bool {
    refusal
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|refusal| matches!(refusal.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

/// SQLSTATE codes of a passing condition: connection exceptions, resources exhausted, operator
/// intervention (shutdown, starting up, statement timeout), lock not available, a server that
/// turned into a read-only replica, and conflicts that survived their retry.
fn is_passing(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("53")
        || code.starts_with("57")
        || matches!(code, "25006" | "55P03" | "40001" | "40P01")
}

/// A row stayed locked for longer than a statement waits.
pub(crate) fn is_locked(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(refusal) if refusal.code().is_some_and(|code| code == "55P03"))
}

/// A conflict the database resolved by rolling our statement back whole: it may be run again.
pub(crate) fn is_conflict(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(refusal)
        if refusal.code().is_some_and(|code| matches!(&*code, "40001" | "40P01")))
}

/// The connection broke under the statement; a read may be repeated on a fresh one.
pub(crate) fn is_broken_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(refusal) => {
            refusal.code().is_some_and(|code| matches!(&*code, "57P01" | "57P02"))
        }
        _ => false,
    }
}

/// A unique index said no where the statement names no conflict target for it.
pub(crate) fn is_unique_violation(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(refusal) if refusal.kind() == ErrorKind::UniqueViolation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_conditions_are_told_from_bugs() {
        for code in ["57P01", "57P03", "57014", "53300", "08006", "40001", "40P01", "25006"] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["42P01", "23505", "23503", "22001", "42703"] {
            assert!(!is_passing(code), "{code}");
        }
        assert!(matches!(StoreError::from(sqlx::Error::PoolTimedOut), StoreError::Unavailable(_)));
        assert!(matches!(StoreError::from(sqlx::Error::RowNotFound), StoreError::Database(_)));
    }
}

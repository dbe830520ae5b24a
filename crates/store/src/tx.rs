//! How a statement is run: counted, and repeated once where that cannot change its meaning.
//!
//! A read is repeated when the connection broke under it. A write is repeated when the database
//! rolled it back for a conflict (serialization failure, deadlock): the guard judges again. A
//! write whose connection broke is *not* repeated, for it may have happened.

use crate::error::{is_broken_connection, is_conflict};
use crate::{Stored, count};

/// Runs a statement that only reads.
pub(crate) async fn read<T, F>(statement: impl Fn() -> F) -> Stored<T>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    count::read();
    match statement().await {
        Err(error) if is_broken_connection(&error) => {
            count::read();
            Ok(statement().await?)
        }
        answer => Ok(answer?),
    }
}

/// Runs a guarded statement.
pub(crate) async fn write<T, F>(statement: impl Fn() -> F) -> Stored<T>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    count::write();
    match statement().await {
        Err(error) if is_conflict(&error) => {
            count::write();
            Ok(statement().await?)
        }
        answer => Ok(answer?),
    }
}

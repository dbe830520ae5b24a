//! Bringing a database to this release's tables.
//!
//! Several replicas may start at once. Whoever holds the lock on the row `schema` of `leases`
//! migrates; the others wait on that row, then find nothing left to do. It is a row lock held by
//! an open transaction rather than a lease with an end: a migration may take longer than any
//! lease guessed in advance, and the lock of a replica that dies goes with its connection.
//! Only that row is locked, never the database (no advisory lock), so poolers and PostgreSQL's
//! relatives are content. `leases` itself is created before the first migration, which repeats
//! the same words.
//!
//! Migrations go forward only and the previous release must run on the new schema, so a database
//! that knows *more* migrations than we do is current.

use sqlx::migrate::{Migrate as _, MigrateError, Migrator};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use crate::error::is_unique_violation;
use crate::{Store, Stored};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long a replica waits for another one's migrations, in milliseconds, as PostgreSQL's text.
const PATIENCE_MS: &str = "600000";

/// How a database's tables compare with what this program expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Every migration of this release is applied.
    Current,
    /// Some are missing (all of them in an empty database): run the migrations.
    Behind,
    /// A migration was applied in other words than ours, or stopped half-way.
    Foreign,
}

impl Store {
    /// Applies what is missing. Safe to call from several processes at once; a role that may make no tables may call
    /// it when nothing is missing.
    pub async fn migrate(&self) -> Stored<()> {
        if self.is_current().await? {
            return Ok(());
        }
        let mut guard = self.direct().connect().await?;
        sqlx::query!("SELECT set_config('lock_timeout', $1, false)", PATIENCE_MS)
            .fetch_one(&mut guard)
            .await?;
        create_leases(&mut guard).await?;
        let mut lock = guard.begin().await?;
        sqlx::query!(
            "INSERT INTO leases (name, holder, expires_at)
             VALUES ('schema', '00000000-0000-0000-0000-000000000000', '1970-01-01T00:00:00Z')
             ON CONFLICT (name) DO NOTHING"
        )
        .execute(&mut *lock)
        .await?;
        sqlx::query!("SELECT name FROM leases WHERE name = 'schema' FOR UPDATE")
            .fetch_one(&mut *lock)
            .await?;

        let mut connection = self.direct().connect().await?;
        migrator().run(&mut connection).await.map_err(|error| match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error,
            other => sqlx::Error::Migrate(Box::new(other)),
        })?;
        connection.close().await?;
        lock.commit().await?;
        guard.close().await?;
        Ok(())
    }

    /// Compares the database's tables with this release.
    pub async fn schema(&self) -> Stored<Schema> {
        let mut connection = self.lines()?.take().await?;
        let applied = match connection.list_applied_migrations(&MIGRATIONS.table_name).await {
            Ok(applied) => applied,
            Err(MigrateError::Execute(error)) if is_undefined_table(&error) => return Ok(Schema::Behind),
            Err(MigrateError::Execute(error)) => return Err(error.into()),
            Err(other) => return Err(sqlx::Error::Migrate(Box::new(other)).into()),
        };
        for migration in MIGRATIONS.iter() {
            match applied.iter().find(|done| done.version == migration.version) {
                None => return Ok(Schema::Behind),
                Some(done) if done.checksum != migration.checksum => return Ok(Schema::Foreign),
                Some(_) => {}
            }
        }
        Ok(Schema::Current)
    }

    /// The number of the newest migration that is applied; a later release may have applied more than this one has.
    pub async fn schema_version(&self) -> Stored<i64> {
        let mut connection = self.lines()?.take().await?;
        let applied = connection.list_applied_migrations(&MIGRATIONS.table_name).await;
        let applied = applied.map_err(|error| match error {
            MigrateError::Execute(error) => error,
            other => sqlx::Error::Migrate(Box::new(other)),
        })?;
        Ok(applied.iter().map(|done| done.version).max().unwrap_or(0))
    }

    /// Whether this release can work with the database as it is.
    pub async fn is_current(&self) -> Stored<bool> {
        Ok(self.schema().await? == Schema::Current)
    }
}

fn migrator() -> Migrator {
    Migrator {
        migrations: MIGRATIONS.migrations.clone(),
        ignore_missing: true,
        locking: false,
        ..Migrator::DEFAULT
    }
}

/// `IF NOT EXISTS` looks before it creates, so two replicas may both create: one of them fails
/// on a catalogue's unique index and finds the table on its second look.
async fn create_leases(connection: &mut PgConnection) -> Stored<()> {
    for attempt in 0.. {
        let created = sqlx::query!(
            "CREATE TABLE IF NOT EXISTS leases (
                 name            TEXT PRIMARY KEY,
                 holder          UUID NOT NULL,
                 expires_at      TIMESTAMPTZ NOT NULL
             )"
        )
        .execute(&mut *connection)
        .await;
        match created {
            Ok(_) => break,
            Err(error) if attempt < 3 && (is_unique_violation(&error) || is_duplicate_table(&error)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_undefined_table(error: &sqlx::Error) -> bool {
    has_code(error, "42P01")
}

fn is_duplicate_table(error: &sqlx::Error) -> bool {
    // A table is a type, too, and that may be what is there already.
    has_code(error, "42P07") || has_code(error, "42710")
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    matches!(error, sqlx::Error::Database(refusal) if refusal.code().is_some_and(|is| is == code))
}

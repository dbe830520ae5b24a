//! `jobs`: work that takes longer than a request should, and how far it is.
//!
//! Whoever does the work says with every step how far it is and until when to expect the next word. A job that says
//! it is running and whose time has passed was interrupted: its process is gone. What it had done by then stands, for
//! every step counts itself in its own statement. A job changes nothing by itself, so it writes no event.

use serde_json::Value;
use uuid::Uuid;

use crate::decode::corrupt;
use crate::{Store, Stored, Time, Write, tx};

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// What is done.
    pub kind: String,
    /// How it stands.
    pub state: State,
    /// Who began it.
    pub actor: String,
    /// Rows that were looked at.
    pub read: u64,
    /// Rows that made something.
    pub created: u64,
    /// Rows of what was there already.
    pub skipped: u64,
    /// Rows that were wrong.
    pub failed: u64,
    /// The first of those, and why; an array.
    pub errors: Value,
    /// Why it failed as a whole.
    pub note: Option<String>,
    /// When it began.
    pub created_at: Time,
    /// Until when to expect the next word of it.
    pub alive_until: Time,
    /// When it ended.
    pub finished_at: Option<Time>,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Somebody is at it, or was when they were last heard of.
    Running,
    /// All of it was done.
    Done,
    /// It ended early, and says why.
    Failed,
}

impl State {
    /// The text in the `state` column.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Option<State> {
        [State::Running, State::Done, State::Failed].into_iter().find(|state| state.as_str() == text)
    }
}

/// A job to be begun.
#[derive(Debug, Clone, Copy)]
pub struct NewJob<'a> {
    /// Fresh id.
    pub id: Uuid,
    /// What is done.
    pub kind: &'a str,
    /// Who begins it.
    pub actor: &'a str,
    /// When.
    pub now: Time,
    /// Until when to expect the first word of it.
    pub alive_until: Time,
}

/// One step of a job.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Which.
    pub job: Uuid,
    /// Rows that were looked at in this step.
    pub read: u32,
    /// Those of them that were wrong.
    pub failed: u32,
    /// What is told about those.
    pub errors: Vec<Value>,
    /// Until when to expect the next step.
    pub alive_until: Time,
}

struct Row {
    id: Uuid,
    kind: String,
    state: String,
    actor: String,
    rows_read: i64,
    rows_created: i64,
    rows_skipped: i64,
    rows_failed: i64,
    errors: Value,
    note: Option<String>,
    created_at: Time,
    alive_until: Time,
    finished_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<Job> {
        let number = |column, value| u64::try_from(value).map_err(|_| corrupt("jobs", column, self.id));
        Ok(Job {
            state: State::parse(&self.state).ok_or_else(|| corrupt("jobs", "state", self.id))?,
            read: number("rows_read", self.rows_read)?,
            created: number("rows_created", self.rows_created)?,
            skipped: number("rows_skipped", self.rows_skipped)?,
            failed: number("rows_failed", self.rows_failed)?,
            id: self.id,
            kind: self.kind,
            actor: self.actor,
            errors: self.errors,
            note: self.note,
            created_at: self.created_at,
            alive_until: self.alive_until,
            finished_at: self.finished_at,
        })
    }
}

/// Begins a job.
pub async fn begin(store: &Store, new: &NewJob<'_>) -> Stored<Write<()>> {
    let done = tx::write(|| {
        sqlx::query!(
            "INSERT INTO jobs (id, kind, state, actor, rows_read, rows_created, rows_skipped, rows_failed, errors,
                               created_at, alive_until)
             VALUES ($1, $2, 'running', $3, 0, 0, 0, 0, '[]', $4, $5) ON CONFLICT (id) DO NOTHING",
            new.id,
            new.kind,
            new.actor,
            new.now,
            new.alive_until,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}

/// Ends a job. `Lost` when it is not running any more.
pub async fn finish(
    store: &Store,
    id: Uuid,
    (state, note): (State, Option<&str>),
    now: Time,
) -> Stored<Write<()>> {
    let done = tx::write(|| {
        sqlx::query!(
            "UPDATE jobs SET state = $2, note = $3, finished_at = $4 WHERE id = $1 AND state = 'running'",
            id,
            state.as_str(),
            note,
            now,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(Write::from_count(i64::from(done.rows_affected() > 0)))
}

/// One job.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<Job>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, kind, state, actor, rows_read, rows_created, rows_skipped, rows_failed, errors, note,
                    created_at, alive_until, finished_at
             FROM jobs WHERE id = $1",
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Up to `limit` jobs that began before that one, the newest first.
pub async fn list(
    store: &Store,
    before: (Time, Uuid),
    (limit, state, now): (u32, Option<&str>, Time),
) -> Stored<Vec<Job>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, kind, state, actor, rows_read, rows_created, rows_skipped, rows_failed, errors, note,
                    created_at, alive_until, finished_at
             FROM jobs
             WHERE (created_at, id) < ($1, $2)
               AND ($4::TEXT IS NULL
                    OR CASE WHEN state = 'running' AND alive_until < $5 THEN 'interrupted' ELSE state END = $4)
             ORDER BY created_at DESC, id DESC LIMIT $3",
            before.0,
            before.1,
            i64::from(limit),
            state,
            now,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Removes at most `limit` that began before `before`, and says how many.
pub(crate) async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let done = tx::write(|| {
        sqlx::query!(
            "DELETE FROM jobs WHERE id IN (
                 SELECT id FROM jobs WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(done.rows_affected())
}

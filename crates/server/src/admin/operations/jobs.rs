//! Work that takes longer than a request should: how far it is, and what became of it.

use chrono::{DateTime, Utc};
use gatewright_store::Time;
use gatewright_store::jobs::{self, Job, State};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "jobs.list",
        method: Method::Get,
        path: "/jobs",
        scope: Scope::UsersRead,
        wants: Wants::Anybody,
        summary: "List jobs: imports of accounts",
        description: "The newest first; those that ended are kept for 30 days.",
        query: &[Parameter { name: "state", description: "`running`, `done`, `failed` or `interrupted`." }],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "jobs.show",
        method: Method::Get,
        path: "/jobs/{id}",
        scope: Scope::UsersRead,
        wants: Wants::Anybody,
        summary: "How far is a job?",
        description: "",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
];

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct View {
    /// Its id.
    id: Uuid,
    /// What is done: `users.import`.
    kind: String,
    /// `running`, `done`, `failed`, or `interrupted`: whoever was at it has not been heard of since. What was done by
    /// then stands; the same import sent again does the rest.
    state: &'static str,
    /// Who began it.
    actor: String,
    /// Lines that were read.
    read: u64,
    /// Accounts that were made.
    created: u64,
    /// Lines whose account was there already.
    skipped: u64,
    /// Lines that were wrong.
    failed: u64,
    /// The first 100 of those, and why.
    #[schema(value_type = Vec<LineError>)]
    errors: Value,
    /// Why it failed as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<DateTime<Utc>>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LineError {
    /// Its number, from one.
    pub line: u64,
    /// The member that is wrong.
    pub field: String,
    /// Why.
    pub detail: String,
}

/// A job as it is shown at `now`.
pub(super) fn view(job: &Job, now: Time) -> View {
    let state = match job.state {
        State::Running if job.alive_until < now => "interrupted",
        State::Running | State::Done | State::Failed => job.state.as_str(),
    };
    View {
        id: job.id,
        kind: job.kind.clone(),
        state,
        actor: job.actor.clone(),
        read: job.read,
        created: job.created,
        skipped: job.skipped,
        failed: job.failed,
        errors: job.errors.clone(),
        note: job.note.clone(),
        created_at: job.created_at,
        finished_at: job.finished_at,
    }
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    // Later than any job: another process may have another idea of the time.
    let latest = (call.moment.now + chrono::Duration::days(1), Uuid::max());
    let before = page.row().unwrap_or(latest);
    let state = call.one_of("state", &["running", "done", "failed", "interrupted"])?;
    let rows = jobs::list(&call.app.store, before, (page.limit, state, call.moment.now)).await?;
    let place = |job: &Job| Place { at: job.created_at, id: job.id.to_string() };
    cursor::answer(call, &page, &rows, (place, |job| view(job, call.moment.now)))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    let id = call.id("job")?;
    let job = jobs::by_id(&call.app.store, id).await?.ok_or_else(|| Problem::not_found("job"))?;
    Answer::ok(&view(&job, call.moment.now))
}

//! The server itself.

use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::checks::database::{self, Tables};
use crate::checks::{Check, Status, master_keys};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "server.show",
        method: Method::Get,
        path: "/server",
        scope: Scope::ServerRead,
        wants: Wants::Anybody,
        summary: "Show the server",
        description: "Its version, and its database: whether it answers, and which tables it has.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "server.checks",
        method: Method::Get,
        path: "/server/checks",
        scope: Scope::ServerRead,
        wants: Wants::Anybody,
        summary: "Is all well?",
        description: "What `gatewright doctor` looks at on the server: its database, tables, clock, keys and \
                      contents. Each check that is not `ok` says what to do. How the server looks from outside is \
                      looked at from there.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<Checks>()),
        run: |call| Box::pin(checks(call)),
    },
    Operation {
        id: "server.caller",
        method: Method::Get,
        path: "/caller",
        scope: Scope::ServerRead,
        wants: Wants::Anybody,
        summary: "Show who is calling",
        description: "And what they may at this moment.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<Caller>()),
        run: |call| Box::pin(async { caller(call) }),
    },
];

/// A server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Server)]
pub struct View {
    /// Its issuer (RFC 8414).
    issuer: String,
    /// The version of the program.
    version: &'static str,
    /// What its database calls itself.
    database: String,
    /// The number of the newest change to its tables. A running server has made all that its release has; a later release
    /// may have made more.
    schema_version: i64,
    /// How far the database's clock is ahead of this server's, in seconds.
    database_clock_ahead_seconds: f64,
}

/// What was looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServerChecks)]
pub struct Checks {
    /// Whether none has failed.
    ok: bool,
    /// One after the other.
    checks: Vec<Check>,
}

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Caller)]
pub struct Caller {
    /// As events name them.
    actor: String,
    /// Their role, if they are a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// What they may.
    scopes: Vec<String>,
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    let store = &call.app.store;
    let ahead = store.database_time().await? - call.app.clock.now();
    Answer::ok(&View {
        issuer: call.app.config.issuer.clone(),
        version: env!("CARGO_PKG_VERSION"),
        database: store.database_version().await?,
        schema_version: store.schema_version().await?,
        database_clock_ahead_seconds: ahead.as_seconds_f64(),
    })
}

async fn checks(call: &Call) -> Result<Answer, Problem> {
    let app = &call.app;
    let mut checks = Vec::new();
    match database::reach(&app.store, app.clock.as_ref(), &mut checks).await? {
        Tables::Ours => {
            checks.extend(master_keys::look(&app.store, &app.master_keys).await?);
            database::inside(&app.store, (&app.config, call.moment.now), &mut checks).await?;
        }
        Tables::Others => {}
    }
    let ok = checks.iter().all(|check| check.status != Status::Failed);
    Ok(Answer { etag: None, ..Answer::ok(&Checks { ok, checks })? })
}

fn caller(call: &Call) -> Result<Answer, Problem> {
    Answer::ok(&Caller {
        actor: call.caller.actor.to_string(),
        role: call.caller.role.map(gatewright_store::users::Role::as_str),
        scopes: call.caller.scopes.iter().map(str::to_owned).collect(),
    })
}

//! The server itself.

use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "server.show",
        method: Method::Get,
        path: "/server",
        scope: Scope::ServerRead,
        wants: Wants::Anybody,
        summary: "Show the server",
        description: "Its version, and whether its database answers.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
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
    /// How far the database's clock is ahead of this server's, in seconds.
    database_clock_ahead_seconds: f64,
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
        database_clock_ahead_seconds: ahead.as_seconds_f64(),
    })
}

fn caller(call: &Call) -> Result<Answer, Problem> {
    Answer::ok(&Caller {
        actor: call.caller.actor.to_string(),
        role: call.caller.role.map(gatewright_store::users::Role::as_str),
        scopes: call.caller.scopes.iter().map(str::to_owned).collect(),
    })
}

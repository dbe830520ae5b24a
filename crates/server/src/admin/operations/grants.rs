//! Grants: what people have allowed, to which client, for which resource.

use chrono::{DateTime, Utc};
use gatewright_oauth::ClientId;
use gatewright_store::Write;
use gatewright_store::grants::{self, Grant, Reason, Revocation};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::answer::Outdated;
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "grants.list",
        method: Method::Get,
        path: "/grants",
        scope: Scope::GrantsRead,
        wants: Wants::Anybody,
        summary: "List grants of a person or a client",
        description: "Oldest first, those included that ended within the last month. Name one of the two.",
        query: &[
            Parameter { name: "user_id", description: "Of this person." },
            Parameter { name: "client_id", description: "Of this client." },
        ],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "grants.revoke",
        method: Method::Delete,
        path: "/grants/{id}",
        scope: Scope::GrantsWrite,
        wants: Wants::Anybody,
        summary: "Revoke a grant",
        description: "Introspection and refreshing end within a second; resource servers that verify access tokens \
                      themselves believe them until they expire.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(revoke(call)),
    },
];

/// A grant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub struct View {
    /// Its id: `gid` in tokens.
    id: Uuid,
    /// Who gave it.
    user_id: Uuid,
    /// Whom to.
    client_id: String,
    /// For which resource.
    resource_id: Uuid,
    /// What for.
    scope: String,
    /// Whether it outlives the browser session.
    offline: bool,
    /// When it was given.
    created_at: DateTime<Utc>,
    /// When its client last got a token.
    last_used_at: DateTime<Utc>,
    /// When it ends unless it is used.
    idle_expires_at: DateTime<Utc>,
    /// When it ends in any case.
    expires_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_because: Option<&'static str>,
}

fn view(grant: &Grant) -> View {
    View {
        id: grant.id,
        user_id: grant.user,
        client_id: grant.client.to_string(),
        resource_id: grant.resource,
        scope: grant.scope.to_string(),
        offline: grant.offline,
        created_at: grant.created_at,
        last_used_at: grant.rotated_at,
        idle_expires_at: grant.idle_expires_at,
        expires_at: grant.expires_at,
        revoked_at: grant.revoked.map(|revoked| revoked.at),
        revoked_because: grant.revoked.map(|revoked| revoked.reason.as_str()),
    }
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    let after = page.after.as_ref().and_then(|place| place.id.parse().ok()).unwrap_or_default();
    let user: Option<Uuid> = call.parsed("user_id", "a UUID")?;
    let store = &call.app.store;
    let rows = match (user, call.parameter("client_id")?) {
        (Some(user), None) => grants::list_for_user(store, user, after, page.limit).await?,
        (None, Some(client)) => {
            let client =
                ClientId::parse(client).map_err(|_| Problem::invalid("client_id", "this is no client_id"))?;
            grants::list_for_client(store, &client, after, page.limit).await?
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Problem::invalid("user_id", "name either user_id or client_id"));
        }
    };
    let place = |grant: &Grant| Place { at: grant.created_at, id: grant.id.to_string() };
    cursor::answer(call, &page, &rows, (place, view))
}

async fn revoke(call: &Call) -> Result<Answer, Problem> {
    let grant = call.id("grant")?;
    if grants::state(&call.app.store, grant).await?.is_none() {
        return Err(Problem::not_found("grant"));
    }
    let revocation = Revocation { grant, reason: Reason::Operator, client: None };
    // Lost: it was revoked before.
    let (Write::Applied(()) | Write::Lost) =
        grants::revoke(&call.app.store, &revocation, &call.trace()).await?;
    Ok(Answer::nothing().outdating(Outdated::Grant(grant)))
}

//! What accounts are connected with at other providers.

use chrono::{DateTime, Utc};
use gatewright_store::Write;
use gatewright_store::identities::{self, Identity, Keep};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::users::{found, may_touch};
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "identities.list",
        method: Method::Get,
        path: "/users/{id}/identities",
        scope: Scope::UsersRead,
        wants: Wants::Anybody,
        summary: "List what an account is connected with at other providers",
        description: "Oldest first.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "identities.unlink",
        method: Method::Delete,
        path: "/users/{id}/identities/{identity}",
        scope: Scope::UsersWrite,
        wants: Wants::Anybody,
        summary: "Disconnect an account from another provider",
        description: "Nobody signs in that way any more; sessions stay. Also where it is the only way in: make the \
                      person a link to choose a password with.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(unlink(call)),
    },
];

/// An identity at another provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub struct View {
    /// Its id here.
    id: Uuid,
    /// The provider.
    issuer: String,
    /// Who, there.
    subject: String,
    /// What the provider called the person when it was connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// When it was connected.
    created_at: DateTime<Utc>,
    /// When somebody last signed in with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
}

fn view(identity: &Identity) -> View {
    View {
        id: identity.id,
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        label: identity.label.clone(),
        created_at: identity.created_at,
        last_used_at: identity.last_used_at,
    }
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let linked = identities::of_user(&call.app.store, found(call).await?.id).await?;
    let place = |identity: &Identity| Place { at: identity.created_at, id: identity.id.to_string() };
    cursor::answer_of_few(call, linked, (place, view))
}

async fn unlink(call: &Call) -> Result<Answer, Problem> {
    let user = found(call).await?;
    // AD-01: it may be their only way in.
    may_touch(call, &user)?;
    let id: Option<Uuid> = call.path.get(1).and_then(|text| text.parse().ok());
    let id = id.ok_or_else(|| Problem::not_found("identity"))?;
    match identities::unlink(&call.app.store, (user.id, id), Keep::Nothing, &call.trace()).await? {
        Write::Applied(()) => Ok(Answer::nothing()),
        Write::Lost => Err(Problem::not_found("identity")),
    }
}

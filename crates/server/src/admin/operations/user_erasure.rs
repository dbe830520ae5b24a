//! Accounts that go for good.

use gatewright_store::Write;
use gatewright_store::users::{self, Erased};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::users::{found, leaves_an_owner, may_touch};
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "users.delete",
    method: Method::Delete,
    path: "/users/{id}",
    scope: Scope::UsersWrite,
    wants: Wants::Recent,
    summary: "Delete an account and everything personal about it",
    description: "Its password, sessions, remembered answers and grants go with it, for good. Events name it by its id \
                  alone and stay. `dry_run=true` shows how much would go.",
    query: &[],
    takes: Takes::Nothing,
    gives: Gives::One(Body::of::<View>()),
    run: |call| Box::pin(delete(call)),
}];

/// What went with an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasedUser)]
pub struct View {
    /// The account's id, which never returns.
    id: Uuid,
    /// Passwords, and links to choose one with.
    credentials: u64,
    /// Sessions.
    sessions: u64,
    /// Remembered answers to apps.
    consents: u64,
    /// Grants.
    grants: u64,
}

async fn delete(call: &Call) -> Result<Answer, Problem> {
    let store = &call.app.store;
    let nobody = || Problem::not_found("account");
    let id = call.id("account")?;
    match users::hold(store, id).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(nobody()),
    }
    // Read behind the lock: nobody gets a role from here on.
    let user = found(call).await?;
    may_touch(call, &user)?;
    leaves_an_owner(call, &user).await?;
    let Write::Applied(erased) = users::erase(store, id, &call.trace()).await? else { return Err(nobody()) };
    let Erased { credentials, sessions, consents, grants } = erased;
    // There is nothing that an entity tag would be of.
    let view = View { id, credentials, sessions, consents, grants };
    Ok(Answer { etag: None, ..Answer::ok(&view)? })
}

//! Links with which people choose a password.

use chrono::{DateTime, Utc};
use gatewright_store::Write;
use gatewright_store::password_links::Purpose;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::users::{found, may_touch};
use crate::accounts::links;
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "users.reset",
    method: Method::Post,
    path: "/users/{id}/reset",
    scope: Scope::UsersWrite,
    wants: Wants::Recent,
    summary: "Make a link with which somebody chooses a new password",
    description: "Good once and for an hour; the one before is dead with that. The password of now stays good until \
                  another is set; then sessions, codes and grants end.",
    query: &[],
    takes: Takes::Nothing,
    gives: Gives::One(Body::of::<View>()),
    run: |call| Box::pin(reset(call)),
}];

/// A link with which somebody chooses a password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PasswordLink)]
pub struct View {
    /// The address, shown this once. Give it to the person and to nobody else.
    url: String,
    /// When it ends.
    expires_at: DateTime<Utc>,
}

/// Makes an account's link.
pub(super) async fn make(call: &Call, user: Uuid, purpose: Purpose) -> Result<View, Problem> {
    match links::make(&call.app, &call.moment, user, purpose).await? {
        Write::Applied(made) => Ok(View { url: call.reveal(&made.url), expires_at: made.expires_at }),
        Write::Lost => {
            Err(Problem::conflict("disabled", "the account is disabled").hint("let it sign in again first"))
        }
    }
}

async fn reset(call: &Call) -> Result<Answer, Problem> {
    let user = found(call).await?;
    // AD-01: who has the link has the account.
    may_touch(call, &user)?;
    Ok(Answer::ok(&make(call, user.id, Purpose::Reset).await?)?.showing_a_secret())
}

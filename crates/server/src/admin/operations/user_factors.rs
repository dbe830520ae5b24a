//! What somebody signs in with besides a password; and taking it away from who lost it.

use chrono::{DateTime, Utc};
use gatewright_store::{Write, factors, passkeys, recovery_codes, totps};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::users::{found, may_touch};
use crate::admin::operation::{Body, Gives, Method, Operation, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "users.factors",
        method: Method::Get,
        path: "/users/{id}/factors",
        scope: Scope::UsersRead,
        wants: Wants::Anybody,
        summary: "Show what somebody signs in with besides a password",
        description: "Passkeys, an authenticator app, and how many recovery codes are left. No secret is shown.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "users.reset_factors",
        method: Method::Post,
        path: "/users/{id}/factors/reset",
        scope: Scope::UsersWrite,
        wants: Wants::Recent,
        summary: "Take all second factors of an account away",
        description: "For somebody who lost them and has no recovery code. From then on the password alone signs them \
                      in, or lets them set up new ones where a second factor is required: make sure that it is them who \
                      asks, and have them choose a new password if it may be known. Sessions and grants stay.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(reset(call)),
    },
];

/// What somebody signs in with besides a password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Factors)]
pub struct View {
    /// Passkeys, oldest first.
    passkeys: Vec<PasskeyView>,
    /// The authenticator app.
    #[serde(skip_serializing_if = "Option::is_none")]
    totp: Option<TotpView>,
    /// How many recovery codes are left.
    recovery_codes: usize,
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Passkey)]
pub struct PasskeyView {
    /// Its id, as in events.
    id: Uuid,
    /// As its owner calls it.
    name: String,
    /// Whether it can be on several devices.
    synced: bool,
    /// When it was set up.
    created_at: DateTime<Utc>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
}

/// An authenticator app.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuthenticatorApp)]
pub struct TotpView {
    /// Its id, as in events.
    id: Uuid,
    /// When it was set up.
    created_at: DateTime<Utc>,
    /// When a code of it was last accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
}

async fn view(call: &Call, user: Uuid) -> Result<View, Problem> {
    let store = &call.app.store;
    let keys = passkeys::of_user(store, user).await?;
    let totp = totps::find(store, user).await?;
    let left = recovery_codes::of_user(store, user).await?;
    Ok(View {
        passkeys: keys
            .into_iter()
            .map(|key| PasskeyView {
                id: key.id,
                name: key.name,
                synced: key.synced,
                created_at: key.created_at,
                last_used_at: key.last_used_at,
            })
            .collect(),
        totp: totp.map(|totp| TotpView {
            id: totp.id,
            created_at: totp.created_at,
            last_used_at: totp.last_used_at,
        }),
        recovery_codes: left.map_or(0, |left| left.count()),
    })
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    let user = found(call).await?;
    Answer::ok(&view(call, user.id).await?)
}

async fn reset(call: &Call) -> Result<Answer, Problem> {
    let user = found(call).await?;
    // AD-01: who takes the second factor away is half way into the account.
    may_touch(call, &user)?;
    // Nothing to take away is as good as taken away.
    let (Write::Applied(_) | Write::Lost) =
        factors::reset(&call.app.store, user.id, &call.moment.trace(&call.app)).await?;
    Answer::ok(&view(call, user.id).await?)
}

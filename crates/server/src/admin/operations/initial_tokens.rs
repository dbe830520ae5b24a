//! Initial access tokens: who may register clients where not everybody may (RFC 7591 §3).

use chrono::{DateTime, Duration, Utc};
use gatewright_oauth::secret::{InitialToken as Kind, Token};
use gatewright_store::Write;
use gatewright_store::initial_tokens::{self, InitialToken};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::call::LIVE_OR_ALL;
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope, call};
use crate::error::Fault;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "initial_tokens.list",
        method: Method::Get,
        path: "/initial-tokens",
        scope: Scope::ClientsRead,
        wants: Wants::Anybody,
        summary: "List initial access tokens",
        description: "Oldest first, without the tokens themselves.",
        query: &[Parameter { name: "status", description: LIVE_OR_ALL }],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "initial_tokens.create",
        method: Method::Post,
        path: "/initial-tokens",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Make an initial access token",
        description: "Its bearer may register so many clients, until it ends.",
        query: &[],
        takes: Takes::Json(Body::of::<NewInitialToken>()),
        gives: Gives::Created(Body::of::<Created>()),
        run: |call| Box::pin(create(call)),
    },
    Operation {
        id: "initial_tokens.revoke",
        method: Method::Delete,
        path: "/initial-tokens/{id}",
        scope: Scope::ClientsWrite,
        wants: Wants::Anybody,
        summary: "Revoke an initial access token",
        description: "Clients that were registered with it stay.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(revoke(call)),
    },
];

/// An initial access token, without the token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InitialToken)]
pub struct View {
    /// Its id.
    id: Uuid,
    /// Whom it was made for.
    note: String,
    /// The profile of clients registered with it.
    profile: &'static str,
    /// How many were.
    uses: i64,
    /// How many may be.
    most_uses: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends.
    expires_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
}

/// An initial access token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInitialToken {
    /// Whom it is for.
    #[serde(default)]
    #[schema(max_length = 200)]
    note: String,
    /// The profile of clients registered with it: `mcp` (the default), `oidc_compat` or `fapi2`.
    #[serde(default)]
    profile: Option<String>,
    /// How many clients may be registered with it: 1 (the default) to 10,000.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 10000)]
    uses: u32,
    /// For how many days it is good: 7 when nothing is said, 365 at most.
    #[serde(default = "week")]
    #[schema(minimum = 1, maximum = 365)]
    days: u32,
}

/// An initial access token that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedInitialToken)]
pub struct Created {
    #[serde(flatten)]
    token: View,
    /// The token, shown this once.
    initial_access_token: String,
}

const fn one() -> u32 {
    1
}

const fn week() -> u32 {
    7
}

fn view(token: &InitialToken) -> View {
    View {
        id: token.id,
        note: token.note.clone(),
        profile: token.profile.as_str(),
        uses: token.uses,
        most_uses: token.most_uses,
        created_at: token.created_at,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at,
    }
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let live_at = call.live_or_all()?;
    let mut all = initial_tokens::list(&call.app.store).await?;
    all.retain(|token| live_at.is_none_or(|now| token.is_live(now)));
    let place = |token: &InitialToken| Place { at: token.created_at, id: token.id.to_string() };
    cursor::answer_of_few(call, all, (place, view))
}

async fn create(call: &Call) -> Result<Answer, Problem> {
    let new: NewInitialToken = call.body()?;
    for (field, value, most) in [("uses", new.uses, 10_000), ("days", new.days, 365)] {
        if !(1..=most).contains(&value) {
            return Err(Problem::invalid(field, format!("{field} is 1 to {most}")));
        }
    }
    if new.note.len() > 200 || new.note.chars().any(char::is_control) {
        return Err(Problem::invalid("note", "a note is one line of at most 200 bytes"));
    }
    let profile = call::profile(new.profile.as_deref())?;
    let now = call.moment.now;
    let token = InitialToken {
        id: call.app.id(now),
        note: new.note,
        profile,
        uses: 0,
        most_uses: i64::from(new.uses),
        created_at: now,
        expires_at: now + Duration::days(i64::from(new.days)),
        revoked_at: None,
    };
    let secret = Token::<Kind>::from_random(call.app.random());
    match initial_tokens::create(&call.app.store, &token, &secret.digest(), &call.trace()).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(Fault::internal("the id of an initial access token was used twice").into()),
    }
    let created = Created { token: view(&token), initial_access_token: call.reveal(&secret.text()) };
    Ok(Answer::created(&created, format!("/initial-tokens/{}", token.id))?.showing_a_secret())
}

async fn revoke(call: &Call) -> Result<Answer, Problem> {
    let id = call.id("initial access token")?;
    if initial_tokens::list(&call.app.store).await?.iter().all(|token| token.id != id) {
        return Err(Problem::not_found("initial access token"));
    }
    // Lost: it was revoked before.
    let (Write::Applied(()) | Write::Lost) =
        initial_tokens::revoke(&call.app.store, id, &call.trace()).await?;
    Ok(Answer::nothing())
}

//! Remembered answers: what people allowed which client at which resource, and that they are not asked again.

use chrono::{DateTime, Utc};
use gatewright_store::consents::{self, By, Consent, Cursor};
use gatewright_store::{Write, users};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::users::{found, may_touch};
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "consents.list",
        method: Method::Get,
        path: "/consents",
        scope: Scope::GrantsRead,
        wants: Wants::Anybody,
        summary: "List the remembered answers of a person",
        description: "By client. Grants stand on them: one that is withdrawn ends its grants.",
        query: &[Parameter { name: "user_id", description: "Of this person. Required." }],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "consents.revoke",
        method: Method::Delete,
        path: "/consents/{id}",
        scope: Scope::GrantsWrite,
        wants: Wants::Anybody,
        summary: "Withdraw a remembered answer",
        description: "Its grants end with it, and the person is asked the next time.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(revoke(call)),
    },
    Operation {
        id: "users.end_access",
        method: Method::Post,
        path: "/users/{id}/end-access",
        scope: Scope::UsersWrite,
        wants: Wants::Anybody,
        summary: "End whatever was begun in somebody's name",
        description: "All sessions, codes and grants, and all remembered answers: what people can do themselves in \
                      their account. The password stays.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<Ended>()),
        run: |call| Box::pin(end_access(call)),
    },
];

/// A remembered answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub struct View {
    /// Its id.
    id: Uuid,
    /// Who allowed.
    user_id: Uuid,
    /// Whom.
    client_id: String,
    /// At which resource.
    resource_id: Uuid,
    /// What.
    scope: String,
    /// `person`, or `policy`: the administrators said so for everybody (`consent` of the client).
    by: &'static str,
    /// When it was last allowed.
    granted_at: DateTime<Utc>,
    /// Until when it is remembered. Absent until it is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

/// What was ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndedAccess)]
pub struct Ended {
    /// How many remembered answers were withdrawn.
    consents: u64,
}

fn view(consent: &Consent) -> View {
    View {
        id: consent.id,
        user_id: consent.user,
        client_id: consent.client.to_string(),
        resource_id: consent.resource,
        scope: consent.scope.to_string(),
        by: match consent.by {
            By::Person => "person",
            By::Policy => "policy",
        },
        granted_at: consent.granted_at,
        expires_at: consent.expires_at,
    }
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    let user: Option<Uuid> = call.parsed("user_id", "a UUID")?;
    let user = user.ok_or_else(|| Problem::invalid("user_id", "name the person"))?;
    let after = page.after.as_ref().and_then(|place| place.id.split_once(' '));
    let after = after.and_then(|(resource, client)| Some((resource.parse::<Uuid>().ok()?, client)));
    let after = after.map_or(Cursor::START, |(resource, client)| Cursor { client, resource });
    let rows = consents::list(&call.app.store, user, after, page.limit).await?;
    let place = |consent: &Consent| Place {
        at: consent.granted_at,
        id: format!("{} {}", consent.resource, consent.client),
    };
    cursor::answer(call, &page, &rows, (place, view))
}

async fn revoke(call: &Call) -> Result<Answer, Problem> {
    let id = call.id("consent")?;
    let store = &call.app.store;
    let consent = consents::by_id(store, id).await?.ok_or_else(|| Problem::not_found("consent"))?;
    // Lost: it was withdrawn at this moment.
    let (Write::Applied(_) | Write::Lost) = consents::revoke(store, consent.user, id, &call.trace()).await?;
    Ok(Answer::nothing())
}

async fn end_access(call: &Call) -> Result<Answer, Problem> {
    let user = found(call).await?;
    may_touch(call, &user)?;
    match users::end_access(&call.app.store, user.id, None, &call.trace()).await? {
        Write::Applied(consents) => Answer::ok(&Ended { consents }),
        Write::Lost => Err(Problem::not_found("account")),
    }
}

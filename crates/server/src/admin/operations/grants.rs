//! Grants: what people have allowed, to which client, for which resource.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use gatewright_oauth::ClientId;
use gatewright_store::Write;
use gatewright_store::grants::{self, Filter, Grant, Reason, Revocation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::answer::Outdated;
use crate::admin::call::LIVE_OR_ALL;
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::outcomes::{MOST, Outcomes};
use crate::admin::{Answer, Call, Problem, Scope};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "grants.list",
        method: Method::Get,
        path: "/grants",
        scope: Scope::GrantsRead,
        wants: Wants::Anybody,
        summary: "List grants of a person, to a client or for a resource",
        description: "Oldest first, those included that ended within the last month. Name at least one of the three.",
        query: &[
            Parameter { name: "user_id", description: "Of this person." },
            Parameter { name: "client_id", description: "To this client." },
            Parameter { name: "resource_id", description: "For this resource." },
            Parameter { name: "status", description: LIVE_OR_ALL },
        ],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "grants.show",
        method: Method::Get,
        path: "/grants/{id}",
        scope: Scope::GrantsRead,
        wants: Wants::Anybody,
        summary: "Show a grant",
        description: "Whatever became of it, for a month.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "grants.revoke_many",
        method: Method::Post,
        path: "/grants/revoke",
        scope: Scope::GrantsWrite,
        wants: Wants::Anybody,
        summary: "Revoke many grants",
        description: "Those with these `ids`, or those of a person, to a client or for a resource that live: a hundred \
                      at a time, oldest first; `more` says whether there are others. All of it or nothing is done.",
        query: &[],
        takes: Takes::Json(Body::of::<Many>()),
        gives: Gives::Outcomes,
        run: |call| Box::pin(revoke_many(call)),
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
    /// The address that token was fetched from.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_address: Option<String>,
    /// When it ends unless it is used.
    idle_expires_at: DateTime<Utc>,
    /// When it ends in any case; as its person said, where they did.
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
        last_address: grant.peer.clone(),
        idle_expires_at: grant.idle_expires_at,
        expires_at: grant.expires_at,
        revoked_at: grant.revoked.map(|revoked| revoked.at),
        revoked_because: grant.revoked.map(|revoked| revoked.reason.as_str()),
    }
}

/// Which grants are to be revoked: by `ids`, or by at least one of the others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GrantsToRevoke)]
pub struct Many {
    /// These: 1 to 100.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 100)]
    ids: Option<Vec<Uuid>>,
    /// Those of this person.
    #[serde(default)]
    user_id: Option<Uuid>,
    /// Those to this client.
    #[serde(default)]
    client_id: Option<String>,
    /// Those for this resource.
    #[serde(default)]
    resource_id: Option<Uuid>,
}

fn client(text: Option<&str>) -> Result<Option<ClientId>, Problem> {
    text.map(|text| ClientId::parse(text).map_err(|_| Problem::invalid("client_id", "this is no client_id")))
        .transpose()
}

/// A look at every grant there is would be a long one.
fn narrow(filter: Filter) -> Result<Filter, Problem> {
    if filter.user.is_none() && filter.client.is_none() && filter.resource.is_none() {
        return Err(Problem::invalid("user_id", "name at least one of user_id, client_id and resource_id"));
    }
    Ok(filter)
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    let after = page.after.as_ref().and_then(|place| place.id.parse().ok()).unwrap_or_default();
    let live_at = call.live_or_all()?;
    let filter = narrow(Filter {
        user: call.parsed("user_id", "a UUID")?,
        client: client(call.parameter("client_id")?)?,
        resource: call.parsed("resource_id", "a UUID")?,
        live_at,
    })?;
    let rows = grants::list(&call.app.store, &filter, after, page.limit).await?;
    let place = |grant: &Grant| Place { at: grant.created_at, id: grant.id.to_string() };
    cursor::answer(call, &page, &rows, (place, view))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    let id = call.id("grant")?;
    let grant = grants::by_id(&call.app.store, id).await?.ok_or_else(|| Problem::not_found("grant"))?;
    Answer::ok(&view(&grant))
}

async fn revoke(call: &Call) -> Result<Answer, Problem> {
    let id = call.id("grant")?;
    revoked(call, id).await.map(|answer| Answer { status: 204, body: None, etag: None, ..answer })
}

/// Revokes one and shows it.
async fn revoked(call: &Call, grant: Uuid) -> Result<Answer, Problem> {
    let revocation = Revocation { grant, reason: Reason::Operator, client: None, user: None };
    // Lost: it was revoked before, or there is none.
    let (Write::Applied(()) | Write::Lost) =
        grants::revoke(&call.app.store, &revocation, &call.trace()).await?;
    let grant = grants::by_id(&call.app.store, grant).await?.ok_or_else(|| Problem::not_found("grant"))?;
    Ok(Answer::ok(&view(&grant))?.outdating(Outdated::Grant(grant.id)))
}

async fn revoke_many(call: &Call) -> Result<Answer, Problem> {
    let many: Many = call.body()?;
    let filter = Filter {
        user: many.user_id,
        client: client(many.client_id.as_deref())?,
        resource: many.resource_id,
        live_at: Some(call.moment.now),
    };
    let (ids, more) = match many.ids {
        Some(ids) if filter == (Filter { live_at: filter.live_at, ..Filter::default() }) => (ids, None),
        Some(_) => return Err(Problem::invalid("ids", "ids and the others exclude each other")),
        None => found(call, narrow(filter)?).await?,
    };
    if ids.len() > MOST || (more.is_none() && ids.is_empty()) {
        return Err(Problem::invalid("ids", format!("there are 1 to {MOST} ids in one request")));
    }
    // Everybody locks rows in the same order.
    let mut ordered = ids.clone();
    ordered.sort_unstable();
    ordered.dedup();
    let mut done = BTreeMap::new();
    for id in ordered {
        let answered = revoked(call, id).await;
        if let Err(problem) = &answered
            && problem.fault().is_some()
        {
            return answered;
        }
        done.insert(id, answered);
    }
    // One that is named twice was revoked when it was named first.
    let mut answers = Vec::with_capacity(ids.len());
    for id in ids {
        answers.push(match done.remove(&id) {
            Some(answered) => answered,
            None => revoked(call, id).await,
        });
    }
    Outcomes::answer_of_some(call, answers, more)
}

/// The oldest that live, and whether there are others.
async fn found(call: &Call, filter: Filter) -> Result<(Vec<Uuid>, Option<bool>), Problem> {
    let most = u32::try_from(MOST).unwrap_or(u32::MAX);
    let rows = grants::list(&call.app.store, &filter, Uuid::nil(), most + 1).await?;
    let more = rows.len() > MOST;
    Ok((rows.iter().take(MOST).map(|grant| grant.id).collect(), Some(more)))
}

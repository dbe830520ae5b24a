//! API keys: what programs use this API with.

use chrono::{DateTime, Duration, Utc};
use gatewright_oauth::secret::{ApiKey as Kind, Token};
use gatewright_oauth::{Scopes, Time};
use gatewright_store::Write;
use gatewright_store::api_keys::{self, ApiKey};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::call::{LIVE_OR_ALL, check_name};
use crate::admin::caller::is_within;
use crate::admin::cursor::{self, Place};
use crate::admin::operation::{Body, Gives, Method, Operation, Parameter, Takes, Wants};
use crate::admin::{Answer, Call, Problem, Scope};
use crate::error::Fault;

/// How long a key is good when nothing is said.
const USUAL_DAYS: i64 = 90;

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        id: "api_keys.list",
        method: Method::Get,
        path: "/api-keys",
        scope: Scope::ApiKeysRead,
        wants: Wants::Anybody,
        summary: "List API keys",
        description: "Oldest first, without their secrets.",
        query: &[Parameter { name: "status", description: LIVE_OR_ALL }],
        takes: Takes::Nothing,
        gives: Gives::List(Body::of::<View>()),
        run: |call| Box::pin(list(call)),
    },
    Operation {
        id: "api_keys.create",
        method: Method::Post,
        path: "/api-keys",
        scope: Scope::ApiKeysWrite,
        wants: Wants::Recent,
        summary: "Make an API key",
        description: "With scopes the caller holds; one that a key makes ends no later, and is bound to the same \
                      networks or parts of them. The key is shown once.",
        query: &[],
        takes: Takes::Json(Body::of::<NewApiKey>()),
        gives: Gives::Created(Body::of::<Created>()),
        run: |call| Box::pin(create(call)),
    },
    Operation {
        id: "api_keys.show",
        method: Method::Get,
        path: "/api-keys/{id}",
        scope: Scope::ApiKeysRead,
        wants: Wants::Anybody,
        summary: "Show an API key",
        description: "Without its secret.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::One(Body::of::<View>()),
        run: |call| Box::pin(show(call)),
    },
    Operation {
        id: "api_keys.rotate",
        method: Method::Post,
        path: "/api-keys/{id}/rotate",
        scope: Scope::ApiKeysWrite,
        wants: Wants::Recent,
        summary: "Give an API key another secret",
        description: "The one before stays good for `overlap_hours`. Takes a caller who holds all its scopes.",
        query: &[],
        takes: Takes::Json(Body::of::<Rotation>()),
        gives: Gives::One(Body::of::<Created>()),
        run: |call| Box::pin(rotate(call)),
    },
    Operation {
        id: "api_keys.revoke",
        method: Method::Delete,
        path: "/api-keys/{id}",
        scope: Scope::ApiKeysWrite,
        wants: Wants::Anybody,
        summary: "Revoke an API key",
        description: "At once, with all its secrets.",
        query: &[],
        takes: Takes::Nothing,
        gives: Gives::Nothing,
        run: |call| Box::pin(revoke(call)),
    },
];

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct View {
    /// Its id.
    id: Uuid,
    /// What it is for.
    name: String,
    /// What it may.
    scopes: Vec<String>,
    /// From which networks it may be used; anywhere when empty.
    networks: Vec<String>,
    /// Who made it, as in events.
    created_by: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
    /// When it was used last, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
    /// Until when the secret before the last rotation is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
}

/// An API key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What it may: scopes of this API.
    #[schema(min_items = 1)]
    scopes: Vec<String>,
    /// From which networks, in CIDR notation; anywhere when empty.
    #[serde(default)]
    networks: Vec<String>,
    /// For how many days it is good, 3,650 at most; when nothing is said 90, or as long as the key that makes it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<u32>,
}

/// How a key is rotated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApiKeyRotation)]
pub struct Rotation {
    /// For how many hours the secret before stays good: 0 (the default) to 168.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 168)]
    overlap_hours: u32,
}

/// An API key with the secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
pub struct Created {
    #[serde(flatten)]
    key: View,
    /// The key itself, shown this once.
    secret: String,
}

fn view(key: &ApiKey) -> View {
    View {
        id: key.id,
        name: key.name.clone(),
        scopes: key.scopes.iter().map(str::to_owned).collect(),
        networks: key.networks.clone(),
        created_by: key.created_by.clone(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        previous_secret_until: key.previous_until,
        revoked_at: key.revoked_at,
    }
}

async fn list(call: &Call) -> Result<Answer, Problem> {
    let page = call.page()?;
    let after = page.row().unwrap_or((Time::UNIX_EPOCH, Uuid::nil()));
    let live_at = call.live_or_all()?;
    let rows = api_keys::list(&call.app.store, after, (page.limit, live_at)).await?;
    let place = |key: &ApiKey| Place { at: key.created_at, id: key.id.to_string() };
    cursor::answer(call, &page, &rows, (place, view))
}

async fn found(call: &Call) -> Result<ApiKey, Problem> {
    let id = call.id("API key")?;
    api_keys::by_id(&call.app.store, id).await?.ok_or_else(|| Problem::not_found("API key"))
}

async fn show(call: &Call) -> Result<Answer, Problem> {
    Answer::ok(&view(&found(call).await?))
}

async fn create(call: &Call) -> Result<Answer, Problem> {
    let new: NewApiKey = call.body()?;
    check_name(&new.name)?;
    if let Some(unknown) = new.scopes.iter().find(|scope| Scope::parse(scope).is_none()) {
        let all: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        return Err(Problem::invalid("scopes", format!("{unknown:?} is not a scope of this API"))
            .hint(format!("there are: {}", all.join(", "))));
    }
    if new.scopes.is_empty() {
        return Err(Problem::invalid("scopes", "a key without scopes may nothing"));
    }
    if let Some(wrong) = new.networks.iter().find(|network| network.parse::<IpNet>().is_err()) {
        return Err(Problem::invalid("networks", format!("{wrong:?} is not a network in CIDR notation")));
    }
    if new.days.is_some_and(|days| !(1..=3650).contains(&days)) {
        return Err(Problem::invalid("days", "days is 1 to 3650"));
    }
    let scopes: Scopes = new.scopes.into_iter().collect();
    call.caller.holds(&scopes)?;
    let now = call.moment.now;
    let end = now + Duration::days(new.days.map_or(USUAL_DAYS, i64::from));
    let own_end = call.caller.key.as_ref().and_then(|key| key.expires_at).filter(|_| new.days.is_none());
    let end = own_end.map_or(end, |own_end| own_end.min(end));
    let key = ApiKey {
        id: call.app.id(now),
        name: new.name,
        scopes,
        networks: new.networks,
        created_by: call.moment.actor.to_string(),
        created_at: now,
        expires_at: Some(end),
        last_used_at: None,
        previous_until: None,
        revoked_at: None,
    };
    if let Some(maker) = &call.caller.key {
        is_within(maker, &key)?;
    }
    let secret = Token::<Kind>::from_random(call.app.random());
    match api_keys::create(&call.app.store, &key, &secret.digest(), &call.trace()).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(Fault::internal("the id of an API key was used twice").into()),
    }
    let created = Created { key: view(&key), secret: call.reveal(&secret.text()) };
    Ok(Answer::created(&created, format!("/api-keys/{}", key.id))?.showing_a_secret())
}

async fn rotate(call: &Call) -> Result<Answer, Problem> {
    let rotation: Rotation = call.body()?;
    let overlap = call.overlap(rotation.overlap_hours)?;
    let key = found(call).await?;
    // Whoever gets the new secret gets what the key may.
    call.caller.holds(&key.scopes)?;
    let secret = Token::<Kind>::from_random(call.app.random());
    match api_keys::rotate(&call.app.store, key.id, (&secret.digest(), overlap), &call.trace()).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(Problem::conflict("revoked", "a revoked key stays revoked")),
    }
    let created = Created { key: view(&found(call).await?), secret: call.reveal(&secret.text()) };
    Ok(Answer::ok(&created)?.showing_a_secret())
}

async fn revoke(call: &Call) -> Result<Answer, Problem> {
    let key = found(call).await?;
    // Lost: it was revoked before.
    let (Write::Applied(()) | Write::Lost) = api_keys::revoke(&call.app.store, key.id, &call.trace()).await?;
    Ok(Answer::nothing())
}

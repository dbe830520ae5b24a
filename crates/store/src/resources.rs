//! `resources`: the MCP servers and APIs that tokens are for (RFC 8707, RFC 9728).
//!
//! There are as many as an administrator added, so lists need no pages. `compare_key` is unique:
//! two spellings of one identifier cannot both be registered. Disabling a resource is a pause:
//! nothing is issued for it and introspection calls its tokens inactive; enabling ends that.
//!
//! `digest` covers what a consent page shows, so that changing a scope's text asks users again
//! and a page shown before the change leads to no code after it. It says nothing of demands and settings:
//! [`update`] compares those one by one, so that nobody takes back what another administrator just demanded.

use std::time::Duration;

use gatewright_oauth::demand::Demand;
use gatewright_oauth::resource::{OpenTo, TokenSettings};
use gatewright_oauth::{Digest, Resource};
use serde_json::Value;
use uuid::Uuid;

use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) identifier: String,
    pub(crate) name: String,
    pub(crate) scopes: Value,
    pub(crate) access_token_seconds: i64,
    pub(crate) signing_alg: String,
    pub(crate) is_default: bool,
    pub(crate) verified_clients_only: bool,
    pub(crate) demand: Option<Value>,
    pub(crate) disabled_at: Option<Time>,
}

impl Row {
    pub(crate) fn decode(self) -> Stored<Resource> {
        let wrong = |column| corrupt("resources", column, self.id);
        let seconds = u64::try_from(self.access_token_seconds).map_err(|_| wrong("access_token_seconds"))?;
        Ok(Resource {
            id: self.id,
            scopes: serde_json::from_value(self.scopes).map_err(|_| wrong("scopes"))?,
            token: TokenSettings {
                lifetime: Duration::from_secs(seconds),
                algorithm: self.signing_alg.parse().map_err(|_| wrong("signing_alg"))?,
            },
            identifier: self.identifier,
            name: self.name,
            is_default: self.is_default,
            open_to: if self.verified_clients_only { OpenTo::VerifiedClients } else { OpenTo::AnyClient },
            demand: match self.demand {
                Some(demand) => serde_json::from_value(demand).map_err(|_| wrong("demand"))?,
                None => Demand::NOTHING,
            },
            disabled_at: self.disabled_at,
        })
    }
}

/// The resource that a statement joins: its columns have their own names, but for those that others have, too.
macro_rules! joined {
    ($row:ident) => {
        crate::resources::Row {
            id: $row.resource_id,
            identifier: $row.identifier,
            name: $row.name,
            scopes: $row.scopes,
            access_token_seconds: $row.access_token_seconds,
            signing_alg: $row.signing_alg,
            is_default: $row.is_default,
            verified_clients_only: $row.verified_clients_only,
            demand: $row.demand,
            disabled_at: $row.resource_disabled_at,
        }
        .decode()
    };
}
pub(crate) use joined;

/// The columns of a resource that are not its fields.
struct Columns {
    scopes: Value,
    access_token_seconds: i64,
    signing_alg: String,
    demand: Option<Value>,
    digest: Digest,
}

impl Columns {
    fn of(resource: &Resource) -> Stored<Self> {
        let wrong = |column| corrupt("resources", column, resource.id);
        let seconds = resource.token.lifetime.as_secs();
        Ok(Columns {
            scopes: serde_json::to_value(&resource.scopes).map_err(|_| wrong("scopes"))?,
            access_token_seconds: i64::try_from(seconds).map_err(|_| wrong("access_token_seconds"))?,
            signing_alg: resource.token.algorithm.to_string(),
            demand: if resource.demand.is_nothing() {
                None
            } else {
                Some(serde_json::to_value(resource.demand).map_err(|_| wrong("demand"))?)
            },
            digest: resource.digest(),
        })
    }
}

/// Which resources. There are few of them, so that they are looked through here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// With this, in small letters, in their name or identifier.
    pub name: Option<String>,
    /// Disabled, or not.
    pub disabled: Option<bool>,
}

impl Filter {
    /// Whether this is one of them.
    pub fn takes(&self, resource: &Resource) -> bool {
        let is_named = |name: &String| {
            [&resource.name, &resource.identifier].iter().any(|text| text.to_lowercase().contains(name))
        };
        self.name.as_ref().is_none_or(is_named)
            && self.disabled.is_none_or(|disabled| resource.disabled_at.is_some() == disabled)
    }
}

/// One resource, disabled ones included.
pub async fn by_id(store: &Store, id: Uuid) -> Stored<Option<Resource>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, identifier, name, scopes, access_token_seconds, signing_alg, is_default,
                    verified_clients_only, demand, disabled_at
             FROM resources WHERE id = $1",
            id,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// The resource a request names, by the normal form of what it sent.
pub async fn by_compare_key(store: &Store, key: &str) -> Stored<Option<Resource>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, identifier, name, scopes, access_token_seconds, signing_alg, is_default,
                    verified_clients_only, demand, disabled_at
             FROM resources WHERE compare_key = $1",
            key,
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// The resource of requests that name none.
pub async fn default(store: &Store) -> Stored<Option<Resource>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, identifier, name, scopes, access_token_seconds, signing_alg, is_default,
                    verified_clients_only, demand, disabled_at
             FROM resources WHERE is_default",
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Whether any resource may be asked for by clients that nobody vouches for.
pub async fn any_open(store: &Store) -> Stored<bool> {
    tx::read(|| {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM resources WHERE NOT verified_clients_only AND disabled_at IS NULL) AS "any!""#,
        )
        .fetch_one(store.pool())
    })
    .await
}

/// Every resource, oldest first.
pub async fn list(store: &Store) -> Stored<Vec<Resource>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, identifier, name, scopes, access_token_seconds, signing_alg, is_default,
                    verified_clients_only, demand, disabled_at
             FROM resources ORDER BY created_at, id",
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// The resources with these normal forms, in no particular order; unknown ones are left out.
pub async fn by_keys(store: &Store, keys: &[String]) -> Stored<Vec<Resource>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, identifier, name, scopes, access_token_seconds, signing_alg, is_default,
                    verified_clients_only, demand, disabled_at
             FROM resources WHERE compare_key = ANY ($1)",
            keys,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Those of these resources that there are, disabled ones included, in no order.
pub async fn by_ids(store: &Store, ids: &[Uuid]) -> Stored<Vec<Resource>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, identifier, name, scopes, access_token_seconds, signing_alg, is_default,
                    verified_clients_only, demand, disabled_at
             FROM resources WHERE id = ANY ($1)",
            ids,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Adds a resource. `Lost` when its identifier (or its id) is taken, or when it wants to be the
/// default and there is one.
pub async fn add(store: &Store, resource: &Resource, trace: &Trace) -> Stored<Write<()>> {
    let columns = Columns::of(resource)?;
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO resources (id, identifier, compare_key, name, scopes, access_token_seconds,
                                          signing_alg, is_default, digest, created_at, disabled_at,
                                          verified_clients_only, demand)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $17, $18)
                   ON CONFLICT DO NOTHING
                   RETURNING id, identifier
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, resource_id, detail)
                   SELECT $12, $10, $13, $14, $15, $16, id, jsonb_build_object('identifier', identifier)
                   FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            resource.id,
            resource.identifier,
            resource.compare_key(),
            resource.name,
            columns.scopes,
            columns.access_token_seconds,
            columns.signing_alg,
            resource.is_default,
            columns.digest.as_bytes(),
            trace.at,
            resource.disabled_at,
            trace.event,
            EventKind::ResourceCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            resource.open_to == OpenTo::VerifiedClients,
            columns.demand,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Changes a resource's name, scopes and token settings. Its identifier stays: it is in tokens.
/// `Lost` when it reads otherwise than `was`, the resource the change was made from, or when another is the default
/// that this one is to be; then a transaction around it cannot go on.
pub async fn update(store: &Store, was: &Resource, resource: &Resource, trace: &Trace) -> Stored<Write<()>> {
    let columns = Columns::of(resource)?;
    let before = Columns::of(was)?;
    let written = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE resources
                   SET name = $3, scopes = $4, access_token_seconds = $5, signing_alg = $6, digest = $7,
                       verified_clients_only = $14, is_default = $15, demand = $16
                   WHERE id = $1 AND digest = $2 AND scopes = $17 AND demand IS NOT DISTINCT FROM $18
                     AND access_token_seconds = $19 AND signing_alg = $20 AND verified_clients_only = $21
                     AND is_default = $22
                   RETURNING id, identifier
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, resource_id, detail)
                   SELECT $8, $9, $10, $11, $12, $13, id, jsonb_build_object('identifier', identifier)
                   FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            was.id,
            before.digest.as_bytes(),
            resource.name,
            columns.scopes,
            columns.access_token_seconds,
            columns.signing_alg,
            columns.digest.as_bytes(),
            trace.event,
            trace.at,
            EventKind::ResourceUpdated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            resource.open_to == OpenTo::VerifiedClients,
            resource.is_default,
            columns.demand,
            before.scopes,
            before.demand,
            before.access_token_seconds,
            before.signing_alg,
            was.open_to == OpenTo::VerifiedClients,
            was.is_default,
        )
        .fetch_one(store.pool())
    })
    .await;
    match written {
        Ok(rows) => Ok(Write::from_count(rows)),
        Err(error) if error.is_taken() => Ok(Write::Lost),
        Err(error) => Err(error),
    }
}

/// Pauses a resource. `Lost` when it is unknown or paused already.
pub async fn disable(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE resources SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL
                   RETURNING id, identifier
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, resource_id, detail)
                   SELECT $3, $2, $4, $5, $6, $7, id, jsonb_build_object('identifier', identifier)
                   FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            trace.at,
            trace.event,
            EventKind::ResourceDisabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Ends a pause. `Lost` when the resource is unknown or not paused.
pub async fn enable(store: &Store, id: Uuid, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE resources SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL
                   RETURNING id, identifier
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, resource_id, detail)
                   SELECT $2, $3, $4, $5, $6, $7, id, jsonb_build_object('identifier', identifier)
                   FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id,
            trace.event,
            trace.at,
            EventKind::ResourceEnabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

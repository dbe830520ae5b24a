//! How clients look in the API, and what they are called in its paths.

use chrono::{DateTime, Utc};
use gatewright_jose::base64url;
use gatewright_oauth::{Client, ClientId, Voucher};
use gatewright_store::clients::Record;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admin::answer::tag;
use crate::admin::{Call, Problem};
use crate::error::Fault;

/// Prefix of the name in paths of a client that is known by its document's address.
const OF_DOCUMENT: &str = "@";

/// A client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub struct View {
    /// `client_id`.
    pub(super) client_id: String,
    /// Its path below the API.
    #[serde(rename = "self")]
    pub(super) own: String,
    /// `enabled`, `blocked`, `unused` (put aside until it is used) or `deleted`.
    pub(super) status: &'static str,
    /// `administrator`, `dynamic` or `document`.
    pub(super) origin: &'static str,
    /// Whether an administrator vouches for it.
    pub(super) verified: bool,
    /// `mcp`, `oidc_compat` or `fapi2`.
    pub(super) profile: &'static str,
    /// What it says of itself (RFC 7591 §2).
    #[schema(value_type = Object)]
    pub(super) metadata: Value,
    /// The resource meant when it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default_resource: Option<Uuid>,
    /// The resource it speaks for at the introspection endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource_server: Option<Uuid>,
    /// What people may allow it, where they are not asked: `pre_approved` or `forbidden`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) consent: Option<&'static str>,
    /// When it was registered.
    pub(super) created_at: DateTime<Utc>,
    /// Since when it is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) blocked_at: Option<DateTime<Utc>>,
    /// Its metadata document, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Document>,
    /// What became of it; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    life: Option<Life>,
}

/// A client's metadata document, as it was last seen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientDocument)]
struct Document {
    /// When it was fetched, or pinned.
    fetched_at: DateTime<Utc>,
    /// Until when it is believed without looking again. Absent for a pinned one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fresh_until: Option<DateTime<Utc>>,
}

/// What became of a client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClientLife)]
struct Life {
    /// How many of its grants are alive, counted up to 10,000.
    live_grants: u64,
    /// Where its registration came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The initial access token it was registered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_token: Option<Uuid>,
    /// Since when an administrator vouches for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<DateTime<Utc>>,
    /// When it got its first code.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_used_at: Option<DateTime<Utc>>,
    /// When it last got a token for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<DateTime<Utc>>,
    /// Since when it is put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    put_aside_at: Option<DateTime<Utc>>,
    /// Since when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<DateTime<Utc>>,
}

/// A client to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// Its `client_id`, if it is to have a certain one: 1 to 256 characters of `A-Z a-z 0-9 - . _ ~`.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 256)]
    pub(super) client_id: Option<String>,
    /// Client metadata (RFC 7591 §2).
    #[schema(value_type = Object)]
    pub(super) metadata: Value,
    /// `mcp` (the default), `oidc_compat` or `fapi2`.
    #[serde(default)]
    pub(super) profile: Option<String>,
    /// The id of the resource meant when it names none.
    #[serde(default)]
    pub(super) default_resource: Option<Uuid>,
    /// The id of the resource it speaks for at the introspection endpoint. One that does so and has neither grants nor
    /// redirect URIs gets no tokens itself.
    #[serde(default)]
    pub(super) resource_server: Option<Uuid>,
    /// What people may allow it: `ask` (the default), `pre_approved` or `forbidden`.
    #[serde(default)]
    pub(super) consent: Option<String>,
}

/// A client that was just registered or changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedClient)]
pub struct Created {
    #[serde(flatten)]
    pub(super) client: View,
    /// Its secret, if it was given one: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_secret: Option<String>,
}

/// How a secret is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientSecretRotation)]
pub struct Rotation {
    /// For how many hours the secret before stays good: 0 (the default) to 168.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 168)]
    pub(super) overlap_hours: u32,
}

/// A secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RotatedClientSecret)]
pub struct Rotated {
    /// `client_id`.
    pub(super) client_id: String,
    /// The secret, shown this once.
    pub(super) client_secret: String,
    /// Until when the one before is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_secret_until: Option<DateTime<Utc>>,
}

impl View {
    pub(super) fn of(client: &Client) -> View {
        View {
            client_id: client.id.to_string(),
            own: format!("/clients/{}", name_of(&client.id)),
            status: if client.disabled_at.is_some() { "blocked" } else { "enabled" },
            origin: client.origin.as_str(),
            verified: client.voucher == Voucher::Administrator,
            profile: client.profile.as_str(),
            metadata: serde_json::to_value(&client.metadata).unwrap_or_default(),
            default_resource: client.default_resource,
            resource_server: client.speaks_for,
            consent: client.consent.stored(),
            created_at: client.created_at,
            blocked_at: client.disabled_at,
            document: client.document.map(|document| Document {
                fetched_at: document.fetched_at,
                fresh_until: document.fresh_until,
            }),
            life: None,
        }
    }

    pub(super) fn with_life(record: Record) -> View {
        let view = View::of(&record.client);
        let status = if record.deleted_at.is_some() {
            "deleted"
        } else if record.swept_at.is_some() && record.client.disabled_at.is_none() {
            "unused"
        } else {
            view.status
        };
        let life = Life {
            live_grants: record.live_grants,
            source: record.source,
            initial_token: record.initial_token,
            approved_at: record.approved_at,
            first_used_at: record.first_used_at,
            last_used_at: record.last_used_at,
            put_aside_at: record.swept_at,
            deleted_at: record.deleted_at,
        };
        View { status, life: Some(life), ..view }
    }
}

impl View {
    /// The tag of what may be changed about it, and of what decides whether it may be used: not of what becomes of
    /// it by being used.
    pub(super) fn etag(&self) -> Result<String, Problem> {
        let View { status, verified, profile, metadata, default_resource, resource_server, consent, .. } =
            self;
        let facts = (status, verified, profile, metadata, default_resource, resource_server, consent);
        Ok(tag(&serde_json::to_value(facts).map_err(Fault::internal)?))
    }
}

pub(super) fn name_of(id: &ClientId) -> String {
    match id {
        ClientId::Document(_) => format!("{OF_DOCUMENT}{}", base64url::encode(id.as_str())),
        ClientId::Opaque(_) => id.to_string(),
    }
}

pub(super) fn named(call: &Call) -> Result<ClientId, Problem> {
    let name = call.segment();
    let text = match name.strip_prefix(OF_DOCUMENT) {
        Some(encoded) => base64url::decode(encoded)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default(),
        None => name.to_owned(),
    };
    ClientId::parse(&text).map_err(|_| Problem::not_found("client"))
}

//! Events and checkpoints, as those outside see them: the admin API, files, and the receivers of webhooks.

use chrono::{DateTime, Utc};
use gatewright_jose::base64url;
use gatewright_store::event_log;
use gatewright_store::events::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// An event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct Shown {
    /// Its id; the same event always has the same.
    id: Uuid,
    /// When it happened.
    at: DateTime<Utc>,
    /// What happened. Kinds do not change; new ones come.
    kind: &'static str,
    /// The request that caused it.
    request_id: Uuid,
    /// Where the request came from.
    peer: String,
    /// Who did it.
    actor: String,
    /// The account concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    /// The client concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// The resource concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<Uuid>,
    /// The grant concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_id: Option<Uuid>,
    /// Particulars.
    #[schema(value_type = Object)]
    detail: Value,
}

impl Shown {
    /// Of an event.
    pub fn of(event: &Event) -> Shown {
        Shown {
            id: event.id,
            at: event.at,
            kind: event.kind.as_str(),
            request_id: event.request,
            peer: event.peer.clone(),
            actor: event.actor.clone(),
            user_id: event.subject.user,
            client_id: event.subject.client.clone(),
            resource_id: event.subject.resource,
            grant_id: event.subject.grant,
            detail: event.detail.clone(),
        }
    }
}

/// The Merkle tree of sealed events (RFC 6962) at some time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Checkpoint {
    /// How many events.
    pub size: u64,
    /// The root, in base64url.
    pub root: String,
    /// When the last of them happened.
    pub at: DateTime<Utc>,
    /// Size, root and time as a JWS, signed by a key of this server's JWKS.
    pub signed: String,
}

impl Checkpoint {
    /// Of the tree at some time.
    pub fn of(checkpoint: &event_log::Checkpoint) -> Checkpoint {
        Checkpoint {
            size: checkpoint.size,
            root: base64url::encode(checkpoint.root),
            at: checkpoint.at,
            signed: checkpoint.signed.clone(),
        }
    }
}

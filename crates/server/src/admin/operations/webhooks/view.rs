//! Webhooks and deliveries, as the API shows and takes them.

use chrono::{DateTime, Utc};
use gatewright_store::Time;
use gatewright_store::deliveries::Delivery;
use gatewright_store::webhooks::Webhook;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A webhook, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct View {
    /// Its id.
    id: Uuid,
    /// What it is for.
    name: String,
    /// Where deliveries go.
    url: String,
    /// What it listens to.
    kinds: Vec<String>,
    /// `enabled`, `disabled`, or `failing`: deliveries fail one after the other.
    status: &'static str,
    /// How many deliveries failed in a row.
    failures: u32,
    /// Before then nothing is sent: it failed too often, or asked for time.
    #[serde(skip_serializing_if = "Option::is_none")]
    resting_until: Option<DateTime<Utc>>,
    /// Until when deliveries are signed with the secret before the last rotation, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<DateTime<Utc>>,
    /// Who made it, as in events.
    created_by: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// Since when nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<DateTime<Utc>>,
}

/// What `status` may be.
pub const STATUSES: [&str; 3] = ["enabled", "failing", "disabled"];

/// How it is with a webhook, in one of [`STATUSES`].
pub fn status(webhook: &Webhook) -> &'static str {
    match webhook.disabled_at {
        Some(_) => "disabled",
        None if webhook.is_failing() => "failing",
        None => "enabled",
    }
}

/// As it is shown at this time.
pub fn view(webhook: &Webhook, now: Time) -> View {
    View {
        id: webhook.id,
        name: webhook.name.clone(),
        url: webhook.url.clone(),
        kinds: webhook.kinds.clone(),
        status: status(webhook),
        failures: webhook.failures,
        resting_until: webhook.rest_until.filter(|until| *until > now),
        previous_secret_until: webhook.previous_until.filter(|until| *until > now),
        created_by: webhook.created_by.clone(),
        created_at: webhook.created_at,
        disabled_at: webhook.disabled_at,
    }
}

/// A webhook to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Where deliveries go: https, at a public address or in `webhooks.allow_networks`, where http is good, too.
    pub url: String,
    /// What it listens to: kinds (`client.created`), all of a noun (`client.*`), every event (`*`), and
    /// `audit.checkpoint` for the newest checkpoint of the sealed log, once a minute.
    #[schema(min_items = 1)]
    pub kinds: Vec<String>,
}

/// What may be changed about a webhook.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookSettings)]
pub struct Settings {
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Where deliveries go.
    pub url: String,
    /// What it listens to.
    #[schema(min_items = 1)]
    pub kinds: Vec<String>,
}

/// How the secret of a webhook is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookRotation)]
pub struct Rotation {
    /// For how many hours deliveries are signed with the one before, too: 0 to 168; 24 when nothing is said.
    #[serde(default = "a_day")]
    #[schema(minimum = 0, maximum = 168)]
    pub overlap_hours: u32,
}

const fn a_day() -> u32 {
    24
}

/// A webhook with the secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedWebhook)]
pub struct Created {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: View,
    /// What deliveries are signed with (Standard Webhooks: `whsec_…`), shown this once.
    pub secret: String,
}

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// Its id.
    id: Uuid,
    /// What it tells of; also its `webhook-id`, the same at every attempt.
    event_id: Uuid,
    /// The kind of event.
    kind: String,
    /// What it is about: deliveries about the same arrive in order.
    subject: String,
    /// `pending`, `delivered`, or `dead`: given up.
    status: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// Since when it is to be sent.
    begun_at: DateTime<Utc>,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<DateTime<Utc>>,
    /// When it arrived or was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
    /// The last attempts, the oldest first: `at`, `url`, `took_ms`, and `status`, `content_type` and the beginning of
    /// the `answer`, or the `error`.
    #[schema(value_type = Vec<Object>)]
    log: Value,
    /// What is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    body: Option<Value>,
}

/// As it is shown.
pub fn delivery(delivery: &Delivery, body: Option<Value>) -> DeliveryView {
    DeliveryView {
        id: delivery.id,
        event_id: delivery.event,
        kind: delivery.kind.clone(),
        subject: delivery.subject.clone(),
        status: delivery.state.as_str(),
        attempts: delivery.attempts,
        begun_at: delivery.begun_at,
        next_at: delivery.ended_at.is_none().then_some(delivery.next_at),
        ended_at: delivery.ended_at,
        log: delivery.log.clone(),
        body,
    }
}

/// What is to be sent again: one of these.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// These events, 1,000 at most, whatever the webhook listens to.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub events: Option<Vec<Uuid>>,
    /// `dead`: what was given up, the oldest 10,000 at most.
    #[serde(default)]
    pub status: Option<String>,
    /// What the webhook listens to and happened not before this time.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// And before this time; until now when nothing is said.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// Of a range, only these kinds: `client.created`, `client.*`.
    #[serde(default)]
    pub kinds: Option<Vec<String>>,
}

/// What will be sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// How many deliveries. Those that wait already are not counted.
    pub deliveries: u64,
    /// Where the next replay of a range goes on, as its `since`, when there is more than one replay takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goes_on_at: Option<DateTime<Utc>>,
}

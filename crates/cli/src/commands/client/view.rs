//! A client as people and programs see it. Its secrets are not part of it: nobody knows them.

use gatewright_oauth::{Client, Resource, Time, Voucher};
use gatewright_store::clients::{MOST_COUNTED, Record};
use serde::Serialize;
use uuid::Uuid;

use crate::output::{clean, members, minute, rfc3339};

/// One client. Members carry the names of RFC 7591 where it has one.
#[derive(Debug, Serialize)]
pub(super) struct View {
    pub(super) client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    pub(super) status: &'static str,
    pub(super) origin: &'static str,
    verified: bool,
    profile: &'static str,
    pub(super) token_endpoint_auth_method: &'static str,
    grant_types: Vec<&'static str>,
    redirect_uris: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<&'static str>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_at: Option<String>,
    #[serde(flatten)]
    life: Option<Life>,
    #[serde(skip)]
    pub(super) created: Time,
    #[serde(skip)]
    shown: String,
    #[serde(skip)]
    blocked: Option<Time>,
}

/// What is known of its metadata document.
#[derive(Debug, Serialize)]
struct Document {
    fetched_at: String,
    pinned: bool,
    digest: String,
}

/// What became of it.
#[derive(Debug, Serialize)]
struct Life {
    live_grants: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_token: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    put_aside_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<String>,
}

impl View {
    /// `known` are the resources the client may be about.
    pub(super) fn of(client: &Client, known: &[Resource]) -> View {
        let metadata = &client.metadata;
        let url = |id: Option<Uuid>| {
            let resource = known.iter().find(|resource| Some(resource.id) == id)?;
            Some(resource.identifier.clone())
        };
        View {
            client_id: client.id.to_string(),
            client_name: metadata.client_name.clone(),
            status: if client.disabled_at.is_some() { "blocked" } else { "enabled" },
            origin: client.origin.as_str(),
            verified: client.voucher == Voucher::Administrator,
            profile: client.profile.as_str(),
            token_endpoint_auth_method: metadata.token_endpoint_auth_method.as_str(),
            grant_types: metadata.grant_types.iter().map(|grant| grant.as_str()).collect(),
            redirect_uris: metadata.redirect_uris.iter().map(ToString::to_string).collect(),
            scope: metadata.scope.as_ref().map(ToString::to_string),
            default_resource: url(client.default_resource),
            resource_server: url(client.speaks_for),
            consent: client.consent.stored(),
            created_at: rfc3339(client.created_at),
            document: client.document.map(|document| Document {
                fetched_at: rfc3339(document.fetched_at),
                pinned: document.fresh_until.is_none(),
                digest: gatewright_jose::base64url::encode(client.digest().as_bytes()),
            }),
            blocked_at: client.disabled_at.map(rfc3339),
            life: None,
            created: client.created_at,
            shown: clean(&client.shown_name().text),
            blocked: client.disabled_at,
        }
    }

    /// With everything that became of it.
    pub(super) fn of_record(record: &Record, known: &[Resource]) -> View {
        let view = View::of(&record.client, known);
        let status = match (record.deleted_at, record.swept_at, view.blocked) {
            (Some(_), _, _) => "deleted",
            (None, _, Some(_)) => "blocked",
            (None, Some(_), None) => "unused",
            (None, None, None) => "enabled",
        };
        let life = Life {
            live_grants: record.live_grants,
            source: record.source.clone(),
            initial_token: record.initial_token,
            approved_at: record.approved_at.map(rfc3339),
            first_used_at: record.first_used_at.map(rfc3339),
            last_used_at: record.last_used_at.map(rfc3339),
            put_aside_at: record.swept_at.map(rfc3339),
            deleted_at: record.deleted_at.map(rfc3339),
        };
        View { status, life: Some(life), ..view }
    }

    /// Its name, fit for a terminal.
    pub(super) fn shown_name(&self) -> &str {
        &self.shown
    }

    pub(super) fn text(&self) -> String {
        let status = match self.blocked {
            Some(since) => format!("{} since {}", self.status, minute(since)),
            None => self.status.to_owned(),
        };
        let grants =
            if self.grant_types.is_empty() { "none".to_owned() } else { self.grant_types.join(", ") };
        let document = self.document.as_ref().map_or_else(String::new, |document| {
            let how = if document.pinned { "pinned" } else { "fetched" };
            format!("{how} {}, digest {}", document.fetched_at, document.digest)
        });
        let life = self.life.as_ref();
        let of_life =
            |member: fn(&Life) -> Option<&String>| life.and_then(member).cloned().unwrap_or_default();
        let live = life.map_or_else(String::new, |life| {
            let more = if life.live_grants >= u64::from(MOST_COUNTED) { " or more" } else { "" };
            format!("{}{more}", life.live_grants)
        });
        members([
            ("client_id", clean(&self.client_id)),
            ("name", self.shown.clone()),
            ("status", status),
            ("registered by", self.origin.to_owned()),
            ("registered from", of_life(|life| life.source.as_ref())),
            ("vouched for", if self.verified { "yes" } else { "no" }.to_owned()),
            ("document", document),
            ("profile", self.profile.to_owned()),
            ("authentication", self.token_endpoint_auth_method.to_owned()),
            ("grants", grants),
            ("redirect URIs", clean_lines(&self.redirect_uris)),
            ("scope", self.scope.clone().unwrap_or_default()),
            ("consent", self.consent.unwrap_or_default().to_owned()),
            ("default resource", self.default_resource.clone().unwrap_or_default()),
            ("speaks for", self.resource_server.clone().unwrap_or_default()),
            ("created", minute(self.created)),
            ("first used", of_life(|life| life.first_used_at.as_ref())),
            ("last used", of_life(|life| life.last_used_at.as_ref())),
            ("live grants", live),
        ])
    }
}

fn clean_lines(lines: &[String]) -> String {
    lines.iter().map(|line| clean(line)).collect::<Vec<_>>().join("\n")
}

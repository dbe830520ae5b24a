//! A client as people and programs see it. The secret is not part of it: nobody knows it.

use gatewright_oauth::{Client, Resource, Time};
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
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<String>,
    #[serde(skip)]
    pub(super) created: Time,
    #[serde(skip)]
    shown: String,
    #[serde(skip)]
    disabled: Option<Time>,
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
            status: if client.disabled_at.is_some() { "disabled" } else { "enabled" },
            origin: client.origin.as_str(),
            profile: client.profile.as_str(),
            token_endpoint_auth_method: metadata.token_endpoint_auth_method.as_str(),
            grant_types: metadata.grant_types.iter().map(|grant| grant.as_str()).collect(),
            redirect_uris: metadata.redirect_uris.iter().map(ToString::to_string).collect(),
            scope: metadata.scope.as_ref().map(ToString::to_string),
            default_resource: url(client.default_resource),
            resource_server: url(client.speaks_for),
            created_at: rfc3339(client.created_at),
            disabled_at: client.disabled_at.map(rfc3339),
            created: client.created_at,
            shown: clean(&client.shown_name().text),
            disabled: client.disabled_at,
        }
    }

    /// Its name, fit for a terminal.
    pub(super) fn shown_name(&self) -> &str {
        &self.shown
    }

    pub(super) fn text(&self) -> String {
        let status = match self.disabled {
            Some(since) => format!("disabled since {}", minute(since)),
            None => "enabled".to_owned(),
        };
        let grants =
            if self.grant_types.is_empty() { "none".to_owned() } else { self.grant_types.join(", ") };
        members([
            ("client_id", self.client_id.clone()),
            ("name", self.shown.clone()),
            ("status", status),
            ("registered by", self.origin.to_owned()),
            ("profile", self.profile.to_owned()),
            ("authentication", self.token_endpoint_auth_method.to_owned()),
            ("grants", grants),
            ("redirect URIs", clean_lines(&self.redirect_uris)),
            ("scope", self.scope.clone().unwrap_or_default()),
            ("default resource", self.default_resource.clone().unwrap_or_default()),
            ("speaks for", self.resource_server.clone().unwrap_or_default()),
            ("created", minute(self.created)),
        ])
    }
}

fn clean_lines(lines: &[String]) -> String {
    lines.iter().map(|line| clean(line)).collect::<Vec<_>>().join("\n")
}

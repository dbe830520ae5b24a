//! Clients in a file: called by their `client_id`, with the members of RFC 7591 beside what this server knows of them.

use serde_json::{Map, Value, json};

use super::kind::{Live, Members, Names};
use crate::failure::Failure;
use crate::output::clean;
use crate::remote::things::client_path;
use crate::remote::{Api, Ask};

/// What an entry may have.
pub const MEMBERS: Members = Members {
    names: &[
        "client_name",
        "redirect_uris",
        "post_logout_redirect_uris",
        "grant_types",
        "response_types",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
        "scope",
        "application_type",
        "client_uri",
        "logo_uri",
        "tos_uri",
        "policy_uri",
        "contacts",
        "software_id",
        "software_version",
        "jwks",
        "jwks_uri",
        "profile",
        "default_resource",
        "resource_server",
        "consent",
        "enabled",
    ],
    lists: &[],
};
/// Those that are no metadata.
const OURS: [&str; 6] = ["client_id", "profile", "default_resource", "resource_server", "consent", "enabled"];
/// Those that name a resource.
const RESOURCES: [&str; 2] = ["default_resource", "resource_server"];

fn metadata_names() -> impl Iterator<Item = &'static str> {
    MEMBERS.names.iter().copied().filter(|name| !OURS.contains(name))
}

/// The one with that id.
pub async fn find(api: &Api<'_>, names: &Names, identity: &str) -> Result<Option<Live>, Failure> {
    let reply = match api.answer(Ask::get(client_path(identity))).await? {
        Ok(reply) => reply,
        Err(trouble) if trouble.code() == "not_found" => return Ok(None),
        Err(trouble) => return Err(trouble.into()),
    };
    let view = &reply.body;
    if view["status"] == "deleted" {
        return Err(Failure::new(format!(
            "client {} was deleted, and its id never returns\n  give the client another client_id, or take it out of \
             the file",
            clean(identity)
        )));
    }
    let path = view["self"].as_str().map_or_else(|| client_path(identity), str::to_owned);
    let live =
        Live { path, shown: shown(view, names), enabled: view["status"] != "blocked", etag: reply.etag() };
    Ok(Some(live))
}

/// What makes it.
pub fn create(entry: &Map<String, Value>, names: &Names) -> Result<Ask, Failure> {
    let metadata: Map<String, Value> = metadata_names()
        .filter_map(|name| entry.get(name).map(|value| (name.to_owned(), value.clone())))
        .collect();
    let mut body = ours(entry, names)?;
    body.insert("client_id".to_owned(), entry.get("client_id").cloned().unwrap_or_default());
    body.insert("metadata".to_owned(), Value::Object(metadata));
    Ok(Ask::post("/clients", Value::Object(body)))
}

/// What makes it like the entry: what that does not mention is as it would be in a new one.
pub fn update(live: &Live, entry: &Map<String, Value>, names: &Names) -> Result<Ask, Failure> {
    let metadata: Map<String, Value> = metadata_names()
        .map(|name| (name.to_owned(), entry.get(name).cloned().unwrap_or(Value::Null)))
        .collect();
    let mut body = ours(entry, names)?;
    body.insert("metadata".to_owned(), Value::Object(metadata));
    Ok(Ask::patch(&live.path, Value::Object(body)).only_if(live.etag.clone()))
}

fn ours(entry: &Map<String, Value>, names: &Names) -> Result<Map<String, Value>, Failure> {
    let mut body = Map::new();
    for name in ["profile", "consent"] {
        body.insert(name.to_owned(), entry.get(name).cloned().unwrap_or(Value::Null));
    }
    for name in RESOURCES {
        let id = match entry.get(name).and_then(Value::as_str) {
            None => Value::Null,
            Some(address) => {
                json!(names.id_or_stand_in(address).ok_or_else(|| no_resource(entry, name, address))?)
            }
        };
        body.insert(name.to_owned(), id);
    }
    Ok(body)
}

fn no_resource(entry: &Map<String, Value>, name: &str, address: &str) -> Failure {
    let client = entry.get("client_id").and_then(Value::as_str).unwrap_or_default();
    Failure::new(format!(
        "client {}: {name} is {}, and there is no such resource\n  add it to the file, under resources",
        clean(client),
        clean(address)
    ))
}

/// What a dry run shows, with the resources in it that are to be made.
pub fn with_planned(
    mut shown: Map<String, Value>,
    entry: &Map<String, Value>,
    names: &Names,
) -> Map<String, Value> {
    for name in RESOURCES {
        if let Some(address) =
            entry.get(name).and_then(Value::as_str).filter(|address| names.is_planned(address))
        {
            shown.insert(name.to_owned(), Value::from(address));
        }
    }
    shown
}

/// As a file writes it.
pub fn shown(view: &Value, names: &Names) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Option<&Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            shown.insert(name.to_owned(), value.clone());
        }
    };
    put("client_id", view.get("client_id"));
    for name in metadata_names() {
        put(name, view["metadata"].get(name));
    }
    put("profile", view.get("profile"));
    for name in RESOURCES {
        let address = view[name].as_str().map(|id| names.address(id).unwrap_or(id));
        put(name, address.map(Value::from).as_ref());
    }
    shown
}

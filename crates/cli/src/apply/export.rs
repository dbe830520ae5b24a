//! What a server has, as a file that apply understands: resources, clients that an administrator made, and webhooks.

use gatewright_server::admin::RESOURCE_PATH;
use gatewright_server::admin::program::CLIENT_ID;
use serde_json::{Map, Value, json};

use super::kind::{Kind, Names};
use crate::failure::Failure;
use crate::remote::{Api, Ask};

const HEADER: &str = "# What a server has, written by gatewright export. Secrets are not in it.\n\
                      # gatewright plan -f FILE shows what differs, gatewright apply -f FILE makes it so.\n";

/// The sections.
pub async fn sections(api: &Api<'_>) -> Result<Map<String, Value>, Failure> {
    let names = Names::read(api).await?;
    let mut sections = Map::new();
    for kind in Kind::ALL {
        let mut entries = Vec::new();
        for view in api.all(Ask::get(format!("/{}", kind.section()))).await? {
            if is_exported(kind, &view, api.place()) {
                entries.push(Value::Object(trimmed(kind, &view, &names)));
            }
        }
        sections.insert(kind.section().to_owned(), Value::Array(entries));
    }
    Ok(sections)
}

/// The file.
pub fn text(sections: &Map<String, Value>) -> Result<String, Failure> {
    let yaml = serde_saphyr::to_string(sections)
        .map_err(|error| Failure::new(format!("this cannot be written as YAML: {error}")))?;
    Ok(format!("{HEADER}{yaml}"))
}

/// Not what comes with the server, nor what describes itself.
fn is_exported(kind: Kind, view: &Value, server: &str) -> bool {
    match kind {
        Kind::Resource => view["resource"] != format!("{server}{RESOURCE_PATH}"),
        Kind::Client => view["origin"] == "administrator" && view["client_id"] != CLIENT_ID,
        Kind::Webhook => true,
    }
}

/// Without what goes without saying.
fn trimmed(kind: Kind, view: &Value, names: &Names) -> Map<String, Value> {
    let mut entry = kind.shown(view, names);
    let usual = match kind {
        Kind::Resource => json!({
            "name": view["resource"], "scopes": [], "access_token_seconds": 900, "signing_alg": "ES256",
            "open_to": "any", "default": false,
        }),
        // It follows from the grants.
        Kind::Client => json!({ "profile": "mcp", "response_types": view["metadata"]["response_types"] }),
        Kind::Webhook => json!({}),
    };
    entry.retain(|name, value| usual.get(name) != Some(value));
    if let Some(Value::Array(scopes)) = entry.get_mut("scopes") {
        for scope in scopes.iter_mut().filter_map(Value::as_object_mut) {
            scope.retain(|_, value| *value != Value::Bool(false) && value.as_str() != Some(""));
        }
    }
    if ["disabled", "blocked"].iter().any(|status| view["status"] == *status) {
        entry.insert("enabled".to_owned(), Value::Bool(false));
    }
    entry
}

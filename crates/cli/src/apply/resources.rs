//! Protected resources in a file: called by their address.

use gatewright_oauth::resource::compare_key;
use serde_json::{Map, Value};

use super::kind::{Live, Members, Names};
use crate::failure::Failure;
use crate::output::clean;
use crate::remote::{Api, Ask};

/// What an entry may have.
pub const MEMBERS: Members = Members {
    names: &[
        "name",
        "scopes",
        "access_token_seconds",
        "signing_alg",
        "open_to",
        "acr",
        "max_age",
        "default",
        "enabled",
    ],
    lists: &[("scopes", &["name", "description", "default", "dangerous", "acr", "max_age"])],
};
/// Those that the API knows under the same name.
pub const SETTINGS: [&str; 8] =
    ["name", "scopes", "access_token_seconds", "signing_alg", "open_to", "acr", "max_age", "default"];

/// One notation of an address.
pub fn canonical(identity: &str) -> Result<String, Failure> {
    compare_key(identity).map_err(|refusal| {
        Failure::new(format!(
            "resource {}: {}\n  nothing was changed",
            clean(identity),
            refusal.description()
        ))
    })
}

/// The one at that address.
pub async fn find(api: &Api<'_>, names: &Names, identity: &str) -> Result<Option<Live>, Failure> {
    let Some(id) = names.id(identity) else { return Ok(None) };
    let path = format!("/resources/{id}");
    let reply = api.send(Ask::get(&path)).await?;
    let enabled = reply.body["status"] == "enabled";
    Ok(Some(Live { path, shown: shown(&reply.body), enabled, etag: reply.etag() }))
}

/// As a file writes it.
pub fn shown(view: &Value) -> Map<String, Value> {
    let mut shown = Map::new();
    for name in ["resource"].iter().chain(&SETTINGS) {
        if let Some(value) = view.get(*name) {
            shown.insert((*name).to_owned(), value.clone());
        }
    }
    shown
}

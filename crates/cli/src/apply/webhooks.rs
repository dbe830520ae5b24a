//! Webhooks in a file: called by their name, which has to be one webhook's alone.

use serde_json::{Map, Value};

use super::kind::{Live, Members};
use crate::failure::Failure;
use crate::output::clean;
use crate::remote::{Api, Ask};

/// What an entry may have.
pub const MEMBERS: Members = Members { names: &["url", "kinds", "enabled"], lists: &[] };
/// Those that the API knows under the same name.
pub const SETTINGS: [&str; 3] = ["name", "url", "kinds"];

/// The one that is called so.
pub async fn find(api: &Api<'_>, identity: &str) -> Result<Option<Live>, Failure> {
    let all = api.all(Ask::get("/webhooks")).await?;
    let mut called_so = all.iter().filter(|view| view["name"] == identity);
    let Some(view) = called_so.next() else { return Ok(None) };
    if called_so.next().is_some() {
        return Err(Failure::new(format!(
            "there are several webhooks called {}\n  give them names of their own: gatewright api PATCH /webhooks/ID",
            clean(identity)
        )));
    }
    let path = format!("/webhooks/{}", view["id"].as_str().unwrap_or_default());
    let reply = api.send(Ask::get(&path)).await?;
    let enabled = reply.body["status"] != "disabled";
    Ok(Some(Live { path, shown: shown(&reply.body), enabled, etag: reply.etag() }))
}

/// As a file writes it.
pub fn shown(view: &Value) -> Map<String, Value> {
    let members = SETTINGS.iter().filter_map(|name| Some(((*name).to_owned(), view.get(*name)?.clone())));
    members.collect()
}

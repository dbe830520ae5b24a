//! Clients that another server knew: registered under the identifiers they have.

use gatewright_oauth::ClientId;
use gatewright_oauth::register::{RegistrationRequest, register};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::store;
use crate::admin::outcomes::{MOST, Outcomes};
use crate::admin::{Answer, Call, Problem, call};
use crate::policy;

/// Clients to be imported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientImport)]
pub struct Import {
    /// Client metadata (RFC 7591 §2), each with its `client_id`: 1 to 100.
    #[schema(value_type = Vec<Object>, min_items = 1, max_items = 100)]
    clients: Vec<Value>,
    /// The profile of all of them: `mcp` (the default), `oidc_compat` or `fapi2`.
    #[serde(default)]
    profile: Option<String>,
}

pub(super) async fn import(call: &Call) -> Result<Answer, Problem> {
    let import: Import = call.body()?;
    if !(1..=MOST).contains(&import.clients.len()) {
        return Err(Problem::invalid("clients", format!("there are 1 to {MOST} clients in one request")));
    }
    let profile = call::profile(import.profile.as_deref())?;
    let mut answers = Vec::with_capacity(import.clients.len());
    for (index, entry) in import.clients.iter().enumerate() {
        let answered = take(call, entry, profile).await;
        // What is wrong with us is not wrong with the entry: nothing is imported.
        if let Err(problem) = &answered
            && problem.fault().is_some()
        {
            return answered;
        }
        answers.push(answered.map_err(|problem| problem.within(&format!("clients[{index}]"))));
    }
    Outcomes::answer(call, answers)
}

async fn take(call: &Call, entry: &Value, profile: gatewright_oauth::Profile) -> Result<Answer, Problem> {
    let name = entry.get("client_id").and_then(Value::as_str);
    let id = name.and_then(|name| ClientId::parse(name).ok());
    let id = match id {
        Some(id @ ClientId::Opaque(_)) => id,
        Some(ClientId::Document(_)) => {
            return Err(Problem::invalid("client_id", "this is the address of a metadata document")
                .hint("such a client describes itself; pin its document instead"));
        }
        None => {
            return Err(Problem::invalid(
                "client_id",
                "a client_id is 1 to 256 characters of A-Z a-z 0-9 - . _ ~",
            ));
        }
    };
    let request = RegistrationRequest::parse(entry.to_string().as_bytes())?;
    let client = register(&policy::administrator(profile, &request, None), request, id, call.moment.now)?;
    store(call, client).await
}

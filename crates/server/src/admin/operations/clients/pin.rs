//! A client's metadata document is kept for good, as an administrator saw it.

use gatewright_oauth::client::Published;
use gatewright_oauth::document::{self, MAX_DOCUMENT};
use gatewright_oauth::register::RegistrationPolicy;
use gatewright_oauth::{Client, ClientId, Voucher};
use gatewright_store::{Write, clients};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::found;
use super::view::named;
use crate::admin::answer::Outdated;
use crate::admin::{Answer, Call, Problem};
use crate::config::ChangedKeys;
use crate::fetch::Wanted;
use crate::policy;

/// A metadata document to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientPin)]
pub struct Pin {
    /// The document. When absent it is fetched.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    document: Option<Value>,
}

pub(super) async fn pin(call: &Call) -> Result<Answer, Problem> {
    let id = named(call)?;
    let given: Pin = call.body()?;
    let ClientId::Document(_) = &id else {
        return Err(Problem::conflict(
            "no_document",
            "this client is not known by the address of a document",
        ));
    };
    let json = match given.document {
        Some(document) => document.to_string().into_bytes(),
        None => fetched(call, &id).await?,
    };
    if json.len() > MAX_DOCUMENT {
        return Err(Problem::invalid("document", format!("a document has at most {MAX_DOCUMENT} bytes")));
    }
    let now = call.moment.now;
    let rules = RegistrationPolicy { voucher: Voucher::Administrator, ..policy::document(&call.app.config) };
    let client = document::client(&rules, &id, &json, now)?;
    let client = Client { document: Some(Published { fetched_at: now, fresh_until: None }), ..client };
    let changed_keys = match call.app.config.documents.changed_keys {
        ChangedKeys::Revoke => clients::ChangedKeys::Revoke,
        ChangedKeys::Keep => clients::ChangedKeys::Keep,
    };
    match clients::pin(&call.app.store, &client, changed_keys, &call.trace()).await? {
        Write::Applied(()) => {}
        Write::Lost => return Err(Problem::conflict("deleted", "a deleted client stays deleted")),
    }
    let view = found(call, &id).await?;
    let etag = Some(view.etag()?);
    Ok(Answer { etag, ..Answer::ok(&view)? }.outdating(Outdated::Client(id)))
}

/// No statement has been run yet, so no connection waits for the host.
async fn fetched(call: &Call, id: &ClientId) -> Result<Vec<u8>, Problem> {
    let unread = |reason: String| {
        Problem::conflict("unreachable", format!("the document cannot be fetched: {reason}"))
            .hint("get it another way and send it as document")
    };
    let wanted = Wanted { url: id.as_str(), accept: "application/json", most: MAX_DOCUMENT };
    let fetched = call.app.fetcher.get(wanted).await.map_err(|error| unread(error.to_string()))?;
    let answer = document::Answer {
        status: fetched.status.as_u16(),
        content_type: fetched.header(http::header::CONTENT_TYPE),
    };
    match answer.flaw() {
        None => Ok(fetched.body.to_vec()),
        Some(flaw) => Err(unread(format!("{flaw} ({})", fetched.status))),
    }
}

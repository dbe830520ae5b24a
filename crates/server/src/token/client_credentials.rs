//! `grant_type=client_credentials` (RFC 6749 §4.4): a confidential client speaks for itself.
//!
//! Nothing is read beyond the cached client and resource; the event is durable before the answer.

use gatewright_oauth::TokenResponse;
use gatewright_oauth::authorize;
use gatewright_oauth::token::{ClientCredentialsRequest, judge_client_credentials};
use gatewright_store::{EventKind, Write, events};

use super::issue::{self, Extras};
use crate::app::{Actor, App, Moment};
use crate::clients::Authenticated;
use crate::error::{Fault, Outcome};

/// Issues an access token to the client itself. Never a refresh token (RFC 6749 §4.4.3).
pub async fn issue(
    app: &App,
    moment: &Moment,
    client: &Authenticated,
    asked: &ClientCredentialsRequest,
) -> Outcome<TokenResponse> {
    let moment = &moment.clone().acting(Actor::Client(client.id.to_string()));
    let found = match &asked.resource {
        Some(key) => app.directory.resource(key).await?,
        None => match client.default_resource {
            Some(id) => app.directory.resource_by_id(id).await?,
            None => app.directory.default_resource().await?,
        },
    };
    let keys: Vec<String> = asked.resource.iter().cloned().collect();
    let resource = authorize::target(&keys, client, found.iter().map(AsRef::as_ref))?;
    let permit = judge_client_credentials(client, resource, asked)?;
    let subject = events::Subject {
        client: Some(client.id.to_string()),
        resource: Some(resource.id),
        ..events::Subject::default()
    };
    let detail = serde_json::json!({ "grant_type": "client_credentials", "scope": permit.scopes() });
    match events::insert(&app.store, EventKind::TokenIssued, (subject, detail), moment.trace(app)).await? {
        Write::Applied(()) => issue::tokens(app, moment, permit, Extras::default()).await,
        Write::Lost => Err(Fault::internal("an event id was used twice").into()),
    }
}

//! The client that `gatewright login` is: every server knows it from its first start, because the admin API is open
//! to clients that somebody vouches for.
//!
//! It is a native app (RFC 8252): public, with PKCE, answered on this computer at a port of its choice; or a device, where
//! there is no browser (RFC 8628). What an administrator did to it stays: one who blocked or deleted it does not find it back.

use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::{ClientId, GrantType};
use gatewright_store::{Write, clients};

use crate::app::{App, Moment};
use crate::error::Outcome;

/// Its `client_id`.
pub const CLIENT_ID: &str = "gatewright-cli";
/// Where it is answered, at any port.
pub const REDIRECT_URI: &str = "http://127.0.0.1/callback";
/// What people see on the consent page.
const NAME: &str = "Gatewright command line";

/// Makes it, if there has never been one.
pub async fn ensure(app: &App, moment: &Moment) -> Outcome<()> {
    let id = ClientId::parse(CLIENT_ID)?;
    if clients::load(&app.store, &id).await?.is_some() {
        return Ok(());
    }
    let request = RegistrationRequest {
        client_name: Some(NAME.to_owned()),
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        grant_types: [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode]
            .map(|grant| grant.to_string())
            .to_vec(),
        token_endpoint_auth_method: Some("none".to_owned()),
        application_type: Some("native".to_owned()),
        ..RegistrationRequest::default()
    };
    let client = register(&RegistrationPolicy::administrator(), request, id, moment.now)?;
    match clients::create(&app.store, &client, &moment.trace(app)).await? {
        Write::Applied(_) => {}
        Write::Lost => tracing::debug!("the command line's client was deleted, or is being made by another"),
    }
    Ok(())
}

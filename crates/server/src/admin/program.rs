//! The client that `gatewright login` is: every server knows it from its first start, because the admin API is open
//! to clients that somebody vouches for.
//!
//! It is a native app (RFC 8252): public, with PKCE, answered on this computer at a port of its choice; or a device, where
//! there is no browser (RFC 8628). What an administrator did to it stays: one who blocked or deleted it does not find it back.

use std::collections::BTreeSet;

use gatewright_oauth::register::{RegistrationPolicy, RegistrationRequest, register};
use gatewright_oauth::{Client, ClientId, GrantType};
use gatewright_store::{Write, clients};

use crate::app::{App, Moment};
use crate::error::Outcome;

/// Its `client_id`.
pub const CLIENT_ID: &str = "gatewright-cli";
/// Where it is answered, at any port.
pub const REDIRECT_URI: &str = "http://127.0.0.1/callback";
/// What people see on the consent page.
const NAME: &str = "Gatewright command line";

/// Which description of it this is: a client that carries an older one, or none, gets what has come since. One that
/// carries this one stays as an administrator left it.
const DESCRIPTION: &str = "2";

/// What it does. The grant of devices came with description 2.
fn grants() -> BTreeSet<GrantType> {
    BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode])
}

/// Makes it, if there has never been one; gives the one that is there what it lacks.
pub async fn ensure(app: &App, moment: &Moment) -> Outcome<()> {
    let id = ClientId::parse(CLIENT_ID)?;
    let written = match clients::load(&app.store, &id).await? {
        Some(client) if client.metadata.software_version.as_deref() == Some(DESCRIPTION) => return Ok(()),
        Some(client) => {
            let grants = client.metadata.grant_types.union(&grants()).copied().collect();
            clients::extend(&app.store, &client, (&grants, DESCRIPTION), &moment.trace(app)).await?
        }
        None => clients::create(&app.store, &described(id, moment)?, &moment.trace(app)).await?.map(drop),
    };
    match written {
        Write::Applied(()) => {}
        Write::Lost => tracing::debug!("the command line's client was deleted, or another is at it"),
    }
    Ok(())
}

fn described(id: ClientId, moment: &Moment) -> Outcome<Client> {
    let request = RegistrationRequest {
        client_name: Some(NAME.to_owned()),
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        grant_types: grants().iter().map(ToString::to_string).collect(),
        token_endpoint_auth_method: Some("none".to_owned()),
        application_type: Some("native".to_owned()),
        software_version: Some(DESCRIPTION.to_owned()),
        ..RegistrationRequest::default()
    };
    Ok(register(&RegistrationPolicy::administrator(), request, id, moment.now)?)
}

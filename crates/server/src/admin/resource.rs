//! The admin API as a protected resource of this server (RFC 8707, RFC 9728): made at the first start, and kept as
//! this version describes it.
//!
//! Only clients that an administrator made or approved may ask for it: nobody who registered themselves gets to ask
//! an owner for the keys of the house.

use std::time::Duration;

use gatewright_oauth::demand::Demand;
use gatewright_oauth::resource::{NewResource, OpenTo, Resource, ScopeText, TokenSettings};
use gatewright_store::{Write, resources};
use serde_json::{Value, json};

use super::RESOURCE_PATH;
use super::scope::{Risk, Scope};
use crate::app::{App, Moment};
use crate::config::Config;
use crate::error::Outcome;

/// Its name for people.
const NAME: &str = "Administration of this server";
/// How long access tokens for the admin API live. Roles are looked at on every use; this bounds what a stolen token
/// is worth.
const LIFETIME: Duration = Duration::from_mins(10);

/// Makes or renews the resource.
pub async fn ensure(app: &App, moment: &Moment) -> Outcome<()> {
    let wanted = Resource::new(NewResource {
        id: app.id(moment.now),
        identifier: app.config.url(RESOURCE_PATH),
        name: Some(NAME.to_owned()),
        scopes: Scope::ALL.iter().copied().map(text).collect(),
        token: TokenSettings { lifetime: LIFETIME, ..TokenSettings::default() },
        is_default: false,
        open_to: OpenTo::VerifiedClients,
        demand: Demand::NOTHING,
    })?;
    let trace = moment.trace(app);
    let written = match resources::by_compare_key(&app.store, &wanted.compare_key()).await? {
        None => resources::add(&app.store, &wanted, &trace).await?,
        Some(found) => {
            let wanted = Resource {
                id: found.id,
                identifier: found.identifier.clone(),
                disabled_at: found.disabled_at,
                is_default: found.is_default,
                ..wanted
            };
            if wanted == found {
                return Ok(());
            }
            resources::update(&app.store, &found, &wanted, &trace).await?
        }
    };
    match written {
        Write::Applied(()) => {}
        Write::Lost => tracing::debug!("another replica described the admin API at the same time"),
    }
    Ok(())
}

/// How it describes itself to clients (RFC 9728 §2).
pub fn metadata(config: &Config) -> Value {
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    json!({
        "resource": config.url(RESOURCE_PATH),
        "authorization_servers": [config.issuer],
        "scopes_supported": scopes,
        "bearer_methods_supported": ["header"],
        "resource_name": NAME,
    })
}

fn text(scope: Scope) -> ScopeText {
    ScopeText {
        name: scope.as_str().to_owned(),
        description: scope.words().to_owned(),
        default: scope == Scope::ServerRead,
        dangerous: scope.risk() == Risk::Dangerous,
        demand: Demand::NOTHING,
    }
}

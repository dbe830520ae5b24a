//! Resources of a server elsewhere, by its admin API.

use gatewright_oauth::Resource;
use gatewright_oauth::resource::{OpenTo, compare_key};
use serde::Deserialize;
use serde_json::{Value, json};

use super::discover::Found;
use super::{Named, Switch, Switched, nothing};
use crate::failure::Failure;
use crate::output::clean;
use crate::remote::things::{self, Protected};
use crate::remote::{Api, Ask};

pub(super) async fn find(api: &Api<'_>, named: &Named) -> Result<Resource, Failure> {
    let wanted = compare_key(&named.url).ok();
    let known = things::resources(api).await?;
    known.into_iter().find(|known| Some(known.compare_key()) == wanted).ok_or_else(|| nothing(named))
}

pub(super) async fn switch(api: &Api<'_>, named: &Named, to: Switch) -> Result<Switched, Failure> {
    let resource = find(api, named).await?;
    let (deed, status) = match to {
        Switch::Off => ("disable", "disabled"),
        Switch::On => ("enable", "enabled"),
    };
    let changed = resource.disabled_at.is_some() == (to == Switch::On);
    if changed {
        api.send(Ask::act(format!("/resources/{}/{deed}", resource.id))).await?;
    }
    Ok(Switched { resource: resource.identifier, status, changed })
}

/// What may be said about a resource, in the words of the API.
pub(super) fn settings(resource: &Resource) -> Value {
    json!({
        "acr": resource.demand.acr,
        "max_age": resource.demand.max_age,
        "name": resource.name,
        "scopes": resource.scopes,
        "access_token_seconds": resource.token.lifetime.as_secs(),
        "signing_alg": resource.token.algorithm.to_string(),
        "open_to": match resource.open_to {
            OpenTo::AnyClient => "any",
            OpenTo::VerifiedClients => "verified",
        },
        "default": resource.is_default,
    })
}

/// The server that is administered asks: it reaches what it protects, and knows whom it may ask.
pub(super) async fn discover(api: &Api<'_>, url: &str) -> Result<Found, Failure> {
    #[derive(Deserialize)]
    struct Told {
        document: String,
        authorization_servers: Vec<String>,
        scopes_supported: Vec<String>,
        challenge_scopes: Vec<String>,
        proposal: Proposal,
    }
    #[derive(Deserialize)]
    struct Proposal {
        resource: String,
        name: Option<String>,
    }
    let told: Told = match api.answer(Ask::post("/resources/discover", json!({ "url": url }))).await? {
        Ok(reply) => reply.read()?,
        Err(trouble) if ["unreachable", "unusable_metadata"].contains(&trouble.code()) => {
            return Err(Failure::new(format!(
                "{trouble}\n  {} asked, from where it is (fetch.allow_networks); have it mended, or add it by hand: \
                 gatewright resource add {} --scope …",
                api.place(),
                clean(url)
            )));
        }
        Err(trouble) => return Err(trouble.into()),
    };
    Ok(Found {
        document: told.document,
        resource: told.proposal.resource,
        resource_name: told.proposal.name,
        authorization_servers: told.authorization_servers,
        scopes_supported: told.scopes_supported,
        challenge_scopes: told.challenge_scopes,
    })
}

pub(super) async fn add(api: &Api<'_>, resource: &Resource) -> Result<Resource, Failure> {
    let mut body = settings(resource);
    body["resource"] = Value::from(resource.identifier.clone());
    api.send(Ask::post("/resources", body)).await?.read::<Protected>()?.try_into()
}

pub(super) async fn update(api: &Api<'_>, was: &Resource, now: &Resource) -> Result<Resource, Failure> {
    let path = format!("/resources/{}", was.id);
    // What was read is what is changed.
    let etag = api.send(Ask::get(&path)).await?;
    let still: Resource = etag.clone().read::<Protected>()?.try_into()?;
    if still != *was {
        return Err(Failure::new(
            "somebody else changed the resource at the same time\n  run the command again",
        ));
    }
    let changed = api.send(Ask::patch(path, settings(now)).only_if(etag.etag())).await?;
    changed.read::<Protected>()?.try_into()
}

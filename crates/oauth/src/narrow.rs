//! From the scopes a client asks for to the scopes it can get (RFC 6749 §3.3, §6; OAuth 2.1 §3.2.3).
//!
//! Three questions, one per grant: [`asked`] at the authorization endpoint, [`again`] at refresh, [`own`] for client
//! credentials. They share the manners of the client's profile: `mcp` drops what cannot be given and refuses only when
//! nothing is left (real clients ask for scopes that do not exist), `oidc_compat` and `fapi2` refuse.
//!
//! `offline_access` says nothing about the resource, so a request for it alone counts as a request without scopes:
//! clients add it whenever the metadata lists it.

use crate::client::{Client, Origin, Profile};
use crate::error::{Code, Decision, Refusal};
use crate::resource::Resource;
use crate::scope::{OF_THE_SERVER, OFFLINE_ACCESS, Scopes};

/// The scopes that are about the person and the session rather than the resource (OIDC Core §5.4, §11).
pub fn standard() -> Scopes {
    OF_THE_SERVER.iter().fold(Scopes::empty(), |all, name| all.union(&Scopes::hint(name)))
}

/// Everything that can be allowed at `resource` when a person takes part.
pub(crate) fn with_person(resource: &Resource) -> Scopes {
    resource.scope_names().union(&standard())
}

/// Narrows an authorization request: requested ∩ client ∩ resource; none requested means the resource's defaults.
///
/// An administrator's `scope` in the client's metadata is an allow list for the resource's scopes; in a registration
/// by the client itself it is a hint and limits nothing. `offline_access` falls away for a client that cannot refresh.
pub(crate) fn asked(requested: &Scopes, client: &Client, resource: &Resource) -> Decision<Scopes> {
    let allowed = allowed(client, resource);
    let mut offered = allowed.union(&standard());
    if !client.wants_refresh() {
        offered = offered.minus(&only_offline());
    }
    let kept = requested.intersect(&offered);
    let named = requested.minus(&only_offline());
    if named.is_empty() {
        return Ok(kept.union(&resource.default_scopes().intersect(&allowed)));
    }
    // A client that cannot refresh is not refused for asking to; that scope falls away in every profile.
    refuse_unknown(&named.minus(&offered), client)?;
    if named.intersect(&offered).is_empty() { Err(nothing_left()) } else { Ok(kept) }
}

/// Narrows a refresh: never wider than the grant. `None` when nothing was asked, so that the grant's scopes stand.
pub(crate) fn again(
    requested: Option<&Scopes>,
    granted: &Scopes,
    client: &Client,
) -> Decision<Option<Scopes>> {
    let Some(requested) = requested else { return Ok(None) };
    match client.profile {
        Profile::Mcp => {
            if requested.minus(&only_offline()).is_empty() {
                return Ok(None);
            }
            let kept = requested.intersect(granted);
            if kept.minus(&only_offline()).is_empty() { Err(nothing_left()) } else { Ok(Some(kept)) }
        }
        // Whether it exceeds the grant is the refresh machine's verdict (see `oxide`).
        Profile::OidcCompat | Profile::Fapi2 => Ok(Some(requested.clone())),
    }
}

/// Narrows a client's request in its own name: the administrator's allow list is the only consent there is, so
/// without one the client gets the resource's defaults and no more.
pub(crate) fn own(requested: &Scopes, client: &Client, resource: &Resource) -> Decision<Scopes> {
    let allowed = match (&client.metadata.scope, client.origin) {
        (Some(_), Origin::Administrator) => allowed(client, resource),
        (Some(_) | None, Origin::Administrator | Origin::Dynamic | Origin::Document) => {
            resource.default_scopes()
        }
    };
    if requested.is_empty() {
        return Ok(resource.default_scopes().intersect(&allowed));
    }
    refuse_unknown(&requested.minus(&allowed), client)?;
    let kept = requested.intersect(&allowed);
    if kept.is_empty() { Err(nothing_left()) } else { Ok(kept) }
}

/// The resource's scopes that this client may ever have.
fn allowed(client: &Client, resource: &Resource) -> Scopes {
    match (&client.metadata.scope, client.origin) {
        (Some(list), Origin::Administrator) => resource.scope_names().intersect(list),
        (Some(_) | None, Origin::Administrator | Origin::Dynamic | Origin::Document) => {
            resource.scope_names()
        }
    }
}

/// The manners of the profile.
fn refuse_unknown(unknown: &Scopes, client: &Client) -> Decision<()> {
    match client.profile {
        Profile::Mcp => Ok(()),
        Profile::OidcCompat | Profile::Fapi2 => match unknown.iter().next() {
            None => Ok(()),
            Some(scope) => Err(Refusal::new(
                Code::InvalidScope,
                format!("scope '{scope}' is not one this client can have at this resource"),
            )),
        },
    }
}

fn only_offline() -> Scopes {
    Scopes::hint(OFFLINE_ACCESS)
}

fn nothing_left() -> Refusal {
    Refusal::new(
        Code::InvalidScope,
        "none of the requested scopes can be given; see scopes_supported of the resource",
    )
}

//! What the operator's configuration means for clients, in one place: under which rules they are registered, and which
//! domains' documents are believed. Asked anew at every use (CI-11), so a domain that is denied today is unknown today.

use gatewright_oauth::assurance::Acr;
use gatewright_oauth::register::{PrivateUseSchemes, RegistrationPolicy, RegistrationRequest};
use gatewright_oauth::{
    Client, ClientId, Code, Decision, GrantType, Origin, Profile, Refusal, Resource, Scopes, Voucher,
};
use gatewright_store::users::{Role, User};
use uuid::Uuid;

use crate::admin::{RESOURCE_PATH, scope};
use crate::config::{
    Config, DeviceClients, DocumentMode, Documents, OtherDomains, PrivateUse, Registration, SecondFactor,
};

/// What is decided about a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An administrator vouches for everything its documents say.
    Trusted,
    /// People decide.
    Accepted,
    /// An administrator decides about each client first.
    AskFirst,
    /// Its documents are not used.
    Refused,
}

/// About the host of a metadata document. Denying is stronger than allowing.
pub fn domain(documents: &Documents, host: &str) -> Verdict {
    let listed = |domains: &[crate::config::Domain]| domains.iter().any(|domain| domain.covers(host));
    if listed(&documents.deny) {
        return Verdict::Refused;
    }
    if listed(&documents.allow) {
        return Verdict::Trusted;
    }
    match documents.others {
        OtherDomains::Accept => Verdict::Accepted,
        OtherDomains::Ask => Verdict::AskFirst,
        OtherDomains::Refuse => Verdict::Refused,
    }
}

/// Why a client is not accepted, although it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unaccepted {
    /// Documents, or those of this domain, are not used here.
    Domain,
    /// An administrator has not approved it yet.
    Unapproved,
}

/// The client as today's configuration sees it.
pub fn accept(documents: &Documents, client: Client) -> Result<Client, Unaccepted> {
    let ClientId::Document(_) = &client.id else { return Ok(client) };
    let host = client.id.host().unwrap_or_default();
    let is_pinned = client.document.is_some_and(|document| document.fresh_until.is_none());
    match documents.mode {
        DocumentMode::Off => return Err(Unaccepted::Domain),
        DocumentMode::Pinned if !is_pinned => return Err(Unaccepted::Domain),
        DocumentMode::Auto | DocumentMode::On | DocumentMode::Pinned => {}
    }
    match (domain(documents, host), client.voucher) {
        (Verdict::Refused, _) => Err(Unaccepted::Domain),
        (_, Voucher::Administrator) | (Verdict::Accepted, Voucher::Domain | Voucher::Nobody) => Ok(client),
        (Verdict::Trusted, Voucher::Domain | Voucher::Nobody) => {
            Ok(Client { voucher: Voucher::Domain, ..client })
        }
        (Verdict::AskFirst, Voucher::Domain | Voucher::Nobody) => Err(Unaccepted::Unapproved),
    }
}

/// What of a resource a person has to give, where that depends on who they are: the admin API's scopes are those of
/// their role. `None` where everybody has everything.
pub fn has_at(config: &Config, resource: &Resource, user: &User) -> Option<Scopes> {
    let is_ours = resource.identifier == config.url(RESOURCE_PATH);
    is_ours.then(|| user.role.map_or_else(Scopes::empty, scope::of))
}

/// Whether a client that is registered for it may ask as a device (DV-01). Asked anew at every step.
pub fn devices(config: &Config, client: &Client) -> Decision<()> {
    match config.device.clients {
        DeviceClients::Any => Ok(()),
        DeviceClients::Verified if client.is_verified() => Ok(()),
        DeviceClients::Verified => Err(Refusal::new(
            Code::UnauthorizedClient,
            "only clients that an administrator vouches for may use the device code grant here; the operator can run gatewright client approve",
        )),
        DeviceClients::None => {
            Err(Refusal::new(Code::UnauthorizedClient, "the device code grant is switched off here"))
        }
    }
}

/// What the operator requires of the proof of somebody with this role.
pub fn least(config: &Config, role: Option<Role>) -> Acr {
    match (config.login.require_second_factor, role) {
        (SecondFactor::Everybody, _) | (SecondFactor::Administrators, Some(_)) => Acr::TwoFactors,
        (SecondFactor::Administrators, None) | (SecondFactor::Nobody, _) => Acr::OneFactor,
    }
}

/// The rules for somebody at the registration endpoint: anybody, or the bearer of an initial access token.
pub fn dynamic(config: &Config, invited: Option<Profile>) -> RegistrationPolicy {
    let registration = &config.registration;
    let mut base = invited.map_or_else(RegistrationPolicy::dynamic, RegistrationPolicy::invited);
    if config.device.clients == DeviceClients::Any {
        base.grant_types.insert(GrantType::DeviceCode);
    }
    RegistrationPolicy {
        private_use_schemes: private_use(registration.private_use_schemes),
        redirect_hosts: redirect_hosts(registration),
        ..base
    }
}

/// The rules for an administrator. A resource's own server that asks for nothing else (`speaks_for`) gets no grant.
pub fn administrator(
    profile: Profile,
    request: &RegistrationRequest,
    speaks_for: Option<Uuid>,
) -> RegistrationPolicy {
    let only_asks =
        speaks_for.is_some() && request.grant_types.is_empty() && request.redirect_uris.is_empty();
    let base = RegistrationPolicy { profile, ..RegistrationPolicy::administrator() };
    if only_asks { RegistrationPolicy { grant_types: [].into(), ..base } } else { base }
}

/// The rules for a metadata document.
pub fn document(config: &Config) -> RegistrationPolicy {
    RegistrationPolicy {
        private_use_schemes: private_use(config.registration.private_use_schemes),
        redirect_hosts: redirect_hosts(&config.registration),
        ..RegistrationPolicy::document()
    }
}

/// Whether a client signs its assertions for the token endpoint, and is known to.
pub fn names_token_endpoint(documents: &Documents, client: &Client) -> bool {
    match (client.profile, client.origin) {
        (Profile::OidcCompat, _) => true,
        (Profile::Mcp, Origin::Document) => {
            let host = client.id.host().unwrap_or_default();
            documents.token_endpoint_audience.iter().any(|domain| domain.covers(host))
        }
        (Profile::Mcp, Origin::Administrator | Origin::Dynamic) | (Profile::Fapi2, _) => false,
    }
}

fn private_use(schemes: PrivateUse) -> PrivateUseSchemes {
    match schemes {
        PrivateUse::Any => PrivateUseSchemes::Any,
        PrivateUse::ReverseDns => PrivateUseSchemes::ReverseDns,
        PrivateUse::None => PrivateUseSchemes::Listed([].into()),
    }
}

fn redirect_hosts(registration: &Registration) -> Option<std::collections::BTreeSet<String>> {
    let domains = &registration.redirect_domains;
    (!domains.is_empty()).then(|| domains.iter().map(|domain| domain.as_str().to_owned()).collect())
}

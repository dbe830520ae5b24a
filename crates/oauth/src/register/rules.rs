//! Registration, judged.

use std::collections::BTreeSet;

use gatewright_jose::{Algorithm, MAX_TOKEN};

use super::policy::{Entry, PrivateUseSchemes, RegistrationPolicy};
use super::request::{RegistrationRequest, wrong};
use crate::client::{
    AuthMethod, Client, ClientId, ClientMetadata, ConsentRule, GrantType, Origin, Profile, ResponseType,
};
use crate::redirect::{RedirectKind, RedirectUri};
use crate::scope::Scopes;
use crate::uri::{self, MAX_URI};
use crate::{Code, Decision, Refusal, Time};

/// The most redirect URIs of one client (DC-05).
const MAX_REDIRECT_URIS: usize = 16;
/// The longest name, in bytes.
const MAX_NAME: usize = 200;
/// The longest other text, in bytes.
const MAX_TEXT: usize = 200;
/// Addresses this server would fetch: never over plain http (DC-01).
const FETCHED: [&str; 3] = ["jwks_uri", "sector_identifier_uri", "request_uris"];
/// The most contacts.
const MAX_CONTACTS: usize = 10;

/// Validates a registration (steps 1 to 6 below) and makes the client, without a secret. The refusal names the
/// member and, for redirect URIs, the URI and the rule.
pub fn register(
    policy: &RegistrationPolicy,
    raw: RegistrationRequest,
    id: ClientId,
    now: Time,
) -> Decision<Client> {
    // 1. How it proves itself, and what it may do.
    let method = auth_method(policy, &raw)?;
    let signing_alg = signing_alg(&raw, method)?;
    let grant_types = grant_types(policy, &raw, method)?;
    let response_types = response_types(&raw, &grant_types)?;
    // 2. Where answers may go.
    let redirect_uris = redirect_uris(policy, &raw.redirect_uris, method)?;
    if redirect_uris.is_empty() && grant_types.contains(&GrantType::AuthorizationCode) {
        return Err(Refusal::new(Code::InvalidRedirectUri, "redirect_uris is required and missing or empty"));
    }
    let post_logout_redirect_uris = redirect_uris_of_logout(policy, &raw, method)?;
    // 3. Addresses that people or we may follow.
    check_addresses(&raw)?;
    // 4. Keys.
    if raw.jwks.is_some() && raw.jwks_uri.is_some() {
        return Err(wrong("jwks and jwks_uri exclude each other (RFC 7591 section 2)"));
    }
    // 5. Texts.
    check_texts(&raw)?;
    let metadata = ClientMetadata {
        redirect_uris,
        client_name: raw.client_name,
        grant_types,
        response_types,
        token_endpoint_auth_method: method,
        scope: scope(policy, raw.scope.as_deref())?,
        application_type: raw.application_type,
        client_uri: raw.client_uri,
        logo_uri: raw.logo_uri,
        tos_uri: raw.tos_uri,
        policy_uri: raw.policy_uri,
        contacts: raw.contacts,
        software_id: raw.software_id,
        software_version: raw.software_version,
        post_logout_redirect_uris,
        jwks: raw.jwks,
        jwks_uri: raw.jwks_uri,
        token_endpoint_auth_signing_alg: signing_alg,
        software_statement: raw.software_statement,
    };
    // 6. What the profile demands on top.
    check_profile(policy, &metadata)?;
    Ok(Client {
        id,
        origin: policy.origin,
        profile: policy.profile,
        metadata,
        voucher: policy.voucher,
        secret: None,
        previous_secret: None,
        registration_token: None,
        default_resource: None,
        speaks_for: None,
        created_at: now,
        document: None,
        consent: ConsentRule::Ask,
        disabled_at: None,
    })
}

/// The one method of the client, chosen here once (CA-03): the one it prefers if policy allows that, else the strongest
/// of the others it could use, and `none` when it named none (ruling 8). A key it has not got is nothing it could use.
fn auth_method(policy: &RegistrationPolicy, raw: &RegistrationRequest) -> Decision<AuthMethod> {
    let has_keys = raw.jwks.is_some() || raw.jwks_uri.is_some();
    let allowed = |asked: &str| {
        let method: Option<AuthMethod> = asked.parse().ok();
        method.filter(|method| policy.auth_methods.contains(method))
    };
    let usable = |method: &AuthMethod| *method != AuthMethod::PrivateKeyJwt || has_keys;
    let preferred = raw.token_endpoint_auth_method.as_deref();
    let others = &raw.token_endpoint_auth_methods_supported;
    if let Some(method) = preferred.and_then(allowed).filter(usable) {
        return Ok(method);
    }
    // In the order of declaration, the strongest is the last.
    if let Some(method) = others.iter().filter_map(|other| allowed(other)).filter(usable).max() {
        return Ok(method);
    }
    let Some(asked) = preferred.or(others.first().map(String::as_str)) else { return Ok(AuthMethod::None) };
    if allowed(asked).is_some() {
        return Err(wrong(
            "token_endpoint_auth_method private_key_jwt needs jwks or jwks_uri with the client's public keys",
        ));
    }
    let all: Vec<_> = policy.auth_methods.iter().map(|method| method.as_str()).collect();
    Err(wrong(format!(
        "token_endpoint_auth_method '{asked}' cannot be registered here; use one of: {}",
        all.join(", ")
    )))
}

/// The algorithm the client promises to sign its assertions with; without assertions it means nothing.
fn signing_alg(raw: &RegistrationRequest, method: AuthMethod) -> Decision<Option<Algorithm>> {
    let asked =
        raw.token_endpoint_auth_signing_alg.as_deref().filter(|_| method == AuthMethod::PrivateKeyJwt);
    let Some(asked) = asked else { return Ok(None) };
    asked
        .parse()
        .map(Some)
        .map_err(|_| wrong("token_endpoint_auth_signing_alg must be one of ES256, EdDSA, PS256, RS256"))
}

/// Grants policy does not offer are dropped from a client's own registration and refused from an administrator's.
fn grant_types(
    policy: &RegistrationPolicy,
    raw: &RegistrationRequest,
    method: AuthMethod,
) -> Decision<BTreeSet<GrantType>> {
    let code_and_refresh = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    if raw.grant_types.is_empty() {
        return Ok(code_and_refresh.into_iter().filter(|grant| policy.grant_types.contains(grant)).collect());
    }
    let offered = |asked: &str| asked.parse().ok().filter(|grant| policy.grant_types.contains(grant));
    let unknown = raw.grant_types.iter().find(|asked| offered(asked).is_none());
    let kept: BTreeSet<GrantType> = raw.grant_types.iter().filter_map(|asked| offered(asked)).collect();
    if let Some(unknown) = unknown
        && (kept.is_empty() || policy.origin == Origin::Administrator)
    {
        let offered: Vec<_> = policy.grant_types.iter().map(|grant| grant.as_str()).collect();
        return Err(wrong(format!(
            "grant_types: '{unknown}' cannot be registered here; available are: {}",
            offered.join(", ")
        )));
    }
    let with_person = [GrantType::AuthorizationCode, GrantType::DeviceCode];
    if kept.contains(&GrantType::RefreshToken) && !with_person.iter().any(|grant| kept.contains(grant)) {
        return Err(wrong(
            "grant_types: refresh_token is of no use without authorization_code or the device code grant",
        ));
    }
    if kept.contains(&GrantType::ClientCredentials) && method == AuthMethod::None {
        return Err(wrong(
            "grant_types: client_credentials needs a client that can prove who it is; name a token_endpoint_auth_method",
        ));
    }
    Ok(kept)
}

fn response_types(raw: &RegistrationRequest, grants: &BTreeSet<GrantType>) -> Decision<Vec<ResponseType>> {
    if !grants.contains(&GrantType::AuthorizationCode) {
        return Ok(Vec::new());
    }
    let has_code = raw.response_types.iter().any(|asked| asked.parse() == Ok(ResponseType::Code));
    match raw.response_types.first() {
        Some(asked) if !has_code => {
            Err(wrong(format!("response_types: '{asked}' is not offered; the only one is code (OAuth 2.1)")))
        }
        Some(_) | None => Ok(vec![ResponseType::Code]),
    }
}

fn redirect_uris(
    policy: &RegistrationPolicy,
    raw: &[String],
    method: AuthMethod,
) -> Decision<Vec<RedirectUri>> {
    if raw.len() > MAX_REDIRECT_URIS {
        return Err(Refusal::new(
            Code::InvalidRedirectUri,
            "a client has at most 16 redirect URIs of each kind",
        ));
    }
    let mut uris: Vec<RedirectUri> = Vec::with_capacity(raw.len());
    for text in raw {
        let uri = RedirectUri::register(text)?;
        policy.check_redirect(&uri, method)?;
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    Ok(uris)
}

fn redirect_uris_of_logout(
    policy: &RegistrationPolicy,
    raw: &RegistrationRequest,
    method: AuthMethod,
) -> Decision<Vec<RedirectUri>> {
    redirect_uris(policy, &raw.post_logout_redirect_uris, method).map_err(|refusal| {
        Refusal::new(refusal.code(), format!("post_logout_redirect_uris: {}", refusal.description()))
    })
}

impl RegistrationPolicy {
    fn check_redirect(&self, uri: &RedirectUri, method: AuthMethod) -> Decision<()> {
        let refuse =
            |rule: &str| Err(Refusal::new(Code::InvalidRedirectUri, format!("redirect URI '{uri}' {rule}")));
        match uri.kind() {
            RedirectKind::Loopback => Ok(()),
            RedirectKind::Web => match &self.redirect_hosts {
                Some(hosts) if !hosts.iter().any(|host| is_within(&uri.host_shown().ascii, host)) => {
                    refuse("goes to a host that the operator of this server has not allowed")
                }
                Some(_) | None => Ok(()),
            },
            RedirectKind::PrivateUse if method != AuthMethod::None => refuse(
                "has a scheme of its own, which only public clients (token_endpoint_auth_method none) may use",
            ),
            RedirectKind::PrivateUse => {
                let parts = uri::split(uri.as_str());
                let scheme = parts.map_or("", |parts| parts.scheme);
                match &self.private_use_schemes {
                    PrivateUseSchemes::Any => Ok(()),
                    PrivateUseSchemes::Listed(listed) if listed.contains(scheme) => Ok(()),
                    PrivateUseSchemes::Listed(_) => {
                        refuse("has a scheme that the operator of this server has not allowed")
                    }
                    PrivateUseSchemes::ReverseDns
                        if scheme.contains('.')
                            && parts.is_some_and(|parts| {
                                parts.authority.is_none() && parts.path.starts_with('/')
                            }) =>
                    {
                        Ok(())
                    }
                    PrivateUseSchemes::ReverseDns => refuse(
                        "must have a reverse domain name as scheme and one slash, such as com.example.app:/callback",
                    ),
                }
            }
        }
    }
}

/// Whether `host` is `domain` or below it, label by label (RU-10).
fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Every address must be `https`; those that only people follow may be `http` on this computer (RU-06, DC-04).
fn check_addresses(raw: &RegistrationRequest) -> Decision<()> {
    let named = [
        ("client_uri", raw.client_uri.as_deref()),
        ("logo_uri", raw.logo_uri.as_deref()),
        ("tos_uri", raw.tos_uri.as_deref()),
        ("policy_uri", raw.policy_uri.as_deref()),
        ("jwks_uri", raw.jwks_uri.as_deref()),
    ];
    let named = named.into_iter().filter_map(|(name, uri)| Some((name, uri?)));
    let other = raw.other_uris.iter().map(|(name, uri)| (*name, uri.as_str()));
    named.chain(other).try_for_each(|(name, uri)| check_address(name, uri))
}

fn check_address(name: &str, text: &str) -> Decision<()> {
    if uri::is_dangerous_uri(text) {
        return Err(Refusal::new(
            Code::InvalidRedirectUri,
            format!("{name} has a scheme that is not safe to follow"),
        ));
    }
    let parts = uri::split(text).filter(|_| text.len() <= MAX_URI && uri::foreign_character(text).is_none());
    let fetched = FETCHED.contains(&name);
    let fine = parts.is_some_and(|parts| {
        let host = parts.host_port().map_or("", |(host, _)| host);
        let web = parts.scheme.eq_ignore_ascii_case("https") && !host.is_empty();
        (web || (parts.is_loopback_http() && !fetched)) && url::Url::parse(text).is_ok()
    });
    if fine {
        return Ok(());
    }
    let but = if fetched { "" } else { "; http is only for this computer" };
    Err(wrong(format!("{name} must be an https URL of at most 2048 bytes{but}")))
}

fn check_texts(raw: &RegistrationRequest) -> Decision<()> {
    if raw.client_name.as_ref().is_some_and(|name| name.len() > MAX_NAME) {
        return Err(wrong("client_name is longer than 200 bytes"));
    }
    let texts = [
        ("application_type", raw.application_type.as_ref()),
        ("software_id", raw.software_id.as_ref()),
        ("software_version", raw.software_version.as_ref()),
    ];
    for (name, text) in texts {
        if text.is_some_and(|text| text.len() > MAX_TEXT) {
            return Err(wrong(format!("{name} is longer than 200 bytes")));
        }
    }
    if raw.software_statement.as_ref().is_some_and(|statement| statement.len() > MAX_TOKEN) {
        return Err(wrong("software_statement is longer than 8192 bytes"));
    }
    if raw.contacts.len() > MAX_CONTACTS || raw.contacts.iter().any(|contact| contact.len() > MAX_TEXT) {
        return Err(wrong("contacts has at most 10 entries of at most 200 bytes"));
    }
    Ok(())
}

/// An administrator's scopes are an allow list and must be right; anyone else's are a hint (ruling 2).
fn scope(policy: &RegistrationPolicy, asked: Option<&str>) -> Decision<Option<Scopes>> {
    let Some(asked) = asked else { return Ok(None) };
    let scopes = match policy.origin {
        Origin::Administrator => {
            Scopes::parse(asked).map_err(|refusal| wrong(format!("scope: {}", refusal.description())))?
        }
        Origin::Dynamic | Origin::Document => Scopes::hint(asked),
    };
    Ok(Some(scopes).filter(|scopes| !scopes.is_empty()))
}

/// Who may have which profile: another one than `mcp` needs an administrator, or an initial access token from one.
fn check_profile(policy: &RegistrationPolicy, metadata: &ClientMetadata) -> Decision<()> {
    match (policy.profile, metadata.token_endpoint_auth_method) {
        (Profile::Mcp, _) => return Ok(()),
        _ if policy.entry == Entry::Uninvited => {
            return Err(wrong("this profile is only for clients that an administrator registers or invites"));
        }
        (Profile::OidcCompat, AuthMethod::None) => {
            return Err(wrong(
                "this profile is only for confidential clients; name a token_endpoint_auth_method",
            ));
        }
        (Profile::Fapi2, AuthMethod::None | AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) => {
            return Err(wrong(
                "the fapi2 profile is only for clients with token_endpoint_auth_method private_key_jwt",
            ));
        }
        (
            Profile::OidcCompat,
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost | AuthMethod::PrivateKeyJwt,
        )
        | (Profile::Fapi2, AuthMethod::PrivateKeyJwt) => {}
    }
    let mut kinds = metadata.redirect_uris.iter().map(|uri| (uri, uri.kind()));
    let misfit = match (policy.profile, metadata.application_type.as_deref()) {
        // OpenID Connect Dynamic Client Registration 1.0 §2: web is the default.
        (Profile::OidcCompat, None | Some("web")) => kinds.find(|(_, kind)| *kind != RedirectKind::Web),
        (Profile::OidcCompat, Some("native")) => kinds.find(|(_, kind)| *kind == RedirectKind::Web),
        (Profile::Fapi2, _) => {
            let insecure = kinds.find(|(_, kind)| *kind != RedirectKind::Web);
            return insecure.map_or(Ok(()), |(uri, _)| {
                let rule = format!("redirect URI '{uri}' must be https in the fapi2 profile");
                Err(Refusal::new(Code::InvalidRedirectUri, rule))
            });
        }
        (Profile::Mcp | Profile::OidcCompat, _) => None,
    };
    match misfit {
        Some((uri, _)) => Err(Refusal::new(
            Code::InvalidRedirectUri,
            format!(
                "redirect URI '{uri}' does not fit application_type: web has https, native has http on this computer or a scheme of its own"
            ),
        )),
        None => Ok(()),
    }
}

//! Protected resources: MCP servers and APIs (RFC 8707, RFC 9728, ruling 4 of the MCP profile).
//!
//! 1. An administrator registers a resource under its identifier, which tokens carry as `aud`, byte for byte.
//! 2. Requests name it by `resource`; both sides are brought to one [`compare_key`] and looked up by that.
//! 3. Consent shows its name and the descriptions of its scopes; [`Resource::digest`] is what a remembered consent
//!    is bound to.

use std::collections::BTreeSet;
use std::time::Duration;

use gatewright_jose::Algorithm;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::client::Client;
use crate::demand::Demand;
use crate::scope::{MAX_SCOPES, OF_THE_SERVER, Scopes, is_scope};
use crate::secret::Digest;
use crate::uri::{self, MAX_URI};
use crate::{Code, Decision, Refusal, Time, display};

/// The most `resource` parameters in one request (AZ-08).
pub const MAX_RESOURCES: usize = 8;
/// Access tokens live at least this long: shorter ones expire on the way.
const MIN_LIFETIME: Duration = Duration::from_secs(30);
/// Access tokens live at most this long: they are not looked up when used.
const MAX_LIFETIME: Duration = Duration::from_hours(24);
/// The longest description of a scope, in bytes.
const MAX_DESCRIPTION: usize = 500;

/// A scope, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeText {
    /// The scope itself.
    pub name: String,
    /// What it allows, as the consent page says it.
    #[serde(default)]
    pub description: String,
    /// Given to requests that name no scope.
    #[serde(default)]
    pub default: bool,
    /// Shown with a warning.
    #[serde(default)]
    pub dangerous: bool,
    /// What it demands of the sign-in of who allows it.
    #[serde(flatten)]
    pub demand: Demand,
}

/// What access tokens for a resource are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenSettings {
    /// How long one is valid.
    pub lifetime: Duration,
    /// What it is signed with.
    pub algorithm: Algorithm,
}

impl Default for TokenSettings {
    /// Fifteen minutes, ES256.
    fn default() -> Self {
        Self { lifetime: Duration::from_mins(15), algorithm: Algorithm::Es256 }
    }
}

/// Which clients may ask for tokens of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OpenTo {
    /// Any, also those that registered themselves: what MCP servers for everybody want.
    #[default]
    AnyClient,
    /// Those that an administrator made, approved, or trusts by their domain.
    VerifiedClients,
}

/// A registered resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its row.
    pub id: Uuid,
    /// `aud`, byte for byte.
    pub identifier: String,
    /// Its name for people.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<ScopeText>,
    /// Its access tokens.
    pub token: TokenSettings,
    /// Whether it is meant when neither request nor client names one.
    pub is_default: bool,
    /// Which clients may ask for it.
    pub open_to: OpenTo,
    /// What it demands of the sign-in of people, whatever is asked for.
    pub demand: Demand,
    /// Since when no token is issued for it.
    pub disabled_at: Option<Time>,
}

/// What an administrator says about a resource.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// Its row.
    pub id: Uuid,
    /// `aud`, byte for byte.
    pub identifier: String,
    /// Its name for people; the identifier when it has none.
    pub name: Option<String>,
    /// Its scopes.
    pub scopes: Vec<ScopeText>,
    /// Its access tokens.
    pub token: TokenSettings,
    /// Whether it is meant when neither request nor client names one.
    pub is_default: bool,
    /// Which clients may ask for it.
    pub open_to: OpenTo,
    /// What it demands of the sign-in of people.
    pub demand: Demand,
}

impl Resource {
    /// Step 1. Refuses identifiers that no request could match, and scopes that could not be asked for or shown.
    pub fn new(new: NewResource) -> Decision<Self> {
        compare_key(&new.identifier)?;
        let name = new.name.as_deref().and_then(display::shown).unwrap_or_else(|| new.identifier.clone());
        let mut names = BTreeSet::new();
        for scope in &new.scopes {
            check_scope(scope)?;
            if !names.insert(scope.name.as_str()) {
                return Err(wrong(format!("the scope {} is listed twice", scope.name)));
            }
        }
        // With the server's own they still fit into one set.
        if names.len() > MAX_SCOPES - OF_THE_SERVER.len() {
            return Err(wrong("a resource has at most 96 scopes"));
        }
        if !(MIN_LIFETIME..=MAX_LIFETIME).contains(&new.token.lifetime) {
            return Err(wrong("access tokens live 30 seconds to 24 hours"));
        }
        Ok(Self {
            id: new.id,
            identifier: new.identifier,
            name,
            scopes: new.scopes,
            token: new.token,
            is_default: new.is_default,
            open_to: new.open_to,
            demand: new.demand,
            disabled_at: None,
        })
    }

    /// The normal form of its identifier, which requests are matched by.
    pub fn compare_key(&self) -> String {
        compare_key(&self.identifier).unwrap_or_else(|_| self.identifier.clone())
    }

    /// Whether this client may ask for it.
    pub fn is_open_to(&self, client: &Client) -> bool {
        match self.open_to {
            OpenTo::AnyClient => true,
            OpenTo::VerifiedClients => client.is_verified(),
        }
    }

    /// What a request that names no scope gets.
    pub fn default_scopes(&self) -> Scopes {
        self.scopes.iter().filter(|scope| scope.default).map(|scope| scope.name.clone()).collect()
    }

    /// Every scope it has.
    pub fn scope_names(&self) -> Scopes {
        self.scopes.iter().map(|scope| scope.name.clone()).collect()
    }

    /// The scopes its administrator marked as dangerous.
    pub fn dangerous(&self) -> Scopes {
        self.scopes.iter().filter(|scope| scope.dangerous).map(|scope| scope.name.clone()).collect()
    }

    /// What it demands of the sign-in of who allows these scopes.
    pub fn demands(&self, scopes: &Scopes) -> Demand {
        let asked = self.scopes.iter().filter(|scope| scopes.contains(&scope.name));
        asked.fold(self.demand, |demand, scope| demand.and(scope.demand))
    }

    /// The words for a scope.
    pub fn scope(&self, name: &str) -> Option<&ScopeText> {
        self.scopes.iter().find(|scope| scope.name == name)
    }

    /// Digest of everything a consent page shows of it.
    pub fn digest(&self) -> Digest {
        let mut scopes: Vec<_> = self.scopes.iter().collect();
        scopes.sort_by(|a, b| a.name.cmp(&b.name));
        let mut bytes = Vec::new();
        let texts = scopes.iter().flat_map(|scope| {
            [scope.name.as_str(), scope.description.as_str(), if scope.dangerous { "dangerous" } else { "" }]
        });
        for text in [self.identifier.as_str(), self.name.as_str()].into_iter().chain(texts) {
            // Lengths in front keep neighbours apart.
            bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Digest::of("resource", &bytes)
    }
}

fn check_scope(scope: &ScopeText) -> Decision<()> {
    let name = &scope.name;
    if !is_scope(name) {
        return Err(wrong(format!("'{name}' is not a scope (RFC 6749 section 3.3)")));
    }
    if OF_THE_SERVER.contains(&name.as_str()) {
        return Err(wrong(format!(
            "the scope {name} belongs to the server and cannot be defined by a resource"
        )));
    }
    if scope.description.len() > MAX_DESCRIPTION || scope.description.chars().any(char::is_control) {
        return Err(wrong(format!("the description of {name} must be one line of at most 500 bytes")));
    }
    Ok(())
}

/// Step 2: the normal form of a resource identifier. Scheme and host in lower case, the default port dropped, an
/// empty path as `/`; nothing else is touched. `invalid_target` for what can be no resource: relative, with a
/// fragment or user information, `http` beyond this computer.
pub fn compare_key(identifier: &str) -> Decision<String> {
    let refuse = |rule: &str| Err(target(format!("resource {rule}")));
    if identifier.len() > MAX_URI {
        return refuse("is longer than 2048 bytes");
    }
    if let Some(offence) = uri::foreign_character(identifier) {
        return refuse(offence);
    }
    let Some(parts) = uri::split(identifier) else {
        return refuse("must be an absolute URI (RFC 8707 section 2)");
    };
    if parts.fragment.is_some() {
        return refuse("must not have a fragment (RFC 8707 section 2)");
    }
    let scheme = parts.scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        if uri::is_dangerous_scheme(&scheme) || (parts.authority.is_none() && parts.path.is_empty()) {
            return refuse("has a scheme that names no resource");
        }
        return Ok(identifier.to_owned());
    }
    let Some((host, port)) = parts.host_port() else {
        return refuse("must have a host and a proper port, without user information");
    };
    let host = host.to_ascii_lowercase();
    if host.is_empty() {
        return refuse("must have a host");
    }
    if scheme == "http" && !uri::is_loopback_host(&host) {
        return refuse("must use https; http is only for 127.0.0.1, [::1] and localhost");
    }
    let port = port
        .filter(|port| *port != if scheme == "https" { 443 } else { 80 })
        .map_or_else(String::new, |port| format!(":{port}"));
    let path = if parts.path.is_empty() { "/" } else { parts.path };
    let query = parts.query.map_or_else(String::new, |query| format!("?{query}"));
    Ok(format!("{scheme}://{host}{port}{path}{query}"))
}

fn target(description: String) -> Refusal {
    Refusal::new(Code::InvalidTarget, description)
}

fn wrong(description: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(identifier: &str) -> NewResource {
        let scope = |name: &str, default| ScopeText {
            name: name.into(),
            description: format!("May {name}"),
            default,
            dangerous: false,
            demand: Demand::NOTHING,
        };
        NewResource {
            id: Uuid::nil(),
            identifier: identifier.into(),
            name: Some("Notes\u{202E}".into()),
            scopes: vec![scope("mcp:write", false), scope("mcp:read", true)],
            token: TokenSettings::default(),
            is_default: false,
            open_to: OpenTo::AnyClient,
            demand: Demand::NOTHING,
        }
    }

    #[test]
    fn az_08_only_the_notation_of_scheme_host_and_port_is_evened_out() {
        for (one, other) in [
            ("HTTPS://MCP.test/mcp", "https://mcp.test/mcp"),
            ("https://mcp.test:443/mcp", "https://mcp.test/mcp"),
            ("https://mcp.test", "https://mcp.test/"),
            ("https://mcp.test?x=1", "https://mcp.test/?x=1"),
            ("http://localhost:80", "http://LOCALHOST/"),
        ] {
            assert_eq!(compare_key(one), compare_key(other), "{one} {other}");
        }
        for (one, other) in [
            ("https://mcp.test/mcp", "https://mcp.test/mcp/"),
            ("https://mcp.test/mcp", "https://mcp.test/MCP"),
            ("https://mcp.test/a/../mcp", "https://mcp.test/mcp"),
            ("https://mcp.test/%6dcp", "https://mcp.test/mcp"),
            ("https://mcp.test/mcp?", "https://mcp.test/mcp"),
            ("https://mcp.test:80/", "https://mcp.test/"),
            ("http://localhost/", "http://127.0.0.1/"),
            ("api://Notes", "api://notes"),
        ] {
            assert_ne!(compare_key(one).unwrap(), compare_key(other).unwrap(), "{one} {other}");
        }
    }

    #[test]
    fn az_08_what_can_be_no_resource_is_an_invalid_target() {
        for bad in [
            "https://mcp.test/mcp#x",
            "https://mcp.test/#",
            "/mcp",
            "mcp.test/mcp",
            "",
            "http://mcp.test/mcp",
            "https://a@mcp.test/",
            "https:///mcp",
            "https://mcp.test:x/",
            "https://mcp.test/a b",
            "https://m\u{fc}.test/",
            "javascript:1",
            "file:///x",
            "urn:",
            "http://127.0.0.1.nip.io/",
        ] {
            assert_eq!(compare_key(bad).unwrap_err().code(), Code::InvalidTarget, "{bad}");
        }
        assert_eq!(compare_key("urn:example:notes").unwrap(), "urn:example:notes");
    }

    #[test]
    fn ruling_4_the_identifier_stays_as_it_was_written() {
        let resource = Resource::new(new("https://MCP.test")).unwrap();
        assert_eq!(resource.identifier, "https://MCP.test");
        assert_eq!(resource.compare_key(), "https://mcp.test/");
        assert_eq!(resource.name, "Notes");
        assert_eq!(resource.default_scopes().to_string(), "mcp:read");
        assert_eq!(resource.scope_names().to_string(), "mcp:read mcp:write");
        assert_eq!(resource.scope("mcp:write").unwrap().description, "May mcp:write");
    }

    #[test]
    fn a_resource_that_could_not_be_asked_for_or_shown_is_refused() {
        let with = |change: fn(&mut NewResource)| {
            let mut raw = new("https://mcp.test");
            change(&mut raw);
            Resource::new(raw).unwrap_err().description().to_owned()
        };
        assert!(with(|raw| raw.scopes[0].name = "offline_access".into()).contains("belongs to the server"));
        assert!(with(|raw| raw.scopes[0].name = "mcp:read".into()).contains("twice"));
        assert!(with(|raw| raw.scopes[0].name = "a b".into()).contains("not a scope"));
        assert!(with(|raw| raw.scopes[0].description = "a\nb".into()).contains("one line"));
        assert!(with(|raw| raw.token.lifetime = Duration::from_secs(1)).contains("30 seconds"));
        assert!(with(|raw| raw.identifier = "http://mcp.test".into()).contains("must use https"));
        let many = |raw: &mut NewResource| {
            let scope = raw.scopes[0].clone();
            raw.scopes = (0..97).map(|n| ScopeText { name: format!("s{n}"), ..scope.clone() }).collect();
        };
        assert!(with(many).contains("at most 96"));
    }

    #[test]
    fn ci_08_the_digest_changes_with_everything_a_consent_page_shows() {
        let base = Resource::new(new("https://mcp.test")).unwrap();
        let mut same = base.clone();
        same.scopes.reverse();
        same.scopes[0].default = !same.scopes[0].default;
        same.token.lifetime = Duration::from_mins(1);
        assert_eq!(same.digest(), base.digest());
        let changes: [fn(&mut Resource); 5] = [
            |resource| resource.name.push('!'),
            |resource| resource.identifier.push('/'),
            |resource| resource.scopes[0].description.push('!'),
            |resource| resource.scopes[0].dangerous = true,
            |resource| drop(resource.scopes.pop()),
        ];
        for change in changes {
            let mut other = base.clone();
            change(&mut other);
            assert_ne!(other.digest(), base.digest());
        }
    }
}

//! `[registration]`: clients that register themselves (RFC 7591).

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::domain::Domain;
use super::reader::Section;

/// Who may register a client, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Who may.
    pub mode: RegistrationMode,
    /// New clients per minute from one network (IPv4 /24, IPv6 /64).
    pub network_per_minute: u32,
    /// New clients per hour from everywhere together.
    pub total_per_hour: u32,
    /// A client that nobody has used after this many hours is put aside.
    pub unused_hours: u32,
    /// Domains that web redirects of registered clients may go to; empty for any.
    pub redirect_domains: Vec<Domain>,
    /// Which schemes of their own apps may use.
    pub private_use_schemes: PrivateUse,
    /// Issuers whose software statements are believed.
    pub software_statement_issuers: Vec<StatementIssuer>,
}

/// Who may register a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Anybody, as long as there is a resource that is open to clients nobody vouches for.
    Auto,
    /// Anybody, within the limits; people are shown such clients as unverified.
    Open,
    /// Whoever has an initial access token.
    Token,
    /// Nobody: there is no registration endpoint. Clients come from `gatewright client create`.
    Off,
}

/// Which private-use schemes redirect URIs may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateUse {
    /// Any that is not dangerous.
    Any,
    /// Reverse domain names.
    ReverseDns,
    /// None.
    None,
}

/// Somebody whose software statements are believed, written `ISSUER KEYS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementIssuer {
    /// `iss`, byte for byte.
    pub issuer: String,
    /// Where its key set is.
    pub keys: StatementKeys,
}

/// Where the keys of software statements come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKeys {
    /// An `https` URL.
    Url(String),
    /// A file.
    File(PathBuf),
}

impl FromStr for StatementIssuer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<StatementIssuer, &'static str> {
        let (issuer, keys) =
            text.trim().split_once(' ').ok_or("there have to be an issuer and, after a space, its keys")?;
        let keys = keys.trim();
        let keys = if keys.starts_with("https://") {
            StatementKeys::Url(keys.to_owned())
        } else if keys.contains("://") {
            return Err("keys are at an https URL or in a file");
        } else {
            StatementKeys::File(PathBuf::from(keys))
        };
        Ok(StatementIssuer { issuer: issuer.to_owned(), keys })
    }
}

impl Default for Registration {
    fn default() -> Self {
        Registration {
            mode: RegistrationMode::Auto,
            network_per_minute: 60,
            total_per_hour: 1000,
            unused_hours: 24,
            redirect_domains: Vec::new(),
            private_use_schemes: PrivateUse::Any,
            software_statement_issuers: Vec::new(),
        }
    }
}

impl Registration {
    pub(super) fn read(mut section: Section<'_, '_>) -> Registration {
        let mut registration = Registration::default();
        let modes = [
            ("auto", RegistrationMode::Auto),
            ("open", RegistrationMode::Open),
            ("token", RegistrationMode::Token),
            ("off", RegistrationMode::Off),
        ];
        section.choice("mode", &mut registration.mode, &modes);
        section.number("network_per_minute", &mut registration.network_per_minute, 1..=100_000);
        section.number("total_per_hour", &mut registration.total_per_hour, 1..=10_000_000);
        section.number("unused_hours", &mut registration.unused_hours, 1..=8760);
        section.parse_all("redirect_domains", &mut registration.redirect_domains, "[\"example.com\"]");
        let schemes =
            [("any", PrivateUse::Any), ("reverse_dns", PrivateUse::ReverseDns), ("none", PrivateUse::None)];
        section.choice("private_use_schemes", &mut registration.private_use_schemes, &schemes);
        section.parse_all(
            "software_statement_issuers",
            &mut registration.software_statement_issuers,
            "[\"https://issuer.example https://issuer.example/jwks.json\"]",
        );
        section.finish();
        registration
    }
}

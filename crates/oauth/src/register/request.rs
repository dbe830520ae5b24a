//! The registration document (RFC 7591 §2), read but not yet judged.

use gatewright_jose::{JwkSet, parse_strict};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::{Code, Decision, Refusal};

/// A registration document. Absent, `null` and empty members are the same thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegistrationRequest {
    /// `redirect_uris`.
    pub redirect_uris: Vec<String>,
    /// `post_logout_redirect_uris`.
    pub post_logout_redirect_uris: Vec<String>,
    /// `client_name`.
    pub client_name: Option<String>,
    /// `grant_types`, as sent.
    pub grant_types: Vec<String>,
    /// `response_types`, as sent.
    pub response_types: Vec<String>,
    /// `token_endpoint_auth_method`, as sent: the one the client prefers.
    pub token_endpoint_auth_method: Option<String>,
    /// `token_endpoint_auth_methods_supported`, as sent: all it could use (OpenID Connect RP Metadata Choices 1.0).
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// `token_endpoint_auth_signing_alg`, as sent.
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// `software_statement`, as sent.
    pub software_statement: Option<String>,
    /// `scope`, as sent.
    pub scope: Option<String>,
    /// `application_type`, as sent.
    pub application_type: Option<String>,
    /// `client_uri`.
    pub client_uri: Option<String>,
    /// `logo_uri`.
    pub logo_uri: Option<String>,
    /// `tos_uri`.
    pub tos_uri: Option<String>,
    /// `policy_uri`.
    pub policy_uri: Option<String>,
    /// `contacts`.
    pub contacts: Vec<String>,
    /// `software_id`.
    pub software_id: Option<String>,
    /// `software_version`.
    pub software_version: Option<String>,
    /// `jwks`.
    pub jwks: Option<JwkSet>,
    /// `jwks_uri`.
    pub jwks_uri: Option<String>,
    /// Members we have no use for but that name addresses: checked like the others, then forgotten. Name and value.
    pub other_uris: Vec<(&'static str, String)>,
}

/// Address members of OpenID Connect that are accepted and not used yet.
const OTHER_URIS: [&str; 5] = [
    "initiate_login_uri",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "sector_identifier_uri",
    "request_object_uri",
];

/// Members this server keeps of a document.
const KEPT: [&str; 21] = [
    "redirect_uris",
    "post_logout_redirect_uris",
    "client_name",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg",
    "software_statement",
    "scope",
    "application_type",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "contacts",
    "software_id",
    "software_version",
    "jwks",
    "jwks_uri",
    "request_uris",
];

/// Claims about the statement itself, not about the client (RFC 7519 §4.1).
const STATEMENT_CLAIMS: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

impl RegistrationRequest {
    /// Whether a document's member of this name means anything here. Others are ignored, as RFC 7591 §2 wants it;
    /// an administrator who writes one has made a mistake.
    pub fn has_member(name: &str) -> bool {
        KEPT.contains(&name) || OTHER_URIS.contains(&name)
    }

    /// Reads a request body. Repeated members and wrong types are `invalid_client_metadata`, naming the member.
    pub fn parse(json: &[u8]) -> Decision<Self> {
        Self::read(&members(json)?)
    }

    /// Reads a request body beside the claims of its software statement, which win (RFC 7591 §2.3).
    pub fn parse_stated(json: &[u8], claims: &Map<String, Value>) -> Decision<Self> {
        let mut members = members(json)?;
        let stated = claims.iter().filter(|(name, _)| !STATEMENT_CLAIMS.contains(&name.as_str()));
        members.extend(stated.map(|(name, value)| (name.clone(), value.clone())));
        Self::read(&members)
    }

    /// The members of a document that was parsed already.
    pub(crate) fn read(members: &Map<String, Value>) -> Decision<Self> {
        let text = |name| text(members, name);
        let list = |name| list(members, name);
        let mut other_uris = Vec::new();
        for name in OTHER_URIS {
            other_uris.extend(text(name)?.map(|uri| (name, uri)));
        }
        other_uris.extend(list("request_uris")?.into_iter().map(|uri| ("request_uris", uri)));
        Ok(Self {
            redirect_uris: list("redirect_uris")?,
            post_logout_redirect_uris: list("post_logout_redirect_uris")?,
            client_name: text("client_name")?,
            grant_types: list("grant_types")?,
            response_types: list("response_types")?,
            token_endpoint_auth_method: text("token_endpoint_auth_method")?,
            token_endpoint_auth_methods_supported: list("token_endpoint_auth_methods_supported")?,
            token_endpoint_auth_signing_alg: text("token_endpoint_auth_signing_alg")?,
            software_statement: text("software_statement")?,
            scope: text("scope")?,
            application_type: text("application_type")?,
            client_uri: text("client_uri")?,
            logo_uri: text("logo_uri")?,
            tos_uri: text("tos_uri")?,
            policy_uri: text("policy_uri")?,
            contacts: list("contacts")?,
            software_id: text("software_id")?,
            software_version: text("software_version")?,
            jwks: jwks(members)?,
            jwks_uri: text("jwks_uri")?,
            other_uris,
        })
    }
}

impl<'de> Deserialize<'de> for RegistrationRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&Map::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

fn members(json: &[u8]) -> Decision<Map<String, Value>> {
    parse_strict(json).map_err(|_| {
        wrong("the body must be one JSON object in which no member is repeated (RFC 7591 section 3.1)")
    })
}

fn text(members: &Map<String, Value>, name: &str) -> Decision<Option<String>> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.contains('\0') => {
            Err(wrong(format!("{name} contains a NUL character")))
        }
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(wrong(format!("{name} must be a string")))
        }
    }
}

fn list(members: &Map<String, Value>, name: &str) -> Decision<Vec<String>> {
    let refuse = || wrong(format!("{name} must be an array of strings without NUL characters"));
    let item_text = |item: &Value| item.as_str().filter(|text| !text.contains('\0')).map(str::to_owned);
    match members.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let present = items.iter().filter(|item| !item.is_null() && item.as_str() != Some(""));
            present.map(|item| item_text(item).ok_or_else(refuse)).collect()
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => Err(refuse()),
    }
}

fn jwks(members: &Map<String, Value>) -> Decision<Option<JwkSet>> {
    let Some(value) = members.get("jwks").filter(|value| !value.is_null() && value.as_str() != Some(""))
    else {
        return Ok(None);
    };
    JwkSet::parse(value.to_string().as_bytes()).map(Some).map_err(|error| wrong(format!("jwks: {error}")))
}

pub(super) fn wrong(description: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::InvalidClientMetadata, description)
}

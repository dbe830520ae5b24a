//! Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document; draft 00 as MCP 2026-07-28 pins it, and
//! what later drafts add).
//!
//! 1. A `client_id` that is a URL names a document ([`crate::ClientId::parse`] knows which URLs may).
//! 2. Somebody fetches it, bounded by [`MAX_DOCUMENT`], with [`Answer`] as what came back: only `200` with JSON is a
//!    document (draft 01), and redirects are none.
//! 3. [`client`] reads it: it names itself exactly (§4.1), it has a name and redirect URIs (MCP), no shared secret, and
//!    then it passes through the one constructor of clients like every registration.
//! 4. [`fresh_for`] says how long it is believed (§4.4), within bounds of ours.
//!
//! Members, grants and response types this server does not know are ignored: one document serves every server there is.

use std::time::Duration;

use gatewright_jose::parse_strict;
use serde_json::{Map, Value};

use crate::client::{Client, ClientId};
use crate::register::{RegistrationPolicy, RegistrationRequest, register};
use crate::{Code, Decision, Refusal, Time};

/// The largest document that is read, in bytes (§6.6).
pub const MAX_DOCUMENT: usize = 5 * 1024;
/// A document is believed at least this long, whatever its headers say: authorizing takes several requests.
pub const LEAST: Duration = Duration::from_mins(1);
/// And at most this long (SEP-991).
pub const MOST: Duration = Duration::from_hours(24);
/// And this long when its headers say nothing.
const USUAL: Duration = Duration::from_mins(15);

/// What came back, as far as it matters.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
}

impl Answer<'_> {
    /// Whether this can be a document (step 2). The reason is for the operator: to strangers every failure looks
    /// the same (CI-10).
    pub fn flaw(&self) -> Option<&'static str> {
        let kind = self.content_type.unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let json =
            kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
        match self.status {
            200 if json => None,
            200 => Some("its Content-Type is neither application/json nor application/*+json"),
            300..=399 => Some("it answered with a redirect, which is never followed"),
            _ => Some("its status is not 200"),
        }
    }
}

/// Step 3. The refusal says which member of the document is wrong.
pub fn client(policy: &RegistrationPolicy, url: &ClientId, json: &[u8], now: Time) -> Decision<Client> {
    let members: Map<String, Value> =
        parse_strict(json).map_err(|_| wrong("it is not one JSON object in which no member is repeated"))?;
    if members.get("client_id").and_then(Value::as_str) != Some(url.as_str()) {
        return Err(wrong("its client_id is not exactly the URL it was asked for by"));
    }
    for secret in ["client_secret", "client_secret_expires_at"] {
        if members.contains_key(secret) {
            return Err(wrong(format!("it has {secret}: what everybody can read is no secret")));
        }
    }
    let raw = RegistrationRequest::read(&members).map_err(|refusal| wrong(refusal.description()))?;
    if raw.client_name.is_none() {
        return Err(wrong("client_name is missing"));
    }
    register(policy, raw, url.clone(), now).map_err(|refusal| wrong(refusal.description()))
}

/// Step 4: how long a document with this `Cache-Control` is believed.
pub fn fresh_for(cache_control: Option<&str>) -> Duration {
    let Some(cache_control) = cache_control else { return USUAL };
    let mut directives = cache_control.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    if directives.clone().any(|directive| matches!(directive.as_str(), "no-store" | "no-cache")) {
        return LEAST;
    }
    let seconds =
        directives.find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    seconds.map_or(USUAL, Duration::from_secs).clamp(LEAST, MOST)
}

fn wrong(reason: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        Code::InvalidClientMetadata,
        format!("the client's metadata document cannot be used: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::client::{AuthMethod, Origin};

    const URL: &str = "https://app.test/client.json";

    fn read(document: &Value) -> Decision<Client> {
        let url = ClientId::parse(URL).unwrap();
        client(&RegistrationPolicy::document(), &url, document.to_string().as_bytes(), DateTime::UNIX_EPOCH)
    }

    fn document() -> Value {
        json!({"client_id": URL, "client_name": "App", "redirect_uris": ["https://app.test/cb"]})
    }

    fn with(member: &str, value: Value) -> Value {
        let mut document = document();
        document[member] = value;
        document
    }

    #[test]
    fn a_document_is_a_client() {
        let client = read(&document()).unwrap();
        assert_eq!((client.id.as_str(), client.origin), (URL, Origin::Document));
        assert!(client.is_public() && client.wants_refresh() && !client.is_verified());
        assert_eq!(client.id.host(), Some("app.test"));
    }

    #[test]
    fn what_other_servers_understand_is_ignored() {
        let foreign = with(
            "grant_types",
            json!([
                "authorization_code",
                "urn:openid:params:grant-type:ciba",
                "urn:ietf:params:oauth:grant-type:device_code"
            ]),
        );
        assert!(!read(&foreign).unwrap().wants_refresh());
        assert!(read(&with("response_types", json!(["code", "id_token token"]))).is_ok());
        assert!(read(&with("x_vendor", json!({"a": [1, 2, {"b": null}]}))).is_ok());
        assert!(read(&with("scope", json!("everything else"))).is_ok());
    }

    #[test]
    fn ci_05_the_document_names_itself_exactly() {
        for other in [
            json!("https://app.test/client.json/"),
            json!("https://APP.test/client.json"),
            json!(null),
            json!(7),
        ] {
            let refusal = read(&with("client_id", other)).unwrap_err();
            assert_eq!(refusal.code(), Code::InvalidClientMetadata);
            assert!(refusal.description().contains("its client_id is not exactly"), "{refusal}");
        }
    }

    #[test]
    fn ci_12_repeated_members_and_deep_nesting_are_no_document() {
        let url = ClientId::parse(URL).unwrap();
        let repeated = format!(
            r#"{{"client_id":"{URL}","client_id":"{URL}","client_name":"A","redirect_uris":["https://app.test/cb"]}}"#
        );
        let deep = format!(r#"{{"client_id":"{URL}","x":{}{}}}"#, "[".repeat(40), "]".repeat(40));
        for text in [repeated.as_str(), deep.as_str(), "[]", "", "{", "null", "{\"exp\":1e400}"] {
            let refusal =
                client(&RegistrationPolicy::document(), &url, text.as_bytes(), DateTime::UNIX_EPOCH);
            assert!(refusal.unwrap_err().description().contains("JSON"), "{text}");
        }
    }

    #[test]
    fn ca_15_a_public_document_holds_no_secret() {
        for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
            assert!(read(&with("token_endpoint_auth_method", json!(method))).is_err(), "{method}");
        }
        for member in ["client_secret", "client_secret_expires_at"] {
            let refusal = read(&with(member, json!("x"))).unwrap_err();
            assert!(refusal.description().contains("no secret"), "{refusal}");
        }
        let private = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "d": "AAAA",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]});
        assert!(read(&with("jwks", private)).is_err());
    }

    #[test]
    fn of_several_methods_the_preferred_one_that_exists_here_is_taken() {
        let several = |preferred: Value, all: Value, keys: bool| {
            let mut document = with("token_endpoint_auth_method", preferred);
            document["token_endpoint_auth_methods_supported"] = all;
            if keys {
                document["jwks_uri"] = json!("https://app.test/jwks.json");
            }
            read(&document).map(|client| client.metadata.token_endpoint_auth_method)
        };
        let (none, key) = (AuthMethod::None, AuthMethod::PrivateKeyJwt);
        let both = || json!(["none", "private_key_jwt"]);
        assert_eq!(several(json!("private_key_jwt"), both(), true), Ok(key));
        assert_eq!(several(json!("none"), both(), true), Ok(none));
        assert_eq!(several(json!(null), both(), true), Ok(key), "the strongest");
        assert_eq!(
            several(json!("private_key_jwt"), both(), false),
            Ok(none),
            "without keys it cannot be meant"
        );
        assert_eq!(several(json!("tls_client_auth"), both(), true), Ok(key));
        assert_eq!(several(json!("private_key_jwt"), json!(null), true), Ok(key));
        assert!(several(json!("private_key_jwt"), json!(null), false).is_err());
        assert!(several(json!("client_secret_post"), json!(["client_secret_basic"]), true).is_err());
    }

    #[test]
    fn ci_06_only_json_with_status_200_is_a_document() {
        let flaw = |status, content_type| Answer { status, content_type }.flaw();
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/ld+json"] {
            assert_eq!(flaw(200, Some(kind)), None, "{kind}");
        }
        for kind in [Some("text/html"), Some("text/json"), Some("application/octet-stream"), None, Some("")] {
            assert!(flaw(200, kind).is_some(), "{kind:?}");
        }
        for status in [201, 204, 301, 302, 304, 307, 308, 400, 404, 410, 500, 503] {
            assert!(flaw(status, Some("application/json")).is_some(), "{status}");
        }
    }

    #[test]
    fn ci_07_caching_keeps_to_our_bounds() {
        for (header, seconds) in [
            (None, 900),
            (Some("max-age=0"), 60),
            (Some("public, max-age=600"), 600),
            (Some("MAX-AGE=\"700\""), 700),
            (Some("max-age=99999999"), 86_400),
            (Some("max-age=99999999999999999999999"), 900),
            (Some("no-store"), 60),
            (Some("no-cache, max-age=5000"), 60),
            (Some("immutable"), 900),
        ] {
            assert_eq!(fresh_for(header), Duration::from_secs(seconds), "{header:?}");
        }
    }
}

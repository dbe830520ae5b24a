//! What a protected resource says of itself (RFC 9728), as an administrator who adds it asks.
//!
//! 1. A request without a token: its 401 may name the document (`resource_metadata`, §5.1) and the scopes to begin
//!    with (`scope`, RFC 6750 §3): [`Challenge`].
//! 2. Else the document is at the well-known place, inserted before the path (§3.1), or at the root, which MCP servers
//!    use as well: [`Question::places`].
//! 3. The document must be about the address that was asked, or about a part of the same server that contains it
//!    (§3.3): a server cannot speak for another: [`Question::answer`]. For the same reason a challenge may only point
//!    to a document on its own server.

use gatewright_jose::parse_strict;
use serde::Deserialize;
use url::Url;

use crate::demand::Demand;
use crate::resource::{ScopeText, compare_key};
use crate::scope::OF_THE_SERVER;
use crate::{Code, Decision, Refusal};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
/// The largest document that is read, in bytes.
pub const MAX_DOCUMENT: usize = 64 * 1024;

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    url: Url,
    key: String,
}

/// What a server said when it was asked without a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// `resource_metadata`.
    pub document: Option<String>,
    /// `scope`.
    pub scopes: Vec<String>,
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `resource`, byte for byte.
    pub resource: String,
    /// `resource_name`.
    pub name: Option<String>,
    /// `authorization_servers`.
    pub authorization_servers: Vec<String>,
    /// `scopes_supported`.
    pub scopes: Vec<String>,
}

/// The members of the document that are of use here.
#[derive(Debug, Deserialize)]
struct Document {
    resource: String,
    #[serde(default)]
    resource_name: Option<String>,
    #[serde(default)]
    authorization_servers: Vec<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
}

impl Question {
    /// About the server at `url`.
    pub fn about(url: &str) -> Decision<Question> {
        let key = compare_key(url)?;
        let url = Url::parse(url).map_err(|_| refuse("this is not a URL"))?;
        Ok(Question { url, key })
    }

    /// Step 2, after step 1: where the document may be, in order.
    pub fn places(&self, challenge: &Challenge) -> Decision<Vec<String>> {
        let origin = self.url.origin();
        let mut places = Vec::new();
        if let Some(named) = &challenge.document {
            if !Url::parse(named).is_ok_and(|named| named.origin() == origin) {
                return Err(refuse(format!(
                    "it points to metadata on another server ({named}); a server can only speak for itself"
                )));
            }
            places.push(named.clone());
        }
        let origin = origin.ascii_serialization();
        places.push(format!("{origin}{WELL_KNOWN}{}", self.url.path().trim_end_matches('/')));
        places.push(format!("{origin}{WELL_KNOWN}"));
        places.dedup();
        Ok(places)
    }

    /// Step 3.
    pub fn answer(&self, json: &[u8]) -> Decision<Said> {
        let document: Document = parse_strict(json)
            .map_err(|error| refuse(format!("it is no metadata document (RFC 9728 section 2): {error}")))?;
        let contains = compare_key(&document.resource).is_ok_and(|key| {
            let below = self.key.strip_prefix(key.trim_end_matches('/'));
            self.key == key || below.is_some_and(|rest| rest.starts_with(['/', '?']))
        });
        if !contains {
            return Err(refuse(format!(
                "its document is about {}, which is not what was asked for (RFC 9728 section 3.3)",
                document.resource
            )));
        }
        Ok(Said {
            resource: document.resource,
            name: document.resource_name.filter(|name| !name.trim().is_empty()),
            authorization_servers: document.authorization_servers,
            scopes: document.scopes_supported,
        })
    }
}

/// The scopes a server lists, without words. Clients that name none get what its challenge asks for, else everything.
pub fn scope_texts(listed: &[String], asked_for: &[String]) -> Vec<ScopeText> {
    // Servers list openid and offline_access, too; those are ours.
    let theirs = listed.iter().filter(|name| !OF_THE_SERVER.contains(&name.as_str()));
    let text = |name: &String| ScopeText {
        name: name.clone(),
        description: String::new(),
        default: asked_for.is_empty() || asked_for.contains(name),
        dangerous: false,
        demand: Demand::NOTHING,
    };
    theirs.map(text).collect()
}

impl Challenge {
    /// Reads `WWW-Authenticate` headers (RFC 9110 §11.6.1): the parameters of the Bearer scheme, the first of each name.
    pub fn read<'a>(headers: impl IntoIterator<Item = &'a str>) -> Challenge {
        let parameters: Vec<(String, String)> = headers
            .into_iter()
            .flat_map(|text| {
                let (scheme, rest) = text.trim_start().split_once(' ').unwrap_or((text, ""));
                if scheme.eq_ignore_ascii_case("bearer") { parameters(rest) } else { Vec::new() }
            })
            .collect();
        let named = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        let scopes = named("scope").map(String::as_str).unwrap_or_default().split(' ');
        Challenge {
            document: named("resource_metadata").cloned(),
            scopes: scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
        }
    }
}

fn parameters(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while let Some((name, rest)) = text.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        let (value, after) = value(rest.trim_start());
        // Another scheme begins: `Bearer a="b", Basic realm="c"`.
        if name.contains(' ') {
            break;
        }
        found.push((name, value));
        text = after;
    }
    found
}

/// A token or a quoted string, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

fn refuse(description: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::InvalidTarget, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(document: Option<&str>, scopes: &[&str]) -> Challenge {
        Challenge {
            document: document.map(str::to_owned),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        }
    }

    #[test]
    fn challenges_are_read_as_servers_write_them() {
        for (headers, document, scopes) in [
            (
                &[r#"Bearer resource_metadata="https://a.test/x?a=b,c", scope="r w""#][..],
                Some("https://a.test/x?a=b,c"),
                &["r", "w"][..],
            ),
            (&[r#"bearer Realm="a \"b\"",error=invalid_token, scope="s""#], None, &["s"]),
            (&["Basic realm=x", r#"Bearer scope="s""#], None, &["s"]),
            (&[r#"Bearer scope="b", Basic realm="c", scope="d""#], None, &["b"]),
            (&["Bearer"], None, &[]),
            (&[r#"Bearer resource_metadata="never ends"#], Some("never ends"), &[]),
            (&[], None, &[]),
        ] {
            assert_eq!(Challenge::read(headers.iter().copied()), challenge(document, scopes), "{headers:?}");
        }
    }

    #[test]
    fn the_document_is_looked_for_where_the_challenge_says_and_where_it_belongs() {
        let question = Question::about("https://a.test/mcp/").unwrap();
        let places = |document| question.places(&challenge(document, &[]));
        assert_eq!(
            places(Some("https://a.test/doc")).unwrap(),
            [
                "https://a.test/doc",
                "https://a.test/.well-known/oauth-protected-resource/mcp",
                "https://a.test/.well-known/oauth-protected-resource",
            ]
        );
        for foreign in ["https://b.test/doc", "http://a.test/doc", "https://a.test:8443/doc", "/doc"] {
            assert!(places(Some(foreign)).is_err(), "{foreign}");
        }
        let root = Question::about("https://a.test").unwrap().places(&Challenge::default()).unwrap();
        assert_eq!(root, ["https://a.test/.well-known/oauth-protected-resource"]);
    }

    #[test]
    fn a_server_speaks_for_itself_and_for_what_is_below_it() {
        let fits = |url: &str, resource: &str| {
            let document = serde_json::json!({ "resource": resource }).to_string();
            Question::about(url).unwrap().answer(document.as_bytes()).is_ok()
        };
        for (url, resource) in [
            ("https://a.test/mcp", "https://a.test/mcp"),
            ("https://a.test/mcp", "https://A.test:443/mcp"),
            ("https://a.test/mcp", "https://a.test"),
            ("https://a.test/mcp", "https://a.test/"),
            ("https://a.test/v1/mcp", "https://a.test/v1"),
        ] {
            assert!(fits(url, resource), "{url} {resource}");
        }
        for (url, resource) in [
            ("https://a.test/mcp", "https://b.test/mcp"),
            ("https://a.test/mcp", "https://a.test/mc"),
            ("https://a.test/mcp", "https://a.test/mcp/deeper"),
            ("https://a.test", "https://a.test.evil"),
            ("https://a.test/mcp", "http://a.test/mcp"),
            ("https://a.test/mcp", "nonsense"),
        ] {
            assert!(!fits(url, resource), "{url} {resource}");
        }
    }

    #[test]
    fn scopes_of_ours_are_not_theirs() {
        let listed = ["openid", "notes:read", "notes:write"].map(str::to_owned);
        let defaults = |scopes: &[&str]| {
            let texts = scope_texts(&listed, &challenge(None, scopes).scopes);
            texts.into_iter().map(|text| (text.name, text.default)).collect::<Vec<_>>()
        };
        let pair = |name: &str, default| (name.to_owned(), default);
        assert_eq!(defaults(&[]), [pair("notes:read", true), pair("notes:write", true)]);
        assert_eq!(defaults(&["notes:read"]), [pair("notes:read", true), pair("notes:write", false)]);
    }
}

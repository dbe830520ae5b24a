//! Asking a server what it is (RFC 9728).
//!
//! 1. A request without a token: its 401 may name the document (`resource_metadata`, §5.1) and the scopes
//!    to begin with (`scope`, RFC 6750 §3).
//! 2. Else the document is at the well-known place, inserted before the path (§3.1), or at the root, which
//!    MCP servers use as well.
//! 3. The document must be about the address that was asked, or about a part of the same server that
//!    contains it (§3.3): a server cannot speak for another. For the same reason a challenge may only
//!    point to a document on its own server.

use gatewright_jose::parse_strict;
use gatewright_oauth::resource::{ScopeText, compare_key};
use gatewright_oauth::scope::OF_THE_SERVER;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::fetch::{Answer, Body, Fetch, FetchError, acceptable};
use crate::output::{clean, members};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What a server says about itself. Part of what `resource add --json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Found {
    /// Where the document is.
    pub(super) document: String,
    /// `resource`, byte for byte.
    #[serde(skip)]
    pub(super) resource: String,
    /// `resource_name`.
    #[serde(skip)]
    pub(super) resource_name: Option<String>,
    /// `authorization_servers`.
    pub(super) authorization_servers: Vec<String>,
    /// `scopes_supported`.
    pub(super) scopes_supported: Vec<String>,
    /// The scopes its challenge asks for.
    pub(super) challenge_scopes: Vec<String>,
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

impl Found {
    /// Its scopes, without words. Clients that name none get what the challenge asks for, else everything.
    pub(super) fn scopes(&self) -> Vec<ScopeText> {
        // Servers list openid and offline_access, too; those are ours.
        let theirs = self.scopes_supported.iter().filter(|name| !OF_THE_SERVER.contains(&name.as_str()));
        let text = |name: &String| ScopeText {
            name: name.clone(),
            description: String::new(),
            default: self.challenge_scopes.is_empty() || self.challenge_scopes.contains(name),
            dangerous: false,
        };
        theirs.map(text).collect()
    }

    /// What was found, for people; `issuer` is ours.
    pub(super) fn text(&self, issuer: &str) -> String {
        let list = |items: &[String]| items.iter().map(|item| clean(item)).collect::<Vec<_>>().join("\n");
        let mut text = members([
            ("found at", clean(&self.document)),
            ("resource", clean(&self.resource)),
            ("name", self.resource_name.as_deref().map(clean).unwrap_or_default()),
            ("authorization servers", list(&self.authorization_servers)),
            ("scopes", list(&self.scopes_supported)),
            ("asked for first", list(&self.challenge_scopes)),
        ]);
        if !self.authorization_servers.iter().any(|server| server == issuer) {
            let warning = format!(
                "\n\nwarning: it does not name this server ({issuer}) as its authorization server, byte for byte: \
                 clients will not come here before it does\n"
            );
            text.push_str(&warning);
        }
        text
    }
}

/// Steps 1 to 3.
pub(super) async fn ask(fetch: &Fetch, url: &str) -> Result<Found, Failure> {
    let refuse = |said: &str| Failure::new(format!("{}\n  name the address that clients use", clean(said)));
    let parsed = acceptable(url).map_err(|said| refuse(&said))?;
    let asked = compare_key(url).map_err(|refusal| refuse(refusal.description()))?;
    // Step 1.
    let challenge = fetch.head_of_get(url).await.map_err(|error| unreachable(url, &error))?;
    let parameters =
        if challenge.status == StatusCode::UNAUTHORIZED { bearer(&challenge.headers) } else { Vec::new() };
    let parameter =
        |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let mut places = Vec::new();
    if let Some(named) = parameter("resource_metadata") {
        let same = acceptable(named).is_ok_and(|named| named.origin() == parsed.origin());
        if !same {
            return Err(Failure::new(format!(
                "{} points to metadata on another server: {}\n  a server can only speak for itself; add it by hand: \
                 gatewright resource add {} --scope …",
                clean(url),
                clean(named),
                clean(url)
            )));
        }
        places.push(named.to_owned());
    }
    // Step 2.
    let origin = parsed.origin().ascii_serialization();
    let path = parsed.path().trim_end_matches('/');
    places.push(format!("{origin}{WELL_KNOWN}{path}"));
    places.push(format!("{origin}{WELL_KNOWN}"));
    places.dedup();
    let challenge_scopes = parameter("scope").unwrap_or_default().split(' ');
    let challenge_scopes = challenge_scopes.filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    for place in &places {
        let answer = fetch.send(place, Body::None).await.map_err(|error| unreachable(place, &error))?;
        if answer.status == StatusCode::OK {
            let document = read(place, &answer)?;
            // Step 3.
            check(&asked, (url, &document.resource))?;
            return Ok(Found {
                document: place.clone(),
                resource: document.resource,
                resource_name: document.resource_name,
                authorization_servers: document.authorization_servers,
                scopes_supported: document.scopes_supported,
                challenge_scopes,
            });
        }
    }
    let tried: Vec<String> = places.iter().map(|place| format!("\n    {}", clean(place))).collect();
    Err(Failure::new(format!(
        "{} does not say what it is (RFC 9728); looked at{}\n  \
         protect it first (the README shows how), or add it by hand: gatewright resource add {} --scope …",
        clean(url),
        tried.concat(),
        clean(url)
    )))
}

fn unreachable(url: &str, error: &FetchError) -> Failure {
    Failure::new(format!(
        "{} cannot be asked: {error}\n  check that the server runs and is reachable from here",
        clean(url)
    ))
}

fn read(place: &str, answer: &Answer) -> Result<Document, Failure> {
    parse_strict(&answer.body).map_err(|error| {
        Failure::new(format!(
            "{} is no metadata document: {}\n  repair the server (RFC 9728 section 2)",
            clean(place),
            clean(&error.to_string())
        ))
    })
}

/// Whether a document that says `resource` may be the one of `url`, whose normal form is `asked`.
fn check(asked: &str, (url, resource): (&str, &str)) -> Result<(), Failure> {
    let contains = compare_key(resource).is_ok_and(|key| {
        let base = key.trim_end_matches('/');
        asked == key || asked.strip_prefix(base).is_some_and(|rest| rest.starts_with(['/', '?']))
    });
    if contains {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the document of {} is about {}\n  \
         the two must agree (RFC 9728 section 3.3): ask for the address that clients use, or repair the server",
        clean(url),
        clean(resource)
    )))
}

/// The parameters of the Bearer challenge (RFC 9110 §11.6.1), the first of each name.
fn bearer(headers: &HeaderMap) -> Vec<(String, String)> {
    let challenges = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    challenges
        .flat_map(|text| {
            let (scheme, rest) = text.trim_start().split_once(' ').unwrap_or((text, ""));
            if scheme.eq_ignore_ascii_case("bearer") { parameters(rest) } else { Vec::new() }
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(challenges: &[&'static str]) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(header::WWW_AUTHENTICATE, http::HeaderValue::from_static(challenge));
        }
        bearer(&headers)
    }

    #[test]
    fn challenges_are_read_as_servers_write_them() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            of(&[r#"Bearer resource_metadata="https://a.test/x?a=b,c", scope="r w""#]),
            [pair("resource_metadata", "https://a.test/x?a=b,c"), pair("scope", "r w")]
        );
        assert_eq!(
            of(&[r#"bearer Realm="a \"b\"",error=invalid_token"#]),
            [pair("realm", "a \"b\""), pair("error", "invalid_token")]
        );
        assert_eq!(of(&["Basic realm=x", r#"Bearer scope="s""#]), [pair("scope", "s")]);
        assert_eq!(of(&[r#"Bearer a="b", Basic realm="c""#]), [pair("a", "b")]);
        assert_eq!(of(&["Bearer"]), []);
        assert_eq!(of(&[r#"Bearer a="never ends"#]), [pair("a", "never ends")]);
    }

    #[test]
    fn a_server_speaks_for_itself_and_for_what_is_below_it() {
        let fits = |url: &str, resource: &str| check(&compare_key(url).unwrap(), (url, resource)).is_ok();
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
    fn the_issuer_has_to_be_named_byte_for_byte() {
        let found = Found {
            document: "https://a.test/.well-known/oauth-protected-resource".to_owned(),
            resource: "https://a.test".to_owned(),
            resource_name: Some("\u{1b}[31mRed".to_owned()),
            authorization_servers: vec!["https://as.test/".to_owned()],
            scopes_supported: Vec::new(),
            challenge_scopes: Vec::new(),
        };
        assert!(found.text("https://as.test").contains("does not name this server (https://as.test)"));
        assert!(!found.text("https://as.test/").contains("warning"));
        assert!(!found.text("x").contains('\u{1b}'), "names cannot steer the terminal");
    }
}

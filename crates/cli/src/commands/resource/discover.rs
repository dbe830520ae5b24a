//! Asking a server what it is (RFC 9728), from where the command runs: what is believed of its answers is
//! [`gatewright_oauth::discovery`]'s.

use gatewright_oauth::discovery::{Challenge, Question, scope_texts};
use gatewright_oauth::resource::ScopeText;
use http::{StatusCode, header};
use serde::Serialize;

use crate::failure::Failure;
use crate::fetch::{Body, Fetch, FetchError, acceptable};
use crate::output::{clean, members};

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

impl Found {
    /// Its scopes, without words. Clients that name none get what the challenge asks for, else everything.
    pub(super) fn scopes(&self) -> Vec<ScopeText> {
        scope_texts(&self.scopes_supported, &self.challenge_scopes)
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

/// Asks, from this machine.
pub(super) async fn ask(fetch: &Fetch, url: &str) -> Result<Found, Failure> {
    let refuse = |said: &str| Failure::new(format!("{}\n  name the address that clients use", clean(said)));
    acceptable(url).map_err(|said| refuse(&said))?;
    let question = Question::about(url).map_err(|refusal| refuse(refusal.description()))?;
    let first = fetch.head_of_get(url).await.map_err(|error| unreachable(url, &error))?;
    let challenge = if first.status == StatusCode::UNAUTHORIZED {
        let headers = first.headers.get_all(header::WWW_AUTHENTICATE).iter();
        Challenge::read(headers.filter_map(|value| value.to_str().ok()))
    } else {
        Challenge::default()
    };
    let places =
        question.places(&challenge).map_err(|refusal| unusable((url, url), refusal.description()))?;
    for place in &places {
        let answer = fetch.send(place, Body::None).await.map_err(|error| unreachable(place, &error))?;
        if answer.status == StatusCode::OK {
            let said = question.answer(&answer.body);
            let said = said.map_err(|refusal| unusable((url, place), refusal.description()))?;
            return Ok(Found {
                document: place.clone(),
                resource: said.resource,
                resource_name: said.name,
                authorization_servers: said.authorization_servers,
                scopes_supported: said.scopes,
                challenge_scopes: challenge.scopes,
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

fn unusable((url, place): (&str, &str), reason: &str) -> Failure {
    Failure::new(format!(
        "{}: {}\n  repair the server, or add it by hand: gatewright resource add {} --scope …",
        clean(place),
        clean(reason),
        clean(url)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

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

//! The issuer, as clients see it from here.
//!
//! 1. Its certificate is trusted and does not end soon.
//! 2. Its metadata are in every place clients look, say the configured issuer byte for byte, and are what
//!    this release would say with this configuration.
//! 3. Every endpoint they advertise answers: no redirect, no "not found", no failure. Each is asked
//!    something it refuses, so nothing changes.
//! 4. The published keys are the ones in the database.

use gatewright_jose::JwkSet;
use gatewright_oauth::Metadata;
use gatewright_oauth::metadata::well_known_paths;
use gatewright_server::checks::Check;
use gatewright_server::offers::Surface;
use gatewright_server::{Config, metadata};
use gatewright_store::Time;
use http::StatusCode;

use super::machine::lifetime;
use super::report::Report;
use crate::fetch::{Answer, Body, Fetch};

/// A server that is looked at.
pub(super) struct Seen<'a> {
    /// What it has to call itself.
    pub(super) issuer: &'a str,
    /// What it should run with, if that is known here.
    pub(super) config: Option<&'a Config>,
}

impl Seen<'_> {
    fn origin(&self) -> &str {
        let path =
            self.issuer.find("://").and_then(|at| self.issuer[at + 3..].find('/').map(|end| at + 3 + end));
        &self.issuer[..path.unwrap_or(self.issuer.len())]
    }
}

pub(super) async fn look(
    (server, fetch): (&Seen<'_>, &Fetch),
    (now, published): (Time, Option<Vec<String>>),
    report: &mut Report,
) {
    let places = well_known_paths(server.issuer);
    let places: Vec<String> = places.iter().map(|path| format!("{}{path}", server.origin())).collect();
    let Some(first) = places.first() else { return };
    let answer = match fetch.send(first, Body::None).await {
        Ok(answer) => answer,
        Err(error) => {
            report.add(Check::failed(
                "issuer",
                format!("{} cannot be reached from here: {error}", server.issuer),
                "start the server; then check name resolution, proxy and firewall for that address",
            ));
            report.add(Check::skipped("endpoints", "the issuer cannot be reached"));
            return;
        }
    };
    // Step 1.
    if let Some(end) = answer.certificate.as_deref().and_then(end_of) {
        report.add(lifetime("certificate", end, now));
    }
    // Step 2.
    let found = match read(server.issuer, (first, &answer)) {
        Ok(found) => found,
        Err(check) => {
            report.add(check);
            report.add(Check::skipped("endpoints", "there are no metadata to take them from"));
            return;
        }
    };
    report.add(everywhere(server.issuer, (fetch, &places), &answer).await);
    let differs = |config| found != metadata::document(&Surface::like(config, &found));
    if server.config.is_some_and(differs) {
        report.add(Check::warning(
            "metadata",
            "the running server describes itself otherwise than this release with this configuration would",
            "restart the server if its configuration or program changed; else compare the two configurations",
        ));
    }
    // Step 3.
    let mut answering = Vec::new();
    for (name, url, body) in endpoints(&found) {
        match probe((server.issuer, fetch), (name, url), body).await {
            None => answering.push(name),
            Some(check) => report.add(check),
        }
    }
    if !answering.is_empty() {
        report.add(Check::ok("endpoints", format!("{} answer", answering.join(", "))));
    }
    // Step 4.
    if let (Some(url), Some(published)) = (&found.jwks_uri, published) {
        report.add(keys(fetch, url, &published).await);
    }
}

fn end_of(certificate: &[u8]) -> Option<Time> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    Time::from_timestamp(parsed.validity().not_after.timestamp(), 0)
}

/// The document at one place, if it is ours.
fn read(issuer: &str, (place, answer): (&str, &Answer)) -> Result<Metadata, Check> {
    let advice = "requests for the issuer must reach this server unchanged: check the proxy in front of it";
    if answer.status != StatusCode::OK {
        return Err(Check::failed("metadata", format!("{place} answers {}", answer.status), advice));
    }
    let found: Metadata = serde_json::from_slice(&answer.body)
        .map_err(|error| Check::failed("metadata", format!("{place} is not metadata: {error}"), advice))?;
    if found.issuer != issuer {
        return Err(Check::failed(
            "metadata",
            format!(
                "{place} says its issuer is {:?}, not {issuer:?}: clients compare byte for byte",
                found.issuer
            ),
            "write the issuer clients shall use into the configuration, and restart the server",
        ));
    }
    Ok(found)
}

async fn everywhere(issuer: &str, (fetch, places): (&Fetch, &[String]), first: &Answer) -> Check {
    for place in places.iter().skip(1) {
        let answer = match fetch.send(place, Body::None).await {
            Ok(answer) => answer,
            Err(error) => {
                return Check::failed(
                    "metadata",
                    format!("{place}: {error}"),
                    "check the proxy in front of the server",
                );
            }
        };
        if let Err(check) = read(issuer, (place, &answer)) {
            return check;
        }
        if answer.body != first.body {
            return Check::failed(
                "metadata",
                format!("{place} is not the same document"),
                "something between us and the server keeps an old copy: empty its cache",
            );
        }
    }
    Check::ok("issuer", format!("the same metadata in {} places, issuer as configured", places.len()))
}

/// What is advertised, and what to send there.
fn endpoints(found: &Metadata) -> Vec<(&'static str, &str, Body)> {
    let all = [
        ("authorize", &found.authorization_endpoint, Body::None),
        ("token", &found.token_endpoint, Body::Form),
        ("jwks", &found.jwks_uri, Body::None),
        ("register", &found.registration_endpoint, Body::Json),
        ("revoke", &found.revocation_endpoint, Body::Form),
        ("introspect", &found.introspection_endpoint, Body::Form),
        ("userinfo", &found.userinfo_endpoint, Body::None),
        ("device_authorization", &found.device_authorization_endpoint, Body::Form),
        ("logout", &found.end_session_endpoint, Body::None),
    ];
    all.into_iter().filter_map(|(name, url, body)| Some((name, url.as_deref()?, body))).collect()
}

/// What is wrong with an endpoint, if anything is.
async fn probe((issuer, fetch): (&str, &Fetch), (name, url): (&str, &str), body: Body) -> Option<Check> {
    if !url.starts_with(&format!("{issuer}/")) {
        let message = format!("{name} is advertised at {url}, which is not below the issuer");
        return Some(Check::failed("endpoints", message, "restart the server with the configured issuer"));
    }
    let said = match fetch.send(url, body).await {
        Ok(answer) if answers(answer.status) => return None,
        Ok(answer) => format!("{name} ({url}) answers {}", answer.status),
        Err(error) => format!("{name} ({url}): {error}"),
    };
    Some(Check::failed(
        "endpoints",
        said,
        "let every path below the issuer through to the server, unchanged and for every method",
    ))
}

/// A refusal is an answer; a redirect, "not found" and a failure are not.
fn answers(status: StatusCode) -> bool {
    let absent = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::GONE];
    status.is_success() || (status.is_client_error() && !absent.contains(&status))
}

async fn keys(fetch: &Fetch, url: &str, published: &[String]) -> Check {
    let advice =
        "a server reads the keys every five seconds; a cache in front of it may keep them for five minutes";
    let set = match fetch.send(url, Body::None).await {
        Ok(answer) => JwkSet::parse(&answer.body).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let set = match set {
        Ok(set) => set,
        Err(error) => return Check::failed("published keys", format!("{url}: {error}"), advice),
    };
    let mut seen: Vec<&str> = set.keys.iter().filter_map(|key| key.kid()).collect();
    let mut wanted: Vec<&str> = published.iter().map(String::as_str).collect();
    seen.sort_unstable();
    wanted.sort_unstable();
    if seen == wanted {
        return Check::ok("published keys", format!("{} keys, as in the database", seen.len()));
    }
    let missing = wanted.iter().filter(|kid| !seen.contains(kid)).count();
    let foreign = seen.iter().filter(|kid| !wanted.contains(kid)).count();
    let message =
        format!("{missing} keys of the database are not published, {foreign} published ones are not in it");
    // All of them differ: that is another database.
    if missing == wanted.len() {
        return Check::failed(
            "published keys",
            message,
            "the running server uses another database than this configuration",
        );
    }
    Check::warning("published keys", message, advice)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use gatewright_server::checks::Status;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            certificate: None,
        }
    }

    #[test]
    fn md_01_the_issuer_is_compared_byte_for_byte() {
        let place = "https://as.test/.well-known/oauth-authorization-server";
        let of = |status, body| read("https://as.test", (place, &answer(status, body)));
        assert!(of(200, r#"{"issuer":"https://as.test"}"#).is_ok());
        for wrong in [r#"{"issuer":"https://as.test/"}"#, r#"{"issuer":"https://AS.test"}"#, "{}"] {
            let check = of(200, wrong).unwrap_err();
            assert_eq!(check.status, Status::Failed);
            assert!(check.message.contains("byte for byte"), "{wrong}");
        }
        assert!(of(404, "").unwrap_err().message.contains("answers 404"));
        assert!(of(200, "<html>").unwrap_err().message.contains("is not metadata"));
    }

    #[test]
    fn documents_are_at_the_root_of_the_host() {
        for (issuer, origin) in [
            ("https://as.test", "https://as.test"),
            ("https://as.test/tenant", "https://as.test"),
            ("http://[::1]:8/a/b", "http://[::1]:8"),
        ] {
            assert_eq!(Seen { issuer, config: None }.origin(), origin);
        }
    }

    #[test]
    fn a_refusal_is_an_answer() {
        for (status, expected) in [
            (200, true),
            (400, true),
            (401, true),
            (429, true),
            (302, false),
            (404, false),
            (405, false),
            (502, false),
        ] {
            assert_eq!(answers(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        }
    }

    #[test]
    fn every_endpoint_that_can_be_advertised_is_asked() {
        let config = Config::dev("https://as.test", "x");
        let found = metadata::document(&Surface::like(&config, &gatewright_oauth::Metadata::default()));
        let json = serde_json::to_value(&found).unwrap();
        let advertised = json
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| name.ends_with("_endpoint") || *name == "jwks_uri");
        assert_eq!(endpoints(&found).len(), advertised.count());
    }
}

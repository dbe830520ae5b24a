//! The issuer: an opaque string (RFC 8414 §2), the same bytes everywhere.
//!
//! 1. It is `https`, or `http` on a loopback host for development.
//! 2. It has no query, no fragment, no user name and no trailing slash.
//! 3. It is written the way URL libraries write it (lower-case host, no default port, nothing
//!    escaped), because clients compare strings that went through one.

use std::net::IpAddr;

use url::{Host, Url};

/// What is wrong with an issuer, and what to write instead.
pub(super) type Objection = (String, Option<String>);

/// Judges an issuer.
pub(super) fn check(issuer: &str) -> Result<(), Objection> {
    let no = |message: &str, hint: &str| Err((message.to_owned(), Some(hint.to_owned())));
    let example = "write it like \"https://auth.example.com\"";
    let url = match Url::parse(issuer) {
        Ok(url) => url,
        Err(error) => return Err((format!("is not a URL: {error}"), Some(example.to_owned()))),
    };
    match url.scheme() {
        "https" => {}
        "http" if url.host().is_some_and(|host| is_loopback(&host)) => {}
        "http" => {
            let hint = format!(
                "write \"https{}\": tokens and passwords must not cross a network in the clear; \
                 plain http is for localhost, 127.0.0.1 and [::1] only",
                issuer.strip_prefix("http").unwrap_or_default()
            );
            return Err(("must be https".to_owned(), Some(hint)));
        }
        other => return Err((format!("has the scheme {other:?}"), Some(example.to_owned()))),
    }
    if issuer.contains(['?', '#']) {
        return no("must not have a query or a fragment (RFC 8414 §2)", "end it before the ? or #");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return no("must not hold a user name or password", example);
    }
    if issuer.ends_with('/') {
        let hint = format!("write \"{}\"", issuer.trim_end_matches('/'));
        return Err(("must not end with a slash: issuers are compared as strings".to_owned(), Some(hint)));
    }
    let canonical = url.as_str().trim_end_matches('/');
    if issuer != canonical {
        let message = "is not written the way clients will write it".to_owned();
        return Err((message, Some(format!("write \"{canonical}\""))));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    if !url.path().bytes().all(plain) || url.path().contains("//") {
        return no(
            "has a path that proxies may rewrite",
            "use letters, digits, -, ., _ and ~ between single slashes",
        );
    }
    Ok(())
}

/// Whether a host names this machine only.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

/// `host[:port]` of an issuer that was checked.
pub(super) fn authority(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(authority, _)| authority)
}

/// The path of an issuer that was checked: empty, or `/…` without a trailing slash.
pub(super) fn path(issuer: &str) -> &str {
    let start = issuer.len() - issuer.split_once("://").map_or(issuer, |(_, rest)| rest).len();
    issuer[start..].find('/').map_or("", |slash| &issuer[start + slash..])
}

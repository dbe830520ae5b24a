//! What is turned away before routing: foreign hosts (MD-01) and ambiguous paths (MD-04).
//!
//! The issuer comes from the configuration and only from there. `X-Forwarded-Host`, `Forwarded` and
//! `X-Forwarded-Proto` are never read, so they cannot change anything.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::request_log::Rule;
use crate::app::App;

/// Refuses requests for a host that is not the issuer's with 421 (RFC 9110 §15.5.20), requests that name
/// two hosts and paths that a proxy in front might read differently than we do with 400.
pub fn refuse(app: &App, request: &Request) -> Option<Response> {
    let (rule, status, said) = if is_ambiguous(request.uri().path()) {
        ("ambiguous_path", StatusCode::BAD_REQUEST, "this path is ambiguous\n")
    } else {
        match hosts(app, request) {
            Hosts::Ours => return None,
            Hosts::Several => {
                ("several_hosts", StatusCode::BAD_REQUEST, "there is more than one Host header\n")
            }
            Hosts::Foreign => {
                ("foreign_host", StatusCode::MISDIRECTED_REQUEST, "this host is not served here\n")
            }
        }
    };
    let mut response = (status, said).into_response();
    response.extensions_mut().insert(Rule(rule));
    Some(response)
}

/// Whom a request says it is for.
enum Hosts {
    Ours,
    /// A proxy may have read the other one.
    Several,
    Foreign,
}

/// The `Host` header and the authority of the request's target, as far as they are there: each must be ours.
fn hosts(app: &App, request: &Request) -> Hosts {
    let mut headers = request.headers().get_all(header::HOST).iter();
    let header = headers.next();
    if headers.next().is_some() {
        return Hosts::Several;
    }
    let target = request.uri().authority().map(|authority| Some(authority.as_str()));
    let mut named = header.into_iter().map(|host| host.to_str().ok()).chain(target).peekable();
    let ours =
        named.peek().is_some() && named.all(|host| host.is_some_and(|host| app.config.is_own_host(host)));
    if ours { Hosts::Ours } else { Hosts::Foreign }
}

/// Whether a proxy could normalise this path to another one.
fn is_ambiguous(path: &str) -> bool {
    let is_loaded =
        |escape: &str| ["2f", "5c", "2e", "00", "3b"].iter().any(|it| escape.eq_ignore_ascii_case(it));
    path.contains("//")
        || path.contains([';', '\\'])
        || path.split('%').skip(1).any(|rest| rest.get(..2).is_some_and(is_loaded))
        || path.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::is_ambiguous;

    #[test]
    fn md_04_paths_a_proxy_may_normalise_are_ambiguous() {
        for path in
            ["/admin;x/", "/%2e%2e/admin", "//admin", "/a/../b", "/a%2Fb", "/a%5cb", "/./token", "/token%3Bx"]
        {
            assert!(is_ambiguous(path), "{path}");
        }
        for path in ["/token", "/token/", "/.well-known/openid-configuration", "/a.b/c", "/"] {
            assert!(!is_ambiguous(path), "{path}");
        }
    }
}

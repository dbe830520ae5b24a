//! Finding the access token in a request (RFC 6750 §2.1).
//!
//! The `Authorization` header is the only place. Tokens in the query end up in logs and in `Referer`; OAuth 2.1
//! and MCP forbid them, so they are not looked at, except to notice a client that sends two.

use http::Request;
use http::header::AUTHORIZATION;

use crate::challenge::Rejection;

/// The text of the one bearer token.
pub(crate) fn token<B>(request: &Request<B>) -> Result<&str, Rejection> {
    let mut headers = request.headers().get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else { return Err(Rejection::Missing) };
    if headers.next().is_some() {
        return Err(Rejection::Malformed("the Authorization header appears more than once"));
    }
    let unreadable = Rejection::Malformed("the Authorization header cannot be read");
    let header = header.to_str().map_err(|_| unreadable.clone())?;
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Rejection::Missing);
    }
    let token = token.trim_matches(' ');
    if !is_b64token(token) {
        return Err(unreadable);
    }
    let query = request.uri().query().unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token") {
        return Err(Rejection::Malformed(
            "an access token in the query is never accepted; send only the header",
        ));
    }
    Ok(token)
}

/// RFC 6750 §2.1 `b64token`.
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

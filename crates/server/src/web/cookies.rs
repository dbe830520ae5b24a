//! The cookies (RFC 6265bis §4.1.3.2, `__Host-`): always `Secure`, `HttpOnly`, `Path=/`, no `Domain`.
//!
//! `__Host-gw_session` carries the session. `__Host-gw_browser_…` names the browser, so that a sealed
//! request works only where it was started. All are opaque 256-bit values. Loopback addresses count as
//! secure contexts in browsers, so the prefix holds in development over plain HTTP too.
//!
//! A browser that opens several first pages at once gets several browser cookies; each has a name of
//! its own, made from its value, so that none overwrites another and every page works.

use axum::http::{HeaderMap, HeaderValue, header};
use gatewright_jose::base64url;
use gatewright_oauth::secret::{BrowserId, SessionId, Token};

/// The session cookie's name.
const SESSION: &str = "__Host-gw_session";
/// What the name of a browser cookie starts with.
const BROWSER: &str = "__Host-gw_browser_";
/// Browser cookies that are looked at; a browser has one, or a few after a simultaneous start.
const BROWSERS: usize = 8;
/// How long a session cookie is kept; the session itself ends earlier.
const SESSION_DAYS: u64 = 30;
/// How long a browser cookie is kept after the last visit to `/authorize`: as long as a browser is known to its people.
const BROWSER_DAYS: u64 = 180;

/// The session cookie. Malformed and repeated values count as absent: a tossed second cookie (CK-01)
/// must not be able to replace the real one.
pub fn session(headers: &HeaderMap) -> Option<Token<SessionId>> {
    let mut values = pairs(headers).filter(|(name, _)| *name == SESSION).map(|(_, value)| value);
    let value = values.next()?;
    if values.next().is_some() { None } else { Token::parse(value) }
}

/// The browser cookies whose name fits their value and comes once.
pub fn browsers(headers: &HeaderMap) -> Vec<Token<BrowserId>> {
    let named: Vec<(&str, &str)> = pairs(headers).filter(|(name, _)| name.starts_with(BROWSER)).collect();
    let mut found: Vec<Token<BrowserId>> = Vec::new();
    for (name, value) in named.iter().take(BROWSERS) {
        if named.iter().filter(|(other, _)| other == name).count() > 1 {
            continue;
        }
        found.extend(Token::parse(value).filter(|token| browser_name(token) == *name));
    }
    found
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

fn browser_name(token: &Token<BrowserId>) -> String {
    format!("{BROWSER}{}", base64url::encode(&token.digest().as_bytes()[..6]))
}

/// The `Set-Cookie` value that stores the session.
pub fn set_session(token: &Token<SessionId>) -> Option<HeaderValue> {
    line(SESSION, token.text().expose(), SESSION_DAYS * 86_400)
}

/// The `Set-Cookie` value that removes the session.
pub fn clear_session() -> Option<HeaderValue> {
    line(SESSION, "", 0)
}

/// The `Set-Cookie` value that stores, or keeps, the browser's identifier.
pub fn set_browser(token: &Token<BrowserId>) -> Option<HeaderValue> {
    line(&browser_name(token), token.text().expose(), BROWSER_DAYS * 86_400)
}

fn line(name: &str, value: &str, max_age: u64) -> Option<HeaderValue> {
    let line = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={max_age}");
    let mut value = HeaderValue::from_str(&line).ok()?;
    value.set_sensitive(true);
    Some(value)
}

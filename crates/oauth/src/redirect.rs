//! Redirect URIs (RFC 6749 §3.1.2, RFC 8252 §7, OAuth 2.1 §2.3 and §8.4).
//!
//! 1. [`RedirectUri::register`] decides once whether a URI may be registered, and names the rule when not.
//! 2. `Client::match_redirect` compares what a request presents with what is registered: byte for byte, except the
//!    port of `http` on this computer, and that the path of a bare origin may be `""` or `"/"`. No wildcard, no
//!    pattern and no normalisation exists.
//! 3. Its result, [`TrustedRedirect`], is the only thing an answer can be sent to ([`TrustedRedirect::respond`]).
//!
//! **Architecture Invariant:** a [`TrustedRedirect`] has one constructor, so an open redirect does not compile.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::client::Client;
use crate::display::{self, HostShown};
use crate::uri::{self, MAX_URI, Parts};
use crate::{Code, Decision, Refusal};

/// Names an answer uses. Registered in the query of a redirect URI they would be there twice, and which one the
/// client reads would be its parser's choice.
const ANSWER_NAMES: [&str; 12] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "access_token",
    "token_type",
    "expires_in",
    "id_token",
    "session_state",
    "response",
];

/// What follows a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectKind {
    /// A web site: `https`.
    Web,
    /// A program on this computer that listens on a port: `http` on `127.0.0.1`, `[::1]` or `localhost`.
    Loopback,
    /// An app that owns a scheme: `com.example.app:/cb`, `cursor://…`.
    PrivateUse,
}

/// A registered redirect URI: absolute, canonical, without fragment and user information.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Step 1. The refusal names the URI and the rule (`invalid_redirect_uri`).
    pub fn register(text: &str) -> Decision<Self> {
        check(text).map_err(|rule| refuse(text, rule))?;
        Ok(Self(text.to_owned()))
    }

    /// The URI, as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows it.
    pub fn kind(&self) -> RedirectKind {
        kind(&self.0)
    }

    /// The host or, for a private-use scheme, the scheme, for people.
    pub fn host_shown(&self) -> HostShown {
        display::host_shown(&self.0)
    }

    /// The URI without the port where any port matches: what two registrations are compared by.
    pub(crate) fn without_loopback_port(&self) -> String {
        match (uri::split(&self.0), self.kind()) {
            (Some(parts), RedirectKind::Loopback) => {
                let host = parts.host_port().map_or("", |(host, _)| host);
                let query = parts.query.map_or_else(String::new, |query| format!("?{query}"));
                format!("{}://{host}{}{query}", parts.scheme, parts.path)
            }
            (_, RedirectKind::Web | RedirectKind::Loopback | RedirectKind::PrivateUse) => self.0.clone(),
        }
    }

    /// Step 2, the one matcher: trusted when `presented` is this URI.
    pub(crate) fn admit(&self, presented: &str) -> Option<TrustedRedirect> {
        is_same(&self.0, presented).then(|| TrustedRedirect { uri: presented.to_owned() })
    }

    /// This very URI, for a client that presents none and registered no other.
    pub(crate) fn trusted(&self) -> TrustedRedirect {
        TrustedRedirect { uri: self.0.clone() }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads what was registered under the rules of its day: only the form is checked, so that a stricter rule of today
/// does not make a row unreadable.
impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let formed = uri::split(&text).is_some_and(|parts| parts.fragment.is_none());
        if !formed || uri::foreign_character(&text).is_some() {
            return Err(de::Error::custom("not a redirect URI"));
        }
        Ok(Self(text))
    }
}

/// A redirect URI that a client registered and a request presented. Only `Client::match_redirect` makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustedRedirect {
    uri: String,
}

impl TrustedRedirect {
    /// Trusts a URI that was trusted when it was sealed, if the client still registers it.
    pub fn reopen(client: &Client, uri: &str) -> Decision<Self> {
        client.match_redirect(Some(uri))
    }

    /// The URI as the request presented it: the port is the one the program listens on now.
    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// What follows it.
    pub fn kind(&self) -> RedirectKind {
        kind(&self.uri)
    }

    /// The host or, for a private-use scheme, the scheme, for people.
    pub fn host_shown(&self) -> HostShown {
        display::host_shown(&self.uri)
    }

    /// `scheme://host:port`, or `scheme:` for a private-use scheme: for `form-action` and the like.
    pub fn origin(&self) -> String {
        match uri::split(&self.uri) {
            Some(Parts { scheme, authority: Some(authority), .. })
                if self.kind() != RedirectKind::PrivateUse =>
            {
                format!("{scheme}://{authority}")
            }
            Some(parts) => format!("{}:", parts.scheme),
            None => String::new(),
        }
    }

    /// Step 3: the URI with the answer's parameters, form-encoded, behind a query it may already have (RFC 6749
    /// §4.1.2). Encoding leaves no control character, so nothing can be smuggled into the header (CO-11).
    pub fn respond(&self, parameters: &[(&str, &str)]) -> String {
        let mut encoder = form_urlencoded::Serializer::new(String::new());
        encoder.extend_pairs(parameters);
        let query = encoder.finish();
        let joint = match self.uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, existing)) if existing.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{}{joint}{query}", self.uri)
    }
}

fn kind(text: &str) -> RedirectKind {
    match uri::split(text) {
        Some(parts) if parts.is_loopback_http() => RedirectKind::Loopback,
        Some(parts) if matches!(parts.scheme, "http" | "https") => RedirectKind::Web,
        Some(_) | None => RedirectKind::PrivateUse,
    }
}

/// Whether a request that presents `presented` means `registered`.
fn is_same(registered: &str, presented: &str) -> bool {
    if registered == presented {
        return true;
    }
    let (Some(mine), Some(theirs)) = (uri::split(registered), uri::split(presented)) else { return false };
    if !matches!(mine.scheme, "http" | "https") {
        return false;
    }
    let same_path = mine.path == theirs.path
        || (mine.query.is_none() && matches!((mine.path, theirs.path), ("", "/") | ("/", "")));
    let same_host = mine.authority == theirs.authority
        || (mine.is_loopback_http()
            && theirs.host_port().map(|(host, _)| host) == mine.host_port().map(|(host, _)| host));
    mine.scheme == theirs.scheme
        && same_host
        && same_path
        && mine.query == theirs.query
        && theirs.fragment.is_none()
}

fn refuse(text: &str, rule: &str) -> Refusal {
    let shown: String = text.chars().take(200).collect();
    Refusal::new(Code::InvalidRedirectUri, format!("redirect URI '{shown}' {rule}"))
}

/// The rules of registration. The text continues "redirect URI '…' ".
fn check(text: &str) -> Result<(), &'static str> {
    if text.len() > MAX_URI {
        return Err("is longer than 2048 bytes");
    }
    if uri::is_dangerous_uri(text) {
        return Err(DANGEROUS);
    }
    if let Some(offence) = uri::foreign_character(text) {
        return Err(offence);
    }
    let parts = uri::split(text).ok_or("is not absolute: it needs a scheme")?;
    if parts.scheme.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("must be written in its canonical form, with a lower-case scheme");
    }
    if parts.fragment.is_some() {
        return Err("must not have a fragment (RFC 6749 section 3.1.2)");
    }
    if parts.authority.is_some_and(|authority| authority.contains('@')) {
        return Err("must not contain user information (an @ before the host)");
    }
    let mut names = form_urlencoded::parse(parts.query.unwrap_or_default().as_bytes());
    if names.any(|(name, _)| ANSWER_NAMES.contains(&name.as_ref())) {
        return Err("has a query parameter whose name belongs to the answer, such as code or state");
    }
    match parts.scheme {
        "http" => check_loopback(parts)?,
        "https" => check_web(parts)?,
        _ => check_private_use(parts)?,
    }
    check_canonical(text, parts)
}

const DANGEROUS: &str = "has a scheme that no app may use: use https, http on 127.0.0.1, [::1] or localhost, or a scheme of your own";

/// `http` reaches this computer and nothing else (RU-03, RU-05).
fn check_loopback(parts: Parts<'_>) -> Result<(), &'static str> {
    if parts.is_loopback_http() {
        return Ok(());
    }
    Err("uses http, which is only for 127.0.0.1, [::1] and localhost in exactly this spelling; use https")
}

fn check_web(parts: Parts<'_>) -> Result<(), &'static str> {
    let (host, _) = parts.host_port().ok_or("has no host or no proper port")?;
    if host.is_empty() {
        return Err("has no host");
    }
    if host.contains('*') {
        return Err("contains a wildcard; register every URI in full");
    }
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let hides_v4 = v6
        .and_then(|text| text.parse::<std::net::Ipv6Addr>().ok())
        .is_some_and(|address| address.is_unspecified() || address.to_ipv4_mapped().is_some());
    if hides_v4 || host == "0.0.0.0" {
        return Err("names no particular computer");
    }
    Ok(())
}

fn check_private_use(parts: Parts<'_>) -> Result<(), &'static str> {
    if uri::is_dangerous_scheme(parts.scheme) || parts.scheme == "urn" {
        return Err(DANGEROUS);
    }
    if parts.authority.is_none() && parts.path.is_empty() {
        return Err("has nothing behind its scheme");
    }
    Ok(())
}

/// There must be nothing that a browser would rewrite: what is compared is what is visited (RU-01, RU-05).
fn check_canonical(text: &str, parts: Parts<'_>) -> Result<(), &'static str> {
    const RULE: &str = "is not in canonical form: browsers would rewrite its host, port, path or escapes";
    // The port of a loopback URI does not matter; 80 and 0 are as good as any.
    let portless = RedirectUri(text.to_owned()).without_loopback_port();
    let parsed = url::Url::parse(&portless).map_err(|_| "is not a valid URL")?;
    if parsed.as_str() == portless {
        return Ok(());
    }
    // A bare origin may be written without the slash that browsers add.
    let web = matches!(parts.scheme, "http" | "https");
    let with_slash = uri::split(&portless).filter(|parts| web && parts.path.is_empty()).map(|parts| {
        let query = parts.query.map_or_else(String::new, |query| format!("?{query}"));
        format!("{}://{}/{query}", parts.scheme, parts.authority.unwrap_or_default())
    });
    if with_slash.as_deref() == Some(parsed.as_str()) { Ok(()) } else { Err(RULE) }
}

#[cfg(test)]
mod mutations;
#[cfg(test)]
mod tests;

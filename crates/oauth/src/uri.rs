//! A URI cut into its parts (RFC 3986 §3 and appendix B), without changing a byte.
//!
//! Redirect URIs and resource identifiers are compared as strings. A parser that normalises while it reads (dot
//! segments, escapes, numeric hosts) is how exact matching turns into approximate matching, so none is used for
//! comparing; the WHATWG parser only has to agree, at registration, that there is nothing to normalise.

/// The longest URI accepted anywhere, in bytes.
pub(crate) const MAX_URI: usize = 2048;

/// `scheme ":" [ "//" authority ] path [ "?" query ] [ "#" fragment ]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub scheme: &'a str,
    pub authority: Option<&'a str>,
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub fragment: Option<&'a str>,
}

/// Cuts an absolute URI; `None` when there is no scheme.
pub(crate) fn split(uri: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = uri.split_once(':').filter(|(scheme, _)| is_scheme(scheme))?;
    let (rest, fragment) = cut(rest, '#');
    let (rest, query) = cut(rest, '?');
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            (Some(&rest[..end]), &rest[end..])
        }
        None => (None, rest),
    };
    Some(Parts { scheme, authority, path, query, fragment })
}

/// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

impl<'a> Parts<'a> {
    /// Host and port of the authority. `None` without an authority, with user information, or with a port that is
    /// not 0 to 65535 in plain digits (an empty one included).
    pub(crate) fn host_port(&self) -> Option<(&'a str, Option<u16>)> {
        let authority = self.authority.filter(|authority| !authority.contains('@'))?;
        let end_of_host = if authority.starts_with('[') { authority.find(']')? + 1 } else { 0 };
        let Some(colon) = authority[end_of_host..].find(':') else { return Some((authority, None)) };
        let (host, port) = authority.split_at(end_of_host + colon);
        let digits = &port[1..];
        let plain = !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        plain.then(|| digits.parse().ok())?.map(|port| (host, Some(port)))
    }

    /// Whether this is `http` on exactly one of the three names of this computer (RFC 8252 §7.3).
    pub(crate) fn is_loopback_http(&self) -> bool {
        self.scheme == "http" && self.host_port().is_some_and(|(host, _)| is_loopback_host(host))
    }
}

/// `127.0.0.1`, `[::1]`, `localhost`, in exactly this spelling.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

/// Characters of RFC 3986: unreserved, reserved, and `%` only before two hexadecimal digits. `None` when `text`
/// consists of them, else the first offence.
pub(crate) fn foreign_character(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'%' => {
                let escape = bytes.get(index + 1..index + 3);
                if !escape.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Some("has a % that is not followed by two hexadecimal digits");
                }
            }
            0..=0x20 | 0x7f => return Some("contains white space or control characters"),
            0x80.. => return Some("contains characters outside ASCII; use punycode and percent-encoding"),
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                return Some("contains a character that URIs do not allow");
            }
            _ => {}
        }
    }
    None
}

/// Schemes that run code, read local files or start programs when a browser follows them, and those that belong to
/// other protocols.
const DANGEROUS: [&str; 35] = [
    "javascript",
    "vbscript",
    "livescript",
    "mocha",
    "data",
    "blob",
    "file",
    "filesystem",
    "about",
    "intent",
    "content",
    "android-app",
    "ios-app",
    "jar",
    "resource",
    "view-source",
    "chrome",
    "chrome-extension",
    "moz-extension",
    "safari-extension",
    "edge",
    "opera",
    "ws",
    "wss",
    "ftp",
    "ftps",
    "sftp",
    "ssh",
    "telnet",
    "gopher",
    "ldap",
    "mailto",
    "tel",
    "sms",
    "callto",
];

/// Labels that make a compound scheme (`web+javascript`, `search-ms`, `ms-msdt`) as dangerous as themselves.
const DANGEROUS_LABELS: [&str; 11] = [
    "javascript",
    "vbscript",
    "data",
    "blob",
    "file",
    "filesystem",
    "intent",
    "about",
    "ms",
    "http",
    "https",
];

/// Whether a scheme is not a private-use scheme but a known or dangerous one. Case, and white space and control
/// characters that browsers skip, make no difference.
pub(crate) fn is_dangerous_scheme(scheme: &str) -> bool {
    let scheme: String = scheme
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let compound = scheme.contains(['+', '-']);
    DANGEROUS.contains(&scheme.as_str())
        || scheme.contains("javascript")
        || scheme.contains("vbscript")
        || (compound && scheme.split(['+', '-']).any(|label| DANGEROUS_LABELS.contains(&label)))
}

/// Whether a text that ought to be a web address starts with a scheme that is dangerous to follow.
pub(crate) fn is_dangerous_uri(uri: &str) -> bool {
    let scheme = uri.split(':').next().filter(|scheme| scheme.len() < uri.len());
    scheme.is_some_and(is_dangerous_scheme)
}

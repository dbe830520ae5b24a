//! Addresses, taken apart.

use std::net::IpAddr;

use url::{Host, Url};

use super::FetchError;

/// An address, taken apart.
pub struct Target {
    /// The name or address.
    pub host: String,
    /// The address, when it is one.
    pub literal: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// `Host`.
    pub authority: String,
    /// Path and query.
    pub path: String,
    /// Whether it is `http`.
    pub is_clear: bool,
}

impl Target {
    /// Reads a URL.
    pub fn of(text: &str) -> Result<Target, FetchError> {
        let url = Url::parse(text).map_err(|_| FetchError::Address("it is not a URL"))?;
        let is_clear = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(FetchError::Address("it is not https")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Address("it has user information"));
        }
        let (host, literal) = match url.host() {
            Some(Host::Domain(name)) => (name.to_owned(), None),
            Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::V4(address))),
            Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::V6(address))),
            None => return Err(FetchError::Address("it has no host")),
        };
        let name = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
        Ok(Target {
            host,
            literal,
            port: url.port_or_known_default().unwrap_or(443),
            is_clear,
            authority,
            path: format!("{}{query}", url.path()),
        })
    }

    /// What strangers name is asked by https only.
    pub fn only_https(self) -> Result<Target, FetchError> {
        if self.is_clear { Err(FetchError::Address("it is not https")) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dc_01_only_https_is_asked() {
        for (bad, reason) in [
            ("http://app.test/c", "not https"),
            ("ftp://app.test/c", "not https"),
            ("file:///etc/passwd", "not https"),
            ("https://u:p@app.test/c", "user information"),
            ("/c", "not a URL"),
        ] {
            let error = Target::of(bad).and_then(Target::only_https).err().unwrap();
            assert!(error.to_string().contains(reason), "{bad}: {error}");
        }
        let target = Target::of("https://app.test:8443/a/b?c=d").ok().unwrap();
        assert_eq!((target.authority.as_str(), target.path.as_str()), ("app.test:8443", "/a/b?c=d"));
        let literal = Target::of("https://[::ffff:127.0.0.1]/c").ok().unwrap();
        assert_eq!(literal.literal, Some("::ffff:127.0.0.1".parse().unwrap()));
    }
}

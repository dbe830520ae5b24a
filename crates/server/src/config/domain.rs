//! Domains, as an operator lists them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Host;

/// A domain: it stands for itself and for every host below it. Compared label by label, never as a pattern (RU-10).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

impl Domain {
    /// Whether `host`, in ASCII, is this domain or below it.
    pub fn covers(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        host == self.0 || host.strip_suffix(&self.0).is_some_and(|rest| rest.ends_with('.'))
    }

    /// The name, in ASCII.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Domain, &'static str> {
        if text.contains(['/', ':', '*', '@']) {
            return Err("a domain has no scheme, port, path or wildcard: it stands for everything below it");
        }
        match Host::parse(text.trim_end_matches('.')) {
            Ok(Host::Domain(name)) => Ok(Domain(name)),
            Ok(Host::Ipv4(_) | Host::Ipv6(_)) => Err("an address is no domain"),
            Err(_) => Err("this is not a domain name"),
        }
    }
}

impl TryFrom<String> for Domain {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Domain, &'static str> {
        text.parse()
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> String {
        domain.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Domain;

    #[test]
    fn ru_10_ci_11_a_domain_covers_itself_and_what_is_below_it() {
        let domain: Domain = "App.test".parse().unwrap();
        for host in ["app.test", "APP.test", "www.app.test", "a.b.app.test"] {
            assert!(domain.covers(host), "{host}");
        }
        for host in ["appxtest", "evilapp.test", "app.test.evil.test", "test", "", "app.tes", ".test"] {
            assert!(!domain.covers(host), "{host}");
        }
        for wrong in ["*.app.test", "https://app.test", "app.test:443", "127.0.0.1", "", "a b"] {
            assert!(wrong.parse::<Domain>().is_err(), "{wrong}");
        }
        assert_eq!("b\u{fc}cher.test".parse::<Domain>().unwrap().as_str(), "xn--bcher-kva.test");
    }
}

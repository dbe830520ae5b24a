//! Scopes (RFC 6749 §3.3): a set of names, printed in one order.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Code, Decision, Refusal};

/// Asks for tokens that outlive the browser session (OpenID Connect Core 1.0 §11).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// Asks for an ID token (OpenID Connect Core 1.0 §3.1.2.1).
pub const OPENID: &str = "openid";
/// Asks for the person's name (OpenID Connect Core 1.0 §5.4).
pub const PROFILE: &str = "profile";
/// Asks for the person's e-mail address (OpenID Connect Core 1.0 §5.4).
pub const EMAIL: &str = "email";
/// The scopes this server answers for itself; a resource cannot define them.
pub const OF_THE_SERVER: [&str; 4] = [OFFLINE_ACCESS, OPENID, PROFILE, EMAIL];

/// The most scopes in one set; a request beyond it is a mistake or an attack.
pub const MAX_SCOPES: usize = 100;
/// The longest name of one scope, in bytes.
pub const MAX_SCOPE: usize = 256;

/// A set of scopes. Holds only well-formed names; printed sorted, separated by one space.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Parses a `scope` parameter. Surplus spaces are harmless; any other foreign character, more than
    /// [`MAX_SCOPES`] names or a name beyond [`MAX_SCOPE`] bytes is `invalid_scope`.
    pub fn parse(text: &str) -> Decision<Self> {
        Self::from_names(text.split(' ').filter(|name| !name.is_empty()))
    }

    /// A set from single names, each as strictly as [`Scopes::parse`].
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Decision<Self> {
        let mut scopes = Self::default();
        for name in names {
            scopes.insert(name)?;
        }
        Ok(scopes)
    }

    /// The well-formed names of `text`, at most [`MAX_SCOPES`]: for hints, which are never a reason to refuse.
    pub fn hint(text: &str) -> Self {
        Self(text.split(' ').filter(|name| is_scope(name)).take(MAX_SCOPES).map(str::to_owned).collect())
    }

    /// No scopes.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds one name.
    pub fn insert(&mut self, name: &str) -> Decision<()> {
        if !is_scope(name) {
            return Err(Refusal::new(
                Code::InvalidScope,
                "a scope has 1 to 256 printable ASCII characters without space, quote and backslash (RFC 6749 section 3.3)",
            ));
        }
        if self.0.len() == MAX_SCOPES && !self.0.contains(name) {
            return Err(Refusal::new(Code::InvalidScope, "more than 100 scopes in one request"));
        }
        self.0.insert(name.to_owned());
        Ok(())
    }

    /// Whether `name` is in the set.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Whether every scope of this set is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Everything in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Everything in both sets.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// Everything that is not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// What remains of the set when only names that `keep` accepts stay.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|name| keep(name)).cloned().collect())
    }

    /// The names, sorted.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Collects names that are known to be scopes already; one that is not well-formed is left out.
impl FromIterator<String> for Scopes {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self(names.into_iter().filter(|name| is_scope(name)).collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = Refusal;

    fn from_str(text: &str) -> Decision<Self> {
        Self::parse(text)
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`, bounded.
pub(crate) fn is_scope(name: &str) -> bool {
    (1..=MAX_SCOPE).contains(&name.len())
        && name.bytes().all(|b| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn az_07_scopes_are_a_sorted_set_with_one_text() {
        let scopes = Scopes::parse("mcp:write  mcp:read mcp:write").unwrap();
        assert_eq!(scopes.to_string(), "mcp:read mcp:write");
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#""mcp:read mcp:write""#);
        assert_eq!(serde_json::from_str::<Scopes>(r#""mcp:read mcp:write""#).unwrap(), scopes);
        let resource = Scopes::parse("mcp:read").unwrap();
        assert!(resource.is_subset(&scopes) && !scopes.is_subset(&resource));
        assert_eq!(scopes.intersect(&resource), resource);
        assert_eq!(scopes.minus(&resource).to_string(), "mcp:write");
        assert_eq!(resource.union(&scopes), scopes);
        assert_eq!(scopes.filter(|name| name.ends_with("read")), resource);
    }

    #[test]
    fn az_07_names_outside_the_charset_are_refused_never_trimmed() {
        for bad in ["mcp:read\tadmin", "a\"b", "a\\b", "ümlaut", "a\u{0}", "a\nb"] {
            assert_eq!(Scopes::parse(bad).unwrap_err().code(), Code::InvalidScope, "{bad:?}");
            assert!(Scopes::hint(bad).is_empty());
        }
        assert!(Scopes::parse("").unwrap().is_empty());
        assert_eq!(Scopes::parse(&"x".repeat(257)).unwrap_err().code(), Code::InvalidScope);
        assert_eq!(Scopes::hint("ok a\"b also").to_string(), "also ok");
    }

    #[test]
    fn az_07_at_most_one_hundred_scopes() {
        let many = |n: usize| (0..n).map(|i| format!("s{i}")).collect::<Vec<_>>().join(" ");
        assert_eq!(Scopes::parse(&many(100)).unwrap().len(), 100);
        assert_eq!(Scopes::parse(&many(101)).unwrap_err().code(), Code::InvalidScope);
        assert_eq!(Scopes::hint(&many(500)).len(), 100);
    }
}

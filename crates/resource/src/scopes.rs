//! Scopes (RFC 6749 §3.3) and which of them include others.
//!
//! MCP asks servers to account for hierarchies: a token with `files` must not be refused, or sent to a step-up,
//! because an operation wants `files:read`. Nothing about a scope's spelling says so, therefore the operator does.

use std::collections::{BTreeMap, BTreeSet};

/// Asks for a refresh token and permits nothing at a resource; MCP keeps it out of challenges and documents.
const OFFLINE_ACCESS: &str = "offline_access";

/// Whether `scope` is one scope token: printable ASCII without space, `"` and `\`, so that it fits a challenge.
pub(crate) fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// `scopes` in their order, each once, as a challenge or document may name them.
pub(crate) fn listable<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    scopes
        .into_iter()
        .filter(|scope| is_scope(scope) && *scope != OFFLINE_ACCESS && seen.insert(*scope))
        .collect()
}

/// Which scopes include which others.
#[derive(Debug, Default, Clone)]
pub(crate) struct Hierarchy(BTreeMap<String, BTreeSet<String>>);

impl Hierarchy {
    pub(crate) fn add(&mut self, scope: String, implied: impl IntoIterator<Item = String>) {
        self.0.entry(scope).or_default().extend(implied);
    }

    /// Every scope named on either side.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|(scope, implied)| std::iter::once(scope).chain(implied)).map(String::as_str)
    }

    /// Everything `granted` permits: the scopes themselves, what they include, what that includes, and so on.
    pub(crate) fn expand(&self, granted: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = granted.clone();
        let mut open: Vec<&str> = granted.iter().map(String::as_str).collect();
        while let Some(implied) = open.pop().map(|scope| self.0.get(scope)) {
            for scope in implied.into_iter().flatten() {
                if all.insert(scope.clone()) {
                    open.push(scope);
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implications_are_transitive_and_may_be_circular() {
        let mut hierarchy = Hierarchy::default();
        hierarchy.add("admin".into(), ["files".into()]);
        hierarchy.add("files".into(), ["files:read".into(), "files:write".into()]);
        hierarchy.add("files:write".into(), ["files".into()]);
        let expand = |scope: &str| -> Vec<String> {
            hierarchy.expand(&[scope.to_owned()].into()).into_iter().collect()
        };
        assert_eq!(expand("admin"), ["admin", "files", "files:read", "files:write"]);
        assert_eq!(expand("files:write"), ["files", "files:read", "files:write"]);
        assert_eq!(expand("files:read"), ["files:read"]);
        assert_eq!(expand("fil"), ["fil"]);
    }

    #[test]
    fn what_a_challenge_may_name() {
        assert_eq!(
            listable(["b", "a", "b", "offline_access", "x y", "q\"", "\\", "", "é", "\n"]),
            ["b", "a"]
        );
    }
}

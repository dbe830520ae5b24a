//! The file.
//!
//! ```yaml
//! resources:
//!   - resource: https://mcp.example.com/mcp
//!     name: Notes
//!     scopes:
//!       - { name: notes:read, description: Read your notes, default: true }
//! clients:
//!   - client_id: portal
//!     client_name: Portal
//!     redirect_uris: [https://portal.example.com/callback]
//!     token_endpoint_auth_method: client_secret_basic
//! webhooks:
//!   - name: siem
//!     url: https://siem.example.com/gatewright
//!     kinds: [client.*, token.reuse_detected]
//! ```
//!
//! What an entry does not mention has its default, except `enabled`: whether something is in use stays as it is, so
//! that a file does not undo what somebody did in an emergency.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::Kind;
use crate::failure::Failure;
use crate::output::clean;

/// The largest file.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How alike a word must be to one that was meant.
const ALIKE: f64 = 0.8;

/// One thing that is wanted.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// What it is called, always in the same way.
    pub identity: String,
    /// What is said of it.
    pub members: Map<String, Value>,
}

/// Everything that is wanted, in the order in which it is made.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// Its entries.
    pub entries: Vec<Entry>,
}

impl Manifest {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Manifest, Failure> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::configuration(format!(
                "cannot read {shown}: {error}\n  name another file with -f; gatewright export writes one"
            ))
        })?;
        Manifest::parse(&text)
            .map_err(|failure| Failure::configuration(format!("{shown} is not understood: {failure}")))
    }

    /// Reads the text of one.
    pub fn parse(text: &str) -> Result<Manifest, Failure> {
        if text.len() > MOST_BYTES {
            return Err(Failure::new("it is too large\n  split it into several files"));
        }
        let root: Value = serde_saphyr::from_str(text).map_err(|error| {
            let words = error.to_string();
            let indented: Vec<String> = words.lines().map(|line| format!("  {line}")).collect();
            Failure::new(indented.join("\n").trim_start().to_owned())
        })?;
        let root = match root {
            Value::Null => Map::new(),
            Value::Object(root) => root,
            _ => return Err(Failure::new("it has no sections\n  there are: resources, clients, webhooks")),
        };
        known(&root, &Kind::ALL.map(Kind::section), "the file")?;
        let mut entries = Vec::new();
        for kind in Kind::ALL {
            let list = match root.get(kind.section()) {
                None | Some(Value::Null) => continue,
                Some(Value::Array(list)) => list,
                Some(_) => {
                    let section = kind.section();
                    return Err(Failure::new(format!(
                        "{section} is no list\n  each entry begins with a dash"
                    )));
                }
            };
            let mut seen = BTreeSet::new();
            for (index, value) in list.iter().enumerate() {
                let entry = entry(kind, index, value)?;
                if !seen.insert(entry.identity.clone()) {
                    let what = format!("{} {}", kind.word(), clean(&entry.identity));
                    return Err(Failure::new(format!("{what} is there twice\n  leave one out")));
                }
                entries.push(entry);
            }
        }
        Ok(Manifest { entries })
    }
}

fn entry(kind: Kind, index: usize, value: &Value) -> Result<Entry, Failure> {
    let place = format!("{}[{index}]", kind.section());
    let Value::Object(members) = value else {
        return Err(Failure::new(format!("{place} has no members\n  write them as name: value")));
    };
    let identity = kind.identity();
    let named = members.get(identity).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(named) = named else {
        return Err(Failure::new(format!(
            "{place} has no {identity}\n  it says which {} is meant",
            kind.word()
        )));
    };
    let place = format!("{} {}", kind.word(), clean(named));
    let names: Vec<&str> = [identity].into_iter().chain(kind.members().names.iter().copied()).collect();
    known(members, &names, &place)?;
    for (list, inner) in kind.members().lists {
        for item in members.get(*list).and_then(Value::as_array).into_iter().flatten() {
            if let Value::Object(item) = item {
                known(item, inner, &format!("{list} of {place}"))?;
            }
        }
    }
    if members.get("enabled").is_some_and(|enabled| !enabled.is_boolean()) {
        return Err(Failure::new(format!("enabled of {place} is true or false\n  or leave it out")));
    }
    Ok(Entry { kind, identity: kind.canonical(named)?, members: members.clone() })
}

/// Refuses a member that nobody knows, with the one that was probably meant.
fn known(members: &Map<String, Value>, names: &[&str], place: &str) -> Result<(), Failure> {
    let Some(unknown) = members.keys().find(|member| !names.contains(&member.as_str())) else {
        return Ok(());
    };
    let likeness = |name: &&str| strsim::jaro_winkler(unknown, name);
    let nearest = names.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let advice = match nearest.filter(|name| likeness(name) > ALIKE) {
        Some(name) => format!("did you mean {name}?"),
        None => format!("there are: {}", names.join(", ")),
    };
    Err(Failure::new(format!("{place} has no member {}\n  {advice}", clean(unknown))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Manifest::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_read_in_the_order_of_making() {
        let text = "clients:\n  - client_id: a\n    client_name: A\nresources:\n  - resource: https://Mcp.test:443/x\n";
        let manifest = Manifest::parse(text).unwrap();
        let kinds: Vec<Kind> = manifest.entries.iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, [Kind::Resource, Kind::Client]);
        assert_eq!(manifest.entries[0].identity, "https://mcp.test/x");
        assert!(Manifest::parse("").unwrap().entries.is_empty());
        assert!(Manifest::parse("clients:\n").unwrap().entries.is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_what_was_meant() {
        assert!(wrong("cleints: []\n").contains("did you mean clients?"));
        assert!(
            wrong("clients:\n  - client_id: a\n    redirect_uri: [x]\n")
                .contains("did you mean redirect_uris?")
        );
        let scope =
            "resources:\n  - resource: https://a.test\n    scopes:\n      - name: x\n        descripton: y\n";
        assert!(wrong(scope).contains("did you mean description?"));
        assert!(wrong("clients:\n  - client_name: A\n").contains("clients[0] has no client_id"));
        assert!(wrong("clients:\n  - client_id: a\n  - client_id: a\n").contains("client a is there twice"));
        assert!(wrong("clients:\n  - client_id: a\n    client_id: b\n").contains("client_id"));
        assert!(wrong("clients: [\n").contains("\n  "), "with where it is");
        assert!(wrong("clients: x\n").contains("is no list"));
        assert!(wrong("resources:\n  - resource: http://a.test\n    enabled: maybe\n").contains("resource"));
    }
}

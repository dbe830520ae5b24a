//! What differs between two states of a thing, for people and for programs.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::output::clean;

/// A member that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Its name.
    pub member: String,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// What differs.
pub fn between(from: &Map<String, Value>, to: &Map<String, Value>) -> Vec<Difference> {
    let mut names: Vec<&String> =
        from.keys().chain(to.keys().filter(|name| !from.contains_key(*name))).collect();
    names.retain(|name| from.get(*name) != to.get(*name));
    names
        .into_iter()
        .map(|name| Difference {
            member: name.clone(),
            from: from.get(name).cloned(),
            to: to.get(name).cloned(),
        })
        .collect()
}

impl Difference {
    /// In a line, or in several where a list differs.
    pub fn lines(&self) -> Vec<String> {
        let member = &self.member;
        if let Some((from, to)) = self.lists() {
            return by_item(member, from, to);
        }
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => vec![format!("{member}: {} → {}", short(from), short(to))],
            (None, Some(to)) => vec![format!("{member}: {}", short(to))],
            (Some(from), None) => vec![format!("{member}: {} → nothing", short(from))],
            (None, None) => Vec::new(),
        }
    }

    /// Both lists, where one differs or one of objects comes.
    fn lists(&self) -> Option<(&[Value], &[Value])> {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => Some((from.as_array()?, to.as_array()?)),
            (None, Some(to)) if to[0].is_object() => Some((&[], to.as_array()?)),
            (None, _) | (Some(_), None) => None,
        }
    }
}

fn by_item(member: &str, from: &[Value], to: &[Value]) -> Vec<String> {
    let gone = from.iter().filter(|item| !to.contains(item)).map(|item| format!("  - {}", short(item)));
    let come = to.iter().filter(|item| !from.contains(item)).map(|item| format!("  + {}", short(item)));
    let mut lines = vec![format!("{member}:")];
    lines.extend(gone.chain(come));
    if lines.len() == 1 {
        lines.push("  in another order".to_owned());
    }
    lines
}

fn short(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text),
        Value::Array(items) => items.iter().map(short).collect::<Vec<_>>().join(", "),
        Value::Object(members) => object(members),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Its name, and in brackets what else there is to say.
fn object(members: &Map<String, Value>) -> String {
    let rest =
        members.iter().filter(|(member, _)| *member != "name").filter_map(|(member, value)| match value {
            Value::Bool(false) | Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            Value::Bool(true) => Some(clean(member)),
            Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Some(format!("{}: {}", clean(member), short(value)))
            }
        });
    let rest = rest.collect::<Vec<_>>().join(", ");
    match members.get("name").map(short) {
        None => rest,
        Some(name) if rest.is_empty() => name,
        Some(name) => format!("{name} ({rest})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn differences_are_told_by_member() {
        let from = map(&json!({ "name": "A", "uris": ["x", "y"], "same": 1, "gone": true }));
        let to = map(
            &json!({ "name": "B\u{1b}", "uris": ["y", "z"], "same": 1, "new": { "name": "n", "a": 1, "b": false, "c": true } }),
        );
        let lines: Vec<String> = between(&from, &to).iter().flat_map(Difference::lines).collect();
        assert_eq!(
            lines,
            ["gone: true → nothing", "name: A → B\\u{1b}", "uris:", "  - x", "  + z", "new: n (a: 1, c)"]
        );
        assert!(between(&to, &to).is_empty());
    }
}

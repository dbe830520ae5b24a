//! What the page about the API shows, made from the description ([`super::openapi`]) and so from the table.

use serde_json::Value;

use super::openapi;
use super::operation::{Operation, Takes, Wants};
use super::page::DocsPage;
use super::{RESOURCE_PATH, Scope, operations};
use crate::app::App;
use crate::web::html;
use crate::words::ENGLISH;

/// The documentation, whose table of codes the page shows.
const DOCUMENT: &str = include_str!("../../../../docs/admin-api.md");

/// Operations about one kind of thing.
#[derive(Debug)]
pub struct Group {
    /// The first part of their ids. The anchor is `of-` and this: an operation may be called like its kind.
    pub id: String,
    /// It in words.
    pub title: String,
    /// The operations.
    pub operations: Vec<Entry>,
}

/// One operation.
#[derive(Debug)]
pub struct Entry {
    /// Its id, which is also the anchor.
    pub id: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Its path, below the API.
    pub path: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else there is to know.
    pub description: &'static str,
    /// What the caller must be allowed to do.
    pub scope: &'static str,
    /// Whether a person must have signed in recently.
    pub wants_recent: bool,
    /// Path, query and header.
    pub parameters: Vec<Parameter>,
    /// What it takes.
    pub body: Option<Body>,
    /// What it answers.
    pub answer: Answer,
    /// How to ask for it.
    pub command: String,
}

impl Entry {
    /// The colour of its method.
    pub fn tone(&self) -> &'static str {
        match self.method {
            "POST" => "good",
            "PUT" | "PATCH" => "care",
            "DELETE" => "stop",
            _ => "",
        }
    }
}

/// One parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: String,
    /// What it means.
    pub about: String,
}

/// A body.
#[derive(Debug)]
pub struct Body {
    /// The media type.
    pub media_type: String,
    /// The type.
    pub schema: String,
    /// What it is of that type, where it is not one of it.
    pub form: &'static str,
}

/// What is answered when it is done.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: String,
    /// What that means.
    pub about: String,
    /// The type; of a list, that of its items.
    pub schema: Option<String>,
    /// Whether it is a page of a list.
    pub is_list: bool,
}

/// A type that travels.
#[derive(Debug)]
pub struct Schema {
    /// Its name, which is also the anchor.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Its members.
    pub members: Vec<Member>,
}

/// A member of a type.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its type in words.
    pub kind: String,
    /// The type it refers to, if it is one of these.
    pub refers: Option<String>,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub about: String,
}

/// What is said with a status.
#[derive(Debug)]
pub struct Codes {
    /// The status, or two of them.
    pub status: &'static str,
    /// The codes.
    pub codes: Vec<&'static str>,
}

/// The page.
pub fn page(app: &App) -> DocsPage {
    let described = openapi::description(&app.config);
    let api = app.config.url(RESOURCE_PATH);
    let mut groups: Vec<Group> = Vec::new();
    for operation in operations::all() {
        let id = operation.id.split('.').next().unwrap_or_default();
        let entry = entry(operation, &described, &api);
        match groups.iter_mut().find(|group| group.id == id) {
            Some(group) => group.operations.push(entry),
            None => groups.push(Group { id: id.to_owned(), title: title(id), operations: vec![entry] }),
        }
    }
    DocsPage {
        layout: html::layout_in(app, ENGLISH),
        api,
        version: env!("CARGO_PKG_VERSION"),
        groups,
        schemas: schemas(&described["components"]["schemas"]),
        scopes: Scope::ALL.iter().map(|scope| (scope.as_str(), scope.words())).collect(),
        codes: codes(),
    }
}

/// The table of codes in the documentation.
fn codes() -> Vec<Codes> {
    let table = DOCUMENT.split_once("| status | codes |\n|---|---|\n").map_or("", |(_, table)| table);
    let rows = table.lines().map_while(|line| line.strip_prefix("| ")?.split_once(" | "));
    rows.map(|(status, words)| Codes {
        status,
        codes: pieces(words)
            .filter(|piece| piece.is_code && is_code(piece.text))
            .map(|piece| piece.text)
            .collect(),
    })
    .collect()
}

/// Names of headers are capitals.
fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// `initial_tokens` as people write it.
fn title(id: &str) -> String {
    let words = id.replace('_', " ").replace("api", "API");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn entry(operation: &'static Operation, described: &Value, api: &str) -> Entry {
    let method = operation.method.as_str();
    let described = &described["paths"][operation.path][method.to_lowercase()];
    let parameters = described["parameters"].as_array().into_iter().flatten().map(|parameter| Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        about: text(&parameter["description"]),
    });
    let content = described["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
    let body = content.map(|(media_type, _)| Body {
        media_type: media_type.clone(),
        schema: openapi::body_name(operation).unwrap_or_default(),
        form: match operation.takes {
            Takes::Patch(_) => "a merge patch of ",
            Takes::Lines(_) => "lines of ",
            Takes::Nothing | Takes::Json(_) => "",
        },
    });
    let example = content.map(|(media_type, content)| (media_type.as_str(), &content["example"]));
    Entry {
        id: operation.id,
        method,
        path: operation.path,
        summary: operation.summary,
        description: operation.description,
        scope: operation.scope.as_str(),
        wants_recent: operation.wants == Wants::Recent,
        parameters: parameters.collect(),
        body,
        answer: answer(&described["responses"]),
        command: command(operation, api, example),
    }
}

fn answer(responses: &Value) -> Answer {
    let found = ["200", "201", "202", "204"].into_iter().find(|status| responses[status].is_object());
    let status = found.unwrap_or_default();
    let schema = &responses[status]["content"]["application/json"]["schema"];
    let items = &schema["properties"]["items"]["items"];
    Answer {
        status: status.to_owned(),
        about: text(&responses[status]["description"]),
        schema: referred(schema).or_else(|| referred(items)),
        is_list: items.is_object(),
    }
}

/// A line for a shell, with the example where there is one.
fn command(operation: &Operation, api: &str, example: Option<(&str, &Value)>) -> String {
    let method = operation.method.as_str();
    let verb = if operation.method.reads() { String::new() } else { format!("-X {method} ") };
    let mut lines = vec![format!("curl {verb}{api}{}", operation.path)];
    lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    if let Some((media_type, example)) = example {
        lines.push(format!("-H \"Content-Type: {media_type}\""));
        lines.push(match example {
            Value::String(rows) => format!("--data-binary '{}'", rows.trim_end()),
            body => format!("-d '{body:#}'"),
        });
    }
    lines.join(" \\\n  ")
}

fn schemas(all: &Value) -> Vec<Schema> {
    let all = all.as_object().into_iter().flatten();
    all.map(|(name, schema)| Schema {
        name: name.clone(),
        about: text(&schema["description"]),
        members: members(schema),
    })
    .collect()
}

/// Members of an object; of one that is made of others, of all of them.
fn members(schema: &Value) -> Vec<Member> {
    let mut all = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        match referred(part) {
            Some(name) => all.push(Member {
                name: "…".to_owned(),
                kind: "and all of".to_owned(),
                refers: Some(name),
                required: true,
                about: String::new(),
            }),
            None => all.extend(members(part)),
        }
    }
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let (kind, refers) = kind(member);
        all.push(Member {
            name: name.clone(),
            kind,
            refers,
            required: required.contains(&name.as_str()),
            about: text(&member["description"]),
        });
    }
    all
}

/// A type in words, and what it refers to.
fn kind(schema: &Value) -> (String, Option<String>) {
    if let Some(name) = referred(schema) {
        return (String::new(), Some(name));
    }
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(one) = choices.into_iter().flatten().find(|choice| choice["type"] != "null") {
        return kind(one);
    }
    let named = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").map(text).unwrap_or_default(),
        one => text(one),
    };
    if named == "array" {
        let (of, refers) = kind(&schema["items"]);
        return (if of.is_empty() { "list of".to_owned() } else { format!("list of {of}") }, refers);
    }
    let words = match schema["format"].as_str() {
        Some("date-time") => "time".to_owned(),
        Some("uuid") => "UUID".to_owned(),
        Some("uri") => "URI".to_owned(),
        Some(_) | None => named,
    };
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().filter(|value| !value.is_null()).map(text).collect();
        return (values.join(" | "), None);
    }
    let bound = |name: &str| schema[name].as_i64();
    let words = match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => format!("{words}, {least} to {most}"),
        (Some(least), None) if least != 0 => format!("{words}, at least {least}"),
        (None | Some(_), _) => words,
    };
    (words, None)
}

fn referred(schema: &Value) -> Option<String> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/").map(str::to_owned)
}

/// A part of a text.
#[derive(Debug)]
pub struct Piece<'a> {
    /// Whether it stood between backticks.
    pub is_code: bool,
    /// It, without them.
    pub text: &'a str,
}

/// The parts of a text that writes code between backticks.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let parts = text.split('`').enumerate().map(|(n, text)| Piece { is_code: n % 2 == 1, text });
    parts.filter(|piece| !piece.text.is_empty())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_documentation() {
        let codes = codes();
        assert!(codes.len() >= 8);
        assert!(codes.iter().all(|row| !row.status.is_empty() && !row.codes.is_empty()), "{codes:?}");
        let row = codes.iter().find(|row| row.status == "412, 422").unwrap();
        assert_eq!(row.codes, ["changed", "idempotency_key_reused"]);
        assert!(codes.iter().flat_map(|row| &row.codes).all(|code| code.is_ascii()));
    }
}

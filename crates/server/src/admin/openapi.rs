//! The description of the API (`OpenAPI` 3.1), made from the table of operations and the types that travel.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::http::{DRY_RUN, LINES, OF_LISTS};
use super::operation::{Body, Gives, Operation, Takes, Wants};
use super::outcomes::Outcomes;
use super::problem::Shown;
use super::{RESOURCE_PATH, Scope, cursor, examples, operations};
use crate::config::Config;

/// The document, as JSON text.
pub fn document(config: &Config) -> String {
    description(config).to_string()
}

/// The document.
pub fn description(config: &Config) -> Value {
    let mut schemas = BTreeMap::new();
    collect(&Body::of::<Shown>(), &mut schemas);
    let mut paths: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
    for operation in operations::all() {
        let method = operation.method.as_str().to_lowercase();
        paths.entry(operation.path).or_default().insert(method, described(operation, &mut schemas));
    }
    let scopes: BTreeMap<&str, &str> =
        Scope::ALL.iter().map(|scope| (scope.as_str(), scope.words())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Gatewright admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Everything an operator does, for programs.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": config.url(RESOURCE_PATH) }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "api_key": { "type": "http", "scheme": "bearer", "description": "An API key: gw_ak_…" },
                "oauth": {
                    "type": "oauth2",
                    "description": "An access token of this server for this API.",
                    "flows": { "authorizationCode": {
                        "authorizationUrl": config.url("/authorize"),
                        "tokenUrl": config.url("/token"),
                        "refreshUrl": config.url("/token"),
                        "scopes": scopes,
                    } },
                },
            },
        },
    })
}

const ABOUT: &str = "Times are RFC 3339 in UTC. Lists are read page by page: `next` of one answer is `cursor` of the \
    next request. Updates are merge patches (RFC 7396) and take `If-Match`. Every change takes `Idempotency-Key` and \
    `dry_run=true`, which does everything and undoes it. What is wrong is told as a problem (RFC 9457) with a `code` \
    that does not change.";

fn described(operation: &Operation, schemas: &mut BTreeMap<String, Value>) -> Value {
    let tag = operation.id.split('.').next().unwrap_or_default();
    let scope = operation.scope.as_str();
    let recent = match operation.wants {
        Wants::Anybody => "",
        Wants::Recent => " A person must have signed in within the last 15 minutes (RFC 9470).",
    };
    let mut described = json!({
        "operationId": operation.id,
        "tags": [tag],
        "summary": operation.summary,
        "description": format!("{} Takes the scope `{scope}`.{recent}", operation.description).trim_start(),
        "security": [{ "api_key": [] }, { "oauth": [scope] }],
        "parameters": parameters(operation),
        "responses": responses(operation, schemas),
    });
    let body = match operation.takes {
        Takes::Nothing => None,
        Takes::Json(body) => Some(("application/json", refer(&body, schemas))),
        Takes::Patch(body) => {
            refer(&body, schemas);
            let about =
                format!("A merge patch of {}: what is absent stays, what is null goes.", (body.name)());
            Some(("application/merge-patch+json", json!({ "type": "object", "description": about })))
        }
        Takes::Lines(body) => {
            refer(&body, schemas);
            let about = format!("Objects like {}, one a line.", (body.name)());
            Some((LINES[0], json!({ "type": "string", "description": about })))
        }
    };
    if let Some((kind, schema)) = body {
        let mut content = json!({ "schema": schema });
        if let Some(example) = examples::of(operation.id) {
            content["example"] = example;
        }
        described["requestBody"] = json!({ "required": true, "content": { kind: content } });
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let mut all: Vec<Value> = names_in(operation.path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    all.extend(operation.query.iter().map(|parameter| {
        let schema = json!({ "type": "string" });
        json!({ "name": parameter.name, "in": "query", "description": parameter.description, "schema": schema })
    }));
    if operation.is_list() {
        let [limit, cursor] = OF_LISTS;
        let schema = json!({ "type": "integer", "minimum": 1, "maximum": cursor::MOST, "default": 50 });
        all.push(
            json!({ "name": limit, "in": "query", "description": "Items on a page.", "schema": schema }),
        );
        let about = "`next` of the page before.";
        all.push(
            json!({ "name": cursor, "in": "query", "description": about, "schema": { "type": "string" } }),
        );
    }
    if !operation.method.reads() {
        let schema = json!({ "type": "boolean", "default": false });
        let about = "Do everything, show the result, and undo it.";
        all.push(json!({ "name": DRY_RUN, "in": "query", "description": about, "schema": schema }));
    }
    if !operation.method.reads() && !matches!(operation.takes, Takes::Lines(_)) {
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" });
        let about = "Done at most once; the answer is kept for 24 hours.";
        all.push(
            json!({ "name": "Idempotency-Key", "in": "header", "description": about, "schema": schema }),
        );
    }
    if operation.can_be_brief() {
        let schema = json!({ "type": "string", "enum": ["return=minimal", "return=representation"] });
        let about = "`return=minimal`: 204 without a body, unless it shows a secret (RFC 7240).";
        all.push(json!({ "name": "Prefer", "in": "header", "description": about, "schema": schema }));
    }
    if operation.is_conditional() {
        let about = "Only if it is still what was read.";
        all.push(
            json!({ "name": "If-Match", "in": "header", "description": about, "schema": { "type": "string" } }),
        );
    }
    all
}

/// The name of what an operation takes.
pub fn body_name(operation: &Operation) -> Option<String> {
    match operation.takes {
        Takes::Nothing => None,
        Takes::Json(body) | Takes::Patch(body) | Takes::Lines(body) => Some((body.name)().into_owned()),
    }
}

/// The names in a path.
pub fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn responses(operation: &Operation, schemas: &mut BTreeMap<String, Value>) -> Value {
    let content = |schema: Value| json!({ "application/json": { "schema": schema } });
    let (status, done) = match operation.gives {
        Gives::Nothing => ("204", json!({ "description": "Done." })),
        Gives::One(body) => {
            ("200", json!({ "description": "What it is now.", "content": content(refer(&body, schemas)) }))
        }
        Gives::Created(body) => {
            let location = json!({ "Location": { "schema": { "type": "string", "format": "uri" } } });
            let content = content(refer(&body, schemas));
            ("201", json!({ "description": "What was made.", "headers": location, "content": content }))
        }
        Gives::Outcomes | Gives::Each => {
            let description = "What became of each.";
            (
                "200",
                json!({ "description": description, "content": content(refer(&Body::of::<Outcomes>(), schemas)) }),
            )
        }
        Gives::List(body) => {
            let items = json!({ "type": "array", "items": refer(&body, schemas) });
            let next =
                json!({ "type": "string", "description": "`cursor` of the next page, if there is one." });
            let list = json!({
                "type": "object", "required": ["items"], "properties": { "items": items, "next": next },
            });
            ("200", json!({ "description": "A page.", "content": content(list) }))
        }
        Gives::Flow(kinds) => {
            let text = |kind: &&'static str| ((*kind).to_owned(), json!({ "schema": { "type": "string" } }));
            let content: serde_json::Map<String, Value> = kinds.iter().map(text).collect();
            ("200", json!({ "description": "All of it.", "content": content }))
        }
    };
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    let problem = json!({ "description": "Why not.", "content": { "application/problem+json": { "schema": problem } } });
    let mut wrong = problem.clone();
    // What is turned away before it gets here: ambiguous paths, two hosts.
    wrong["content"]["text/plain"] = json!({ "schema": { "type": "string" } });
    let mut all = json!({ status: done, "400": wrong, "default": problem });
    if operation.can_be_brief() {
        all["204"] = json!({ "description": "Done, for who prefers `return=minimal`." });
    }
    all
}

fn refer(body: &Body, schemas: &mut BTreeMap<String, Value>) -> Value {
    collect(body, schemas);
    json!({ "$ref": format!("#/components/schemas/{}", (body.name)()) })
}

fn collect(body: &Body, schemas: &mut BTreeMap<String, Value>) {
    let name = (body.name)().into_owned();
    if schemas.contains_key(&name) {
        return;
    }
    let mut all = vec![(name, (body.schema)())];
    (body.others)(&mut all);
    for (name, schema) in all {
        schemas.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
}

//! The description is what the API does.

use std::collections::{BTreeMap, BTreeSet};

use gatewright_server::admin::openapi::{description, names_in};
use gatewright_server::admin::operations;
use gatewright_tests::World;
use serde_json::Value;

#[tokio::test]
async fn every_route_is_described_and_every_reference_leads_somewhere() {
    let world = World::new().await;
    let page = world.get("/admin/v1/openapi.json").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "application/json"));
    let document = page.json();
    assert_eq!(document, description(&world.app.config));
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for operation in operations::all() {
        let described = &document["paths"][operation.path][operation.method.as_str().to_lowercase()];
        assert_eq!(described["operationId"], operation.id);
        assert!(ids.insert(operation.id), "{} is there twice", operation.id);
        assert!(described["security"][1]["oauth"][0] == operation.scope.as_str(), "{described}");
        assert!(!operation.summary.is_empty() && !operation.summary.ends_with('.'), "{}", operation.id);
        for name in names_in(operation.path) {
            let parameters = described["parameters"].as_array().unwrap();
            assert!(
                parameters.iter().any(|parameter| parameter["name"] == name && parameter["in"] == "path")
            );
        }
    }
    let count: usize =
        document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(count, ids.len(), "nothing is described that is not there");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > ids.len());
    for reference in references {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{reference}");
    }
    for (name, schema) in schemas {
        undescribed(name, schema);
    }
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.push(reference.clone());
            }
            members.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every member says what it is.
fn undescribed(name: &str, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else { return };
    for (member, schema) in properties {
        let says = schema["description"].is_string()
            || schema["$ref"].is_string()
            || schema["oneOf"].as_array().is_some_and(|options| !options.is_empty());
        assert!(says, "{name}.{member}: {schema}");
    }
}

/// The contract, in a line each. A change here is a change every program sees.
#[test]
fn the_routes_are_these() {
    let mut lines = BTreeMap::new();
    for operation in operations::all() {
        let line =
            format!("{:6} {:40} {}", operation.method.as_str(), operation.path, operation.scope.as_str());
        lines.insert(operation.id, line);
    }
    let text: Vec<String> = lines.into_iter().map(|(id, line)| format!("{id:24} {line}")).collect();
    insta::assert_snapshot!(text.join("\n"));
}

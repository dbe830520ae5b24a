//! The threat catalogue (docs/threats.toml) against the tests that exist.
//!
//! A test belongs to a row when its name starts with the row's id, wherever in the workspace it
//! stands: `az_01_unknown_clients_share_one_error_page` is a test of AZ-01. docs/threats.md is written
//! from both; `UPDATE_DOCS=1 cargo test -p gatewright-tests --test it threats` rewrites it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::tidy::tree::{Findings, file, root, rust};

const DOCUMENT: &str = "docs/threats.md";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    title: String,
    /// Whether a row without a test and without a reason fails the build.
    #[serde(default)]
    required: bool,
    /// Why every row of the group waits.
    waits: Option<String>,
    rows: BTreeMap<String, Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    attack: String,
    waits: Option<String>,
    ruled: Option<String>,
}

/// A test function named after a row.
struct Test {
    name: String,
    path: &'static str,
}

type Tests = BTreeMap<String, Vec<Test>>;

/// What is known about a row.
enum State<'a> {
    Covered(&'a [Test]),
    Waiting(&'a str),
    Uncovered,
}

fn catalogue() -> Catalogue {
    let text = file("docs/threats.toml").map(|file| file.text.as_str()).unwrap_or_default();
    toml::from_str(text).unwrap_or_else(|error| panic!("docs/threats.toml: {error}"))
}

/// `az_01_rest` belongs to `AZ-01`.
fn row_of(test: &str) -> Option<String> {
    let mut parts = test.splitn(3, '_');
    let (group, number, _) = (parts.next()?, parts.next()?, parts.next()?);
    let looks_right = group.len() == 2
        && number.len() == 2
        && group.chars().all(|c| c.is_ascii_lowercase())
        && number.chars().all(|c| c.is_ascii_digit());
    looks_right.then(|| format!("{}-{number}", group.to_uppercase()))
}

/// Every test function of the workspace that is named after a row, by row.
fn tests() -> Tests {
    let mut tests = Tests::new();
    for file in rust() {
        let mut marked = false;
        for (_, code) in file.code() {
            let code = code.trim_start();
            let attribute = code.starts_with("#[");
            marked |= attribute && (code.contains("test]") || code.contains("::test("));
            let after_fn = code.split_once("fn ").map(|(_, rest)| rest);
            let name = after_fn.and_then(|rest| rest.split(['(', '<']).next());
            if let Some(name) = name.filter(|_| !attribute) {
                if let Some(row) = row_of(name).filter(|_| marked) {
                    tests.entry(row).or_default().push(Test { name: name.to_owned(), path: &file.path });
                }
                marked = false;
            }
        }
    }
    tests
}

impl Group {
    fn state<'a>(&'a self, id: &str, row: &'a Row, tests: &'a Tests) -> State<'a> {
        match (tests.get(id), row.waits.as_ref().or(self.waits.as_ref())) {
            (Some(found), _) => State::Covered(found),
            (None, Some(reason)) => State::Waiting(reason),
            (None, None) => State::Uncovered,
        }
    }
}

fn row_text(group: &Group, id: &str, row: &Row, tests: &Tests) -> String {
    let mut text = match group.state(id, row, tests) {
        State::Covered(found) => {
            let links = found.iter().map(|test| format!("[`{}`](../{})", test.name, test.path));
            links.collect::<Vec<_>>().join("<br>")
        }
        State::Waiting(reason) => format!("waits: {reason}"),
        State::Uncovered => "**uncovered**".to_owned(),
    };
    if let (Some(reason), true) = (&row.waits, tests.contains_key(id)) {
        let _ = write!(text, "<br>in part waits: {reason}");
    }
    if let Some(ruling) = &row.ruled {
        let _ = write!(text, "<br>ruled: {ruling}");
    }
    format!("| {id} | {} | {text} |\n", row.attack)
}

fn document(catalogue: &Catalogue, tests: &Tests) -> String {
    let mut summary = String::new();
    let mut chapters = String::new();
    let mut total = [0; 4];
    for group in &catalogue.group {
        let mut counts = [group.rows.len(), 0, 0, 0];
        let _ = write!(
            chapters,
            "\n## {}: {}\n\n| row | attack | shown by |\n|---|---|---|\n",
            group.name, group.title
        );
        for (id, row) in &group.rows {
            let column = match group.state(id, row, tests) {
                State::Covered(_) => 1,
                State::Waiting(_) => 2,
                State::Uncovered => 3,
            };
            counts[column] += 1;
            chapters.push_str(&row_text(group, id, row, tests));
        }
        let [rows, covered, waiting, open] = counts;
        let _ = writeln!(
            summary,
            "| {} | {} | {rows} | {covered} | {waiting} | {open} |",
            group.name, group.title
        );
        for (sum, count) in total.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let [rows, covered, waiting, open] = total;
    let _ = writeln!(summary, "| | all | {rows} | {covered} | {waiting} | {open} |");
    format!(
        "# Threats\n\n\
         <!-- Written by tests/it/threats.rs from docs/threats.toml and the names of the tests; do not edit. -->\n\n\
         Each row is an attack this project has decided to answer. A row is covered by the tests that are named after it. \
         A row waits when the part of the server it speaks of does not exist yet. \
         \"ruled\" tells where a decision of this project changes what the row asks.\n\n\
         `UPDATE_DOCS=1 cargo test -p gatewright-tests --test it threats` rewrites this page.\n\n\
         | | group | rows | covered | waiting | uncovered |\n|---|---|---|---|---|---|\n{summary}{chapters}"
    )
}

#[test]
fn the_document_is_current() {
    let written = document(&catalogue(), &tests());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(DOCUMENT), &written).unwrap();
        return;
    }
    let committed = file(DOCUMENT).map(|file| file.text.as_str()).unwrap_or_default();
    assert!(
        committed == written,
        "\n{DOCUMENT} is stale. Rewrite it and commit it with the tests:\n  \
         UPDATE_DOCS=1 cargo test -p gatewright-tests --test it threats\n"
    );
}

#[test]
fn every_required_row_has_a_test_or_a_reason() {
    let mut findings = Findings::new(
        "These attacks have neither a test nor a reason. Write a test whose name starts with the row's id\n\
         (az_01_…), or say in docs/threats.toml what the row `waits` for.",
    );
    let (catalogue, tests) = (catalogue(), tests());
    for group in catalogue.group.iter().filter(|group| group.required) {
        for (id, row) in &group.rows {
            if matches!(group.state(id, row, &tests), State::Uncovered) {
                findings.note(format!("{id}: {}", row.attack));
            }
        }
    }
    findings.finish();
}

#[test]
fn every_test_named_after_a_row_names_one_that_exists() {
    let mut findings = Findings::new(
        "These tests are named after rows that docs/threats.toml does not have: correct the name or add the row.",
    );
    let catalogue = catalogue();
    for group in &catalogue.group {
        for id in group.rows.keys().filter(|id| !id.starts_with(&format!("{}-", group.name))) {
            findings.note(format!("{id} stands in group {}", group.name));
        }
    }
    for (row, found) in tests() {
        if !catalogue.group.iter().any(|group| group.rows.contains_key(&row)) {
            findings.note(
                found
                    .iter()
                    .map(|test| format!("{}: {}", test.path, test.name))
                    .collect::<Vec<_>>()
                    .join(", "),
            );
        }
    }
    findings.finish();
}

#[test]
fn a_test_belongs_to_the_row_it_is_named_after() {
    assert_eq!(row_of("az_01_unknown_client").as_deref(), Some("AZ-01"));
    assert_eq!(row_of("az_01"), None);
    assert_eq!(row_of("crate_names_are_found"), None);
    assert_eq!(row_of("az_1_x"), None);
}

//! docs/monitoring.md, the alerts and the dashboard against the metrics that exist.
//!
//! The table in the document is made from the one in the code; `UPDATE_DOCS=1 cargo test -p gatewright-tests --test it
//! monitoring` rewrites it. That a running server tells exactly these metrics is tested with the program.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use gatewright_server::meters::{self, Kind};
use serde_json::Value;

use crate::tidy::tree::{file, root};

const DOCUMENT: &str = "docs/monitoring.md";
const HEAD: &str = "| metric | kind | labels | tells |\n|---|---|---|---|\n";

fn text(path: &str) -> &'static str {
    file(path).map_or_else(|| panic!("there is no {path}"), |file| file.text.as_str())
}

#[test]
fn every_metric_is_documented() {
    let document = text(DOCUMENT);
    let (before, rest) = document.split_once(HEAD).expect("the table of metrics");
    let rows = rest.lines().take_while(|line| line.starts_with('|')).map(|line| line.len() + 1).sum();
    let (table, after): (&str, &str) = rest.split_at(rows);
    let mut expected = String::new();
    for metric in meters::ALL {
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let kind = metric.kind.as_str();
        writeln!(expected, "| `{}` | {kind} | {labels} | {} |", metric.name, metric.about).unwrap();
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(DOCUMENT), format!("{before}{HEAD}{expected}{after}")).unwrap();
    } else {
        assert_eq!(table, expected, "UPDATE_DOCS=1 cargo test -p gatewright-tests --test it monitoring");
    }
}

#[test]
fn names_are_as_prometheus_wants_them() {
    let mut seen = BTreeSet::new();
    for metric in meters::ALL {
        let name = metric.name;
        assert!(seen.insert(name), "{name} is there twice");
        assert!(name.starts_with("gatewright_") || name.starts_with("process_"), "{name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
        // Base units only.
        for unit in ["_ms", "_millis", "_micros", "_minutes", "_hours", "_days", "_kib", "_mib"] {
            assert!(!name.contains(unit), "{name}");
        }
        // What Prometheus puts on every series itself.
        assert!(!metric.labels.iter().any(|label| ["job", "instance", "le"].contains(label)), "{name}");
    }
}

/// The metrics that expressions name.
fn named(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("gatewright_") || word.starts_with("process_"))
        .collect()
}

/// Whether there is such a metric; of histograms, such a series.
fn exists(name: &str) -> bool {
    meters::ALL.iter().any(|metric| match metric.kind {
        Kind::Counter | Kind::Gauge => name == metric.name,
        Kind::Histogram => {
            let end = name.strip_prefix(metric.name);
            end.is_some_and(|end| ["_bucket", "_sum", "_count"].contains(&end))
        }
    })
}

#[test]
fn alerts_name_metrics_that_exist_and_each_is_explained() {
    let (alerts, document) = (text("docs/monitoring/alerts.yaml"), text(DOCUMENT));
    for name in named(alerts) {
        assert!(exists(name), "alerts.yaml names {name}, which no server tells");
    }
    let rules: Vec<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let explained: Vec<&str> = document
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .filter(|title| title.starts_with("Gatewright"))
        .collect();
    assert_eq!(rules, explained, "each alert is explained, in the same order");
    assert!(rules.len() > 10);
    for rule in alerts.split("- alert: ").skip(1) {
        let name = rule.lines().next().unwrap();
        let severity = ["page", "ticket"].into_iter().find(|it| rule.contains(&format!("severity: {it} ")));
        let severity = severity.unwrap_or_else(|| panic!("{name} is for nobody"));
        let told = document.split(&format!("### {name}\n\n*")).nth(1).unwrap().to_lowercase();
        assert!(told.starts_with(severity), "{name} is a {severity}");
        assert!(rule.contains("expr:") && rule.contains("summary:"), "{name}");
    }
}

#[test]
fn the_dashboard_names_metrics_that_exist() {
    let dashboard: Value = serde_json::from_str(text("docs/monitoring/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut shown = BTreeSet::new();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        let title = panel["title"].as_str().unwrap();
        assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{title}");
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let names = named(expression);
            assert!(!names.is_empty(), "{title}: {expression}");
            for name in names {
                assert!(exists(name), "{title} names {name}, which no server tells");
                shown.insert(name.trim_end_matches("_bucket").trim_end_matches("_count"));
            }
        }
    }
    for metric in meters::ALL {
        assert!(shown.contains(metric.name), "{} is nowhere on the dashboard", metric.name);
    }
}

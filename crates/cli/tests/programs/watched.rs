//! What a running server tells those who watch it: the metrics that are documented and no others, and a log that
//! programs can read.

use std::collections::{BTreeMap, BTreeSet};

use gatewright_server::meters::{self, Kind};
use reqwest::Client;
use rustix::process::Signal;
use serde_json::Value;

use super::process::{Process, client};
use super::serve::{LISTENS, configure};

/// The families of an exposition, with the labels seen in each.
fn families(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut all: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            kind.clone_into(&mut all.entry(name.to_owned()).or_default().0);
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end).filter(|base| all.contains_key(*base)))
            .unwrap_or(name);
        let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
        let names =
            labels.map(|label| label.split_once('=').unwrap().0.to_owned()).filter(|name| name != "le");
        all.get_mut(family).unwrap_or_else(|| panic!("no type: {line}")).1.extend(names);
    }
    all
}

async fn text(http: &Client, url: &str) -> String {
    http.get(url).send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ds_09_bad_requests_do_not_fill_the_log_and_are_counted_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let (port, admin) = configure(place.path(), "http");
    let file = place.path().join("gatewright.toml");
    let quieter = std::fs::read_to_string(&file).unwrap().replace("level = \"debug\"", "level = \"info\"");
    std::fs::write(&file, quieter).unwrap();
    let mut process = Process::start(place.path(), &["serve"]);
    process.until_it_says(LISTENS);
    let (http, begun) = (client(None), std::time::Instant::now());
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (http, url) = (http.clone(), format!("http://localhost:{port}/nowhere"));
        flood.spawn(async move {
            for _ in 0..500 {
                assert_eq!(http.get(&url).send().await.unwrap().status(), 404);
            }
        });
    }
    while let Some(ended) = flood.join_next().await {
        ended.unwrap();
    }
    let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap() + 2;
    let told = text(&http, &format!("http://127.0.0.1:{admin}/metrics")).await;
    assert!(told.contains("gatewright_requests_total{route=\"-\",status=\"404\"} 4000"), "{told}");
    assert!(process.stop_and_listen(Signal::TERM).success());
    let lines = process.said().lines().filter(|line| line.contains("status=404")).count();
    let left_out = told.lines().find_map(|line| line.strip_prefix("gatewright_log_lines_left_out_total "));
    let left_out: usize = left_out.unwrap().parse().unwrap();
    assert_eq!(lines + left_out, 4000, "a line or a count for each");
    // Two threads that meet at the turn of a second may each begin it.
    assert!(lines <= 110 * seconds, "{lines} lines in {seconds} seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_what_is_documented_and_nothing_a_stranger_said() {
    let place = tempfile::tempdir().unwrap();
    let (port, admin) = configure(place.path(), "http");
    let file = place.path().join("gatewright.toml");
    let told = std::fs::read_to_string(&file).unwrap().replace("level = \"debug\"", "format = \"json\"");
    std::fs::write(&file, told).unwrap();
    let mut process = Process::start(place.path(), &["serve"]);
    process.until_it_says(LISTENS);
    let (http, url) = (client(None), format!("http://localhost:{port}"));
    let form = [("grant_type", "made-by-a-stranger"), ("client_id", "made-by-a-stranger")];
    let refused = http.post(format!("{url}/token")).form(&form).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let number = refused.headers()["x-request-id"].to_str().unwrap().to_owned();
    let nowhere = http.get(format!("{url}/made-by-a-stranger?made-by-a-stranger=1")).send().await.unwrap();
    assert_eq!(nowhere.status(), 404);

    let told = text(&http, &format!("http://127.0.0.1:{admin}/metrics")).await;
    let families = families(&told);
    for metric in meters::ALL {
        let (kind, labels) =
            families.get(metric.name).unwrap_or_else(|| panic!("{} is not told:\n{told}", metric.name));
        assert_eq!(kind, metric.kind.as_str(), "{}", metric.name);
        let documented: BTreeSet<String> = metric.labels.iter().map(|label| (*label).to_owned()).collect();
        assert_eq!(labels, &documented, "{}", metric.name);
        let is_total = metric.name.ends_with("_total");
        assert_eq!(is_total, metric.kind == Kind::Counter, "{}: counters end in _total", metric.name);
        assert!(told.contains(&format!("# HELP {} {}", metric.name, metric.about)), "{}", metric.name);
    }
    for name in families.keys() {
        assert!(meters::ALL.iter().any(|metric| metric.name == name), "{name} is not documented");
    }
    for line in [
        "gatewright_tokens_total{grant=\"other\",outcome=\"invalid_client\"} 1",
        "gatewright_refusals_total{route=\"/token\",rule=\"invalid_client\"} 1",
        "gatewright_refusals_total{route=\"-\",rule=\"not_found\"} 1",
        "gatewright_tokens_total{grant=\"refresh_token\",outcome=\"issued\"} 0",
        "gatewright_job_failures_total{name=\"audit.seal\"} 0",
    ] {
        assert!(told.contains(line), "no {line} in:\n{told}");
    }
    // Two requests, over one connection or two: the client may not have it back yet when it asks again.
    let open =
        told.lines().find_map(|line| line.strip_prefix("gatewright_connections{listener=\"public\"} "));
    assert!(matches!(open, Some("1" | "2")), "{open:?} connections in:\n{told}");
    assert!(!told.contains("made-by-a-stranger"), "{told}");

    assert!(process.stop_and_listen(Signal::TERM).success());
    let lines: Vec<Value> = process.said().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["request"] == *number).expect("a line of that request");
    for (field, value) in [("method", "POST"), ("route", "/token"), ("level", "INFO"), ("message", "request")]
    {
        assert_eq!(line[field], value, "{line}");
    }
    assert_eq!(
        (&line["status"], &line["reads"], &line["writes"]),
        (&401.into(), &1.into(), &0.into()),
        "{line}"
    );
    assert!(line["micros"].is_u64() && line["peer"].is_string() && line["timestamp"].is_string(), "{line}");
    assert!(!process.said().contains("made-by-a-stranger"), "{}", process.said());
}

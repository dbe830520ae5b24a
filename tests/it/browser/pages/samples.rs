//! Every page that has a snapshot, in every language and from right to left, in a real Chromium at 320 px; in English
//! with axe, light and dark, and an HTML validator. The pages are those that the unit tests of the server left in
//! `target/pages`; that they are today's is checked first.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use gatewright_server::web::assets;
use gatewright_server::web::headers::PAGE_POLICY;
use gatewright_tests::browser::Browser;
use gatewright_tests::tools::Tools;
use serde_json::json;

use super::screenshots;
use super::site::Site;
use crate::tidy::tree::{file, files};

/// Pages without a snapshot, which `tour` looks at as they are served.
const TOURED: [&str; 1] = ["AdminDocs"];

const ADVICE: &str =
    "run `cargo test -p gatewright-server --lib` first: it leaves there what is looked at here";

fn pages() -> PathBuf {
    let mut folder = screenshots();
    folder.set_file_name("pages");
    folder
}

/// The bodies of all snapshots of whole pages, blanked as the samples' names were made from them.
fn snapshots() -> impl Iterator<Item = &'static str> {
    files()
        .iter()
        .filter(|file| file.path.starts_with("crates/server/src/") && file.is(&["snap"]))
        .filter_map(|file| file.text.splitn(3, "---\n").nth(2))
        .filter(|body| body.starts_with("<!doctype html>"))
        .map(str::trim)
}

/// Every kind of page there is.
fn kinds() -> BTreeSet<&'static str> {
    let source = &file("crates/server/src/web/page.rs").unwrap().text;
    let (_, rest) = source.split_once("pub enum Kind {").unwrap();
    let (variants, _) = rest.split_once("\n}").unwrap();
    variants.lines().filter_map(|line| line.trim().strip_suffix(',')).collect()
}

/// The samples of today, as `Kind.version`.
fn samples() -> BTreeSet<String> {
    let versions: BTreeSet<String> =
        snapshots().map(|body| assets::address("", body.as_bytes()).replace("?v=", "")).collect();
    assert!(versions.len() > 40, "{versions:?}");
    let kept =
        std::fs::read_dir(pages()).unwrap_or_else(|error| panic!("{}: {error}; {ADVICE}", pages().display()));
    let names: BTreeSet<String> = kept
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".en.html").map(str::to_owned))
        .filter(|name| name.split_once('.').is_some_and(|(_, version)| versions.contains(version)))
        .collect();
    let found: BTreeSet<&str> = names.iter().filter_map(|name| Some(name.split_once('.')?.1)).collect();
    let missing: Vec<&String> = versions.iter().filter(|version| !found.contains(version.as_str())).collect();
    assert!(missing.is_empty(), "{} of {} pages are not there: {ADVICE}", missing.len(), versions.len());
    names
}

/// Whether the files are older than the texts they were made of.
fn assert_fresh(names: &BTreeSet<String>) {
    let root = crate::tidy::tree::root();
    let texts = files().iter().filter(|file| file.path.starts_with("locales/"));
    let changed = |path: PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
    let newest = texts.map(|file| changed(root.join(&file.path))).max().unwrap();
    for name in names {
        assert!(
            changed(pages().join(format!("{name}.en.html"))) >= newest,
            "a text has changed since: {ADVICE}"
        );
    }
}

async fn site() -> Site {
    let page = async |Path(name): Path<String>| {
        let html = std::fs::read_to_string(pages().join(name)).unwrap();
        // The script of such a page would send its form; here somebody looks at it.
        let html = html.replace("<script ", "<template data-script ").replace("</script>", "</template>");
        ([(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)], Html(html))
    };
    let routes = assets::ALL.into_iter().fold(Router::new(), |routes, asset| {
        let answer = ([(header::CONTENT_TYPE, asset.media_type)], asset.bytes);
        routes.route(asset.path, get(async move || answer.into_response()))
    });
    let nothing = async || ([(header::CONTENT_TYPE, "image/svg+xml")], assets::MARK.bytes);
    Site::serve(routes.route("/pages/{name}", get(page)).fallback(nothing)).await
}

#[test]
fn every_kind_of_page_has_a_sample() {
    let shown: BTreeSet<String> =
        samples().iter().filter_map(|name| Some(name.split_once('.')?.0.to_owned())).collect();
    let missing: Vec<&str> =
        kinds().into_iter().filter(|kind| !shown.contains(*kind) && !TOURED.contains(kind)).collect();
    assert!(missing.is_empty(), "no snapshot of {missing:?}: make one with `web::page::samples::document`");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_in_every_language() {
    let names = samples();
    assert_fresh(&names);
    let site = site().await;
    let browser = Browser::start(&Tools::find()).await;
    let folder = screenshots().join("languages");
    std::fs::create_dir_all(&folder).unwrap();
    let languages = gatewright_server::words::ALL.map(gatewright_server::words::Words::tag);
    let mut pictured = BTreeSet::new();
    let mut samples = Vec::new();
    for name in &names {
        let kind = name.split('.').next().unwrap();
        for language in languages.into_iter().chain(["rtl"]) {
            let url = site.url("127.0.0.1", &format!("/pages/{name}.{language}.html"));
            // One picture of each kind of page in each language; `tour` takes those in English.
            let picture = pictured.insert((kind, language));
            let axe = language == "en";
            samples.push(
                json!({ "name": format!("{name}.{language}"), "url": url, "axe": axe, "picture": picture }),
            );
        }
    }
    let request = json!({ "samples": samples, "screenshots": folder });
    let seen = browser.request_within(request, Duration::from_mins(8)).await;
    let findings: Vec<&str> = seen["findings"]
        .as_array()
        .unwrap_or_else(|| panic!("{seen:#}"))
        .iter()
        .filter_map(|f| f.as_str())
        .collect();
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

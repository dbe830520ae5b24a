//! Documents agree with the code and with each other.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{File, Findings, file, files, root};

fn documents() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.is(&["md"]) && !file.path.starts_with("tests/interop/"))
}

/// The direct dependencies a manifest names, `[dev-dependencies]` and `[build-dependencies]` included.
pub(crate) fn direct_dependencies(manifest: &str) -> BTreeSet<String> {
    let Some(file) = file(manifest) else { return BTreeSet::new() };
    let parsed: toml::Table = file.text.parse().unwrap_or_else(|error| panic!("{manifest}: {error}"));
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let direct = tables.iter().filter_map(|table| parsed.get(*table)?.as_table());
    direct.flat_map(|table| table.keys().cloned()).collect()
}

/// Every direct dependency of the workspace that is not ours, with the manifests that name it.
fn dependencies() -> BTreeMap<String, Vec<&'static str>> {
    let mut all: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for manifest in files().iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        for name in direct_dependencies(&manifest.path) {
            if !name.starts_with("gatewright-") {
                all.entry(name).or_default().push(&manifest.path);
            }
        }
    }
    all
}

#[test]
fn every_dependency_has_its_reason() {
    let mut findings = Findings::new(
        "docs/dependencies.md has one table row per direct dependency: | `name` | why it is here |.",
    );
    let text = file("docs/dependencies.md").map(|file| file.text.as_str()).unwrap_or_default();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let reasons: BTreeMap<&str, &str> = rows.collect();
    let dependencies = dependencies();
    for (name, manifests) in &dependencies {
        if reasons.get(name.as_str()).is_none_or(|reason| reason.trim_matches(['|', ' ']).len() < 10) {
            findings.note(format!("`{name}` ({}) has no row", manifests.join(", ")));
        }
    }
    for name in reasons.keys().filter(|name| !dependencies.contains_key(**name)) {
        findings.note(format!("`{name}` has a row, but no crate depends on it"));
    }
    findings.finish();
}

#[test]
fn lock_files_name_only_the_public_registries() {
    let mut findings = Findings::new(
        "A lock file names a host that only exists where it was written: lock again against the public registry.",
    );
    let public = |line: &str| {
        line.contains("registry+https://github.com/rust-lang/crates.io-index")
            || line.contains("\"https://registry.npmjs.org/")
    };
    for file in files() {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let key = match name {
            "Cargo.lock" => "source = ",
            "package-lock.json" => "\"resolved\": ",
            _ => continue,
        };
        for (line, text) in file.lines() {
            if text.trim_start().starts_with(key) && !public(text) {
                findings.at(file, line, text.trim());
            }
        }
    }
    findings.finish();
}

#[test]
fn documents_name_no_place_of_one_machine() {
    let mut findings = Findings::new(
        "Documents and code are read elsewhere: write a path from the repository's root, or a placeholder.",
    );
    let places = ["/work/", "/home/", "/root/", "/Users/", "C:\\Users"];
    for file in documents() {
        for (line, text) in file.lines() {
            if let Some(place) = places.iter().find(|place| text.contains(**place)) {
                findings.at(file, line, place);
            }
        }
    }
    for file in
        files().iter().filter(|file| file.is(&["rs", "toml", "sh", "yml", "json", "py", "mjs", "ts", "html"]))
    {
        let this = file.path == "tests/it/tidy/papers.rs";
        for (line, _) in file.lines().filter(|(_, text)| !this && text.contains("/work/")) {
            findings.at(file, line, "/work/");
        }
    }
    findings.finish();
}

/// The address GitHub gives a heading.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Text outside fenced code blocks, with its line numbers.
fn prose(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    file.lines().filter(move |(_, text)| {
        let fence = text.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The targets of the Markdown links in a line.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// `folder/../other/file` without the dots.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[test]
fn links_between_documents_resolve() {
    let mut findings = Findings::new("These links lead nowhere: correct the path or the heading.");
    for document in documents() {
        let folder = document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, text) in prose(document) {
            for link in links(text).filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
                let (target, heading) = link.split_once('#').unwrap_or((link, ""));
                let path = if target.is_empty() { document.path.clone() } else { resolve(folder, target) };
                let headed = |file: &File| {
                    prose(file).any(|(_, text)| {
                        text.starts_with('#') && slug(text.trim_start_matches('#')) == heading
                    })
                };
                let exists = root().join(&path).exists();
                if !exists || !heading.is_empty() && !file(&path).is_some_and(headed) {
                    findings.at(document, line, link);
                }
            }
        }
    }
    findings.finish();
}

#[test]
fn decisions_are_numbered_and_listed() {
    let mut findings = Findings::new(
        "Each file of docs/decisions is NNNN-name.md, numbered without gaps, opens with its title, and is listed in docs/architecture.md.",
    );
    let list = file("docs/architecture.md").map(|file| file.text.as_str()).unwrap_or_default();
    let decisions = documents().filter_map(|file| Some((file, file.path.strip_prefix("docs/decisions/")?)));
    for (index, (document, name)) in decisions.enumerate() {
        let number = format!("{:04}-", index + 1);
        let titled = document.text.starts_with("# ");
        if !name.starts_with(&number) || !titled || !list.contains(&format!("decisions/{name}")) {
            findings.note(document.path.clone());
        }
    }
    findings.finish();
}

#[test]
fn headings_and_links_are_read_as_a_reader_would() {
    assert_eq!(slug(" What `serve` needs: TLS"), "what-serve-needs-tls");
    assert_eq!(links("a [b](c.md#d) and [e](f)").collect::<Vec<_>>(), ["c.md#d", "f"]);
    assert_eq!(resolve("docs/decisions", "../threats.md"), "docs/threats.md");
}

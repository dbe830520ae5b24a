//! Replacing the master key, as an operator does it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::process::Signal;
use serde_json::json;

use super::administer::{configure, run};
use super::process::Process;
use super::serve::LISTENS;

/// Names these files in the configuration.
fn name(place: &Path, current: &str, previous: &[&str]) {
    let file = place.join("gatewright.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let kept = text.lines().filter(|line| !line.contains("master_key_file"));
    let named =
        [format!("master_key_file = \"{current}\""), format!("previous_master_key_files = {previous:?}")];
    let lines: Vec<&str> = named.iter().map(String::as_str).chain(kept).collect();
    std::fs::write(file, lines.join("\n")).unwrap();
}

fn serve(place: &Path) -> Process {
    let mut process = Process::start(place, &["serve"]);
    process.until_it_says(LISTENS);
    process
}

#[test]
fn km_07_an_operator_replaces_the_master_key() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    configure(place);
    run(place, "master-key rotate").bad(78, &["there is no master key file"]);
    let server = serve(place);
    let old = run(place, "master-key show master.key").good().trim().to_owned();
    assert!(server.stop(Signal::TERM).success());

    // A file that nothing uses yet.
    let made = run(place, "master-key new next.key --json").json();
    let new = made["fingerprint"].as_str().unwrap().to_owned();
    assert_ne!(new, old);
    let mode = std::fs::metadata(place.join("next.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o400);
    run(place, "master-key new next.key").bad(78, &["already", "choose another name"]);

    // Without the one before the server does not start, and says what it needs.
    name(place, "next.key", &[]);
    let mut alone = Process::start(place, &["serve"]);
    assert_eq!(alone.end().code(), Some(78), "{}", alone.said());
    let needs = format!("needs the master key {old}, and this server has {new}");
    assert!(alone.said().contains(&needs), "{}", alone.said());
    run(place, "key rotate").bad(78, &[&needs]);
    name(place, "not-copied.key", &["master.key"]);
    let mut missing = Process::start(place, &["serve"]);
    assert_eq!(missing.end().code(), Some(78), "{}", missing.said());
    assert!(missing.said().contains("copy it from where `gatewright master-key new` made it"));
    assert!(!place.join("not-copied.key").exists());

    // With both it serves, and the key is replaced while it does.
    name(place, "next.key", &["master.key"]);
    let server = serve(place);
    let listed = run(place, "master-key list --json").json();
    assert_eq!(listed["keys"][0]["fingerprint"], json!(new));
    assert_eq!([&listed["keys"][0]["state"], &listed["keys"][1]["state"]], ["new", "in use"]);
    let told = run(place, "doctor --json").said;
    assert!(told.contains(&format!("{old} still wraps the data keys")), "{told}");
    let done = run(place, "master-key rotate --json").json();
    assert_eq!(done, json!({ "changed": true, "in_use": new, "replaced": old }));
    let again = run(place, "master-key rotate").good();
    assert!(again.contains("is in use already. Nothing was done."), "{again}");
    let told = run(place, "doctor --json").said;
    assert!(told.contains(&format!("nothing needs {old} any more")), "{told}");
    assert!(run(place, "key list").good().contains("active"));
    assert!(server.stop(Signal::TERM).success());

    // The one before alone starts nothing any more; the new one alone does.
    name(place, "master.key", &[]);
    let mut late = Process::start(place, &["serve"]);
    assert_eq!(late.end().code(), Some(78), "{}", late.said());
    let needs = format!("needs the master key {new}, and this server has {old} ({old} was replaced on ");
    assert!(late.said().contains(&needs), "{}", late.said());
    assert!(place.join("master.key").exists(), "somebody else's file is never removed");
    name(place, "next.key", &[]);
    let server = serve(place);
    let listed = run(place, "master-key list").good();
    assert!(listed.contains("in use") && listed.contains("retired"), "{listed}");
    assert!(server.stop(Signal::TERM).success());
}

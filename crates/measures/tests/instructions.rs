//! Instructions of each piece of work, counted by valgrind, beside those of `instructions.txt`.
//!
//! The numbers are of the development profile: they notice a loop that was added, a copy, an allocation, not what the
//! optimiser makes of it. `UPDATE_INSTRUCTIONS=1 cargo test -p gatewright-measures` writes them anew; the change of the
//! file then says what became dearer.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// How much more, or less, is as much: compilers differ by less, and so do the signatures that are made and verified.
const TOLERANCE: f64 = 0.25;
/// Times that are counted; one more is done before, for what is made at its first use.
const TIMES: u64 = 8;

/// Instructions of the program when it does something so many times.
fn count(name: &str, times: u64) -> u64 {
    let program = env!("CARGO_BIN_EXE_gatewright-measures");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", program, name, &times.to_string()])
        .output()
        .expect("valgrind: scripts/setup.sh installs it");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name}: {said}");
    let line = said.lines().find_map(|line| line.split("Collected :").nth(1));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or_else(|| panic!("{name}: {said}"))
}

fn counted() -> BTreeMap<String, u64> {
    let names = gatewright_measures::measures().into_iter().map(|measure| measure.name);
    names
        .map(|name| {
            let each = (count(&name, 1 + TIMES) - count(&name, 1)) / TIMES;
            (name, each)
        })
        .collect()
}

fn known(text: &str) -> BTreeMap<String, u64> {
    let rows = text.lines().filter_map(|line| line.split_once(' '));
    rows.map(|(name, number)| (name.to_owned(), number.trim().parse().unwrap())).collect()
}

#[test]
fn nothing_takes_more_instructions_than_it_did() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt");
    let found = counted();
    if std::env::var_os("UPDATE_INSTRUCTIONS").is_some() {
        let rows: Vec<String> =
            found.iter().map(|(name, number)| format!("{name:<20} {number:>12}\n")).collect();
        return std::fs::write(file, rows.concat()).unwrap();
    }
    let known = known(&std::fs::read_to_string(file).unwrap());
    assert!(known.keys().eq(found.keys()), "instructions.txt lists other pieces of work");
    let share = |name: &str| {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let share = found[name] as f64 / known[name] as f64;
        share
    };
    let other: Vec<String> = found
        .keys()
        .filter(|name| (share(name) - 1.0).abs() > TOLERANCE)
        .map(|name| format!("{name}: {} instructions, {} before", found[name], known[name]))
        .collect();
    assert!(other.is_empty(), "UPDATE_INSTRUCTIONS=1 if that is meant:\n{}", other.join("\n"));
}

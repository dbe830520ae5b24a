//! The short experiments, on one database: what every change has to pass.

use super::*;

/// Enough to meet every race, little enough for every change.
const SCALE: f64 = 0.004;

/// Other tests may run beside these.
const PATIENCE: u32 = 4;

#[test]
fn what_must_never_happen_does_not_happen() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let program = server::beside().unwrap();
    let failures = runtime.block_on(async {
        let world = World::with(directory.path(), sink::LOOPBACK).await.unwrap();
        let run = Run { world: &world, program, seed: 7, scale: SCALE, patience: PATIENCE };
        let mut failures = Vec::new();
        for which in [Which::R01, Which::R03, Which::R09, Which::R17, Which::R22] {
            let report = one(which, &run).await.unwrap();
            if !report.failures().is_empty() {
                failures.push(report.text());
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

use std::fs;
use std::path::Path;

use super::{TARGETS, corpus};

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_target_has_a_corpus() {
    let targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert!(targets.is_sorted(), "in the order of their names");
    assert_eq!(names_in(&corpus()), targets);
}

/// Of every target, through every target: what is odd to one parser is odd to others.
#[test]
fn the_corpus_holds() {
    for target in &TARGETS {
        let folder = corpus().join(target.name);
        let names = names_in(&folder);
        assert!(names.len() >= 3, "{} has next to nothing to start from", target.name);
        for name in names {
            let bytes = fs::read(folder.join(&name)).unwrap();
            for other in &TARGETS {
                let held = std::panic::catch_unwind(|| (other.holds)(&bytes));
                assert!(held.is_ok(), "{} does not hold for fuzz/corpus/{}/{name}", other.name, target.name);
            }
        }
    }
}

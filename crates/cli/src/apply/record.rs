//! What apply has made, beside the file: `gatewright.yaml` has `gatewright.applied.json`. It belongs into the same
//! repository.
//!
//! 1. By server: one file may be applied to several.
//! 2. Something is written down before it is made, so that a run that is killed in between leaves nothing that nobody
//!    is responsible for.
//! 3. It holds names, no secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::failure::Failure;

/// What apply has made.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    server: String,
    all: All,
}

type Made = BTreeMap<String, BTreeSet<String>>;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct All {
    /// By server, then by section.
    servers: BTreeMap<String, Made>,
}

impl Record {
    /// The one that belongs to a file.
    pub fn open(manifest: &Path, server: &str) -> Result<Record, Failure> {
        let path = manifest.with_extension("applied.json");
        let shown = path.display();
        let all = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                Failure::configuration(format!(
                    "{shown} is not as apply wrote it: {error}\n  restore it; without it, apply removes nothing that it \
                     made before"
                ))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => All::default(),
            Err(error) => {
                return Err(Failure::configuration(format!("cannot read {shown}: {error}\n  check its rights")));
            }
        };
        Ok(Record { path, server: server.to_owned(), all })
    }

    /// Everything of a kind that was made here.
    pub fn made(&self, kind: Kind) -> impl Iterator<Item = &str> {
        let made = self.all.servers.get(&self.server).and_then(|made| made.get(kind.section()));
        made.into_iter().flatten().map(String::as_str)
    }

    /// Something is about to be made, or is taken over.
    pub fn note(&mut self, kind: Kind, identity: &str) -> Result<(), Failure> {
        let made = self.all.servers.entry(self.server.clone()).or_default();
        if made.entry(kind.section().to_owned()).or_default().insert(identity.to_owned()) {
            self.write()?;
        }
        Ok(())
    }

    /// Something is gone.
    pub fn forget(&mut self, kind: Kind, identity: &str) -> Result<(), Failure> {
        let made = self.all.servers.get_mut(&self.server).and_then(|made| made.get_mut(kind.section()));
        if made.is_some_and(|made| made.remove(identity)) {
            self.write()?;
        }
        Ok(())
    }

    fn write(&self) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(&self.all)
            .map_err(|error| Failure::new(format!("what was made cannot be written down: {error}")))?;
        crate::private_file::write(&self.path, &format!("{text}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_its_own() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("gatewright.yaml");
        let mut one = Record::open(&file, "https://one.test").unwrap();
        one.note(Kind::Client, "portal").unwrap();
        one.note(Kind::Client, "portal").unwrap();
        let other = Record::open(&file, "https://other.test").unwrap();
        assert_eq!(other.made(Kind::Client).count(), 0);
        let mut again = Record::open(&file, "https://one.test").unwrap();
        assert_eq!(again.made(Kind::Client).collect::<Vec<_>>(), ["portal"]);
        assert_eq!(again.made(Kind::Resource).count(), 0);
        again.forget(Kind::Client, "portal").unwrap();
        assert_eq!(Record::open(&file, "https://one.test").unwrap().made(Kind::Client).count(), 0);
        std::fs::write(place.path().join("gatewright.applied.json"), "{").unwrap();
        assert!(Record::open(&file, "x").is_err());
    }
}

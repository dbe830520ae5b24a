//! PostgreSQL's server programs.
//!
//! 1. `PATH`, then the places distributions, Homebrew and Postgres.app use, newest version first.
//! 2. What was downloaded for this installation before.
//! 3. A download (feature `download-postgres`), into the installation's own directory.
//!
//! Data can be read by the major version that made them only, so once there are data, others do not count.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::RunAs;
use super::error::{Error, Result};
use super::layout::Layout;

/// The oldest major version that is still maintained.
const OLDEST: u32 = 14;

/// Directories in which each entry is an installation of its own with a `bin` (or the given
/// subdirectory) in it.
const COLLECTIONS: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", "bin"),
    ("/usr/libexec/postgresql", ""),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ("/Library/PostgreSQL", "bin"),
];

/// A pair of programs that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) postgres: PathBuf,
    pub(super) initdb: PathBuf,
    pub(super) major: u32,
}

pub(super) async fn find(layout: &Layout, run_as: &RunAs, made_by: Option<u32>) -> Result<Binaries> {
    let installed = in_path(std::env::var_os("PATH").as_deref()).into_iter().chain(in_collections());
    let downloaded = versions_in(&layout.binaries(), "bin");
    let mut passed_over = Vec::new();
    for directory in installed.chain(downloaded) {
        let Some(found) = look(&directory) else { continue };
        if made_by.map_or(found.major >= OLDEST, |major| found.major == major)
            && run_as.blocked(&found.postgres).is_none()
        {
            return Ok(found);
        }
        passed_over.push(format!("{} in {}", found.major, directory.display()));
    }
    download(layout, run_as, made_by).await.map_err(|reason| {
        passed_over.push(reason);
        let reason = format!(" ({})", passed_over.join("; "));
        Error::NotInstalled { major: made_by, reason }
    })
}

/// Both programs of a directory, symbolic links followed, if they run.
fn look(directory: &Path) -> Option<Binaries> {
    let named = directory.join("postgres");
    let postgres = fs::canonicalize(&named).ok()?;
    let beside = postgres.with_file_name("initdb");
    let initdb = if beside.is_file() { beside } else { fs::canonicalize(directory.join("initdb")).ok()? };
    let output = Command::new(&postgres).arg("--version").env("LC_ALL", "C").output().ok()?;
    let major = parse_version(&String::from_utf8_lossy(&output.stdout))?;
    Some(Binaries { postgres, initdb, major })
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15.
fn parse_version(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    let digits = version.find(|c: char| !c.is_ascii_digit()).map_or(version, |end| &version[..end]);
    digits.trim().parse().ok()
}

fn in_path(path: Option<&std::ffi::OsStr>) -> Vec<PathBuf> {
    let Some(path) = path else { return Vec::new() };
    std::env::split_paths(path).filter(|directory| directory.is_absolute()).collect()
}

fn in_collections() -> Vec<PathBuf> {
    COLLECTIONS.iter().flat_map(|(collection, inside)| versions_in(Path::new(collection), inside)).collect()
}

/// The entries of a directory that are named like a version of PostgreSQL, newest first.
fn versions_in(collection: &Path, inside: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(collection).into_iter().flatten().flatten();
    let mut versions: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version =
                name.strip_prefix("postgresql").map_or(name.as_str(), |rest| rest.trim_start_matches('@'));
            let numbers: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
            (!numbers.is_empty() || name == "postgresql").then(|| (numbers, entry.path().join(inside)))
        })
        .collect();
    versions.sort_by_key(|(numbers, _)| Reverse(numbers.clone()));
    versions.into_iter().map(|(_, path)| path).collect()
}

#[cfg(not(feature = "download-postgres"))]
async fn download(_: &Layout, _: &RunAs, _: Option<u32>) -> std::result::Result<Binaries, String> {
    std::future::ready(Err("this gatewright was built without the download".to_owned())).await
}

/// Downloads and unpacks the programs; the archive's checksum is verified. Only that part of
/// `postgresql_embedded` is used: everything about running is ours. It would also initialise a
/// data directory, unless the one it is shown looks as if that had been done.
#[cfg(feature = "download-postgres")]
async fn download(
    layout: &Layout,
    run_as: &RunAs,
    made_by: Option<u32>,
) -> std::result::Result<Binaries, String> {
    use postgresql_embedded::{PostgreSQL, SettingsBuilder, VersionReq};

    /// What a new installation gets.
    const PREFERRED: u32 = 17;

    let major = made_by.unwrap_or(PREFERRED);
    let failed = |error: String| format!("downloading PostgreSQL {major} failed: {error}");
    let decoy = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    fs::write(decoy.path().join("postgresql.conf"), "").map_err(|error| failed(error.to_string()))?;
    let version = VersionReq::parse(&format!("={major}")).map_err(|error| failed(error.to_string()))?;
    let settings = SettingsBuilder::new()
        .version(version)
        .installation_dir(layout.binaries())
        .data_dir(decoy.path())
        .password_file(decoy.path().join("unused"))
        .temporary(false)
        .build();
    tracing::info!("downloading PostgreSQL {major}: this machine has none that fits");
    let mut archive = PostgreSQL::new(settings);
    archive.setup().await.map_err(|error| failed(sources(&error)))?;
    let directory = archive.settings().binary_dir();
    let found =
        look(&directory).ok_or_else(|| failed("the programs do not run on this machine".to_owned()))?;
    match run_as.blocked(&found.postgres) {
        None => Ok(found),
        Some(blocked) => Err(failed(format!("{} cannot enter {}", run_as.name(), blocked.display()))),
    }
}

/// An error with everything below it: the outermost says only that something failed.
#[cfg(feature = "download-postgres")]
fn sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(source) = below {
        let said = source.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        below = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_postgres_says() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_version("postgres (PostgreSQL) 17\n"), Some(17));
        assert_eq!(parse_version("something else 3.1"), None);
    }

    #[test]
    fn collections_are_read_newest_first_and_strangers_are_skipped() {
        let collection = tempfile::tempdir().unwrap();
        for name in ["9.6", "16", "17", "postgresql@15", "postgresql18", "postgresql", "openssl@3", "latest"]
        {
            fs::create_dir(collection.path().join(name)).unwrap();
        }
        let found = versions_in(collection.path(), "bin");
        let names: Vec<_> =
            found.iter().map(|path| path.parent().unwrap().file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["postgresql18", "17", "16", "postgresql@15", "9.6", "postgresql"]);
    }

    #[test]
    fn relative_entries_of_the_path_are_not_searched() {
        assert_eq!(
            in_path(Some("/usr/bin:.:bin:/opt/x".as_ref())),
            [PathBuf::from("/usr/bin"), PathBuf::from("/opt/x")]
        );
        assert!(in_path(None).is_empty());
    }

    #[test]
    fn a_directory_without_programs_is_passed_over() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(look(empty.path()), None);
        fs::write(empty.path().join("postgres"), "not a program").unwrap();
        assert_eq!(look(empty.path()), None);
    }
}

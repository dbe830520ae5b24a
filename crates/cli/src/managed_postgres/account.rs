//! Which user PostgreSQL runs as.
//!
//! 1. We are not root: as ourselves.
//! 2. We are root and there are data: as their owner.
//! 3. We are root and there are none: as `postgres` (`_postgres` on macOS), else as `nobody`.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::{Error, Result, at};
use super::layout::Directory;

const CANDIDATES: [&str; 3] = ["postgres", "_postgres", "nobody"];

/// Who runs PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RunAs {
    /// The user who runs us.
    Ourselves,
    /// Another one, because we are root.
    Account {
        /// Its name, for people.
        name: String,
        /// User id.
        uid: u32,
        /// Group id.
        gid: u32,
    },
}

impl RunAs {
    pub(super) fn choose(directory: &Directory) -> Result<RunAs> {
        let owner = match directory.existing_data()? {
            Some(data) => Some(fs::metadata(&data).map_err(at("look at", &data))?),
            None => None,
        };
        let ours = rustix::process::geteuid().as_raw();
        match owner {
            Some(owner) if owner.uid() == ours && ours != 0 => Ok(RunAs::Ourselves),
            Some(owner) if ours == 0 && owner.uid() != 0 => {
                let name = format!("uid {}", owner.uid());
                Ok(RunAs::Account { name, uid: owner.uid(), gid: owner.gid() })
            }
            Some(owner) if ours != 0 => {
                let path = directory.existing_data()?.unwrap_or_default();
                Err(Error::Foreign { path, owner: owner.uid() })
            }
            None if ours != 0 => Ok(RunAs::Ourselves),
            Some(_) | None => {
                let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
                unprivileged(&users).ok_or(Error::NoAccount)
            }
        }
    }

    /// Prepares a command to run as this user, in a process group of its own, away from our working
    /// directory (which that user may not even see) and without our environment, which may hold
    /// `PGDATA`, `PGOPTIONS` or secrets.
    pub(super) fn apply(&self, command: &mut Command) {
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C");
        command.current_dir("/").process_group(0);
        match self {
            RunAs::Ourselves => {}
            RunAs::Account { uid, gid, .. } => {
                command.uid(*uid).gid(*gid);
            }
        }
    }

    /// Gives a file or directory to this user.
    pub(super) fn give(&self, path: &Path) -> Result<()> {
        match self {
            RunAs::Ourselves => Ok(()),
            RunAs::Account { uid, gid, .. } => std::os::unix::fs::lchown(path, Some(*uid), Some(*gid))
                .map_err(at("change the owner of", path)),
        }
    }

    /// The first directory on the way to `path` this user may not pass.
    pub(super) fn blocked(&self, path: &Path) -> Option<PathBuf> {
        let RunAs::Account { uid, gid, .. } = self else { return None };
        let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut ancestors: Vec<&Path> = whole.ancestors().collect();
        ancestors.reverse();
        ancestors.into_iter().find(|step| !may_pass(step, *uid, *gid)).map(Path::to_owned)
    }

    pub(super) fn cannot_run(&self, program: &Path, source: io::Error) -> Error {
        match self {
            RunAs::Ourselves => Error::File { action: "run", path: program.to_owned(), source },
            RunAs::Account { name, .. } => {
                Error::CannotRun { program: program.to_owned(), user: name.clone(), source }
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            RunAs::Ourselves => "this user",
            RunAs::Account { name, .. } => name,
        }
    }
}

/// What is not there yet blocks nobody; what we cannot look at blocks everybody.
fn may_pass(step: &Path, uid: u32, gid: u32) -> bool {
    match fs::metadata(step) {
        Ok(meta) if meta.uid() == uid => meta.mode() & 0o100 != 0,
        Ok(meta) if meta.gid() == gid => meta.mode() & 0o010 != 0,
        Ok(meta) => meta.mode() & 0o001 != 0,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// The first candidate in a text of the form of `/etc/passwd`.
fn unprivileged(users: &str) -> Option<RunAs> {
    let entries: Vec<Vec<&str>> = users.lines().map(|line| line.split(':').collect()).collect();
    CANDIDATES.iter().find_map(|name| {
        let entry = entries.iter().find(|entry| entry.first() == Some(name))?;
        let (uid, gid) = (id(entry.get(2)?)?, id(entry.get(3)?)?);
        (uid != 0).then(|| RunAs::Account { name: (*name).to_owned(), uid, gid })
    })
}

/// macOS writes `nobody` as -2.
fn id(text: &str) -> Option<u32> {
    text.parse().ok().or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_is_preferred_to_nobody() {
        let users = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65533::/:\npostgres:x:101:104:a,b:/:/bin/bash\n";
        let expected = RunAs::Account { name: "postgres".to_owned(), uid: 101, gid: 104 };
        assert_eq!(unprivileged(users), Some(expected));
    }

    #[test]
    fn nobody_will_do_and_may_be_negative() {
        let expected = RunAs::Account { name: "nobody".to_owned(), uid: u32::MAX - 1, gid: u32::MAX - 1 };
        assert_eq!(
            unprivileged("nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false"),
            Some(expected)
        );
    }

    #[test]
    fn root_under_another_name_and_broken_lines_are_no_candidates() {
        assert_eq!(unprivileged("postgres:x:0:0::/:\nnobody\n\n"), None);
    }

    #[test]
    fn a_private_directory_blocks_the_way() {
        use std::os::unix::fs::PermissionsExt as _;
        let outer = tempfile::tempdir().unwrap();
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = RunAs::Account { name: "x".to_owned(), uid: 4_000_000, gid: 4_000_000 };
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(stranger.blocked(&inner), Some(fs::canonicalize(outer.path()).unwrap()));
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(stranger.blocked(&inner), None);
        assert_eq!(RunAs::Ourselves.blocked(&inner), None);
    }
}

//! What can go wrong with the managed PostgreSQL, and what to do then.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no PostgreSQL. Every text ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process runs PostgreSQL in this directory.
    #[error(
        "another gatewright{} already uses {}\n  stop it first, or choose another data_dir",
        holder.map(|pid| format!(" (process {pid})")).unwrap_or_default(),
        data_dir.display()
    )]
    InUse {
        /// The data directory.
        data_dir: PathBuf,
        /// The process that holds it, if it said so.
        holder: Option<u32>,
    },
    /// Neither found nor downloaded.
    #[error("no usable PostgreSQL{} was found{reason}\n  {INSTALL}", wanted(*major))]
    NotInstalled {
        /// The only major version that fits the data, if there are any.
        major: Option<u32>,
        /// What was tried.
        reason: String,
    },
    /// We are root and know no other user.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor `nobody`\n  \
         start gatewright as an ordinary user, or point database.url at a PostgreSQL that runs elsewhere"
    )]
    NoAccount,
    /// The kernel did not let us become that user.
    #[error(
        "cannot run {} as {user}: {source}\n  \
         start gatewright as an ordinary user instead of root, or give the container the SETUID, SETGID and \
         CHOWN capabilities", program.display()
    )]
    CannotRun {
        /// What was to run.
        program: PathBuf,
        /// Which user it was to run as.
        user: String,
        /// What the system said.
        source: io::Error,
    },
    /// The data belong to somebody else.
    #[error(
        "{} belongs to another user (uid {owner})\n  start gatewright as that user or as root, or give it to \
         yourself: chown -R \"$(id -u)\" {}", path.display(), path.display()
    )]
    Foreign {
        /// The data.
        path: PathBuf,
        /// Their owner.
        owner: u32,
    },
    /// The user PostgreSQL runs as cannot reach the directory, and no other place was found.
    #[error(
        "user {user} cannot enter {}, so PostgreSQL cannot keep its data below it, and {} cannot be used \
         instead ({source})\n  put data_dir elsewhere, let others pass (chmod o+x), or start gatewright as an \
         ordinary user", blocked.display(), instead.display()
    )]
    Unreachable {
        /// Who.
        user: String,
        /// Where the way ends.
        blocked: PathBuf,
        /// Where the data would have gone.
        instead: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The data were kept elsewhere and are not there.
    #[error(
        "{} says that the database is in {}, but it is gone\n  bring it back (a volume that is not mounted?), \
         or, to begin with an empty database, remove {}", file.display(), location.display(), file.display()
    )]
    Lost {
        /// The file that says so.
        file: PathBuf,
        /// What it says.
        location: PathBuf,
    },
    /// Arranged by a later release.
    #[error(
        "{} was arranged by a newer gatewright (layout {found})\n  install that release again, or choose \
         another data_dir", path.display()
    )]
    Newer {
        /// Where.
        path: PathBuf,
        /// The arrangement's number.
        found: String,
    },
    /// A file or directory did not do as told.
    #[error("cannot {action} {}: {source}\n  check the permissions and the free space there", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error(
        "PostgreSQL could not create its data in {}:\n{}\n  put data_dir on a local file system with some \
         free space, then start again", directory.display(), indent(said)
    )]
    InitialisationFailed {
        /// Where.
        directory: PathBuf,
        /// What it said.
        said: String,
    },
    /// It ended before it was ready.
    #[error("PostgreSQL did not start:\n{}\n  its whole log is {}", indent(said), log.display())]
    DidNotStart {
        /// The last lines of its log.
        said: String,
        /// The log.
        log: PathBuf,
    },
    /// It is still not ready.
    #[error(
        "PostgreSQL is not ready after {seconds} seconds\n  see {}; when it is recovering from a crash, start \
         again later", log.display()
    )]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// The log.
        log: PathBuf,
    },
    /// It ignored even SIGKILL.
    #[error("PostgreSQL does not stop\n  see {}", log.display())]
    DoesNotStop {
        /// The log.
        log: PathBuf,
    },
    /// A predecessor's PostgreSQL ignored even SIGKILL.
    #[error(
        "a PostgreSQL left behind by an earlier start (process {pid}) does not stop\n  stop it: kill -9 {pid}"
    )]
    Orphan {
        /// Its process.
        pid: i32,
    },
    /// Not a name we would create.
    #[error(
        "{name:?} cannot be a database name\n  use lower-case letters, digits and underscores, at most 63"
    )]
    DatabaseName {
        /// The name.
        name: String,
    },
    /// PostgreSQL refused something.
    #[error("PostgreSQL refused to work on database {name:?}: {message}")]
    Database {
        /// The database.
        name: String,
        /// What it said.
        message: String,
    },
}

pub(super) type Result<T> = std::result::Result<T, Error>;

/// Turns an I/O error into one that says what was done to which file.
pub(super) fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { action, path, source }
}

const INSTALL: &str = "install its server programs (Debian, Ubuntu: apt install postgresql; Fedora: dnf install \
postgresql-server; Alpine: apk add postgresql; macOS: brew install postgresql), or point DATABASE_URL at a \
PostgreSQL that runs elsewhere";

fn wanted(major: Option<u32>) -> String {
    major.map(|major| format!(" {major} (the version that made the data)")).unwrap_or_default()
}

fn indent(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

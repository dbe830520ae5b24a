//! Where the managed PostgreSQL keeps what.
//!
//! 1. `<data_dir>/postgres` is ours and holds the lock. When PostgreSQL runs as another user who cannot
//!    get there (say, below root's home), everything else lives in a directory below
//!    `/var/lib/gatewright`, and the file `location` names it.
//! 2. PostgreSQL's data are complete or absent: `initdb` works in `data.new`, which is then renamed.
//! 3. The path of a Unix socket has room for about a hundred bytes. Longer ones are replaced by a
//!    short private directory of the system's temporary one; the file `socket` names it.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::Pid;

use super::account::RunAs;
use super::error::{Error, Result, at};
use super::{PORT, parse_pid};

/// The number of this arrangement of files.
const LAYOUT: &str = "1";
/// Where the data go when PostgreSQL's user cannot reach the data directory.
const ELSEWHERE: &str = "/var/lib/gatewright";
/// The longest socket directory every system we know takes (macOS: 104 bytes with name and NUL).
const SOCKET_DIRECTORY_MAX: usize = 104 - 1 - "/.s.PGSQL.5432".len();
/// A log longer than this begins anew at the next start; one predecessor is kept.
const LOG_MAX: u64 = 1 << 20;
/// How much of the log an error shows.
const SHOWN_LINES: usize = 12;

/// The data directory of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    data_dir: PathBuf,
}

impl Directory {
    /// The installation whose data directory this is (`data_dir` of the configuration).
    pub fn new(data_dir: impl Into<PathBuf>) -> Directory {
        Directory { data_dir: data_dir.into() }
    }

    fn base(&self) -> PathBuf {
        self.data_dir.join("postgres")
    }

    /// PostgreSQL's own directory, if there is one.
    pub(super) fn existing_data(&self) -> Result<Option<PathBuf>> {
        let home = recorded(&self.base().join("location"))?.unwrap_or_else(|| self.base());
        let data = home.join("data");
        Ok(data.exists().then_some(data))
    }
}

/// An installation's files, locked.
#[derive(Debug)]
pub(super) struct Layout {
    home: PathBuf,
    sockets: PathBuf,
    lock: File,
}

impl Layout {
    pub(super) fn open(directory: &Directory, run_as: &RunAs) -> Result<Layout> {
        let base = directory.base();
        fs::create_dir_all(&base).map_err(at("create", &base))?;
        let base = fs::canonicalize(&base).map_err(at("look at", &base))?;
        let lock = lock(&base, &directory.data_dir)?;
        check_layout(&base)?;
        let home = home(&base, run_as)?;
        let sockets = sockets(&home, run_as)?;
        Ok(Layout { home, sockets, lock })
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(super) fn unfinished_data(&self) -> PathBuf {
        self.home.join("data.new")
    }

    pub(super) fn binaries(&self) -> PathBuf {
        self.home.join("binaries")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.home.join("log")
    }

    pub(super) fn socket_directory(&self) -> &Path {
        &self.sockets
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.sockets.join(format!(".s.PGSQL.{PORT}"))
    }

    /// The major version that made the data.
    pub(super) fn data_version(&self) -> Result<Option<u32>> {
        let file = self.data().join("PG_VERSION");
        match fs::read_to_string(&file) {
            Ok(text) => {
                let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "not a version number");
                text.trim().parse().map(Some).map_err(|_| at("read", &file)(unreadable()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at("read", &file)(error)),
        }
    }

    /// The process that runs, or ran, on these data.
    pub(super) fn postmaster(&self) -> Option<Pid> {
        parse_pid(&fs::read_to_string(self.postmaster_file()).ok()?)
    }

    pub(super) fn postmaster_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    /// Makes an empty directory that belongs to PostgreSQL's user and nobody else.
    pub(super) fn create_for(&self, run_as: &RunAs, path: &Path) -> Result<()> {
        debug_assert!(path.starts_with(&self.home) || path == self.sockets, "only our own directories");
        private_directory(path, run_as)
    }

    /// Removes what a killed PostgreSQL left in the socket directory. Nobody else uses it: we hold the
    /// lock and have stopped orphans.
    pub(super) fn clear_sockets(&self) -> Result<()> {
        let socket = self.socket();
        for leftover in [socket.clone(), socket.with_added_extension("lock")] {
            match fs::remove_file(&leftover) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(at("remove", &leftover)(error)),
            }
        }
        Ok(())
    }

    /// Makes sure there is a log and says where in it this start begins.
    pub(super) fn open_log(&self) -> Result<u64> {
        let path = self.log();
        if fs::metadata(&path).is_ok_and(|log| log.len() > LOG_MAX) {
            fs::rename(&path, path.with_extension("old")).map_err(at("rename", &path))?;
        }
        let log =
            File::options().create(true).append(true).mode(0o600).open(&path).map_err(at("open", &path))?;
        log.metadata().map(|log| log.len()).map_err(at("look at", &path))
    }

    /// The last lines of what was logged since `start`.
    pub(super) fn log_since(&self, start: u64) -> String {
        let read = || {
            let mut log = File::open(self.log())?;
            log.seek(SeekFrom::Start(start))?;
            let mut text = Vec::new();
            log.take(LOG_MAX).read_to_end(&mut text)?;
            Ok::<_, io::Error>(String::from_utf8_lossy(&text).into_owned())
        };
        let text = read().unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }
}

impl Drop for Layout {
    /// A socket directory outside goes with us. The lock is given back, not just closed: a process
    /// that another thread is starting this instant holds a copy of it.
    fn drop(&mut self) {
        if !self.sockets.starts_with(&self.home) {
            drop(fs::remove_dir(&self.sockets));
        }
        drop(self.lock.unlock());
    }
}

fn lock(base: &Path, data_dir: &Path) -> Result<File> {
    let path = base.join("lock");
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(at("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let holder = file.read_to_string(&mut holder).ok().and_then(|_| holder.trim().parse().ok());
            return Err(Error::InUse { data_dir: data_dir.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(at("lock", &path)(error)),
    }
    let written = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(at("write", &path))?;
    Ok(file)
}

fn check_layout(base: &Path) -> Result<()> {
    let path = base.join("layout");
    match fs::read_to_string(&path) {
        Ok(found) if found.trim() == LAYOUT => Ok(()),
        Ok(found) if found.trim().is_empty() => write_whole(&path, LAYOUT.as_bytes()),
        Ok(found) => Err(Error::Newer { path: base.to_owned(), found: found.trim().to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => write_whole(&path, LAYOUT.as_bytes()),
        Err(error) => Err(at("read", &path)(error)),
    }
}

/// Where everything but the lock lives.
fn home(base: &Path, run_as: &RunAs) -> Result<PathBuf> {
    let record = base.join("location");
    if let Some(location) = recorded(&record)? {
        return if location.is_dir() { Ok(location) } else { Err(Error::Lost { file: record, location }) };
    }
    if *run_as == RunAs::Ourselves {
        return Ok(base.to_owned());
    }
    // Our own two directories let PostgreSQL's user pass; what is in them has its own permissions.
    for own in [base.parent(), Some(base)].into_iter().flatten() {
        let mode = fs::metadata(own).map_err(at("look at", own))?.mode();
        if mode & 0o001 == 0 {
            fs::set_permissions(own, Permissions::from_mode(mode & 0o7777 | 0o011))
                .map_err(at("open up", own))?;
        }
    }
    let Some(blocked) = run_as.blocked(base) else { return Ok(base.to_owned()) };
    let elsewhere = |source| Error::Unreachable {
        user: run_as.name().to_owned(),
        blocked: blocked.clone(),
        instead: PathBuf::from(ELSEWHERE),
        source,
    };
    // Permissions are set, not just asked for: a strict umask would take them away again.
    let passable = Permissions::from_mode(0o711);
    if !Path::new(ELSEWHERE).exists() {
        fs::create_dir_all(ELSEWHERE).map_err(elsewhere)?;
        fs::set_permissions(ELSEWHERE, passable.clone()).map_err(elsewhere)?;
    }
    if run_as.blocked(Path::new(ELSEWHERE)).is_some() {
        return Err(elsewhere(io::Error::from(io::ErrorKind::PermissionDenied)));
    }
    let home = tempfile::Builder::new()
        .prefix("postgres-")
        .rand_bytes(12)
        .tempdir_in(ELSEWHERE)
        .map_err(elsewhere)?;
    fs::set_permissions(home.path(), passable).map_err(elsewhere)?;
    write_whole(&record, home.path().as_os_str().as_bytes())?;
    tracing::info!(
        location = %home.path().display(), blocked = %blocked.display(),
        "PostgreSQL runs as another user who cannot enter the data directory; its data go elsewhere"
    );
    Ok(home.keep())
}

/// Where the socket lives.
fn sockets(home: &Path, run_as: &RunAs) -> Result<PathBuf> {
    let inside = home.join("run");
    if inside.as_os_str().len() <= SOCKET_DIRECTORY_MAX {
        private_directory(&inside, run_as)?;
        return Ok(inside);
    }
    let record = home.join("socket");
    if let Some(used) = recorded(&record)?
        && is_private(&used, run_as)
    {
        return Ok(used);
    }
    let system = std::env::temp_dir();
    let short = |path: &Path| path.as_os_str().len() + "/gatewright-".len() + 12 <= SOCKET_DIRECTORY_MAX;
    let parent =
        if short(&system) && run_as.blocked(&system).is_none() { system } else { PathBuf::from("/tmp") };
    let private = Permissions::from_mode(0o700);
    let made = tempfile::Builder::new()
        .prefix("gatewright-")
        .rand_bytes(12)
        .permissions(private)
        .tempdir_in(&parent);
    let made = made.map_err(at("create a directory in", &parent))?;
    run_as.give(made.path())?;
    write_whole(&record, made.path().as_os_str().as_bytes())?;
    Ok(made.keep())
}

/// Whether a directory in a place where everybody may write is still the one we made.
fn is_private(path: &Path, run_as: &RunAs) -> bool {
    let owner = match run_as {
        RunAs::Ourselves => rustix::process::geteuid().as_raw(),
        RunAs::Account { uid, .. } => *uid,
    };
    fs::symlink_metadata(path)
        .is_ok_and(|found| found.is_dir() && found.uid() == owner && found.mode() & 0o7777 == 0o700)
}

fn private_directory(path: &Path, run_as: &RunAs) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(at("create", path)(error)),
    }
    run_as.give(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(at("close", path))
}

/// The path a file holds, if there is such a file.
fn recorded(file: &Path) -> Result<Option<PathBuf>> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes.trim_ascii())))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at("read", file)(error)),
    }
}

/// Writes a small file so that it is never seen half written.
fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let new = path.with_added_extension("new");
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(content)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().map_err(at("write", path))
}

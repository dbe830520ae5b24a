//! The master key: 32 random bytes in a file, which wrap all other keys (`docs/secrets.md`).
//!
//! 1. The file holds 64 hexadecimal digits and nothing else (a newline at the end is fine), so that it
//!    can be made by `openssl rand -hex 32`, printed and typed in again.
//! 2. The first start makes it, mode 0400; the caller prints its fingerprint and says "back this up".
//!    It is never in the database, in the environment or on a command line.
//! 3. A file that group or others may read is refused, with one exception: container platforms show
//!    secrets as files of mode 0444 on a mount that only exists inside the container. Such a file is
//!    taken when its file system is mounted read-only or lives in memory and it belongs to root.
//! 4. Keys nobody drew at random are refused (KM-03).

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use gatewright_server::clock::Entropy;
use gatewright_server::master_keys::fingerprint;
use zeroize::Zeroizing;

/// 64 digits, a newline, and one byte to notice that there is more.
const READ_MAX: u64 = 67;
/// Random bytes repeat now and then, but 32 of them take fewer values than this once in 10^22 files.
const DIFFERENT_BYTES: usize = 16;
/// File systems in memory (`linux/magic.h`), on which platforms mount secrets.
const MEMORY_FILE_SYSTEMS: [u64; 2] = [0x0102_1994, 0x8584_58f6];

/// A key and where it came from.
#[derive(Debug)]
pub enum MasterKey {
    /// There was none: this is a new one. Print the fingerprint and say that it has to be backed up.
    Created(Key),
    /// It was there.
    Found(Key),
}

/// The key itself. Its `Debug` shows the fingerprint.
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// The bytes, for [`gatewright_server::start()`].
    pub fn bytes(&self) -> &Zeroizing<[u8; 32]> {
        &self.0
    }

    /// What the key is called in the database and in logs. Tells nothing about it.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.0)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Key({})", self.fingerprint())
    }
}

impl MasterKey {
    /// The key, new or not.
    pub fn key(&self) -> &Key {
        match self {
            MasterKey::Created(key) | MasterKey::Found(key) => key,
        }
    }

    /// Reads the key, or makes one if the file does not exist. Of several processes that start at
    /// once one makes it and the others read it.
    pub fn open(path: &Path, entropy: &dyn Entropy) -> Result<MasterKey, MasterKeyError> {
        match read(path) {
            Err(MasterKeyError::Missing { .. }) => {}
            found => return found.map(MasterKey::Found),
        }
        match create(path, entropy) {
            Ok(key) => Ok(MasterKey::Created(key)),
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => read(path).map(MasterKey::Found),
            Err(source) => Err(MasterKeyError::Unwritable { path: path.to_owned(), source }),
        }
    }
}

/// Reads the key. Makes none.
pub fn read(path: &Path) -> Result<Key, MasterKeyError> {
    let unreadable = |source: io::Error| MasterKeyError::Unreadable { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(MasterKeyError::Missing { path: path.to_owned() });
        }
        Err(error) => return Err(unreadable(error)),
    };
    // Of the open file: the name may point elsewhere by now.
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(MasterKeyError::NotAFile { path: path.to_owned() });
    }
    let mode = meta.mode() & 0o777;
    if mode & 0o077 != 0 && !is_mounted_secret(&file, (meta.uid(), mode)) {
        return Err(MasterKeyError::Open { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(READ_MAX).unwrap_or(0)));
    file.take(READ_MAX).read_to_end(&mut text).map_err(unreadable)?;
    parse(&text).map_err(|reason| MasterKeyError::Malformed { path: path.to_owned(), reason })
}

/// Makes a key in a file of its own, to be used later. What is there is never overwritten.
pub fn make(path: &Path, entropy: &dyn Entropy) -> Result<Key, MasterKeyError> {
    create(path, entropy).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => MasterKeyError::Exists { path: path.to_owned() },
        _ => MasterKeyError::Unwritable { path: path.to_owned(), source },
    })
}

fn create(path: &Path, entropy: &dyn Entropy) -> io::Result<Key> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(directory)?;
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill(bytes.as_mut_slice());
    // Whole or absent, and durable before anything is sealed with it.
    let mut file =
        tempfile::Builder::new().permissions(Permissions::from_mode(0o400)).tempfile_in(directory)?;
    file.write_all(print(&bytes).as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    File::open(directory)?.sync_all()?;
    Ok(Key(bytes))
}

fn print(bytes: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in bytes {
        for nibble in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text.push('\n');
    text
}

fn parse(text: &[u8]) -> Result<Key, &'static str> {
    let digits = text.strip_suffix(b"\n").unwrap_or(text);
    let digits = digits.strip_suffix(b"\r").unwrap_or(digits);
    if digits.len() != 64 {
        return Err("it must hold exactly 64 hexadecimal digits");
    }
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
            *byte = *byte << 4 | value.ok_or("it holds something else than hexadecimal digits")?;
        }
    }
    if is_made_up(&bytes) {
        return Err("it is not random, so anybody may guess it");
    }
    Ok(Key(bytes))
}

/// Few different bytes, or each the one before plus the same step: somebody typed it.
fn is_made_up(bytes: &[u8; 32]) -> bool {
    let mut seen = [false; 256];
    for byte in bytes {
        seen[usize::from(*byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    let step = bytes[1].wrapping_sub(bytes[0]);
    different < DIFFERENT_BYTES || bytes.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step)
}

/// Rule 3: mounted by a container platform, not left lying about.
fn is_mounted_secret(file: &File, (owner, mode): (u32, u32)) -> bool {
    owner == 0 && mode & 0o022 == 0 && is_special(file)
}

fn is_special(file: &File) -> bool {
    let read_only = rustix::fs::fstatvfs(file)
        .is_ok_and(|system| system.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY));
    read_only || is_in_memory(file)
}

#[cfg(target_os = "linux")]
fn is_in_memory(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|system| {
        u64::try_from(system.f_type).is_ok_and(|kind| MEMORY_FILE_SYSTEMS.contains(&kind))
    })
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &File) -> bool {
    false
}

/// Why there is no master key. Every text ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// It does not exist.
    #[error(
        "there is no master key file {}\n  restore it from your backup; only for a new, empty database let the \
         first `gatewright serve` create it", path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It does not exist, and is not the first of its database.
    #[error(
        "there is no master key file {}, and where previous_master_key_files are named none is made\n  copy it from \
         where `gatewright master-key new` made it, or restore it from your backup", path.display()
    )]
    MissingNext {
        /// The file.
        path: PathBuf,
    },
    /// It does not exist, and is named as one that may still be in use.
    #[error(
        "there is no master key file {}\n  restore it; if the master key was replaced (gatewright master-key list on \
         a replica that runs says so), take it out of previous_master_key_files", path.display()
    )]
    MissingPrevious {
        /// The file.
        path: PathBuf,
    },
    /// There is one where a new one was to be made.
    #[error("there is a file {} already, and it may be a master key\n  choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("cannot read the master key file {}: {source}\n  give it to the user gatewright runs as: chown", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It cannot be made.
    #[error(
        "cannot create the master key file {}: {source}\n  make its directory writable for the first start, or \
         create it yourself: (umask 277 && openssl rand -hex 32 > {})", path.display(), path.display()
    )]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is something else.
    #[error("the master key file {} is not a file\n  name the file itself in master_key_file", path.display())]
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// Others may read it.
    #[error(
        "other users may read the master key file {} (mode {mode:04o})\n  close it: chmod 400 {}; if it was ever \
         on a machine with other users, replace it", path.display(), path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds no key.
    #[error(
        "the master key file {} cannot be used: {reason}\n  restore it from your backup; only for a new, empty \
         database create another one: openssl rand -hex 32", path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use gatewright_server::clock::SystemEntropy;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    fn put(path: &Path, text: &str, mode: u32) {
        drop(fs::remove_file(path));
        fs::write(path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_start_makes_it_and_the_next_one_finds_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("etc/master.key");
        assert!(matches!(read(&path), Err(MasterKeyError::Missing { .. })));
        let MasterKey::Created(new) = MasterKey::open(&path, &SystemEntropy::new()).unwrap() else {
            panic!("new")
        };
        assert_eq!(mode(&path), 0o400);
        let MasterKey::Found(old) = MasterKey::open(&path, &SystemEntropy::new()).unwrap() else {
            panic!("found")
        };
        assert_eq!(**new.bytes(), **old.bytes());
        assert_eq!(new.fingerprint(), old.fingerprint());
        assert_eq!(format!("{new:?}"), format!("Key({})", new.fingerprint()), "LK-01");
        assert_eq!(fs::read_dir(place.path().join("etc")).unwrap().count(), 1, "no leftovers");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("master.key");
        let text = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for mode in [0o440, 0o404, 0o644, 0o660] {
            put(&path, text, mode);
            let error = read(&path).unwrap_err();
            assert!(matches!(error, MasterKeyError::Open { .. }) && error.to_string().contains("chmod 400"));
        }
        for mode in [0o400, 0o600] {
            put(&path, text, mode);
            read(&path).unwrap();
        }
    }

    #[test]
    fn km_03_wrong_lengths_and_made_up_keys_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("master.key");
        let random = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let counting = (0..32).map(|n| format!("{n:02x}")).collect::<Vec<_>>().concat();
        for wrong in [
            String::new(),
            random[1..].to_owned(),
            format!("{random}0"),
            format!("{random}\n\n"),
            format!(" {random}"),
            format!("{}g", &random[1..]),
            "00".repeat(32),
            "0123456789abcdef".repeat(4),
            counting,
        ] {
            put(&path, &wrong, 0o400);
            assert!(matches!(read(&path), Err(MasterKeyError::Malformed { .. })), "{wrong:?}");
        }
        for right in
            [random.to_owned(), format!("{random}\n"), format!("{random}\r\n"), random.to_uppercase()]
        {
            put(&path, &right, 0o400);
            assert_eq!(read(&path).unwrap().bytes()[..2], [0x9f, 0x86]);
        }
    }

    #[test]
    fn directories_and_missing_places_are_explained() {
        let place = tempfile::tempdir().unwrap();
        let error = MasterKey::open(place.path(), &SystemEntropy::new()).unwrap_err();
        assert!(matches!(error, MasterKeyError::NotAFile { .. }), "{error}");
        fs::write(place.path().join("file"), "").unwrap();
        let error =
            MasterKey::open(&place.path().join("file/master.key"), &SystemEntropy::new()).unwrap_err();
        assert!(matches!(error, MasterKeyError::Unreadable { .. }), "{error}");
    }
}

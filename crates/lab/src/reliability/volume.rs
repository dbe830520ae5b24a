//! A small disk that can be filled.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::statvfs;
use tempfile::TempDir;

use super::postgresql::done;
use crate::Outcome;

/// Its size, in MiB: a database of our own with its log of writes, and room for a minute of load.
const SIZE: u64 = 256;

/// A file system of its own, in memory (tmpfs), unmounted at its end. Takes the right to mount: root has it, and whoever
/// runs the lab in `unshare --map-root-user --mount`.
pub struct Volume(TempDir);

impl Volume {
    /// Mounts it below `parent`.
    pub fn mount(parent: &Path) -> Outcome<Volume> {
        fs::create_dir_all(parent)?;
        let place = tempfile::Builder::new().prefix("small-").tempdir_in(parent)?;
        let options = format!("size={SIZE}m,mode=755");
        done(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(place.path()))?;
        Ok(Volume(place))
    }

    /// Where it is.
    pub fn place(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it until then.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// What takes all the room; gone when dropped.
pub struct Ballast {
    path: PathBuf,
    file: File,
}

impl Ballast {
    /// In this directory, which has to be on a small disk: nobody fills that of a machine.
    pub fn in_directory(directory: &Path) -> Outcome<Ballast> {
        let size = statvfs(directory)?;
        if size.f_blocks * size.f_frsize > SIZE * 1024 * 1024 {
            return Err("this disk is not the small one".into());
        }
        let path = directory.join("ballast");
        Ok(Ballast { file: File::create(&path)?, path })
    }

    /// Takes what room there is.
    pub fn grow(&mut self) -> Outcome<()> {
        for piece in [1 << 20, 1 << 12] {
            let zeros = vec![0; piece];
            loop {
                match self.file.write_all(&zeros) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        // Missing means that the disk went first.
        let _ = self.file.set_len(0);
        let _ = fs::remove_file(&self.path);
    }
}

//! Small files that only their owner may read, replaced in one step.

use std::io::Write as _;
use std::path::Path;

use crate::failure::Failure;

/// Writes a file of mode 0600: it is the old one or the new one, whenever the machine stops.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let path = path.display();
        Failure::new(format!(
            "cannot write {path}: {error}\n  check the permissions and the free space there"
        ))
    };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

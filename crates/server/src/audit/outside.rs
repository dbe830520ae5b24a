//! The newest checkpoint, into a file that the database's administrators cannot write: `events.checkpoint_file`.
//!
//! One line of JSON a minute, when something happened since the last one. The file itself says what that was, so it
//! may be rotated or taken away, and each replica keeps its own.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use gatewright_store::event_log;

use super::shown::Checkpoint;
use crate::app::App;
use crate::error::{Fault, Outcome};

/// The last line is within so many bytes.
const TAIL: i64 = 8 * 1024;

/// One turn of the job.
pub async fn turn(app: App) -> Outcome<()> {
    let Some(path) = app.config.events.checkpoint_file.clone() else { return Ok(()) };
    let Some(newest) = event_log::newest(&app.store).await? else { return Ok(()) };
    let newest = Checkpoint::of(&newest);
    let name = path.display().to_string();
    let written =
        tokio::task::spawn_blocking(move || append(&path, &newest)).await.map_err(Fault::internal)?;
    written.map_err(|error| Fault::internal(format!("events.checkpoint_file, {name}: {error}")))?;
    Ok(())
}

/// Adds a line, unless the last one says as much.
fn append(path: &Path, newest: &Checkpoint) -> std::io::Result<()> {
    let mut file = std::fs::File::options().read(true).append(true).create(true).open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::End(-TAIL.min(i64::try_from(length).unwrap_or(TAIL))))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let tail = String::from_utf8_lossy(&tail);
    let last = tail.lines().next_back().and_then(|line| serde_json::from_str::<Checkpoint>(line).ok());
    if last.is_some_and(|last| last.size >= newest.size) {
        return Ok(());
    }
    // A line that was cut off by a crash ends here.
    let mut line = if tail.is_empty() || tail.ends_with('\n') { String::new() } else { "\n".to_owned() };
    line.push_str(&serde_json::to_string(newest)?);
    line.push('\n');
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use gatewright_oauth::Time;

    use super::*;

    fn of(size: u64) -> Checkpoint {
        Checkpoint { size, root: "r".repeat(43), at: Time::UNIX_EPOCH, signed: "s".repeat(300) }
    }

    #[test]
    fn au_02_the_file_gets_a_line_when_something_happened_and_none_is_lost() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("checkpoints.jsonl");
        for size in [1, 1, 5, 5, 4, 9] {
            append(&path, &of(size)).unwrap();
        }
        // A crash in the middle of a line.
        std::fs::File::options().append(true).open(&path).unwrap().write_all(b"{\"size\":10,\"ro").unwrap();
        for size in 10..60 {
            append(&path, &of(size)).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let sizes: Vec<u64> = text
            .lines()
            .filter_map(|line| Some(serde_json::from_str::<Checkpoint>(line).ok()?.size))
            .collect();
        assert_eq!(sizes, [1, 5, 9].into_iter().chain(10..60).collect::<Vec<_>>());
        assert_eq!(text.lines().count(), sizes.len() + 1);
    }
}

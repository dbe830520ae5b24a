//! How log lines reach standard error.
//!
//! 1. Lines of requests come by the ten thousand, and writing one costs as much as answering a request
//!    from memory: they are gathered and written together, at most [`LATE`] after they were made.
//! 2. Every other line is written at once, behind what waits: the log's order is the order of events.
//! 3. What waits is bounded by [`WAITING`]. When standard error does not take more, whoever logs waits,
//!    as without this. When it fails, because its disk is full or its reader is gone, lines are lost and counted:
//!    nobody fails for it. The first line after that begins a line of its own.
//! 4. What is logged at once is one line, whatever it quotes (AU-03): causes of failures may repeat what others sent.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gatewright_server::web::request_log;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line of a request may wait for others.
const LATE: Duration = Duration::from_millis(10);
/// How many bytes may.
const WAITING: usize = 64 * 1024;

/// The way to standard error. One per process.
#[derive(Clone)]
pub(super) struct Lines {
    shared: Arc<Shared>,
    /// How many bytes of requests' lines wait.
    limit: usize,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Vec<u8>>,
    arrived: Condvar,
    /// Held while writing; empty otherwise.
    leaving: Mutex<Vec<u8>>,
    /// Whether the last writing failed, perhaps in the middle of a line.
    torn: AtomicBool,
}

impl Lines {
    /// Starts the thread that writes what was gathered. Without one every line is written at once.
    pub(super) fn start() -> Lines {
        let shared: Arc<Shared> = Arc::default();
        let writes = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("log".to_owned());
        let limit = thread.spawn(move || writes.write_for_ever()).map_or(0, |_| WAITING);
        Lines { shared, limit }
    }
}

impl Shared {
    fn write_for_ever(&self) {
        loop {
            let waiting = held(&self.waiting);
            drop(self.arrived.wait_while(waiting, |waiting| waiting.is_empty()));
            std::thread::sleep(LATE);
            self.write(io::stderr());
        }
    }

    /// Writes everything that waits.
    fn write(&self, mut out: impl Write) {
        let mut leaving = held(&self.leaving);
        std::mem::swap(&mut *held(&self.waiting), &mut *leaving);
        if self.torn.load(Ordering::Relaxed) {
            leaving.insert(0, b'\n');
        }
        let failed = out.write_all(&leaving).is_err();
        self.torn.store(failed, Ordering::Relaxed);
        if failed {
            metrics::counter!("gatewright_log_errors_total").increment(1);
        }
        leaving.clear();
    }
}

/// Nothing that is done under these locks can be left half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { shared: &self.shared, limit: 0 }
    }

    fn make_writer_for(&'a self, of: &Metadata<'_>) -> Line<'a> {
        let is_request = *of.level() == Level::INFO && of.target() == request_log::TARGET;
        Line { shared: &self.shared, limit: if is_request { self.limit } else { 0 } }
    }
}

/// Takes one line.
pub(super) struct Line<'a> {
    shared: &'a Shared,
    /// With more than this waiting, it does not wait.
    limit: usize,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut waiting = held(&self.shared.waiting);
        let was_empty = waiting.is_empty();
        append(&mut waiting, bytes);
        let is_full = waiting.len() > self.limit;
        drop(waiting);
        if is_full {
            self.shared.write(io::stderr());
        } else if was_empty {
            self.shared.arrived.notify_one();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Step 4. Tabs stay, and so do colours, which lines at a terminal have.
fn append(waiting: &mut Vec<u8>, line: &[u8]) {
    let (text, end) = line.split_at(line.len() - usize::from(line.ends_with(b"\n")));
    for (place, byte) in text.iter().enumerate() {
        let is_harmless = match byte {
            b'\t' => true,
            b'\x1b' => is_colour(&text[place + 1..]),
            byte => *byte >= b' ',
        };
        if is_harmless {
            waiting.push(*byte);
        } else {
            waiting.extend(format!("\\u{byte:04x}").bytes());
        }
    }
    waiting.extend_from_slice(end);
}

/// Whether what follows an escape chooses a colour and does nothing else.
fn is_colour(rest: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b"[") else { return false };
    let end = rest.iter().position(|byte| !byte.is_ascii_digit() && *byte != b';');
    end.is_some_and(|end| rest[end] == b'm')
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::fmt;

    use super::*;

    /// What would be written of a failure whose cause repeats this.
    fn told(said: &str, format: impl Fn(Lines) -> tracing::Dispatch) -> String {
        let lines = Lines { shared: Arc::default(), limit: WAITING };
        tracing::dispatcher::with_default(&format(lines.clone()), || {
            tracing::info!(target: "gatewright_server::web::request_log", cause = %said, said, "unavailable");
        });
        String::from_utf8(held(&lines.shared.waiting).clone()).unwrap()
    }

    /// A file on a disk of so many bytes.
    struct Disk(Vec<u8>, usize);

    impl Write for &mut Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = self.1 - self.0.len();
            if room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let fits = bytes.len().min(room);
            self.0.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_loses_lines_and_tears_no_later_one() {
        let (shared, mut disk) = (Shared::default(), Disk(Vec::new(), 10));
        for line in ["first\n", "second\n", "third\n"] {
            append(&mut held(&shared.waiting), line.as_bytes());
            shared.write(&mut disk);
        }
        disk.1 = 100;
        for line in ["fourth\n", "fifth\n"] {
            append(&mut held(&shared.waiting), line.as_bytes());
            shared.write(&mut disk);
        }
        assert_eq!(String::from_utf8(disk.0).unwrap(), "first\nseco\nfourth\nfifth\n");
    }

    #[test]
    fn au_03_what_is_logged_is_one_line_whatever_it_quotes() {
        let text = |lines| fmt().with_ansi(false).with_writer(lines).finish().into();
        let json = |lines| fmt().json().flatten_event(true).with_writer(lines).finish().into();
        assert_eq!(request_log::TARGET, "gatewright_server::web::request_log");
        for said in [
            "x\n2026-01-01T00:00:00Z ERROR gatewright: forged",
            "x\r\n{\"level\":\"ERROR\"}",
            "\n",
            "\u{b}\u{c}\u{0}",
            "\u{1b}[2J\u{1b}]0;forged\u{7}",
        ] {
            for line in [told(said, text), told(said, json)] {
                assert!(line.ends_with('\n') && line.contains("unavailable"), "{line:?}");
                assert_eq!(line.chars().filter(|char| char.is_control()).count(), 1, "{line:?}");
            }
            let read: serde_json::Value = serde_json::from_str(&told(said, json)).unwrap();
            assert_eq!(read["cause"], said);
        }
        assert!(told("x\ty", text).contains("cause=x\ty"), "{}", told("x\ty", text));
    }
}

//! How log lines reach standard error.
//!
//! 1. Lines of requests come by the ten thousand, and writing one costs as much as answering a request
//!    from memory: they are gathered and written together, at most [`LATE`] after they were made.
//! 2. Every other line is written at once, behind what waits: the log's order is the order of events.
//! 3. What waits is bounded by [`WAITING`]. When standard error does not take more, whoever logs waits,
//!    as without this.

use std::io::{self, Write};
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
pub(super) struct Lines(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Vec<u8>>,
    arrived: Condvar,
    /// Held while writing; empty otherwise.
    leaving: Mutex<Vec<u8>>,
}

impl Lines {
    /// Starts the thread that writes what was gathered. Without one every line is written at once.
    pub(super) fn start() -> Option<Lines> {
        let lines = Lines(Arc::default());
        let shared = Arc::clone(&lines.0);
        let thread = std::thread::Builder::new().name("log".to_owned());
        thread.spawn(move || shared.write_for_ever()).is_ok().then_some(lines)
    }
}

impl Shared {
    fn write_for_ever(&self) {
        loop {
            let waiting = held(&self.waiting);
            drop(self.arrived.wait_while(waiting, |waiting| waiting.is_empty()));
            std::thread::sleep(LATE);
            // There is nobody to tell that standard error is gone.
            let _ = self.write();
        }
    }

    /// Writes everything that waits.
    fn write(&self) -> io::Result<()> {
        let mut leaving = held(&self.leaving);
        std::mem::swap(&mut *held(&self.waiting), &mut *leaving);
        let written = io::stderr().write_all(&leaving);
        leaving.clear();
        written
    }
}

/// Nothing that is done under these locks can be left half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { shared: &self.0, limit: 0 }
    }

    fn make_writer_for(&'a self, of: &Metadata<'_>) -> Line<'a> {
        let is_request = *of.level() == Level::INFO && of.target() == request_log::TARGET;
        Line { shared: &self.0, limit: if is_request { WAITING } else { 0 } }
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
        waiting.extend_from_slice(bytes);
        let is_full = waiting.len() > self.limit;
        drop(waiting);
        if is_full {
            self.shared.write()?;
        } else if was_empty {
            self.shared.arrived.notify_one();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

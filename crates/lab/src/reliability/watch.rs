//! A pair of eyes: asks a node for one thing again and again while something breaks, and remembers what it heard.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::history::{Entry, History};
use super::http::{Door, Request};
use crate::Outcome;

/// A watcher at work.
pub struct Watcher {
    watching: JoinHandle<()>,
    goes_on: watch::Sender<()>,
    history: Arc<History>,
}

impl Watcher {
    /// Asks for these paths, one after the other, with a pause.
    pub fn begin(
        (node, door): (usize, Arc<Door>),
        paths: &'static [&'static str],
        pause: Duration,
    ) -> Watcher {
        let history = Arc::new(History::default());
        let (goes_on, until) = watch::channel(());
        let noted = Arc::clone(&history);
        let watching = tokio::spawn(async move {
            for path in paths.iter().cycle() {
                if until.has_changed().is_err() {
                    break;
                }
                let at = Instant::now();
                let result = door.send(&Request::get(*path)).await;
                noted.ended((node, path), at, &result);
                sleep(pause).await;
            }
        });
        Watcher { watching, goes_on, history }
    }

    /// Ends it; what it heard.
    pub async fn end(self) -> Outcome<Vec<Entry>> {
        drop(self.goes_on);
        self.watching.await?;
        Ok(std::mem::take(&mut self.history.noted().entries))
    }
}

/// What was answered with anything but success.
pub fn bad(entries: &[Entry]) -> Vec<String> {
    let bad = entries.iter().filter(|entry| !(200..300).contains(&entry.status()));
    bad.map(|entry| format!("{}: {}", entry.what, entry.outcome.words())).collect()
}

/// The longest.
pub fn slowest(entries: &[Entry]) -> Duration {
    entries.iter().map(|entry| entry.took).max().unwrap_or_default()
}

//! `[events]`: how long what happened is kept, and what is kept of it elsewhere.

use std::path::PathBuf;

use super::reader::Section;

/// The shortest time, in days: a webhook that was away for three days has its events by then, and so has whoever looks
/// at a month.
const LEAST: u32 = 31;

/// How long events are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// Days an event is kept; zero for ever.
    pub keep_days: u32,
    /// Where the newest checkpoint of the sealed log is written, a line a minute.
    pub checkpoint_file: Option<PathBuf>,
}

impl Default for Events {
    /// The year that auditors look back on, and a month to ask for it.
    fn default() -> Self {
        Events { keep_days: 400, checkpoint_file: None }
    }
}

impl Events {
    pub(super) fn read(mut section: Section<'_, '_>) -> Events {
        let mut events = Events::default();
        section.number("keep_days", &mut events.keep_days, 0..=36_500);
        if (1..LEAST).contains(&events.keep_days) {
            let hint = "0 keeps events for ever".to_owned();
            let said = (format!("must be 0 or at least {LEAST}, not {}", events.keep_days), Some(hint));
            section.refuse("keep_days", None, said);
        }
        events.checkpoint_file = section.path("checkpoint_file");
        section.finish();
        events
    }
}

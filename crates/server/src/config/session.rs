//! `[session]`: how long a person stays signed in with this server, in their browser.

use super::reader::Section;

/// Limits of a browser session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hours without use after which the person signs in again.
    pub idle_hours: u32,
    /// Days after which the person signs in again, whatever happened in between.
    pub absolute_days: u32,
}

impl Default for Session {
    fn default() -> Self {
        Session { idle_hours: 8, absolute_days: 7 }
    }
}

impl Session {
    pub(super) fn read(mut section: Section<'_, '_>) -> Session {
        let mut session = Session::default();
        section.number("idle_hours", &mut session.idle_hours, 1..=8760);
        section.number("absolute_days", &mut session.absolute_days, 1..=365);
        if session.idle_hours > session.absolute_days.saturating_mul(24) {
            let message = format!("is longer than `session.absolute_days` ({})", session.absolute_days);
            section.refuse(
                "idle_hours",
                None,
                (message, Some("raise the absolute limit or lower this one".to_owned())),
            );
        }
        section.finish();
        session
    }
}

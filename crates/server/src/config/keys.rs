//! `[keys]`: the life of signing keys.

use super::reader::Section;

/// When signing keys change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Days a key signs before its successor takes over.
    pub rotate_days: u32,
    /// Seconds a key is published before it may sign, so that everybody who caches the key set has
    /// seen it by then.
    pub publish_ahead_seconds: u32,
}

impl Default for Keys {
    fn default() -> Self {
        Keys { rotate_days: 90, publish_ahead_seconds: 3600 }
    }
}

impl Keys {
    pub(super) fn read(mut section: Section<'_, '_>) -> Keys {
        let mut keys = Keys::default();
        section.number("rotate_days", &mut keys.rotate_days, 1..=3650);
        section.number("publish_ahead_seconds", &mut keys.publish_ahead_seconds, 600..=604_800);
        section.finish();
        keys
    }
}

//! `[places]`: where addresses probably are. Without it nobody is told.

use std::path::PathBuf;

use super::reader::Section;

/// A database of places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Its file (`MaxMind DB`), read at the start.
    pub database: Option<PathBuf>,
}

impl Places {
    pub(super) fn read(mut section: Section<'_, '_>) -> Places {
        let places = Places { database: section.path("database") };
        section.finish();
        places
    }
}

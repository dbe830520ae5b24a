//! Searching what no index finds: one look goes over so many rows, and says how far it got.

use crate::Stored;

/// Rows that one look goes over.
pub(crate) const LOOKED_AT: i64 = 2000;

/// What one look found, and behind which to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked<T, C> {
    /// What was found.
    pub found: Vec<T>,
    /// The last one that was looked at, where there may be more.
    pub to: Option<C>,
}

impl<T, C> Looked<T, C> {
    /// A look that found as much as was asked for ends at the last of it (`place`), any other where its rows end (`end`).
    pub(crate) async fn so_far(
        found: Vec<T>,
        limit: u32,
        (place, end): (impl Fn(&T) -> C, impl Future<Output = Stored<Option<C>>>),
    ) -> Stored<Self> {
        let is_full = u32::try_from(found.len()).is_ok_and(|count| count >= limit);
        let to = if is_full { found.last().map(place) } else { end.await? };
        Ok(Looked { found, to })
    }
}

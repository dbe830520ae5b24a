//! How an experiment is run: its surroundings, its seed, and how much of it.

use std::path::PathBuf;

use super::report::Report;
use crate::luck::Luck;
use crate::world::World;

/// One run.
pub struct Run<'a> {
    /// The database, with seeds.
    pub world: &'a World,
    /// The server.
    pub program: PathBuf,
    /// Where chance comes from.
    pub seed: u64,
    /// How much of the whole experiment, as a share.
    pub scale: f64,
    /// How many times longer than promised something may take before that is a failure: more than once where other
    /// work shares the machine, and a bound that is broken is broken by far.
    pub patience: u32,
}

impl Run<'_> {
    /// So many at the whole scale, and `least` at any.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "small and positive"
    )]
    pub fn scaled(&self, whole: usize, least: usize) -> usize {
        ((whole as f64 * self.scale) as usize).max(least)
    }

    /// An empty report.
    pub fn report(&self, title: &'static str) -> Report {
        Report::new(title, self.seed, self.patience)
    }

    /// The luck of this run.
    pub fn luck(&self) -> Luck {
        Luck::new(self.seed)
    }
}

//! How many lines of refused requests the log takes (DS-09).

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Lines in a second: about 2 GiB a day at most.
const PER_SECOND: u64 = 100;

/// Counts the lines of the second that runs.
#[derive(Debug, Default)]
pub(super) struct Sampling {
    second: AtomicI64,
    asked: AtomicU64,
}

/// Whether a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admitted {
    /// It is.
    One,
    /// It is, and so many before it were not.
    After(u64),
    /// It is not.
    Not,
}

impl Sampling {
    /// Asks for a line in this second. Two threads that meet at the turn of a second may disagree by a line.
    pub(super) fn admit(&self, second: i64) -> Admitted {
        if self.second.swap(second, Ordering::Relaxed) != second {
            let left_out = self.asked.swap(1, Ordering::Relaxed).saturating_sub(PER_SECOND);
            return if left_out > 0 { Admitted::After(left_out) } else { Admitted::One };
        }
        if self.asked.fetch_add(1, Ordering::Relaxed) < PER_SECOND { Admitted::One } else { Admitted::Not }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ds_09_a_flood_of_refusals_gets_a_hundred_lines_a_second() {
        let sampling = Sampling::default();
        let written = |second| (0..100_000).filter(|_| sampling.admit(second) != Admitted::Not).count();
        assert_eq!(written(7), 100);
        assert_eq!(sampling.admit(8), Admitted::After(99_900), "and nobody is left in the dark about it");
        assert_eq!(sampling.admit(8), Admitted::One);
        assert_eq!(sampling.admit(60), Admitted::One);
        assert_eq!(written(61), 100);
    }
}

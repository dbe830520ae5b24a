//! How many statements a request ran. Query budgets are part of the contract, so they are
//! counted where statements start and asserted by tests; outside a scope counting is free.

use std::cell::Cell;

tokio::task_local! {
    static COUNTS: Cell<Counts>;
}

/// Statements started inside a [`scope`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Statements that only read.
    pub reads: u32,
    /// Statements that may write. A statement repeated after a conflict counts twice.
    pub writes: u32,
}

/// Runs `work` and says how many statements it started in this task.
/// Statements of tasks it spawns are not counted.
pub async fn scope<F: Future>(work: F) -> (F::Output, Counts) {
    COUNTS
        .scope(Cell::default(), async {
            let output = work.await;
            (output, COUNTS.with(Cell::get))
        })
        .await
}

pub(crate) fn read() {
    bump(|counts| counts.reads += 1);
}

pub(crate) fn write() {
    bump(|counts| counts.writes += 1);
}

fn bump(change: impl FnOnce(&mut Counts)) {
    // An error only says that nobody is counting.
    let _ = COUNTS.try_with(|cell| {
        let mut counts = cell.get();
        change(&mut counts);
        cell.set(counts);
    });
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn only_what_happens_inside_is_counted() {
        super::read();
        let ((), counts) = super::scope(async {
            super::read();
            super::read();
            super::write();
        })
        .await;
        assert_eq!(counts, super::Counts { reads: 2, writes: 1 });
    }
}

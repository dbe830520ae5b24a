//! Removes what nobody needs any more, in small batches, by one replica at a time.
//!
//! Codes stay a while after they end, so that a replay is still recognised; grants and sessions for as
//! long as somebody may ask what became of them. Registrations that were never used are put aside after
//! `registration.unused_hours`, and come back when somebody uses them after all: clients keep their
//! `client_id` for good and cannot be told that it is gone. Half a year later they are removed.

use chrono::Duration;
use gatewright_store::Write;
use gatewright_store::leases::{self, Lease};
use gatewright_store::sweep::{self, Cutoffs};

use tokio::time::Instant;

use crate::app::{App, Moment};
use crate::error::Outcome;

/// How fast.
pub const PACE: Pace = Pace { batch: 32, rest: 1 };
/// How long one turn may take; what is left waits for the next one.
const TURN: std::time::Duration = std::time::Duration::from_secs(30);

/// How fast rows are swept.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Rows of one kind per batch: few enough that nobody waits for their locks, or for the disk behind them.
    pub batch: u32,
    /// How many times as long as a batch the pause after it is.
    pub rest: u32,
}

/// One turn of the job.
pub async fn turn(app: App) -> Outcome<()> {
    let moment = app.system_moment();
    let lease = Lease { name: "sweep", holder: app.process, until: moment.now + Duration::minutes(5) };
    match leases::acquire(&app.store, &lease, moment.now).await? {
        Write::Applied(()) => {}
        Write::Lost => return Ok(()),
    }
    let cutoffs = Cutoffs {
        codes: moment.now - Duration::hours(1),
        sessions: moment.now - Duration::days(30),
        grants: moment.now - Duration::days(30),
        revoked_tokens: moment.now - Duration::minutes(10),
        assertions: moment.now,
        unused_clients: moment.now - Duration::hours(i64::from(app.config.registration.unused_hours)),
        swept_clients: moment.now - Duration::days(180),
        traces: moment.now - Duration::days(7),
    };
    all(&app, &moment, &cutoffs, (PACE, TURN)).await
}

/// Sweeps until nothing is left, or for so long.
pub async fn all(
    app: &App,
    moment: &Moment,
    cutoffs: &Cutoffs,
    (pace, longest): (Pace, std::time::Duration),
) -> Outcome<()> {
    let begun = Instant::now();
    while begun.elapsed() < longest {
        let batch = Instant::now();
        let traces = [&moment.trace(app), &moment.trace(app)];
        let swept = sweep::batch(&app.store, cutoffs, pace.batch, traces).await?;
        if !swept.is_full(pace.batch) {
            break;
        }
        tokio::time::sleep(batch.elapsed() * pace.rest).await;
    }
    Ok(())
}

//! Removes what nobody needs any more, in small batches, by one replica at a time.
//!
//! Codes stay a while after they end, so that a replay is still recognised; grants and sessions for as
//! long as somebody may ask what became of them; registrations that were never used for a week (only
//! those: ruling 12 of the MCP profile, registrations are not lost).

use chrono::Duration;
use gatewright_store::Write;
use gatewright_store::leases::{self, Lease};
use gatewright_store::sweep::{self, Cutoffs};

use crate::app::App;
use crate::error::Outcome;

/// Rows of one kind removed per batch.
const BATCH: u32 = 500;
/// Batches per turn; what is left waits for the next one.
const BATCHES: usize = 20;

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
        unused_clients: moment.now - Duration::days(7),
    };
    for _batch in 0..BATCHES {
        let swept = sweep::batch(&app.store, &cutoffs, BATCH, &moment.trace(&app)).await?;
        if !swept.is_full(BATCH) {
            break;
        }
    }
    Ok(())
}

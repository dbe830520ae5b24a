//! Removes what nobody needs any more, in small batches, by one replica at a time.
//!
//! Codes stay a while after they end, so that a replay is still recognised; grants and sessions for as
//! long as somebody may ask what became of them. Registrations that were never used are put aside after
//! `registration.unused_hours`, and come back when somebody uses them after all: clients keep their
//! `client_id` for good and cannot be told that it is gone. Half a year later they are removed.

use chrono::Duration;
use gatewright_store::Time;
use gatewright_store::Write;
use gatewright_store::consents;
use gatewright_store::leases::{self, Lease};
use gatewright_store::sweep::{self, Kind};
use tokio::time::Instant;

use crate::app::{App, Moment};
use crate::error::Outcome;
use crate::limits::sign_in;

/// How fast.
pub const PACE: Pace = Pace { batch: 16, rest: 1 };
/// How long one turn may take; what is left waits for the next one.
const TURN: std::time::Duration = std::time::Duration::from_secs(30);

/// Answers of one turn; nobody is asked less because of one that waits for the next.
const ANSWERS: u32 = 100;

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
    forget_answers(&app, &moment).await?;
    all(&app, &moment, |kind| before(&app, &moment, kind), (PACE, TURN)).await
}

/// What people allowed for a time is forgotten when nothing stands on it any more. They may read that it ended, so each
/// has an event.
async fn forget_answers(app: &App, moment: &Moment) -> Outcome<()> {
    for consent in consents::expired(&app.store, moment.now, ANSWERS).await? {
        // Lost: it was given again, or withdrawn, a moment ago.
        let (Write::Applied(()) | Write::Lost) =
            consents::expire(&app.store, consent, &moment.trace(app)).await?;
    }
    Ok(())
}

/// What ended before this goes.
fn before(app: &App, moment: &Moment, kind: Kind) -> Time {
    moment.now
        - match kind {
            Kind::Codes | Kind::DeviceCodes => Duration::hours(1),
            Kind::Grants | Kind::Sessions | Kind::Jobs => Duration::days(30),
            // The leeway of those who verify, and more.
            Kind::RevokedTokens => Duration::minutes(10),
            Kind::Assertions
            | Kind::Idempotency
            | Kind::PasswordLinks
            | Kind::MailedLinks
            | Kind::MailedCodes => Duration::zero(),
            // As long as one is tried, and then some: what an address was sent is counted by them.
            Kind::Mails => Duration::days(2),
            Kind::UnusedClients => Duration::hours(i64::from(app.config.registration.unused_hours)),
            // A browser is known for as long as it keeps its cookie.
            Kind::SweptClients | Kind::KnownBrowsers => Duration::days(180),
            Kind::Tries => sign_in::FORGOTTEN_AFTER,
            Kind::Traces | Kind::Deliveries => Duration::days(7),
        }
}

/// Sweeps one kind after the other until nothing is left, or for so long.
pub async fn all(
    app: &App,
    moment: &Moment,
    before: impl Fn(Kind) -> Time,
    (pace, longest): (Pace, std::time::Duration),
) -> Outcome<()> {
    let begun = Instant::now();
    for kind in Kind::ALL {
        while begun.elapsed() < longest {
            let batch = Instant::now();
            let swept =
                sweep::batch(&app.store, kind, (before(kind), pace.batch), &moment.trace(app)).await?;
            if swept < u64::from(pace.batch) {
                break;
            }
            tokio::time::sleep(batch.elapsed() * pace.rest).await;
        }
    }
    Ok(())
}

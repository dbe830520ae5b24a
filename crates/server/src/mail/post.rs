//! Sending what is due.
//!
//! 1. One replica at a time, by a lease, takes a few mails, those that wait longest first.
//! 2. Each is handed to the mail server over a connection of its own, a few side by side.
//! 3. What became of it is written down at once. A crash in between sends a mail twice, with one `Message-ID`.
//! 4. What fails is tried again, ever more rarely, until it is of no use.

use chrono::Duration;
use futures_util::future::join_all;
use gatewright_oauth::Time;
use gatewright_store::Write;
use gatewright_store::leases::{self, Lease};
use gatewright_store::mails::{self, Fate, Waiting};

use super::smtp::{Postman, Refused};
use crate::app::App;
use crate::config::Delivery;
use crate::error::Outcome;

/// Mails of a turn.
const BATCH: u32 = 16;
/// Connections at once.
const LANES: usize = 4;
/// Longer than a turn can take.
const LEASE: Duration = Duration::minutes(5);
/// The name of the lease.
const NAME: &str = "mail";
/// The first pause before another attempt, and the longest, in seconds.
const PAUSES: (i64, i64) = (15, 3_600);

/// One turn of the job.
pub async fn turn(app: App) -> Outcome<()> {
    let Delivery::Smtp(smtp) = &app.config.mail.delivery else { return Ok(()) };
    let now = app.clock.now();
    if mails::due(&app.store, now, 1).await?.is_empty() {
        return Ok(());
    }
    let lease = Lease { name: NAME, holder: app.process, until: now + LEASE };
    match leases::acquire(&app.store, &lease, now).await? {
        Write::Applied(()) => {}
        Write::Lost => return Ok(()),
    }
    let sent = async {
        let postman = Postman::new(&app.config, smtp)?;
        let due = mails::due(&app.store, now, BATCH).await?;
        for few in due.chunks(LANES) {
            let done = join_all(few.iter().map(|mail| attempt(&app, &postman, mail))).await;
            done.into_iter().collect::<Outcome<()>>()?;
        }
        Ok(())
    };
    let sent = sent.await;
    // Lost: it took so long that somebody else has it.
    let (Write::Applied(()) | Write::Lost) = leases::release(&app.store, NAME, app.process).await?;
    sent
}

/// Steps 2 to 4.
async fn attempt(app: &App, postman: &Postman, mail: &Waiting) -> Outcome<()> {
    let now = app.clock.now();
    let (fate, outcome) = if mail.good_until <= now {
        tracing::warn!(mail = %mail.id, kind = mail.kind, "a mail was of no use any more and was not sent");
        (Fate::Ended, "given_up")
    } else {
        match send(app, postman, mail).await {
            Ok(()) => (Fate::Ended, "sent"),
            Err(Refused::ForGood(error)) => {
                tracing::warn!(mail = %mail.id, kind = mail.kind, error, "a mail was refused");
                (Fate::Ended, "given_up")
            }
            Err(Refused::ForNow(error)) => {
                let next = app.clock.now() + app.around(pause(mail.attempts));
                tracing::warn!(mail = %mail.id, kind = mail.kind, error, %next, "a mail could not be sent yet");
                (again(next, mail.good_until), "failed")
            }
        }
    };
    app.meters.mails.count([outcome, ""]);
    // Lost: the account it is about was deleted meanwhile.
    let (Write::Applied(()) | Write::Lost) = mails::record(&app.store, mail.id, mail.attempts, fate).await?;
    Ok(())
}

/// A mail that another release sealed, or that was tampered with, keeps no other one waiting.
async fn send(app: &App, postman: &Postman, mail: &Waiting) -> Result<(), Refused> {
    let written = super::open(app, mail).map_err(|_| Refused::ForNow("it cannot be unsealed".to_owned()))?;
    postman.send((mail.id, mail.created_at), &written).await
}

/// What cannot be tried again in time is looked at once more, and ends.
fn again(next: Time, good_until: Time) -> Fate {
    Fate::Again(next.min(good_until))
}

/// How long to wait after an attempt that `before` others went before.
fn pause(before: u32) -> Duration {
    let (first, most) = PAUSES;
    Duration::seconds((first << before.min(16)).min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer() {
        let pauses: Vec<i64> = [0, 1, 2, 3, 7, 8, 1_000].map(|before| pause(before).num_seconds()).to_vec();
        assert_eq!(pauses, [15, 30, 60, 120, 1_920, 3_600, 3_600]);
    }
}

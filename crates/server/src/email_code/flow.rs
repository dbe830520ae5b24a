//! Ask for a code; try one.

use std::time::Duration;

use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_oauth::secret::{SessionId, Token};
use gatewright_store::{Write, mailed_codes};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use crate::accounts::{self, codes};
use crate::app::{App, Moment};
use crate::ceremony::Errand;
use crate::error::{Outcome, Stop};
use crate::limits::Admission;
use crate::mail::Wish;
use crate::sign_in::{self, Onward, Proven};
use crate::web::page::Problem;

/// How the person is said to have shown who they are.
const AMR: &str = "otp";

/// What did not match is answered at even steps: a try at a code that is there is written down, which takes longer than
/// finding none (LG-04).
const STEP: Duration = Duration::from_millis(100);

/// What the form for a code carries.
#[derive(Serialize, Deserialize)]
struct Ticket {
    /// The row with the code.
    id: Uuid,
    /// The transaction it belongs to.
    transaction: Uuid,
    /// Whose code, in normal form.
    key: String,
}

/// What comes of a wish, or of a try.
pub(super) enum Verdict<T> {
    /// It was taken, or was right.
    Done(T),
    /// The code is not the one that was mailed, or is none any more.
    NoMatch,
    /// Too many from here; again after this many seconds.
    Wait(u64),
}

/// Steps 1 and 2: the sealed ticket.
pub(super) async fn ask(
    app: &App,
    moment: &Moment,
    (errand, username): (&Errand, &str),
) -> Outcome<Verdict<String>> {
    let key = accounts::key(username);
    if let Admission::Wait(seconds) =
        app.throttle.admit(&format!("mail {key}"), moment.peer, moment.now).await
    {
        return Ok(Verdict::Wait(seconds));
    }
    let ticket = Ticket { id: app.id(moment.now), transaction: errand.transaction, key: key.clone() };
    app.letterbox.take(moment, Wish::Code { key, ticket: ticket.id })?;
    let until = moment.now + codes::GOOD_FOR;
    let sealed = app.data_keys.seal(app, Purpose::EmailCode, &Expiring { until, value: &ticket })?;
    Ok(Verdict::Done(sealed))
}

/// Step 3. `previous` is the session this browser had.
pub(super) async fn check(
    app: &App,
    moment: &Moment,
    (errand, ticket, code): (&Errand, &str, &str),
    previous: Option<Token<SessionId>>,
) -> Outcome<Verdict<Onward>> {
    let ticket: Option<Ticket> = app.data_keys.open_value(Purpose::EmailCode, ticket, moment.now);
    let ticket = ticket
        .filter(|ticket| ticket.transaction == errand.transaction)
        .ok_or(Stop::Shown(Problem::Expired))?;
    if let Admission::Wait(seconds) = app.throttle.admit(&ticket.key, moment.peer, moment.now).await {
        return Ok(Verdict::Wait(seconds));
    }
    let tag = app.data_keys.code_tag(ticket.id, &codes::typed(code));
    let begun = Instant::now();
    let tried = mailed_codes::try_one(&app.store, ticket.id, &tag, moment.now).await?;
    let Write::Applied((user, era)) = tried else {
        tokio::time::sleep_until(next_step(begun, Instant::now())).await;
        return Ok(Verdict::NoMatch);
    };
    let proven = Proven { user, era, amr: AMR.to_owned(), at: None };
    let onward = sign_in::proceed(app, moment, (errand, &proven), previous).await?;
    if let Some(Onward::Welcome(_)) = &onward {
        app.throttle.forgive(&ticket.key, moment.peer, moment.now).await;
    }
    Ok(onward.map_or(Verdict::NoMatch, Verdict::Done))
}

/// The next full step after `begun`.
fn next_step(begun: Instant, now: Instant) -> Instant {
    let passed = u32::try_from((now - begun).as_millis() / STEP.as_millis()).unwrap_or(u32::MAX - 1);
    begun + STEP * (passed + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg_04_a_code_that_did_not_match_is_answered_at_even_steps() {
        let begun = Instant::now();
        for (passed, step) in [(0, 100), (1, 100), (99, 100), (100, 200), (250, 300)] {
            let at = next_step(begun, begun + Duration::from_millis(passed));
            assert_eq!(at - begun, Duration::from_millis(step), "{passed}");
        }
    }
}

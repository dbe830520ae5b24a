//! Codes of an authenticator app (RFC 6238), and recovery codes.
//!
//! 1. A try is taken from the limiter that all factors share, and from the six in five minutes that an account has for
//!    codes from everywhere together (LG-07): only people whose first factor was right get here, so no stranger can use
//!    those up.
//! 2. The code is judged in a pure function, and spent by one guarded statement: once.

use chrono::Duration;
use gatewright_oauth::seal::Purpose;
use gatewright_oauth::{recovery, totp};
use gatewright_store::factors::Factors;
use gatewright_store::{Write, code_tries, recovery_codes, totps};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Judged;
use crate::app::{App, Moment};
use crate::data_keys::Use;
use crate::error::{Fault, Outcome};
use crate::limits::Admission;

/// Codes that are looked at.
const TRIES: i64 = 6;
/// In this time.
const WINDOW: Duration = Duration::minutes(5);

/// Whose codes.
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    /// The account.
    pub user: Uuid,
    /// What it has.
    pub factors: &'a Factors,
}

/// A code of the app.
pub async fn totp(app: &App, moment: &Moment, holder: Holder<'_>, typed: &str) -> Outcome<Judged<()>> {
    if let Some(seconds) = wait(app, moment, holder).await? {
        return Ok(Judged::Wait(seconds));
    }
    let Some(stored) = totps::find(&app.store, holder.user).await? else { return Ok(Judged::Wrong) };
    let seed = app
        .data_keys
        .unseal((Use::Totp, Purpose::TotpSeed), stored.id.as_bytes(), &stored.sealed)
        .and_then(|bytes| Some(Zeroizing::new(<[u8; totp::SEED]>::try_from(bytes.as_slice()).ok()?)))
        .ok_or_else(|| Fault::internal("the seed of an authenticator app cannot be unsealed"))?;
    let Some(step) = totp::accepts(&seed, typed, stored.last_step, moment.now) else {
        return Ok(Judged::Wrong);
    };
    match totps::accept(&app.store, holder.user, (stored.id, step), &moment.trace(app)).await? {
        Write::Applied(()) => right(app, holder).await,
        // The same code was used at this moment.
        Write::Lost => Ok(Judged::Wrong),
    }
}

/// A recovery code. What is left of them is told when it was right.
pub async fn recovery(app: &App, moment: &Moment, holder: Holder<'_>, typed: &str) -> Outcome<Judged<usize>> {
    if let Some(seconds) = wait(app, moment, holder).await? {
        return Ok(Judged::Wait(seconds));
    }
    let Some(digest) = recovery::digest(holder.user, typed) else { return Ok(Judged::Wrong) };
    // Another code of the same person may be spent between looking and spending; then it is looked at again, once.
    for _look in 0..2 {
        let Some(left) = recovery_codes::of_user(&app.store, holder.user).await? else { break };
        let Some(rest) = left.without(&digest) else { break };
        let spent =
            recovery_codes::spend(&app.store, holder.user, (&left, &rest), &moment.trace(app)).await?;
        if let Write::Applied(()) = spent {
            right(app, holder).await?;
            return Ok(Judged::Right(left.count().saturating_sub(1)));
        }
    }
    Ok(Judged::Wrong)
}

/// New recovery codes, to be shown once. `None` when there is no factor that they could stand in for.
pub async fn renew_recovery(app: &App, moment: &Moment, user: Uuid) -> Outcome<Option<recovery::Codes>> {
    let codes = recovery::Codes::from_random(&app.random());
    let made = recovery_codes::replace(&app.store, user, &codes.digests(user), &moment.trace(app)).await?;
    Ok(made.applied().map(|()| codes))
}

/// Step 1: how long somebody has to wait, if they have to.
async fn wait(app: &App, moment: &Moment, holder: Holder<'_>) -> Outcome<Option<u64>> {
    if let Admission::Wait(seconds) =
        app.throttle.admit(&holder.factors.username_key, moment.peer, moment.now).await
    {
        return Ok(Some(seconds));
    }
    let since = moment.now - WINDOW;
    Ok(match code_tries::take(&app.store, holder.user, (since, TRIES), moment.now).await? {
        Write::Applied(()) => None,
        Write::Lost => Some(u64::try_from(WINDOW.num_seconds()).unwrap_or_default()),
    })
}

async fn right(app: &App, holder: Holder<'_>) -> Outcome<Judged<()>> {
    code_tries::forgive(&app.store, holder.user).await?;
    Ok(Judged::Right(()))
}

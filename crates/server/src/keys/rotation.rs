//! Key rotation: `next` is published long enough for every cache to see it, then it signs.
//!
//! 1. Under a lease, an algorithm whose active key is old gets a `next` key.
//! 2. A `next` key older than [`publish_ahead`](crate::config) is promoted; the one before it retires.
//!    When nothing signs any more, because the active key was revoked, it is promoted at once, or made:
//!    verifiers look again when they meet an unknown key, and that beats issuing nothing.
//! 3. A retired key leaves once the longest-lived token it signed, every cache and some clock skew
//!    have passed.

use chrono::Duration;
use gatewright_jose::Algorithm;
use gatewright_store::Write;
use gatewright_store::leases::{self, Lease};
use gatewright_store::signing_keys::{self, KeyState, StoredKey};

use super::flow::{ALGORITHMS, Made, ensure, reload};
use crate::app::{App, Moment};
use crate::error::Outcome;

/// `max-age` of the JWKS, in seconds.
pub const JWKS_MAX_AGE: i64 = 300;
/// The least time a `next` key is published before it signs: twice the JWKS' `max-age`.
pub const LEAST_AHEAD: i64 = 2 * JWKS_MAX_AGE;
/// Clock skew allowed for on top of lifetimes.
const SKEW: i64 = 300;
/// The longest-lived thing a key signs: an ID token used as a hint at logout.
const LONGEST_TOKEN: i64 = 24 * 3600;

/// One turn of the job.
pub async fn tend(app: App) -> Outcome<()> {
    let moment = app.system_moment();
    let lease =
        Lease { name: "keys.rotate", holder: app.process, until: moment.now + Duration::seconds(120) };
    match leases::acquire(&app.store, &lease, moment.now).await? {
        Write::Applied(()) => {}
        Write::Lost => return Ok(()),
    }
    let stored = signing_keys::list(&app.store).await?;
    for algorithm in ALGORITHMS {
        turn(&app, &moment, algorithm, &stored).await?;
    }
    let removable = moment.now - Duration::seconds(LONGEST_TOKEN + JWKS_MAX_AGE + SKEW);
    for row in stored.iter().filter(|row| row.state == KeyState::Retired) {
        if row.retired_at.is_some_and(|at| at < removable) {
            log_lost(signing_keys::remove(&app.store, &row.kid, removable, &moment.trace(&app)).await?);
        }
    }
    reload(app).await
}

async fn turn(app: &App, moment: &Moment, algorithm: Algorithm, stored: &[StoredKey]) -> Outcome<()> {
    let of_state = |state| stored.iter().find(move |row| row.algorithm == algorithm && row.state == state);
    if let Some(next) = of_state(KeyState::Next) {
        let ahead = Duration::seconds(i64::from(app.config.keys.publish_ahead_seconds).max(LEAST_AHEAD));
        if next.created_at + ahead <= moment.now || of_state(KeyState::Active).is_none() {
            log_lost(signing_keys::promote(&app.store, &next.kid, &moment.trace(app)).await?);
        }
        return Ok(());
    }
    let rotate_after = Duration::days(i64::from(app.config.keys.rotate_days));
    let Some(active) = of_state(KeyState::Active) else { return ensure(app, moment).await };
    if active.activated_at.unwrap_or(active.created_at) + rotate_after <= moment.now {
        publish_next(app, moment, algorithm).await?;
    }
    Ok(())
}

/// Publishes a `next` key now; it begins to sign when every cache has had time to see it.
pub async fn publish_next(app: &App, moment: &Moment, algorithm: Algorithm) -> Outcome<()> {
    make_next(app, moment, algorithm).await?;
    reload(app.clone()).await
}

/// Makes a `next` key, without reading the keys again.
pub(super) async fn make_next(app: &App, moment: &Moment, algorithm: Algorithm) -> Outcome<()> {
    let made = Made::new(&app.data_keys, app.entropy.as_ref(), algorithm).await?;
    log_lost(signing_keys::insert_next(&app.store, &made.row(), &moment.trace(app)).await?);
    Ok(())
}

/// Another replica did the same a moment earlier: nothing is left to do.
fn log_lost(write: Write<()>) {
    match write {
        Write::Applied(()) => {}
        Write::Lost => tracing::debug!("another replica tended this key already"),
    }
}

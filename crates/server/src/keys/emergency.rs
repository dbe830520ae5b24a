//! A key that is believed stolen leaves at once, and there is no moment without a signer.
//!
//! 1. If it is the key that signs, its successor signs first: the one that waits, or one made now.
//! 2. It leaves the published set. What it signed stops verifying here at once, elsewhere as verifiers look again.

use gatewright_jose::Algorithm;
use gatewright_store::Write;
use gatewright_store::signing_keys::{self, KeyState, StoredKey};

use super::rotation::make_next;
use crate::app::{App, Moment};
use crate::error::Outcome;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was revoked before.
    Already,
    /// It is revoked.
    Now {
        /// The key that signs instead, if this one signed.
        successor: Option<String>,
    },
}

/// Steps 1 and 2. `Lost` when somebody else changes the keys at the same time.
pub async fn revoke(app: &App, moment: &Moment, key: &StoredKey) -> Outcome<Write<Ended>> {
    let successor = match key.state {
        KeyState::Revoked => return Ok(Write::Applied(Ended::Already)),
        KeyState::Next | KeyState::Retired => None,
        KeyState::Active => {
            let Some(next) = waiting(app, moment, key.algorithm).await? else { return Ok(Write::Lost) };
            match signing_keys::promote(&app.store, &next, &moment.trace(app)).await? {
                Write::Applied(()) => Some(next),
                Write::Lost => return Ok(Write::Lost),
            }
        }
    };
    let written = signing_keys::revoke(&app.store, &key.kid, &moment.trace(app)).await?;
    Ok(written.map(|()| Ended::Now { successor }))
}

/// The key of `algorithm` that waits, made now if there is none.
pub async fn waiting(app: &App, moment: &Moment, algorithm: Algorithm) -> Outcome<Option<String>> {
    let find = async || -> Outcome<Option<String>> {
        let keys = signing_keys::list(&app.store).await?;
        let next = keys.into_iter().find(|key| key.algorithm == algorithm && key.state == KeyState::Next);
        Ok(next.map(|key| key.kid))
    };
    if let Some(next) = find().await? {
        return Ok(Some(next));
    }
    make_next(app, moment, algorithm).await?;
    find().await
}

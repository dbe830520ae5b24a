//! Take the wish, whoever it is about.

use crate::accounts;
use crate::app::{App, Moment};
use crate::error::Outcome;
use crate::limits::Admission;
use crate::mail::Wish;

/// What becomes of a wish.
pub(super) enum Taken {
    /// Somebody looks at it.
    Taken,
    /// Too many from here; again after this many seconds.
    Wait(u64),
}

/// Step 2. Wishes are counted apart from passwords: who has none left of those still gets a link.
pub(super) async fn ask(app: &App, moment: &Moment, username: &str) -> Outcome<Taken> {
    let key = accounts::key(username);
    if let Admission::Wait(seconds) =
        app.throttle.admit(&format!("mail {key}"), moment.peer, moment.now).await
    {
        return Ok(Taken::Wait(seconds));
    }
    app.letterbox.take(moment, Wish::Reset { key })?;
    Ok(Taken::Taken)
}

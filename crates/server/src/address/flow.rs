//! Ask for a link to an address; use one up.

use gatewright_store::Write;
use gatewright_store::mailed_links::Address;
use gatewright_store::users::User;

use super::page::AddressProblem;
use crate::accounts::{self, address};
use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::limits::Admission;
use crate::mail::Wish;
use crate::web::page::Problem;

/// Step 1. `Some`: why nothing was asked for.
pub(super) async fn ask(
    app: &App,
    moment: &Moment,
    user: &User,
    email: &str,
) -> Outcome<Option<AddressProblem>> {
    if email.is_empty() || !accounts::can_be_mailed(email) {
        return Ok(Some(AddressProblem::None));
    }
    let counted = format!("mail {}", user.id);
    if let Admission::Wait(seconds) = app.throttle.admit(&counted, moment.peer, moment.now).await {
        return Ok(Some(AddressProblem::Wait { seconds }));
    }
    // Looked at after the answer: who may ask for any address must not learn which are somebody's, nor by the time.
    app.letterbox.take(moment, Wish::Address { user: user.id, email: email.to_owned() })?;
    Ok(None)
}

/// Step 2.
pub(super) async fn look(app: &App, moment: &Moment, text: &str) -> Outcome<Address> {
    address::find(app, moment, text).await?.ok_or(Stop::Shown(Problem::DeadLink))
}

/// Step 3.
pub(super) async fn confirm(app: &App, moment: &Moment, text: &str) -> Outcome<Address> {
    let found = look(app, moment, text).await?;
    match address::confirm(app, moment, (text, &found)).await? {
        Write::Applied(()) => Ok(found),
        // Used at this moment, or the address became somebody else's.
        Write::Lost => Err(Stop::Shown(Problem::DeadLink)),
    }
}

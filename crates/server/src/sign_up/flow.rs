//! Take a wish; make the account of a link.

use gatewright_oauth::secret::Secret;
use gatewright_store::Write;

use super::page::{PasswordProblem, SignUpProblem};
use crate::accounts::sign_up::{self, Newcomer};
use crate::accounts::{self, strength};
use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::limits::Admission;
use crate::mail::Wish;
use crate::web::page::Problem;

/// Step 1. `Some`: why the wish was not taken; nothing of it depends on who has an account.
pub(super) async fn ask(
    app: &App,
    moment: &Moment,
    (email, name): (&str, Option<String>),
) -> Outcome<Option<SignUpProblem>> {
    if accounts::check_profile(Some(email), name.as_deref()).is_err() || !accounts::can_be_mailed(email) {
        return Ok(Some(SignUpProblem::NoAddress));
    }
    if !sign_up::may(&app.config.sign_up, email) {
        return Ok(Some(SignUpProblem::OtherDomain));
    }
    let counted = format!("mail {}", accounts::key(email));
    if let Admission::Wait(seconds) = app.throttle.admit(&counted, moment.peer, moment.now).await {
        return Ok(Some(SignUpProblem::Wait { seconds }));
    }
    app.letterbox.take(moment, Wish::SignUp { email: email.to_owned(), name })?;
    Ok(None)
}

/// What the form of a link sent.
pub(super) struct Choice {
    /// The password.
    pub(super) password: Secret<String>,
    /// The password, typed again.
    pub(super) again: Secret<String>,
}

/// Step 3: whose link it is.
pub(super) fn look(app: &App, moment: &Moment, text: &str) -> Outcome<Newcomer> {
    sign_up::open(app, moment, text).ok_or(Stop::Shown(Problem::DeadLink))
}

/// Step 3. `Some`: why the password was not taken.
pub(super) async fn choose(
    app: &App,
    moment: &Moment,
    (newcomer, choice): (&Newcomer, &Choice),
) -> Outcome<Option<PasswordProblem>> {
    if choice.password.expose() != choice.again.expose() {
        return Ok(Some(PasswordProblem::Differ));
    }
    let names: Vec<&str> = [newcomer.email.as_str()].into_iter().chain(newcomer.name.as_deref()).collect();
    if let Err(weak) = strength::check(app, &choice.password, &names).await? {
        return Ok(Some(PasswordProblem::Weak(weak)));
    }
    match sign_up::make(app, moment, newcomer, &choice.password).await? {
        Write::Applied(_) => Ok(None),
        // The link was used before, or somebody else has a name that reads like it.
        Write::Lost => Err(Stop::Shown(Problem::DeadLink)),
    }
}

//! Another password, or a first one, chosen by somebody who signed in a moment ago (LG-19).
//!
//! 1. It is judged like any that people choose.
//! 2. It is set in one statement that ends everything begun with the one before: other browsers, codes, grants. This
//!    browser stays signed in, with another secret (LG-05). Of two that are chosen at once one is set.
//! 3. The event is told by mail ([`crate::mail::notices`]).

pub mod page;

use gatewright_oauth::secret::{Secret, SessionId, Token};
use gatewright_store::Write;
use gatewright_store::sessions::SessionFacts;

use self::page::PasswordProblem;
use crate::accounts::{self, strength};
use crate::app::{App, Moment};
use crate::error::Outcome;

/// What became of it.
pub enum Chosen {
    /// It is set; this is the session's new secret.
    Set(Token<SessionId>),
    /// It is not; the form again, and why.
    Refused(PasswordProblem),
    /// The session ended meanwhile, by another password perhaps.
    Late,
}

/// Steps 1 and 2.
pub async fn choose(
    app: &App,
    moment: &Moment,
    (person, password, again): (&SessionFacts, &Secret<String>, &Secret<String>),
) -> Outcome<Chosen> {
    if password.expose() != again.expose() {
        return Ok(Chosen::Refused(PasswordProblem::Differ));
    }
    let user = &person.user;
    let names: Vec<&str> = [user.username.as_str()].into_iter().chain(user.email.as_deref()).collect();
    if let Err(weak) = strength::check(app, password, &names).await? {
        return Ok(Chosen::Refused(PasswordProblem::Weak(weak)));
    }
    Ok(match accounts::change_password(app, moment, person, password).await? {
        Write::Applied(session) => Chosen::Set(session),
        Write::Lost => Chosen::Late,
    })
}

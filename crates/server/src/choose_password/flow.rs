//! Find the link, judge the password, set it.

use gatewright_oauth::secret::Secret;
use gatewright_store::Write;
use gatewright_store::password_links::Link;

use super::page::FormProblem;
use crate::accounts::{links, strength};
use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::web::page::Problem;

/// What the form sent.
pub struct Choice {
    /// The link's secret.
    pub link: String,
    /// The password.
    pub password: Secret<String>,
    /// The password, typed again.
    pub again: Secret<String>,
}

/// What came of it.
pub enum Chosen {
    /// It is set.
    Set(Link),
    /// It is not: the form again, and why.
    Refused(Link, FormProblem),
}

/// Step 1: whose link it is.
pub async fn look(app: &App, moment: &Moment, text: &str) -> Outcome<Link> {
    links::find(app, moment, text).await?.ok_or(Stop::Shown(Problem::DeadLink))
}

/// Step 2.
pub async fn choose(app: &App, moment: &Moment, choice: &Choice) -> Outcome<Chosen> {
    let link = look(app, moment, &choice.link).await?;
    if choice.password.expose() != choice.again.expose() {
        return Ok(Chosen::Refused(link, FormProblem::Differ));
    }
    let names: Vec<&str> = [link.username.as_str()].into_iter().chain(link.email.as_deref()).collect();
    if let Err(weak) = strength::check(app, &choice.password, &names).await? {
        return Ok(Chosen::Refused(link, FormProblem::Weak(weak)));
    }
    match links::redeem(app, moment, (&choice.link, &link), &choice.password).await? {
        Write::Applied(()) => Ok(Chosen::Set(link)),
        // Used by somebody else at this moment.
        Write::Lost => Err(Stop::Shown(Problem::DeadLink)),
    }
}

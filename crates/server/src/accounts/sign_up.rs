//! Accounts that people make for themselves.
//!
//! 1. [`link`] makes the link that is mailed to an address. Who somebody is to be travels in it, sealed; nothing is stored
//!    (strangers cause no writes).
//! 2. [`open`] reads it, [`make`] makes the account: its name to sign in with is the address, which is known to be the
//!    person's. A link makes one account: for a second the name is taken.

use chrono::Duration;
use gatewright_oauth::seal::{Expiring, Purpose};
use gatewright_oauth::secret::Secret;
use gatewright_store::{Time, Write};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Invited, Verified, hash, key};
use crate::app::{Actor, App, Moment};
use crate::config::SignUps;
use crate::error::Outcome;
use gatewright_store::users::NewPassword;

/// Where the page is that a link leads to, below the issuer.
pub const PATH: &str = "/sign-up/confirm";
/// How long a link is good. It opens nothing that is there already.
const GOOD_FOR: Duration = Duration::hours(1);

/// Who somebody is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// The address, as typed.
    pub email: String,
    /// What to call the person.
    pub name: Option<String>,
}

/// Whether somebody with this address may make an account here.
pub fn may(sign_up: &SignUps, email: &str) -> bool {
    let host = key(email).rsplit_once('@').map(|(_, host)| host.to_owned());
    sign_up.is_open()
        && (sign_up.domains.is_empty()
            || host.is_some_and(|host| sign_up.domains.iter().any(|domain| domain.covers(&host))))
}

/// Step 1.
pub fn link(app: &App, moment: &Moment, newcomer: &Newcomer) -> Outcome<(Secret<String>, Time)> {
    let until = moment.now + GOOD_FOR;
    let sealed = app.data_keys.seal(app, Purpose::SignUp, &Expiring { until, value: newcomer })?;
    Ok((Secret::new(app.config.url(&format!("{PATH}?link={sealed}"))), until))
}

/// Step 2. `None` when the link is too old or none, or such accounts are not made any more.
pub fn open(app: &App, moment: &Moment, text: &str) -> Option<Newcomer> {
    let newcomer: Newcomer = app.data_keys.open_value(Purpose::SignUp, text, moment.now)?;
    may(&app.config.sign_up, &newcomer.email).then_some(newcomer)
}

/// Step 2. `Lost` when somebody has that name or address, or one that reads like it.
pub async fn make(
    app: &App,
    moment: &Moment,
    newcomer: &Newcomer,
    password: &Secret<String>,
) -> Outcome<Write<Uuid>> {
    let id = app.id(moment.now);
    let moment = moment.clone().acting(Actor::User(id));
    let (credential, sealed) = hash(app, &moment, password).await?;
    let person = Invited {
        username: newcomer.email.clone(),
        email: Some(newcomer.email.clone()),
        display_name: newcomer.name.clone(),
        locale: None,
        role: None,
    };
    let password = NewPassword { id: credential, sealed: &sealed };
    super::make_as(app, &moment, (id, &person, Verified::Yes), Some(password)).await
}

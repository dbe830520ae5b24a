//! Links with which somebody chooses a password: an operator makes one and hands it over.
//!
//! What is stored is a digest of the secret (LG-10). The address is made of the configured issuer and of nothing that a
//! request says (LG-09).

use chrono::Duration;
use gatewright_oauth::secret::{PasswordLink, Secret, Token};
use gatewright_store::password_links::{self, Link, NewLink, Purpose};
use gatewright_store::users::NewPassword;
use gatewright_store::{Time, Write};
use uuid::Uuid;

use super::hash;
use crate::app::{Actor, App, Moment};
use crate::error::Outcome;

/// Where the page is, below the issuer.
pub const PATH: &str = "/password";

/// How long a link is good: an invitation may lie about over a weekend, a forgotten password is set at once.
fn good_for(purpose: Purpose) -> Duration {
    match purpose {
        Purpose::Invite => Duration::days(3),
        Purpose::Reset => Duration::hours(1),
    }
}

/// A link, to be shown once.
pub struct Made {
    /// The whole address.
    pub url: Secret<String>,
    /// When it ends.
    pub expires_at: Time,
}

/// Makes an account's link; the one before is dead with that. `Lost` when there is no such account, or it is disabled.
pub async fn make(app: &App, moment: &Moment, user: Uuid, purpose: Purpose) -> Outcome<Write<Made>> {
    let token = Token::<PasswordLink>::from_random(app.random());
    let expires_at = moment.now + good_for(purpose);
    let new = NewLink { user, digest: &token.digest(), purpose, expires_at };
    let made = password_links::make(&app.store, &new, &moment.trace(app)).await?;
    let url = Secret::new(app.config.url(&format!("{PATH}?link={}", token.text().expose())));
    Ok(made.map(|()| Made { url, expires_at }))
}

/// The good link that a text names. What is mistyped never reaches the database.
pub async fn find(app: &App, moment: &Moment, text: &str) -> Outcome<Option<Link>> {
    let Some(token) = Token::<PasswordLink>::parse(text) else { return Ok(None) };
    Ok(password_links::find(&app.store, &token.digest(), moment.now).await?)
}

/// Sets the password of a link's account, and uses the link up. `Lost` when it is not good any more.
pub async fn redeem(
    app: &App,
    moment: &Moment,
    (text, link): (&str, &Link),
    password: &Secret<String>,
) -> Outcome<Write<()>> {
    let Some(token) = Token::<PasswordLink>::parse(text) else { return Ok(Write::Lost) };
    let moment = moment.clone().acting(Actor::User(link.user));
    let (credential, sealed) = hash(app, &moment, password).await?;
    let new = NewPassword { id: credential, sealed: &sealed };
    Ok(password_links::redeem(&app.store, &token.digest(), new, &moment.trace(app)).await?)
}

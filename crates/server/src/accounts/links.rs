//! Links with which somebody chooses a password: an operator makes one and hands it over, or it is mailed.
//!
//! What is stored is a digest of the secret (LG-10). The address is made of the configured issuer and of nothing that a
//! request says (LG-09).

use chrono::Duration;
use gatewright_oauth::secret::{PasswordLink, Secret, Token};
use gatewright_store::mailed_links::{self, For};
use gatewright_store::password_links::{self, Link, NewLink, Purpose};
use gatewright_store::users::{NewPassword, User};
use gatewright_store::{Time, Write};
use uuid::Uuid;

use super::{hash, key};
use crate::app::{Actor, App, Moment};
use crate::error::Outcome;
use crate::mail::{self, Letter, Recipient};
use crate::web::page::Claimed;

/// Where the page is, below the issuer.
pub const PATH: &str = "/password";

/// How long a link is good that is handed over: an invitation may lie about over a weekend, a forgotten password is set
/// at once.
fn good_for(purpose: Purpose) -> Duration {
    match purpose {
        Purpose::Invite => Duration::days(3),
        Purpose::Reset => Duration::hours(1),
    }
}

/// How long one is good that is mailed: anybody can have one sent to forget their password, so it is short.
fn mailed_for(purpose: Purpose) -> Duration {
    match purpose {
        Purpose::Invite => Duration::days(3),
        Purpose::Reset => Duration::minutes(15),
    }
}

/// A link, to be shown once.
pub struct Made {
    /// The whole address.
    pub url: Secret<String>,
    /// When it ends.
    pub expires_at: Time,
}

/// Makes the link that an operator hands over; the one before is dead with that. `Lost` when there is no such account, or
/// it is disabled.
pub async fn make(app: &App, moment: &Moment, user: Uuid, purpose: Purpose) -> Outcome<Write<Made>> {
    let token = Token::<PasswordLink>::from_random(app.random());
    let expires_at = moment.now + good_for(purpose);
    let new = NewLink { user, digest: &token.digest(), purpose, expires_at };
    let made = password_links::make(&app.store, &new, &moment.trace(app)).await?;
    Ok(made.map(|()| Made { url: url(app, &token), expires_at }))
}

/// Makes a link and mails it, both or neither, and says until when it is good. `Lost` when the account is gone, disabled
/// or without an address, or nothing can be mailed there for now.
pub async fn send(app: &App, moment: &Moment, user: &User, purpose: Purpose) -> Outcome<Write<Time>> {
    let together = app.store.begin().await?;
    let within = app.within(together.store().clone());
    let sent = send_within(&within, moment, user, purpose).await?;
    if sent.applied().is_some() {
        together.commit().await?;
    }
    Ok(sent)
}

/// [`send`], in the transaction of `app.store`: what is `Lost` has to be undone.
pub async fn send_within(app: &App, moment: &Moment, user: &User, purpose: Purpose) -> Outcome<Write<Time>> {
    let Some(email) = user.email.as_deref() else { return Ok(Write::Lost) };
    let token = Token::<PasswordLink>::from_random(app.random());
    let expires_at = moment.now + mailed_for(purpose);
    let new = mailed_links::NewLink {
        user: user.id,
        digest: &token.digest(),
        purpose: For::Password(purpose),
        email: (email, &key(email)),
        expires_at,
    };
    let Write::Applied(()) = mailed_links::make(&app.store, &new, &moment.trace(app)).await? else {
        return Ok(Write::Lost);
    };
    let url = url(app, &token);
    let link = mail::Link { url: url.expose(), expires_at };
    let username = Claimed::name(&user.username);
    let letter = match purpose {
        Purpose::Invite => Letter::Invitation { username, link },
        Purpose::Reset => Letter::Reset { username, link },
    };
    let recipient = Recipient { user: Some(user.id), email };
    Ok(mail::put(app, moment, &recipient, &letter).await?.map(|()| expires_at))
}

fn url(app: &App, token: &Token<PasswordLink>) -> Secret<String> {
    Secret::new(app.config.url(&format!("{PATH}?link={}", token.text().expose())))
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

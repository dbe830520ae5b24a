//! The address of an account, and how its person shows that it is theirs (LG-16).
//!
//! 1. [`ask`] mails a link to the address an account is to have, or has. Nothing changes with that.
//! 2. [`confirm`] uses the link up: the address is the account's, and known to be the person's. The one before is told.
//!
//! Nobody sets `email_verified` in any other way by themselves: a mailed link to choose a password with shows the same
//! ([`super::links`]), and an account that somebody made for themselves began with such a mail ([`super::sign_up`]).

use chrono::Duration;
use gatewright_oauth::secret::{AddressLink, Secret, Token};
use gatewright_store::mailed_links::{self, Address, For, NewLink};
use gatewright_store::users::{self, User};
use gatewright_store::{Time, Write};

use super::key;
use super::links::Made;
use crate::app::{Actor, App, Moment};
use crate::error::Outcome;
use crate::mail::{self, Letter, Link, Recipient};
use crate::web::page::Claimed;

/// Where the page is, below the issuer.
pub const PATH: &str = "/email";
/// How long a link is good. It opens nothing.
const GOOD_FOR: Duration = Duration::hours(1);

/// Step 1, both the link and its mail or neither. `Lost` when the account is gone or disabled, the address is somebody
/// else's, or nothing can be mailed there for now.
pub async fn ask(app: &App, moment: &Moment, user: &User, email: &str) -> Outcome<Write<Time>> {
    let together = app.store.begin().await?;
    let within = app.within(together.store().clone());
    let asked = ask_within(&within, moment, user, email).await?;
    if asked.applied().is_some() {
        together.commit().await?;
    }
    Ok(asked)
}

/// [`ask`], in the transaction of `app.store`: what is `Lost` has to be undone.
pub async fn ask_within(app: &App, moment: &Moment, user: &User, email: &str) -> Outcome<Write<Time>> {
    let known = users::for_login(&app.store, &key(email)).await?;
    if known.is_some_and(|facts| facts.user.id != user.id) {
        return Ok(Write::Lost);
    }
    let Write::Applied(made) = link(app, moment, user, email).await? else { return Ok(Write::Lost) };
    let letter = Letter::Address {
        username: Claimed::name(&user.username),
        link: Link { url: made.url.expose(), expires_at: made.expires_at },
    };
    let recipient = Recipient { user: Some(user.id), email };
    Ok(mail::put(app, moment, &recipient, &letter).await?.map(|()| made.expires_at))
}

/// Makes the link that is mailed: whoever has it shows that the address is theirs.
pub async fn link(app: &App, moment: &Moment, user: &User, email: &str) -> Outcome<Write<Made>> {
    let token = Token::<AddressLink>::from_random(app.random());
    let expires_at = moment.now + GOOD_FOR;
    let was = user.email.as_deref().map(key);
    let new = NewLink {
        user: user.id,
        digest: &token.digest(),
        purpose: For::Address { was: was.as_deref() },
        email: (email, &key(email)),
        expires_at,
    };
    let made = mailed_links::make(&app.store, &new, &moment.trace(app)).await?;
    let url = Secret::new(app.config.url(&format!("{PATH}?link={}", token.text().expose())));
    Ok(made.map(|()| Made { url, expires_at }))
}

/// The address that a good link confirms. What is mistyped never reaches the database.
pub async fn find(app: &App, moment: &Moment, text: &str) -> Outcome<Option<Address>> {
    let Some(token) = Token::<AddressLink>::parse(text) else { return Ok(None) };
    Ok(mailed_links::find_address(&app.store, &token.digest(), moment.now).await?)
}

/// Step 2. `Lost` when the link is not good any more, or the address is somebody else's by now.
pub async fn confirm(app: &App, moment: &Moment, (text, address): (&str, &Address)) -> Outcome<Write<()>> {
    let Some(token) = Token::<AddressLink>::parse(text) else { return Ok(Write::Lost) };
    let moment = moment.clone().acting(Actor::User(address.user));
    let together = app.store.begin().await?;
    let within = app.within(together.store().clone());
    let confirmed = mailed_links::confirm(&within.store, &token.digest(), &moment.trace(app)).await?;
    if confirmed.applied().is_some() {
        tell_before(
            &within,
            &moment,
            (address.user, &address.username),
            (address.email.as_deref(), Some(&address.new)),
        )
        .await?;
        together.commit().await?;
    }
    Ok(confirmed)
}

/// Tells the address of before that it is the account's no more.
pub(super) async fn tell_before(
    app: &App,
    moment: &Moment,
    (user, username): (uuid::Uuid, &str),
    (was, is): (Option<&str>, Option<&str>),
) -> Outcome<()> {
    let Some(was) = was.filter(|was| is.is_none_or(|is| key(is) != key(was))) else { return Ok(()) };
    let letter = Letter::AddressChanged { username: Claimed::name(username) };
    // Lost: nothing is mailed here, or the address was never one.
    let (Write::Applied(()) | Write::Lost) =
        mail::put(app, moment, &Recipient { user: Some(user), email: was }, &letter).await?;
    Ok(())
}

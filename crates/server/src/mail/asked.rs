//! Looking at what strangers asked for, after they were answered.
//!
//! A wish leads to a mail, or to nothing; who asked hears neither. The link and its mail are one transaction.

use gatewright_store::Write;
use gatewright_store::password_links::Purpose;
use gatewright_store::users::{self, User};

use super::{Ask, Letter, Link, Recipient, Wish, put};
use crate::accounts::sign_up::Newcomer;
use crate::accounts::{self, address, codes, links};
use crate::app::{App, Moment};
use crate::error::Outcome;

/// Wishes of a turn: a process that is stopped loses no more.
const AT_ONCE: usize = 200;

/// One turn of the job.
pub async fn turn(app: App) -> Outcome<()> {
    for _ in 0..AT_ONCE {
        let Some(ask) = app.letterbox.next() else { return Ok(()) };
        if let Err(stop) = fulfil(&app, &ask).await {
            app.letterbox.give_back(ask);
            return Err(stop);
        }
    }
    Ok(())
}

async fn fulfil(app: &App, ask: &Ask) -> Outcome<()> {
    // The facts of the request, at the time of now: it may have waited.
    let moment = Moment { now: app.clock.now(), ..ask.moment.clone() };
    match &ask.wish {
        Wish::Reset { key } => {
            if let Some(user) = person(app, key).await? {
                // Lost: there is no address, or it was sent enough for now.
                let (Write::Applied(_) | Write::Lost) =
                    links::send(app, &moment, &user, Purpose::Reset).await?;
            }
        }
        Wish::Address { user, email } => {
            if let Some(user) = users::by_id(&app.store, *user).await? {
                // Lost: the address is somebody else's, or was sent enough for now.
                let (Write::Applied(_) | Write::Lost) = address::ask(app, &moment, &user, email).await?;
            }
        }
        Wish::Code { key, ticket } => {
            if let Some(user) = person(app, key).await? {
                // Lost as above.
                let (Write::Applied(_) | Write::Lost) = codes::send(app, &moment, &user, *ticket).await?;
            }
        }
        Wish::SignUp { email, name } => sign_up(app, &moment, (email, name.clone())).await?,
    }
    Ok(())
}

/// Somebody new is mailed a link, whoever is known what to do instead.
async fn sign_up(app: &App, moment: &Moment, (email, name): (&str, Option<String>)) -> Outcome<()> {
    let found = users::for_login(&app.store, &accounts::key(email)).await?;
    let newcomer = Newcomer { email: email.to_owned(), name };
    let (url, expires_at) = accounts::sign_up::link(app, moment, &newcomer)?;
    let forgot = app.config.url("/forgot");
    let letter = match &found {
        None => Letter::SignUp { link: Link { url: url.expose(), expires_at } },
        Some(_) => Letter::SignUpKnown { forgot: &forgot },
    };
    let recipient = Recipient { user: found.map(|facts| facts.user.id), email };
    // Lost: the address was sent enough for now.
    let (Write::Applied(()) | Write::Lost) = put(app, moment, &recipient, &letter).await?;
    Ok(())
}

/// Whoever has this name or address, and may sign in.
async fn person(app: &App, key: &str) -> Outcome<Option<User>> {
    let found = users::for_login(&app.store, key).await?;
    Ok(found.map(|facts| facts.user).filter(|user| user.disabled_at.is_none()))
}

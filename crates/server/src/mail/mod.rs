//! Mails to people.
//!
//! 1. Whoever changes something that a person is to hear of [puts](put) a letter into the outbox, in the transaction of
//!    the change. There is no mail without the change, and none is forgotten when a process ends. It waits sealed, for it
//!    may hold a link that opens an account.
//! 2. What strangers ask for goes into the [`Letterbox`] first and is looked at behind the answer ([`asked`]): what they
//!    are told, and how long that takes, is the same whatever their words lead to (LG-03, LG-04).
//! 3. One replica at a time sends what is due ([`post`]); what fails is tried again for a day, or for as long as the mail
//!    is of use. No request waits for a mail server, and none fails because of one.
//! 4. Events of an account become [`notices`] to its person.
//!
//! A letter is a closed list ([`Letter`]) of plain texts. What others chose (names) is cut to one visible line before it
//! gets there, links are made of the configured issuer alone (LG-09), and no header holds anything but the address and a
//! subject of ours (UI-03).
//!
//! No capability of its own: it has no routes. Without `[mail]` nothing is written and nothing that needs a mail is
//! offered.

pub mod asked;
mod letter;
mod letterbox;
pub mod notices;
pub mod post;
mod smtp;

use chrono::Duration;
use gatewright_oauth::seal::Purpose;
use gatewright_oauth::secret::Digest;
use gatewright_store::mails::{self, Bound, NewMail, Waiting};
use gatewright_store::{Time, Write, users};
use lettre::Address;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts;
use crate::app::{App, Moment};
use crate::data_keys::Use;
use crate::error::{Fault, Outcome};

pub use letter::Letter;
pub use letterbox::{Ask, Letterbox, Wish};

/// How long a mail that is no link is tried.
const TRIED_FOR: Duration = Duration::days(1);
/// The time in which an address is sent no more than so many.
const SPAN: Duration = Duration::hours(1);

/// Who gets a letter.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// Whose account it is about, if there is one.
    pub user: Option<Uuid>,
    /// The address, as typed.
    pub email: &'a str,
}

/// A letter as it waits, sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Written {
    /// The address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Lines of plain text.
    pub text: String,
}

/// Step 1, in the transaction of `app.store` if it is one; in the language that the reader chose, if they did. `Lost` when nothing is mailed here, the address cannot be
/// written to, or was sent enough for now.
pub async fn put(
    app: &App,
    moment: &Moment,
    recipient: &Recipient<'_>,
    letter: &Letter<'_>,
) -> Outcome<Write<()>> {
    if !app.config.mail.is_on() {
        return Ok(Write::Lost);
    }
    let Ok(to) = recipient.email.trim().parse::<Address>() else {
        tracing::warn!(user = ?recipient.user, kind = letter.kind(), "an address cannot be written to");
        return Ok(Write::Lost);
    };
    let locale = match recipient.user {
        Some(user) => users::locale(&app.store, user).await?,
        None => None,
    };
    let words = moment.clone().for_reader(locale.as_deref()).words;
    let (subject, text) = letter.write(words, app.config.issuer_authority(), &app.places);
    let written = Written { to: to.to_string(), subject, text };
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&written).map_err(Fault::internal)?);
    let id = app.id(moment.now);
    let sealed =
        app.data_keys.seal_bytes(app.entropy.as_ref(), (Use::Mail, Purpose::Mail), id.as_bytes(), &plain);
    let (kinds, most) = letter.bound();
    let new = NewMail {
        id,
        kind: letter.kind(),
        user: recipient.user,
        recipient: &Digest::of("mail", accounts::key(recipient.email).as_bytes()),
        sealed: &sealed,
        now: moment.now,
        good_until: letter.good_until(moment.now + TRIED_FOR),
    };
    let bound = Bound { kinds, since: moment.now - SPAN, most };
    let put = mails::put(&app.store, &new, bound).await?;
    if put == Write::Lost {
        tracing::info!(kind = letter.kind(), "an address was sent enough for now");
    }
    Ok(put)
}

/// What waits, in clear.
pub fn open(app: &App, waiting: &Waiting) -> Outcome<Written> {
    let plain = app
        .data_keys
        .unseal((Use::Mail, Purpose::Mail), waiting.id.as_bytes(), &waiting.sealed)
        .ok_or_else(|| Fault::internal("a mail cannot be unsealed"))?;
    Ok(serde_json::from_slice(&plain).map_err(Fault::internal)?)
}

/// A link that is part of a letter, and when it ends.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    /// The whole address.
    pub url: &'a str,
    /// When it ends.
    pub expires_at: Time,
}

//! Accounts: names in normal form ([`names`]), making one, giving it a password or a link to choose one with ([`links`]),
//! its address ([`address`]), people who make theirs ([`sign_up`]), and taking many in that come from elsewhere
//! ([`import`]).

pub mod address;
mod breaches;
pub mod codes;
pub mod import;
pub mod links;
pub mod names;
pub mod sign_up;
pub mod strength;

use gatewright_oauth::seal::Purpose;
use gatewright_oauth::secret::{Secret, SessionId, Token};
use gatewright_store::sessions::SessionFacts;
use gatewright_store::users::{self, NewPassword, NewUser, Profile, Role, User};
use gatewright_store::{Store, Write, credentials};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::data_keys::Use;
use crate::error::Outcome;
use crate::words::{self, Words};

/// The normal form two spellings of one name share: Unicode NFKC, lower case, no outer space
/// (RFC 8265 §3.3). What is stored, what is looked up, and what the throttle counts by.
pub fn key(name: &str) -> String {
    name.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// Passwords are compared in Unicode NFC (NIST SP 800-63B §3.1.1.2), so that the same keys match on
/// every keyboard.
pub fn normal_password(password: &Secret<String>) -> Secret<String> {
    Secret::new(password.expose().nfc().collect())
}

/// Whether a text is an address that can be written to.
pub fn can_be_mailed(email: &str) -> bool {
    email.len() <= 254 && email.parse::<lettre::Address>().is_ok()
}

/// What is wrong with something that is said about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The member that says it.
    pub field: String,
    /// Why.
    pub detail: String,
}

impl Wrong {
    /// Something with this member.
    pub fn with(field: impl Into<String>, detail: impl Into<String>) -> Wrong {
        Wrong { field: field.into(), detail: detail.into() }
    }
}

/// Whether it is one line of so many bytes, if it is there.
pub fn check_line(field: &str, text: Option<&str>, most: usize) -> Result<(), Wrong> {
    match text {
        Some(text) if text.trim().is_empty() || text.len() > most || text.chars().any(char::is_control) => {
            Err(Wrong::with(field, format!("{field} is one line of 1 to {most} bytes")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether an address and a name may be an account's.
pub fn check_profile(email: Option<&str>, name: Option<&str>) -> Result<(), Wrong> {
    check_line("email", email, 254)?;
    check_line("name", name, 200)?;
    if email.is_some_and(|email| !email.contains('@')) {
        return Err(Wrong::with("email", "this is no e-mail address"));
    }
    Ok(())
}

/// A language of ours by its tag, if one is named.
pub fn check_locale(tag: Option<&str>) -> Result<Option<Words>, Wrong> {
    let Some(tag) = tag else { return Ok(None) };
    let ours = || words::ALL.map(Words::tag).join(", ");
    let unknown = || Wrong::with("locale", format!("locale is one of {}, or null", ours()));
    Words::of(tag).map(Some).ok_or_else(unknown)
}

/// An account to be made.
pub struct NewAccount {
    /// The name to sign in with.
    pub username: String,
    /// The e-mail address, if any.
    pub email: Option<String>,
    /// What to call the person.
    pub display_name: Option<String>,
    /// The language of what they read: one of ours, if somebody knows it.
    pub locale: Option<Words>,
    /// What the person does in the administration of the server, if anything.
    pub role: Option<Role>,
    /// The first password.
    pub password: Secret<String>,
}

/// An account to be made for somebody who chooses the password.
pub struct Invited {
    /// The name to sign in with.
    pub username: String,
    /// The e-mail address, if any.
    pub email: Option<String>,
    /// What to call the person.
    pub display_name: Option<String>,
    /// The language of what they read: one of ours, if somebody knows it.
    pub locale: Option<Words>,
    /// What the person does in the administration of the server, if anything.
    pub role: Option<Role>,
}

/// Whether the person has shown that the address is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// They have.
    Yes,
    /// Nobody knows.
    No,
}

/// Makes an account. `Lost` when the name, one that reads like it, or the address is taken.
pub async fn create(app: &App, moment: &Moment, new: NewAccount) -> Outcome<Write<Uuid>> {
    let (credential, sealed) = hash(app, moment, &new.password).await?;
    let NewAccount { username, email, display_name, locale, role, .. } = new;
    let person = Invited { username, email, display_name, locale, role };
    let id = app.id(moment.now);
    make_as(app, moment, (id, &person, Verified::No), Some(NewPassword { id: credential, sealed: &sealed }))
        .await
}

/// Makes an account without a password. `Lost` when the name, one that reads like it, or the address is taken.
pub async fn invite(app: &App, moment: &Moment, person: Invited) -> Outcome<Write<Uuid>> {
    make_as(app, moment, (app.id(moment.now), &person, Verified::No), None).await
}

/// Makes an account with this id.
async fn make_as(
    app: &App,
    moment: &Moment,
    (id, person, verified): (Uuid, &Invited, Verified),
    password: Option<NewPassword<'_>>,
) -> Outcome<Write<Uuid>> {
    let email_key = person.email.as_deref().map(key);
    let made = users::create(
        &app.store,
        &NewUser {
            id,
            username: person.username.trim(),
            username_key: &key(&person.username),
            username_skeleton: &names::skeleton(&person.username),
            email: person.email.as_deref().zip(email_key.as_deref()),
            email_verified: verified == Verified::Yes,
            display_name: person.display_name.as_deref(),
            locale: person.locale.map(Words::tag),
            role: person.role,
            password,
        },
        &moment.trace(app),
    )
    .await?;
    Ok(made.map(|()| id))
}

/// What an administrator may change about an account.
#[derive(Debug, Clone, Copy)]
pub struct Particulars<'a> {
    /// The e-mail address, as typed.
    pub email: Option<&'a str>,
    /// What to call the person.
    pub display_name: Option<&'a str>,
    /// The language of what they read.
    pub locale: Option<Words>,
}

/// Changes an account's address, name and language; the address of before is told. `Lost` when it is not as `was` any
/// more, or the address is somebody's.
pub async fn update(
    app: &App,
    moment: &Moment,
    was: &User,
    particulars: Particulars<'_>,
) -> Outcome<Write<()>> {
    let Particulars { email, display_name, locale } = particulars;
    let email_key = email.map(key);
    let locale = locale.map(Words::tag);
    let profile = Profile { email: email.zip(email_key.as_deref()), display_name, locale };
    let changed = users::update(&app.store, was, profile, &moment.trace(app)).await?;
    if changed.applied().is_some() {
        address::tell_before(app, moment, (was.id, &was.username), (was.email.as_deref(), email)).await?;
    }
    Ok(changed)
}

/// Whether there would be no enabled owner without this one. In a transaction the answer holds until its end.
pub async fn is_last_owner(store: &Store, user: &User) -> Outcome<bool> {
    if user.role != Some(Role::Owner) {
        return Ok(false);
    }
    Ok(users::hold_owners(store).await?.iter().all(|owner| *owner == user.id))
}

/// Gives an account another password and ends all its sessions, codes and grants. `Lost` when there is no
/// such account.
pub async fn set_password(
    app: &App,
    moment: &Moment,
    user: Uuid,
    password: &Secret<String>,
) -> Outcome<Write<()>> {
    let (credential, sealed) = hash(app, moment, password).await?;
    let new = NewPassword { id: credential, sealed: &sealed };
    Ok(credentials::set_password(&app.store, user, new, &moment.trace(app)).await?)
}

/// Gives somebody who is signed in another password, or a first one. Whatever was begun before ends, but this session goes
/// on with the secret that is answered. `Lost` when it is over.
pub async fn change_password(
    app: &App,
    moment: &Moment,
    person: &SessionFacts,
    password: &Secret<String>,
) -> Outcome<Write<Token<SessionId>>> {
    let (credential, sealed) = hash(app, moment, password).await?;
    let secret = Token::<SessionId>::from_random(app.random());
    let own = credentials::Own {
        user: person.user.id,
        session: person.session.id,
        era: person.era,
        secret: &secret.digest(),
        password: NewPassword { id: credential, sealed: &sealed },
    };
    Ok(credentials::change(&app.store, &own, &moment.trace(app)).await?.map(|()| secret))
}

/// A password as its new row holds it: the row's id, and the hash sealed for that row.
async fn hash(app: &App, moment: &Moment, password: &Secret<String>) -> Outcome<(Uuid, Vec<u8>)> {
    let phc = app.passwords.hash(normal_password(password), app.random()).await?;
    let credential = app.id(moment.now);
    let sealed = app.data_keys.seal_bytes(
        app.entropy.as_ref(),
        (Use::Pepper, Purpose::Password),
        credential.as_bytes(),
        phc.as_bytes(),
    );
    Ok((credential, sealed))
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn lg_14_spellings_of_one_name_are_one_key() {
        assert_eq!(key("Alice"), "alice");
        assert_eq!(key("\u{ff41}lice "), "alice");
        assert_eq!(key("ALICE@Example.COM"), "alice@example.com");
        assert_ne!(key("alice"), key("al\u{131}ce"));
    }
}

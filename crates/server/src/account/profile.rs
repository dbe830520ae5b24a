//! What somebody says of themselves: a name and a language, nothing that anybody would have to check (LG-16).

use gatewright_store::Write;
use gatewright_store::users::{self, Own, User};

use crate::accounts;
use crate::app::{App, Moment};
use crate::error::Outcome;
use crate::web::page::Claimed;
use crate::words::Words;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described {
    /// It is stored.
    Stored,
    /// The account was changed meanwhile; nothing is stored.
    Changed,
    /// The name is none, or the language is not one of ours.
    Refused,
}

/// Stores a name and a language; empty for none.
pub async fn describe(
    app: &App,
    moment: &Moment,
    was: &User,
    (name, locale): (&str, &str),
) -> Outcome<Described> {
    let given = |text| Some(text).filter(|text: &&str| !text.is_empty());
    if name.chars().any(char::is_control) {
        return Ok(Described::Refused);
    }
    // What others are shown has nothing in it that cannot be seen (UI-01).
    let visible = Claimed::note(name).to_string();
    let name = visible.as_str();
    let locale = match given(locale) {
        None => None,
        Some(tag) => match Words::of(tag) {
            Some(words) => Some(words.tag()),
            None => return Ok(Described::Refused),
        },
    };
    if accounts::check_profile(None, given(name)).is_err() {
        return Ok(Described::Refused);
    }
    let own = Own { display_name: given(name), locale };
    Ok(match users::describe(&app.store, was, own, &moment.trace(app)).await? {
        Write::Applied(()) => Described::Stored,
        Write::Lost => Described::Changed,
    })
}

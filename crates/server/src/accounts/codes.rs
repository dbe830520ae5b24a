//! Codes to sign in with: eight digits, mailed.

use chrono::Duration;
use gatewright_store::mailed_codes::{self, NewCode};
use gatewright_store::users::User;
use gatewright_store::{Time, Write};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::app::{App, Moment};
use crate::error::Outcome;
use crate::mail::{self, Letter, Recipient};
use crate::web::page::Claimed;

/// How long a code is good.
pub const GOOD_FOR: Duration = Duration::minutes(10);
/// How many codes there are: eight digits.
const CODES: u64 = 100_000_000;

/// Makes the code of a ticket and mails it, both or neither. `Lost` when the account is gone, disabled or without an
/// address, or nothing can be mailed there for now.
pub async fn send(app: &App, moment: &Moment, user: &User, ticket: Uuid) -> Outcome<Write<Time>> {
    let Some(email) = user.email.as_deref() else { return Ok(Write::Lost) };
    // Of 2^64 numbers one code has at most one more than another.
    let number = u64::from_be_bytes(app.random()) % CODES;
    let code = Zeroizing::new(format!("{number:08}"));
    let expires_at = moment.now + GOOD_FOR;
    let together = app.store.begin().await?;
    let within = app.within(together.store().clone());
    let tag = app.data_keys.code_tag(ticket, &code);
    let new = NewCode { id: ticket, user: user.id, tag: &tag, expires_at };
    let Write::Applied(()) = mailed_codes::make(&within.store, &new, &moment.trace(app)).await? else {
        return Ok(Write::Lost);
    };
    let letter = Letter::Code { username: Claimed::name(&user.username), code: &code, expires_at };
    let put = mail::put(&within, moment, &Recipient { user: Some(user.id), email }, &letter).await?;
    if put.applied().is_some() {
        together.commit().await?;
    }
    Ok(put.map(|()| expires_at))
}

/// A code as somebody typed it: with spaces between the digits, or from another keyboard.
pub fn typed(text: &str) -> Zeroizing<String> {
    let digits = text.chars().filter_map(|c| c.to_digit(10)).filter_map(|digit| char::from_digit(digit, 10));
    Zeroizing::new(digits.take(16).collect())
}

/// A code as it is shown: two groups are read more easily than one.
pub fn shown(code: &str) -> String {
    let (first, second) = code.split_at(code.len() / 2);
    format!("{first} {second}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_shown() {
        assert_eq!(shown("01234567"), "0123 4567");
        for text in ["0123 4567", "01234567", " 0123-4567\n", "0123\u{a0}4567"] {
            assert_eq!(*typed(text), "01234567", "{text}");
        }
        assert_eq!(*typed("x"), "");
    }
}

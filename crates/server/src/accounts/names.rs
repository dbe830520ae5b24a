//! Names to sign in with: which may be chosen, and which read alike (LG-14).
//!
//! 1. A name is compared in [normal form](super::key) when somebody signs in: spellings of one name are one account.
//! 2. A new name must not *read* like one that is there (UTS 39): `al\u{131}ce` is another name than `alice` to a computer and
//!    the same to a person. [`skeleton`] is what is compared, by a unique index.
//! 3. It is made of letters, digits and the signs of ASCII, one word or several ([`check`], after RFC 8265 §3.3.1): no
//!    emoji, no invisible characters, nothing that is only half of a letter.
//! 4. Accounts from before are looked at by a job ([`turn`]). Two of them that read alike stay two accounts; no third comes.

use gatewright_oauth::display;
use gatewright_store::Write;
use gatewright_store::users;
use unicode_normalization::char::is_combining_mark;

use super::{Wrong, check_line, key};
use crate::app::App;
use crate::error::Outcome;

/// Accounts of one look.
const BATCH: u32 = 200;
/// Looks of one turn.
const LOOKS: u32 = 50;

/// Step 2.
pub fn skeleton(username: &str) -> String {
    display::skeleton(&key(username))
}

/// Step 3.
pub fn check(username: &str) -> Result<(), Wrong> {
    check_line("username", Some(username), 200)?;
    let name = key(username);
    let is_sign = |c: char| c.is_ascii_graphic() || c == ' ';
    let fits = |c: char| c.is_alphanumeric() || is_combining_mark(c) || is_sign(c);
    if name.chars().all(fits) && !name.contains("  ") && !name.starts_with(is_combining_mark) {
        return Ok(());
    }
    let detail =
        "a user name is made of letters, digits and the signs of ASCII, with single spaces between words";
    Err(Wrong::with("username", detail))
}

/// Step 4, one turn of the job.
pub async fn turn(app: App) -> Outcome<()> {
    for _ in 0..LOOKS {
        let found = users::without_skeleton(&app.store, BATCH).await?;
        if found.is_empty() {
            return Ok(());
        }
        for (id, name) in found {
            let skeleton = display::skeleton(&name);
            if users::set_skeleton(&app.store, id, &skeleton).await? == Write::Lost {
                // Another one reads like it, and was here first. No name has a line break, so this one is nobody's.
                let beside = format!("{skeleton}\n{id}");
                // Lost: another replica looked at it.
                let (Write::Applied(()) | Write::Lost) = users::set_skeleton(&app.store, id, &beside).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg_14_names_that_read_alike_have_one_skeleton() {
        for alike in ["Alice", "\u{ff41}lice", "al\u{131}ce", "\u{430}lice", "a1ice", "ALICE", "\u{251}lice"]
        {
            assert_eq!(skeleton(alike), skeleton("alice"), "{alike}");
        }
        for other in ["alyce", "alice2", "alicia", "\u{3b1}lik\u{3b5}"] {
            assert_ne!(skeleton(other), skeleton("alice"), "{other}");
        }
        let fixed = skeleton("alice@example.com");
        assert_eq!(skeleton(&fixed), fixed);
    }

    #[test]
    fn lg_14_names_are_letters_digits_and_signs() {
        for fine in [
            "alice",
            "alice@example.com",
            "J\u{fc}rgen M\u{fc}ller",
            "o'brien-2",
            "\u{65e5}\u{672c}",
            "\u{915}\u{93f}",
        ] {
            assert_eq!(check(fine), Ok(()), "{fine}");
        }
        for wrong in
            ["", " ", "a\u{200b}b", "a\u{202e}b", "\u{1f600}", "a\tb", "a  b", "\u{301}a", "a\u{e000}"]
        {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
    }
}

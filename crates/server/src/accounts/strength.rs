//! Which passwords people may choose (LG-19; NIST SP 800-63B §3.1.1.2).
//!
//! Length counts; nobody is made to use a digit. What is refused is what is tried first: a common word with something
//! in front or behind, one character or a few of them over and over, a row of the keyboard or the alphabet, the person's
//! own name.

use std::collections::HashSet;

use gatewright_oauth::secret::Secret;
use zeroize::Zeroizing;

use super::{key, normal_password};
use crate::passwords::MAX_PASSWORD_BYTES;

/// The fewest characters.
pub const FEWEST: usize = 12;
/// So many characters have to be left of a password when the person's name is taken out of it.
const OWN: usize = 8;
/// The fewest characters that differ.
const DIFFERENT: usize = 5;

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// It is too short.
    Short,
    /// It is no password but a load.
    Long,
    /// It is among the first that are tried.
    Common,
    /// It is the person's name with little more.
    Name,
}

/// Rows that are typed as they are, forwards and backwards.
const ROWS: [&str; 7] = [
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// Words that most guesses begin with. What is shorter than [`FEWEST`] stands here for itself with something behind.
const WORDS: [&str; 64] = [
    "abc",
    "access",
    "admin",
    "administrator",
    "america",
    "angel",
    "apple",
    "asdf",
    "ashley",
    "baseball",
    "batman",
    "changeme",
    "charlie",
    "chocolate",
    "computer",
    "default",
    "donald",
    "dragon",
    "facebook",
    "flower",
    "football",
    "freedom",
    "gatewright",
    "google",
    "hallo",
    "hello",
    "iloveyou",
    "internet",
    "jesus",
    "letmein",
    "login",
    "london",
    "love",
    "manager",
    "master",
    "michael",
    "microsoft",
    "monkey",
    "mustang",
    "ninja",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "passwort",
    "pokemon",
    "princess",
    "qazwsx",
    "qwerty",
    "qwertz",
    "root",
    "samsung",
    "secret",
    "server",
    "shadow",
    "solo",
    "starwars",
    "summer",
    "sunshine",
    "superman",
    "temporary",
    "test",
    "welcome",
    "winter",
];

/// Judges a password of somebody with these names.
pub fn judge(password: &Secret<String>, names: &[&str]) -> Result<(), Weak> {
    let password = normal_password(password);
    let text = password.expose();
    if text.chars().count() < FEWEST {
        return Err(Weak::Short);
    }
    if text.len() > MAX_PASSWORD_BYTES {
        return Err(Weak::Long);
    }
    let folded = Zeroizing::new(key(text));
    if is_monotonous(&folded) || is_a_row(&folded) || is_a_word(&folded) {
        return Err(Weak::Common);
    }
    if names.iter().any(|name| is_named(&folded, name)) {
        return Err(Weak::Name);
    }
    Ok(())
}

/// Few characters, or a few of them over and over.
fn is_monotonous(text: &str) -> bool {
    let chars: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    let different: HashSet<&char> = chars.iter().collect();
    let repeats = |period: usize| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b);
    different.len() < DIFFERENT || (1..=chars.len() / 2).any(repeats)
}

fn is_a_row(text: &str) -> bool {
    let backwards: Zeroizing<String> = Zeroizing::new(text.chars().rev().collect());
    ROWS.iter().any(|row| row.contains(text) || row.contains(backwards.as_str()))
}

/// Common words and nothing else but digits and signs, whatever letters were exchanged for signs.
fn is_a_word(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphabetic();
    let plain = text.trim_matches(|c: char| !c.is_alphabetic());
    let unmasked: Zeroizing<String> = Zeroizing::new(
        text.trim_end_matches(|c: char| !c.is_alphabetic())
            .chars()
            .map(|c| match c {
                '0' => 'o',
                '1' | '!' => 'i',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' => 't',
                other => other,
            })
            .filter(|c| is_letter(*c))
            .collect(),
    );
    [plain, unmasked.as_str()].iter().any(|text| {
        let letters: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| is_letter(*c)).collect());
        are_words(&letters, 3)
    })
}

/// Whether it is nothing but common words, this many at most.
fn are_words(text: &str, most: u32) -> bool {
    text.is_empty()
        || (most > 0
            && WORDS.iter().any(|word| text.strip_prefix(word).is_some_and(|rest| are_words(rest, most - 1))))
}

fn is_named(text: &str, name: &str) -> bool {
    let name = key(name);
    let parts = [name.as_str(), name.split('@').next().unwrap_or_default()];
    parts.into_iter().filter(|part| part.chars().count() >= 4).any(|part| {
        let rest = Zeroizing::new(text.replace(part, ""));
        rest.len() < text.len() && rest.chars().count() < OWN
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(password: &str) -> Result<(), Weak> {
        judge(&Secret::new(password.to_owned()), &["Alice.Liddell@wonder.example", "alice"])
    }

    #[test]
    fn lg_19_what_is_tried_first_cannot_be_chosen() {
        for common in [
            "aaaaaaaaaaaa",
            "abababababab",
            "121212121212",
            "abcabcabcabcabc",
            "correctcorrect",
            "123456789012",
            "098765432109",
            "abcdefghijklm",
            "qwertyuiopasdf",
            "1q2w3e4r5t6y",
            "Password1234",
            "P@ssw0rd!2026",
            "passwordpassword1",
            "!!Welcome2026!!",
            "Administrator1!",
            "iloveyou123456",
            "letmein-letmein!",
            "ChangeMe12345",
            "SuperMan-Batman1",
            "\u{ff30}assword1234",
        ] {
            assert_eq!(judged(common), Err(Weak::Common), "{common}");
        }
        for named in ["alice1234567", "Alice.Liddell@wonder.example", "alice.liddell1234", "alice2026alice"] {
            assert_eq!(judged(named), Err(Weak::Name), "{named}");
        }
        assert_eq!(judged("elevenchars"), Err(Weak::Short));
        assert_eq!(judged(&"long enough".repeat(100)), Err(Weak::Long));
        for fine in [
            "correct horse battery staple",
            "a long enough password",
            "tr0ub4dor&3xyz",
            "\u{e4}\u{f6}\u{fc}\u{df}\u{e9}\u{e8}\u{ea}\u{eb}\u{e5}\u{f8}\u{e6}\u{153}",
            "alice fell into a hole",
            "Kq7#vP2!mZ9$",
        ] {
            assert_eq!(judged(fine), Ok(()), "{fine}");
        }
    }
}

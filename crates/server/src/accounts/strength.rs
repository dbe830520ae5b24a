//! Which passwords people may choose (LG-19; NIST SP 800-63B §3.1.1.2).
//!
//! Length counts; nobody is made to use a digit. What is refused is what is tried first:
//!
//! 1. One of the passwords that most people had (`COMMON`), or a common word with something in front or behind, one
//!    character or a few of them over and over, a row of the keyboard or the alphabet, the person's own name.
//! 2. Whatever a guesser who knows all that finds within a hundred million guesses (zxcvbn). Hashes are slow and tries are
//!    counted, so more is not asked for.
//! 3. Where the configuration says so, what was among stolen passwords (`breaches`).

use std::collections::HashSet;
use std::sync::LazyLock;

use gatewright_oauth::secret::Secret;
use zeroize::Zeroizing;
use zxcvbn::feedback::Warning;

use super::{Wrong, breaches, key, normal_password};
use crate::app::App;
use crate::error::{Fault, Outcome};
use crate::words::{ENGLISH, Say, Words};

/// The fewest characters.
pub const FEWEST: usize = 12;
/// The most: nobody types more, and each costs time.
pub const MOST: usize = 128;
/// The fewest guesses a password has to withstand, as a power of ten.
const GUESSES: f64 = 8.0;
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
    /// It is found with few guesses.
    Guessable(Why),
    /// It was among stolen ones.
    Stolen,
}

/// What makes a password easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Keys side by side.
    Keys,
    /// The same again and again.
    Repeats,
    /// Letters or digits in order.
    Sequence,
    /// A date or a year.
    Date,
    /// Names of people.
    Names,
    /// Words and passwords that many people use.
    Words,
}

impl Why {
    fn of(warning: Option<Warning>) -> Why {
        match warning {
            Some(
                Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess,
            ) => Why::Keys,
            Some(
                Warning::RepeatsLikeAaaAreEasyToGuess
                | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
            ) => Why::Repeats,
            Some(Warning::SequencesLikeAbcAreEasyToGuess) => Why::Sequence,
            Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => Why::Date,
            Some(
                Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
                | Warning::CommonNamesAndSurnamesAreEasyToGuess,
            ) => Why::Names,
            Some(
                Warning::ThisIsATop10Password
                | Warning::ThisIsATop100Password
                | Warning::ThisIsACommonPassword
                | Warning::ThisIsSimilarToACommonlyUsedPassword
                | Warning::AWordByItselfIsEasyToGuess,
            )
            | None => Why::Words,
        }
    }
}

impl Weak {
    /// What the person is told.
    pub fn say(self, words: Words) -> Say {
        match self {
            Weak::Short => words.say("accounts-short").count("fewest", FEWEST),
            Weak::Long => words.say("accounts-long").count("most", MOST),
            Weak::Common => words.say("accounts-common"),
            Weak::Name => words.say("accounts-name"),
            Weak::Guessable(Why::Keys) => words.say("accounts-keys"),
            Weak::Guessable(Why::Repeats) => words.say("accounts-repeats"),
            Weak::Guessable(Why::Sequence) => words.say("accounts-sequence"),
            Weak::Guessable(Why::Date) => words.say("accounts-date"),
            Weak::Guessable(Why::Names) => words.say("accounts-names"),
            Weak::Guessable(Why::Words) => words.say("accounts-words"),
            Weak::Stolen => words.say("accounts-stolen"),
        }
    }
}

/// The passwords that most people had, small letters, in order (Royce Williams' list as Django ships it; its first ten
/// thousand).
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("strength/common.txt").lines().collect());

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

/// All three steps. Estimating takes a moment, so it is done where nobody waits for it.
pub async fn check(app: &App, password: &Secret<String>, names: &[&str]) -> Outcome<Result<(), Weak>> {
    let owned = normal_password(password);
    let called: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let judged = tokio::task::spawn_blocking(move || {
        let names: Vec<&str> = called.iter().map(String::as_str).collect();
        judge(&owned, &names)
    });
    if let Err(weak) = judged.await.map_err(Fault::internal)? {
        return Ok(Err(weak));
    }
    Ok(if breaches::knows(app, password).await { Err(Weak::Stolen) } else { Ok(()) })
}

/// [`check`], for those who set somebody's password by a program: what is wrong with it, in English.
pub async fn require(app: &App, password: &Secret<String>, names: &[&str]) -> Outcome<Result<(), Wrong>> {
    let judged = check(app, password, names).await?;
    Ok(judged.map_err(|weak| Wrong::with("password", weak.say(ENGLISH).plain())))
}

/// Steps 1 and 2, for a password of somebody with these names.
pub fn judge(password: &Secret<String>, names: &[&str]) -> Result<(), Weak> {
    let password = normal_password(password);
    let text = password.expose();
    let length = text.chars().count();
    if length < FEWEST {
        return Err(Weak::Short);
    }
    if length > MOST {
        return Err(Weak::Long);
    }
    let folded = Zeroizing::new(key(text));
    if is_monotonous(&folded) || is_a_row(&folded) || is_a_word(&folded) {
        return Err(Weak::Common);
    }
    if names.iter().any(|name| is_named(&folded, name)) {
        return Err(Weak::Name);
    }
    if is_common(&folded) {
        return Err(Weak::Common);
    }
    let estimate = zxcvbn::zxcvbn(text, names);
    if estimate.guesses_log10() < GUESSES {
        let warning = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning);
        return Err(Weak::Guessable(Why::of(warning)));
    }
    Ok(())
}

/// One of the list, as it is, twice in a row, or with digits and signs around it.
fn is_common(text: &str) -> bool {
    let half = text.len() / 2;
    let doubled = text.is_char_boundary(half) && text[..half] == text[half..];
    let bare = text.trim_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(text) || (doubled && COMMON.contains(&text[..half])) || COMMON.contains(bare)
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
        assert_eq!(judged(&"long enough".repeat(12)), Err(Weak::Long));
        for fine in [
            "correct horse battery staple",
            "a long enough password",
            "tr0ub4dor&3xyz",
            "\u{e4}\u{f6}\u{fc}\u{df}\u{e9}\u{e8}\u{ea}\u{eb}\u{e5}\u{f8}\u{e6}\u{153}",
            "alice fell into a hole",
            "Kq7#vP2!mZ9$",
            "seven sleepy otters",
        ] {
            assert_eq!(judged(fine), Ok(()), "{fine}");
        }
        // The same again and again is refused, so the end differs.
        let words = "P\u{e4}ssw\u{f6}rter_\u{65e5}\u{672c}\u{8a9e}_\u{1f511} and more ";
        let long: String = words.chars().cycle().take(MOST - 1).chain(['x']).collect();
        assert_eq!(judged(&long), Ok(()), "128 characters count whole");
        assert_eq!(judged(&format!("{long}x")), Err(Weak::Long));
    }

    #[test]
    fn lg_19_the_passwords_that_most_people_had_cannot_be_chosen() {
        assert_eq!(COMMON.len(), 10_000);
        // As they are where they are long enough, and made long enough in the ways that people use.
        let is_word =
            |text: &str| text.starts_with(char::is_alphabetic) && text.ends_with(char::is_alphabetic);
        for common in COMMON.iter() {
            assert!(judged(common).is_err(), "{common}");
            for made in [format!("{common}20261234"), format!("!!{}1234567!", common.to_uppercase())] {
                assert!(!is_word(common) || common.len() < 4 || judged(&made).is_err(), "{made}");
            }
        }
    }

    #[test]
    fn lg_19_what_is_found_with_few_guesses_cannot_be_chosen_and_the_reason_is_told() {
        for password in ["sunshinerainbow", "monkeydragon1", "zxcvbnmasdfghjkl", "zaq12wsxcde3"] {
            let weak = judged(password).unwrap_err();
            assert!(matches!(weak, Weak::Guessable(_) | Weak::Common), "{password}: {weak:?}");
        }
        for (warning, why) in [
            (Warning::ShortKeyboardPatternsAreEasyToGuess, Why::Keys),
            (Warning::RepeatsLikeAaaAreEasyToGuess, Why::Repeats),
            (Warning::SequencesLikeAbcAreEasyToGuess, Why::Sequence),
            (Warning::DatesAreOftenEasyToGuess, Why::Date),
            (Warning::CommonNamesAndSurnamesAreEasyToGuess, Why::Names),
            (Warning::AWordByItselfIsEasyToGuess, Why::Words),
        ] {
            assert_eq!(Why::of(Some(warning)), why);
            assert!(Weak::Guessable(why).say(Words::default()).plain().contains("easy to guess"));
        }
    }
}

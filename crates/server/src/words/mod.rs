//! What people read, in their language.
//!
//! 1. Texts are in `locales/<language>/<capability>.ftl` (Project Fluent) and in the binary; pages and
//!    mails name them by key. `docs/texts.md` tells how to write one.
//! 2. Which language: what the app asks for (`ui_locales`, OIDC Core §3.1.2.1), what the person chose, what
//!    their browser asks for (`Accept-Language`), the server's own; the first that we have ([`Words::or_rather`]).
//! 3. A message is text of ours. What is put into it ([`Say`]) never passes through Fluent: it is escaped, and
//!    stands in an element that keeps its direction to itself.

mod languages;
mod place;
mod say;
mod time;

use std::fmt;

use fluent_bundle::FluentArgs;

use languages::Language;
pub use languages::{ALL, ENGLISH};
pub use say::Say;

/// A language we have, with everything that is said in it.
#[derive(Clone, Copy)]
pub struct Words(&'static Language);

/// In which direction a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Like Latin.
    LeftToRight,
    /// Like Arabic.
    RightToLeft,
}

/// Longest wish that is looked at, in languages.
const WISHES: usize = 32;

impl Words {
    /// The language with this tag (RFC 5646), or the one it is a variety of: `de` for `de-AT`.
    pub fn of(tag: &str) -> Option<Words> {
        let mut tag = tag.trim();
        loop {
            if let Some(found) = ALL.iter().find(|words| words.tag().eq_ignore_ascii_case(tag)) {
                return Some(*found);
            }
            // RFC 4647 §3.4: from the end, a subtag at a time.
            tag = tag.rsplit_once('-')?.0;
        }
    }

    /// The language that is wished for most among those we have; otherwise this one.
    #[must_use]
    pub fn or_rather(self, wish: Option<&str>) -> Words {
        Words::wished(wish).unwrap_or(self)
    }

    /// The language that is wished for most among those we have. A wish is an `Accept-Language` (RFC 9110 §12.5.4) or a
    /// `ui_locales`: languages in a row, with or without weights.
    pub fn wished(wish: Option<&str>) -> Option<Words> {
        let ranges = wish?.split([',', ' ']).filter(|range| !range.trim().is_empty()).take(WISHES);
        let mut best: Option<(u16, Words)> = None;
        for (range, weight) in ranges.map(weighed) {
            if let Some(words) = Words::of(range)
                && weight > best.map_or(0, |(least, _)| least)
            {
                best = Some((weight, words));
            }
        }
        best.map(|(_, words)| words)
    }

    /// Its tag (RFC 5646), for `lang`.
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    /// What those who speak it call it.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Its direction, for `dir`.
    pub fn dir(self) -> &'static str {
        match self.0.direction {
            Direction::LeftToRight => "ltr",
            Direction::RightToLeft => "rtl",
        }
    }

    /// The message with this key; what it needs is added to the answer.
    pub fn say(self, key: &'static str) -> Say {
        Say::new(self, key)
    }

    /// The text of a message, in which `args` stand for what is put in afterwards.
    fn pattern(self, key: &str, args: &FluentArgs<'_>) -> String {
        let mut errors = Vec::new();
        let pattern = self.0.book.get_message(key).and_then(|message| message.value());
        debug_assert!(pattern.is_some(), "there is no message {key} in {}", self.tag());
        let Some(pattern) = pattern else { return key.to_owned() };
        let text = self.0.book.format_pattern(pattern, Some(args), &mut errors).into_owned();
        debug_assert!(errors.is_empty(), "{key} in {}: {errors:?}", self.tag());
        text
    }
}

/// A language range and its weight in thousandths. A weight that is none counts as nothing.
fn weighed(range: &str) -> (&str, u16) {
    let mut parts = range.split(';');
    let tag = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map(str::trim);
    let thousandths = weight.map_or(Some(1_000), |text| match text.split_once('.') {
        None if text == "1" => Some(1_000),
        Some(("1", zeros)) if zeros.bytes().all(|byte| byte == b'0') => Some(1_000),
        Some(("0", part)) if part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{part:0<3}").parse().ok()
        }
        None | Some(_) => None,
    });
    (tag, thousandths.unwrap_or(0))
}

impl Default for Words {
    fn default() -> Words {
        ENGLISH
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Words) -> bool {
        self.tag() == other.tag()
    }
}

impl Eq for Words {}

#[cfg(test)]
mod tests;

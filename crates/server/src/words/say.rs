//! A message with what is put into it, as a page or a plain text shows it.
//!
//! ```html
//! <p>{{ layout.say("login-wants").strong("app", asker.subject()).with("resource", name) }}</p>
//! <form aria-label="{{ layout.say("login-title") }}">
//! <title>{{ layout.say("consent-title").with("resource", name).plain() }}</title>
//! ```
//!
//! In a message, `*…*` is strong and `` `…` `` is code. Markup in what is put in means nothing: Fluent only
//! ever sees a private character in its place, and the value is escaped when that is found again.

use std::borrow::Borrow;
use std::fmt::{self, Display};

use askama::filters::{Escaper, Html, HtmlSafe};
use fluent_bundle::{FluentArgs, FluentValue};
use gatewright_oauth::Time;

use super::{Direction, Words};

/// A message. Written out it is HTML; see [`Say::plain`] for titles and mails.
#[must_use]
#[derive(Debug, Clone)]
pub struct Say {
    words: Words,
    key: &'static str,
    args: Vec<(&'static str, Arg)>,
}

#[derive(Debug, Clone)]
enum Arg {
    /// Text in place of a placeholder.
    Shown(String, Manner),
    /// A number, by which the message may choose its words.
    Count(usize),
    /// One of the message's variants.
    Choice(&'static str),
}

/// How a text is set.
#[derive(Debug, Clone)]
enum Manner {
    /// Words of ours, in the message's own language.
    Ours,
    /// Somebody else's, which must not turn the direction of what is around it.
    Theirs,
    /// The same, with classes of the style sheet.
    Styled(String),
    /// For programs.
    Code,
}

/// The first of the private characters (Unicode 16 §23.5) that stand for what is put in.
const FIRST: u32 = 0xe000;

impl Say {
    pub(super) fn new(words: Words, key: &'static str) -> Say {
        Say { words, key, args: Vec::new() }
    }

    /// Puts in a text that somebody else chose.
    pub fn with(self, name: &'static str, text: impl Display) -> Say {
        self.shown(name, text, Manner::Theirs)
    }

    /// Puts in a text that somebody else chose, strongly.
    pub fn strong(self, name: &'static str, text: impl Display) -> Say {
        self.shown(name, text, Manner::Styled("strong".to_owned()))
    }

    /// Puts in a text that somebody else chose, with these classes.
    pub fn styled(self, name: &'static str, class: impl Display, text: impl Display) -> Say {
        self.shown(name, text, Manner::Styled(class.to_string()))
    }

    /// Puts in a text that is not always there; without it, another message is meant.
    pub fn with_if(self, name: &'static str, text: Option<impl Display>) -> Say {
        match text {
            Some(text) => self.with(name, text),
            None => self,
        }
    }

    /// The same, strongly.
    pub fn strong_if(self, name: &'static str, text: Option<impl Display>) -> Say {
        match text {
            Some(text) => self.strong(name, text),
            None => self,
        }
    }

    /// Puts in something to be typed or read by programs.
    pub fn code(self, name: &'static str, text: impl Display) -> Say {
        self.shown(name, text, Manner::Code)
    }

    /// Puts in a number, by which the message chooses its words.
    pub fn count(self, name: &'static str, number: impl Borrow<usize>) -> Say {
        self.arg(name, Arg::Count(*number.borrow()))
    }

    /// Chooses one of the message's variants; what this code does not know takes the one with the star.
    pub fn choose(self, name: &'static str, variant: &'static str) -> Say {
        self.arg(name, Arg::Choice(variant))
    }

    /// Puts in a span of time, in words: "15 minutes".
    pub fn span(self, name: &'static str, seconds: impl Borrow<u64>) -> Say {
        let text = self.words.span(*seconds.borrow());
        self.shown(name, text, Manner::Ours)
    }

    /// Puts in a day: "26 November 2026".
    pub fn day(self, name: &'static str, time: impl Borrow<Time>) -> Say {
        let text = self.words.day(*time.borrow());
        self.shown(name, text, Manner::Ours)
    }

    /// Puts in a day and the time of the day: "26 November 2026, 14:03 UTC".
    pub fn time(self, name: &'static str, time: impl Borrow<Time>) -> Say {
        let text = self.words.time(*time.borrow());
        self.shown(name, text, Manner::Ours)
    }

    fn shown(self, name: &'static str, text: impl Display, manner: Manner) -> Say {
        self.arg(name, Arg::Shown(text.to_string(), manner))
    }

    fn arg(mut self, name: &'static str, arg: Arg) -> Say {
        self.args.push((name, arg));
        self
    }

    /// Without markup: for titles, attributes and mails. What runs in the other direction is kept to itself by
    /// the characters that are there for it (Unicode UAX 9).
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for piece in self.pieces() {
            match piece {
                Piece::Text(c) => text.push(c),
                Piece::Mark(_) => {}
                Piece::Put(shown, Manner::Theirs | Manner::Styled(_) | Manner::Code)
                    if self.needs_isolation(shown) =>
                {
                    text.extend(['\u{2068}']);
                    text.push_str(shown);
                    text.push('\u{2069}');
                }
                Piece::Put(shown, _) => text.push_str(shown),
            }
        }
        text
    }

    fn needs_isolation(&self, text: &str) -> bool {
        self.words.0.direction == Direction::RightToLeft || text.chars().any(is_right_to_left)
    }

    fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut args = FluentArgs::with_capacity(self.args.len());
        for ((name, arg), place) in self.args.iter().zip(FIRST..) {
            let value = match arg {
                Arg::Shown(..) => FluentValue::from(char::from_u32(place).unwrap_or_default().to_string()),
                Arg::Count(number) => FluentValue::from(*number),
                Arg::Choice(variant) => FluentValue::from(*variant),
            };
            args.set(*name, value);
        }
        let text = self.words.pattern(self.key, &args);
        let chars: Vec<char> = text.chars().collect();
        chars.into_iter().map(|c| self.piece(c))
    }

    fn piece(&self, c: char) -> Piece<'_> {
        let place = u32::from(c).checked_sub(FIRST).and_then(|place| usize::try_from(place).ok());
        match (c, place.and_then(|place| self.args.get(place))) {
            (_, Some((_, Arg::Shown(text, manner)))) => Piece::Put(text, manner),
            ('*', _) => Piece::Mark("strong"),
            ('`', _) => Piece::Mark("code"),
            (c, _) => Piece::Text(c),
        }
    }
}

/// What a message is made of.
enum Piece<'a> {
    /// A character of its own.
    Text(char),
    /// The beginning or end of an element.
    Mark(&'static str),
    /// What was put in.
    Put(&'a str, &'a Manner),
}

impl Display for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut open: Vec<&'static str> = Vec::new();
        for piece in self.pieces() {
            match piece {
                Piece::Text(c) => Html.write_escaped_char(&mut *f, c)?,
                Piece::Mark(element) if open.last() == Some(&element) => {
                    open.pop();
                    write!(f, "</{element}>")?;
                }
                Piece::Mark(element) => {
                    open.push(element);
                    write!(f, "<{element}>")?;
                }
                Piece::Put(text, Manner::Ours) => Html.write_escaped_str(&mut *f, text)?,
                Piece::Put(text, Manner::Theirs) => element(f, "bdi", text)?,
                Piece::Put(text, Manner::Code) => element(f, "code", text)?,
                Piece::Put(text, Manner::Styled(class)) => {
                    f.write_str("<bdi class=\"")?;
                    Html.write_escaped_str(&mut *f, class)?;
                    f.write_str("\">")?;
                    Html.write_escaped_str(&mut *f, text)?;
                    f.write_str("</bdi>")?;
                }
            }
        }
        open.iter().rev().try_for_each(|element| write!(f, "</{element}>"))
    }
}

/// What `Display` writes is escaped.
impl HtmlSafe for Say {}

fn element(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    write!(f, "<{name}>")?;
    Html.write_escaped_str(&mut *f, text)?;
    write!(f, "</{name}>")
}

/// Letters of the scripts that are written from right to left (Unicode UAX 9, types R and AL).
fn is_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

//! The languages, and their message files. Every file is in every language (`tests/it/tidy/words.rs`).

use std::sync::LazyLock;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;

use super::{Direction, Words};

/// Messages of one language.
type Book = FluentBundle<FluentResource>;

/// A language and its messages.
pub(super) struct Language {
    pub(super) tag: &'static str,
    pub(super) name: &'static str,
    pub(super) direction: Direction,
    /// Read when somebody first needs it.
    pub(super) book: LazyLock<Book>,
}

/// A file is named after the folder that uses it; its keys begin with its name.
macro_rules! language {
    ($tag:literal, $name:literal, $direction:ident) => {
        language!($tag, $name, $direction, [
            "account",
            "accounts",
            "address",
            "ceremony",
            "choose_password",
            "consent",
            "dev_outbox",
            "device",
            "email_code",
            "factors",
            "forgot",
            "home",
            "login",
            "logout",
            "mail",
            "proofs",
            "sign_up",
            "upstream",
            "web",
            "words",
        ])
    };
    ($tag:literal, $name:literal, $direction:ident, [$($file:literal),* $(,)?]) => {
        Language {
            tag: $tag,
            name: $name,
            direction: Direction::$direction,
            book: LazyLock::new(|| {
                book($tag, &[$(include_str!(concat!("../../../../locales/", $tag, "/", $file, ".ftl"))),*])
            }),
        }
    };
}

static LANGUAGES: [Language; 5] = [
    language!("en", "English", LeftToRight),
    language!("de", "Deutsch", LeftToRight),
    language!("es", "Español", LeftToRight),
    language!("fr", "Français", LeftToRight),
    language!("ja", "日本語", LeftToRight),
];

/// English, which everything is written in first.
pub const ENGLISH: Words = Words(&LANGUAGES[0]);

/// Every language, in the order in which they are offered.
pub const ALL: [Words; 5] =
    [ENGLISH, Words(&LANGUAGES[1]), Words(&LANGUAGES[2]), Words(&LANGUAGES[3]), Words(&LANGUAGES[4])];

fn book(tag: &str, files: &[&'static str]) -> Book {
    let mut book = Book::new_concurrent(vec![tag.parse().unwrap_or_default()]);
    // Isolation is markup here (`Say`); in plain text it is put where it is needed.
    book.set_use_isolating(false);
    for text in files {
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, errors)| {
            debug_assert!(errors.is_empty(), "{tag}: {errors:?}");
            resource
        });
        let added = book.add_resource(resource);
        debug_assert!(added.is_ok(), "{tag}: {added:?}");
    }
    book
}

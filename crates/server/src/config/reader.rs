//! Reads tables of a TOML document key by key and remembers everything that is wrong.
//!
//! A section asks for the keys it knows; what remains in its table is unknown. Because the reader
//! hears every question, it also knows every key there is, which the suggestions and the test of the
//! reference documentation live on.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use toml::de::{DeArray, DeTable, DeValue};

use super::error::Problem;

/// How alike two words are that differ by a slip of the fingers.
const SLIP: f64 = 0.85;
/// The same, without doubt.
const SURE_SLIP: f64 = 0.92;

/// Reads one document.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// Section and key of everything that was asked for.
    pub(super) known: Vec<(String, &'static str)>,
    unknown: Vec<(String, String, usize)>,
    problems: Vec<Problem>,
}

/// One table of the document, present or not.
pub(super) struct Section<'r, 'a> {
    reader: &'r mut Reader<'a>,
    name: String,
    table: Option<&'r DeTable<'a>>,
    asked: Vec<&'static str>,
}

/// A value and where it stands.
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Reader<'a> {
        Reader { text, known: Vec::new(), unknown: Vec::new(), problems: Vec::new() }
    }

    /// The document's own table.
    pub(super) fn root<'r>(&'r mut self, table: &'r DeTable<'a>) -> Section<'r, 'a> {
        Section { reader: self, name: String::new(), table: Some(table), asked: Vec::new() }
    }

    /// Notes a problem at a byte offset, or of something absent.
    pub(super) fn problem(&mut self, key: &str, offset: Option<usize>, said: (String, Option<String>)) {
        let at = offset.map(|offset| position(self.text, offset));
        self.problems.push(Problem { at, key: key.to_owned(), message: said.0, hint: said.1 });
    }

    /// Every problem, unknown keys included, in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        for (section, key, offset) in std::mem::take(&mut self.unknown) {
            let hint = self.suggest(&section, &key);
            self.problem(&join(&section, &key), Some(offset), ("is not a known key".to_owned(), Some(hint)));
        }
        self.problems.sort_by_key(|problem| problem.at.unwrap_or((usize::MAX, 0)));
        self.problems
    }

    fn suggest(&self, section: &str, key: &str) -> String {
        if let Some((home, name)) = self.known.iter().find(|(home, name)| *name == key && home != section) {
            return if home.is_empty() {
                format!("`{name}` belongs at the top of the file, before the first [section]")
            } else {
                format!("`{name}` belongs in [{home}]")
            };
        }
        let here = self.known.iter().filter(|(home, _)| home == section).map(|(_, name)| *name);
        let typed = join(section, key);
        let same_but_a_dot = |name: &String| strsim::normalized_levenshtein(&typed, name) > SURE_SLIP;
        let suggestion = nearest(key, here.clone(), SURE_SLIP)
            .map(str::to_owned)
            .or_else(|| self.known.iter().map(|(home, name)| join(home, name)).find(same_but_a_dot))
            .or_else(|| nearest(key, here.clone(), SLIP).map(str::to_owned));
        if let Some(name) = suggestion {
            return format!("did you mean `{name}`?");
        }
        let mut names: Vec<&str> = here.collect();
        names.sort_unstable();
        format!("known here: {}", names.join(", "))
    }
}

impl<'r, 'a> Section<'r, 'a> {
    /// A table inside this one.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'_, 'a> {
        let name = join(&self.name, key);
        let table = match self.find(key) {
            None => None,
            Some((DeValue::Table(table), _)) => Some(table),
            Some((other, offset)) => {
                self.wrong_type(key, offset, ("a table", other.type_str()));
                None
            }
        };
        Section { reader: &mut *self.reader, name, table, asked: Vec::new() }
    }

    /// The tables of an array (`[[key]]`), one after the other.
    pub(super) fn sections(&mut self, key: &'static str, mut each: impl FnMut(Section<'_, 'a>)) {
        let Some((value, offset)) = self.find(key) else { return };
        let DeValue::Array(items) = value else {
            return self.wrong_type(key, offset, ("an array of tables", value.type_str()));
        };
        let name = join(&self.name, key);
        for item in items {
            match item.get_ref() {
                DeValue::Table(table) => {
                    let (reader, name) = (&mut *self.reader, name.clone());
                    each(Section { reader, name, table: Some(table), asked: Vec::new() });
                }
                other => {
                    let offset = item.span().start;
                    self.wrong_type(key, offset, ("an array of tables", other.type_str()));
                }
            }
        }
    }

    /// Whether the key is written down, rightly or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// An integer within `range`.
    pub(super) fn number(&mut self, key: &'static str, into: &mut u32, range: RangeInclusive<u32>) {
        let Some((value, offset)) = self.find(key) else { return };
        let DeValue::Integer(written) = value else {
            return self.wrong_type(key, offset, ("an integer", value.type_str()));
        };
        match i64::from_str_radix(written.as_str(), written.radix()).ok().and_then(|n| u32::try_from(n).ok())
        {
            Some(number) if range.contains(&number) => *into = number,
            Some(_) | None => {
                let message = format!("must be between {} and {}, not {written}", range.start(), range.end());
                self.refuse(key, Some(offset), (message, None));
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<Found<bool>> {
        let (value, offset) = self.find(key)?;
        if let DeValue::Boolean(value) = value {
            return Some(Found { value: *value, offset });
        }
        self.wrong_type(key, offset, ("true or false", value.type_str()));
        None
    }

    /// A string that is not empty.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Found<&'r str>> {
        let (value, offset) = self.find(key)?;
        match value {
            DeValue::String(text) if !text.trim().is_empty() => Some(Found { value: text, offset }),
            DeValue::String(_) => {
                self.refuse(
                    key,
                    Some(offset),
                    ("must not be empty".to_owned(), Some("leave the key out to get the default".to_owned())),
                );
                None
            }
            other => {
                self.wrong_type(key, offset, ("a string", other.type_str()));
                None
            }
        }
    }

    /// The path of a file or directory.
    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        self.text(key).map(|found| PathBuf::from(found.value))
    }

    /// A string that reads as a `T`; `example` says how one looks.
    pub(super) fn parse<T>(&mut self, key: &'static str, into: &mut T, example: &str)
    where
        T: FromStr<Err: Display>,
    {
        let Some(found) = self.text(key) else { return };
        match found.value.parse() {
            Ok(value) => *into = value,
            Err(error) => {
                let said =
                    (format!("cannot be read: {error}"), Some(format!("write it like {key} = {example}")));
                self.refuse(key, Some(found.offset), said);
            }
        }
    }

    /// An array of strings that read as `T`s.
    pub(super) fn parse_all<T>(&mut self, key: &'static str, into: &mut Vec<T>, example: &str)
    where
        T: FromStr<Err: Display>,
    {
        let Some((value, offset)) = self.find(key) else { return };
        let DeValue::Array(items) = value else {
            return self.wrong_type(key, offset, ("an array", value.type_str()));
        };
        let items: &'r DeArray<'a> = items;
        into.clear();
        for item in items {
            let offset = item.span().start;
            let said = match item.get_ref() {
                DeValue::String(text) => match text.parse() {
                    Ok(value) => {
                        into.push(value);
                        continue;
                    }
                    Err(error) => format!("holds {text:?}, which cannot be read: {error}"),
                },
                other => format!("must hold strings, not {}", article(other.type_str())),
            };
            self.refuse(key, Some(offset), (said, Some(format!("write it like {key} = {example}"))));
        }
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, into: &mut T, words: &[(&str, T)]) {
        let Some(found) = self.text(key) else { return };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == found.value) {
            *into = *value;
            return;
        }
        let all: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
        let hint = match nearest(found.value, words.iter().map(|(word, _)| *word), SLIP) {
            Some(word) => format!("did you mean {word:?}?"),
            None => format!("choose one of {}", all.join(", ")),
        };
        self.refuse(
            key,
            Some(found.offset),
            (format!("must be {}, not {:?}", all.join(" or "), found.value), Some(hint)),
        );
    }

    /// Notes that a key of this section is wrong: what, and what to do.
    pub(super) fn refuse(&mut self, key: &str, offset: Option<usize>, said: (String, Option<String>)) {
        let key = join(&self.name, key);
        self.reader.problem(&key, offset, said);
    }

    /// Ends the section: what was not asked for is unknown.
    pub(super) fn finish(self) {
        for key in self.table.into_iter().flat_map(|table| table.keys()) {
            if !self.asked.contains(&key.get_ref().as_ref()) {
                let unknown = (self.name.clone(), key.get_ref().to_string(), key.span().start);
                self.reader.unknown.push(unknown);
            }
        }
    }

    fn find(&mut self, key: &'static str) -> Option<(&'r DeValue<'a>, usize)> {
        self.asked.push(key);
        self.reader.known.push((self.name.clone(), key));
        let value = self.table?.get(key)?;
        Some((value.get_ref(), value.span().start))
    }

    fn wrong_type(&mut self, key: &str, offset: usize, (wanted, is): (&str, &str)) {
        self.refuse(key, Some(offset), (format!("must be {wanted}, not {}", article(is)), None));
    }
}

/// `section.key`.
fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The word most like `typed`, if any is close enough to be a slip of the fingers.
fn nearest<W: AsRef<str>>(typed: &str, words: impl Iterator<Item = W>, likeness_needed: f64) -> Option<W> {
    words
        .map(|word| (strsim::jaro_winkler(typed, word.as_ref()), word))
        .filter(|(likeness, _)| *likeness > likeness_needed)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, word)| word)
}

/// Line and column, counted from 1, of a byte offset.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

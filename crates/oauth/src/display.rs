//! Names and hosts of strangers, as people may see them (RFC 7591 §5, OAuth 2.1 §7.9, UTS 39).
//!
//! 1. [`shown`] makes any text safe to print: no control, formatting or invisible characters, no direction tricks,
//!    NFC, one line, at most 64 characters as people count them.
//! 2. [`claimed`] says in addition whether a name reads like one that people trust.
//! 3. [`host_shown`] gives a host in ASCII, and in Unicode where that differs, with a warning where letters of
//!    several scripts imitate others.
//!
//! Escaping for HTML is the template's work.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::MixedScript;
use unicode_segmentation::UnicodeSegmentation;

use crate::uri;

/// The longest name shown, in grapheme clusters.
pub const MAX_SHOWN: usize = 64;

/// A name that its bearer chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedName {
    /// Safe to print (after escaping), never empty.
    pub text: String,
    /// The well-known name this one is or imitates, when nobody vouches for the bearer.
    pub confusable_with: Option<&'static str>,
}

/// A host, or the scheme of an app, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostShown {
    /// The host in ASCII (punycode) without port; for a private-use scheme the scheme.
    pub ascii: String,
    /// The host in Unicode, when that differs.
    pub unicode: Option<String>,
    /// The port, when the URI names one.
    pub port: Option<u16>,
    /// A label mixes scripts, or is written in one but reads like another, Latin, word.
    pub mixed_scripts: bool,
}

/// How a trusted name is looked for in others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Distinctive enough to be found inside other words.
    Anywhere,
    /// Also an ordinary word, or part of some: only as a word of its own.
    Word,
}

/// Names that people trust in this place (DC-06).
const TRUSTED: [(&str, Look); 22] = [
    ("Claude", Look::Anywhere),
    ("Anthropic", Look::Anywhere),
    ("ChatGPT", Look::Anywhere),
    ("OpenAI", Look::Anywhere),
    ("Codex", Look::Word),
    ("Visual Studio Code", Look::Anywhere),
    ("VS Code", Look::Anywhere),
    ("Microsoft", Look::Anywhere),
    ("Copilot", Look::Word),
    ("GitHub", Look::Anywhere),
    ("GitLab", Look::Anywhere),
    ("Google", Look::Anywhere),
    ("Gemini", Look::Word),
    ("Cursor", Look::Word),
    ("Windsurf", Look::Word),
    ("Mistral", Look::Word),
    ("Perplexity", Look::Word),
    ("Cloudflare", Look::Anywhere),
    ("Slack", Look::Word),
    ("Notion", Look::Word),
    ("MCP Inspector", Look::Anywhere),
    ("Gatewright", Look::Anywhere),
];

/// Step 1. `None` when nothing visible is left.
pub fn shown(text: &str) -> Option<String> {
    let visible: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .nfc()
        .collect();
    let line = visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line = without_piles(&line);
    if line.is_empty() {
        return None;
    }
    if line.graphemes(true).count() <= MAX_SHOWN {
        return Some(line);
    }
    let mut cut: String = line.graphemes(true).take(MAX_SHOWN - 1).collect();
    cut.push('\u{2026}');
    Some(cut)
}

/// Step 2, for a name nobody vouches for. `None` when nothing visible is left.
pub fn claimed(text: &str) -> Option<ClaimedName> {
    shown(text).map(|text| ClaimedName { confusable_with: confusable_with(&text), text })
}

/// The trusted name that `text` contains or imitates.
pub fn confusable_with(text: &str) -> Option<&'static str> {
    let readings = readings(text);
    TRUSTED.iter().find(|(name, look)| imitates(&readings, name, *look)).map(|(name, _)| *name)
}

fn imitates(names: &[String; 2], trusted: &str, look: Look) -> bool {
    let mut pairs = names.iter().zip(readings(trusted));
    pairs.any(|(name, trusted)| {
        let squashed = squash(&trusted);
        match look {
            Look::Anywhere => squash(name).contains(&squashed),
            Look::Word => squash(name) == squashed || words(name).any(|word| word == squashed),
        }
    })
}

/// How a name reads: its UTS 39 skeleton as it is written, and written small. Both are needed: `I` reads like `l`
/// only as a capital. Marks above and below letters are left out, and skeletons are compared without case.
fn readings(text: &str) -> [String; 2] {
    let skeleton = |text: &str| -> String {
        unicode_security::skeleton(text)
            .filter(|c| !is_combining_mark(*c))
            .flat_map(char::to_lowercase)
            .collect()
    };
    let compatible: String = text.nfkc().collect();
    [skeleton(&compatible), skeleton(&compatible.to_lowercase())]
}

/// What a name in normal form reads like: its UTS 39 skeleton, written small. Two names that read alike have one.
pub fn skeleton(key: &str) -> String {
    let compatible: String = key.nfkc().collect();
    unicode_security::skeleton(&compatible).flat_map(char::to_lowercase).nfkc().collect()
}

fn squash(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// At most three marks on one letter; more only paint over the lines around.
fn without_piles(text: &str) -> String {
    let mut pile = 0;
    text.chars()
        .filter(|c| {
            pile = if is_combining_mark(*c) { pile + 1 } else { 0 };
            pile <= 3
        })
        .collect()
}

/// Control (Cc), formatting (Cf, bidirectional and zero-width ones among them), default-ignorable, private-use and
/// non-characters: everything that has no shape of its own.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{0600}'..='\u{0605}' | '\u{061C}' | '\u{06DD}' | '\u{070F}'
            | '\u{0890}'..='\u{0891}' | '\u{08E2}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{E000}'..='\u{F8FF}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFF}'
            | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{10FFFF}')
}

/// Step 3.
pub fn host_shown(text: &str) -> HostShown {
    let parts = uri::split(text);
    let host =
        parts.filter(|parts| matches!(parts.scheme, "http" | "https")).and_then(|parts| parts.host_port());
    let Some((host, port)) = host else {
        let ascii = parts.map_or("", |parts| parts.scheme).to_owned();
        return HostShown { ascii, unicode: None, port: None, mixed_scripts: false };
    };
    let (unicode, valid) = if host.starts_with("xn--") || host.contains(".xn--") {
        let (unicode, result) = idna::domain_to_unicode(host);
        (Some(Cow::Owned(unicode)), result.is_ok())
    } else if host.is_ascii() {
        (None, true)
    } else {
        (Some(Cow::Borrowed(host)), true)
    };
    let mixed_scripts =
        !valid || unicode.as_ref().is_some_and(|unicode: &Cow<'_, str>| unicode.split('.').any(is_imitation));
    // What cannot be decoded is shown as it is written.
    let unicode = unicode.filter(|unicode| valid && unicode.as_ref() != host).and_then(|text| shown(&text));
    HostShown { ascii: host.to_owned(), unicode, port, mixed_scripts }
}

fn is_imitation(label: &str) -> bool {
    let reads_latin = !label.is_ascii() && unicode_security::skeleton(label).all(|c| c.is_ascii());
    reads_latin || !label.is_single_script()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_01_names_lose_what_cannot_be_seen() {
        for (raw, text) in [
            ("Notes\u{202E}gnp.exe", "Notesgnp.exe"),
            ("No\u{200B}te\u{FEFF}s", "Notes"),
            ("two\r\nlines\tand\u{2028}more", "two lines and more"),
            ("  spaced \u{A0}\u{3000} out ", "spaced out"),
            ("cafe\u{301}", "caf\u{e9}"),
            ("tag\u{E0041}\u{E007F}", "tag"),
            ("\u{2066}isolated\u{2069}", "isolated"),
            ("nul\0bell\u{7}", "nulbell"),
            ("\u{1F600} <b>&amp;", "\u{1F600} <b>&amp;"),
        ] {
            assert_eq!(shown(raw).as_deref(), Some(text));
        }
        for nothing in ["", " ", "\u{200B}\u{202E}", "\u{3164}", "\u{2800}"] {
            assert_eq!(shown(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn ui_01_names_are_at_most_64_characters_as_people_count_them() {
        let long = shown(&"e\u{301}".repeat(200)).unwrap();
        assert_eq!(long.graphemes(true).count(), 64);
        assert!(long.ends_with('\u{2026}'));
        assert_eq!(shown(&"\u{1F1E9}\u{1F1EA}".repeat(64)).unwrap().graphemes(true).count(), 64);
        let pile = shown(&format!("Z{}", "\u{310}".repeat(100))).unwrap();
        assert_eq!(pile.chars().count(), 4);
    }

    #[test]
    fn dc_06_names_that_read_like_trusted_ones_are_found() {
        for (name, trusted) in [
            ("\u{421}laude", "Claude"),
            ("Claude", "Claude"),
            ("CLAUDE Code (notes)", "Claude"),
            ("CIaude", "Claude"),
            ("C1aude.ai", "Claude"),
            ("C l a u d e", "Claude"),
            ("Cl\u{e0}ude", "Claude"),
            ("\u{ff23}\u{ff4c}\u{ff41}\u{ff55}\u{ff44}\u{ff45}", "Claude"),
            ("G00gle Drive", "Google"),
            ("rnicrosoft login", "Microsoft"),
            ("GitHub\u{200B}", "GitHub"),
            ("G\u{131}thub", "GitHub"),
            ("Visual-Studio Code", "Visual Studio Code"),
            ("\u{421}ursor", "Cursor"),
            ("cursor", "Cursor"),
            ("Gatewright Console", "Gatewright"),
        ] {
            assert_eq!(claimed(name).unwrap().confusable_with, Some(trusted), "{name}");
        }
        for honest in [
            "Precursor",
            "My notes",
            "Cloud sync",
            "Goggles",
            "mcporter",
            "opencode",
            "Codexample",
            "Slacker",
        ] {
            assert_eq!(claimed(honest).unwrap().confusable_with, None, "{honest}");
        }
    }

    #[test]
    fn ru_14_hosts_that_cannot_be_decoded_are_shown_as_written_with_a_warning() {
        let shown = host_shown("https://xn--a.test/cb");
        assert_eq!((shown.ascii.as_str(), shown.unicode, shown.mixed_scripts), ("xn--a.test", None, true));
        let app = host_shown("com.example.app:/cb");
        assert_eq!((app.ascii.as_str(), app.port, app.mixed_scripts), ("com.example.app", None, false));
        let here = host_shown("http://[::1]:7777/cb");
        assert_eq!((here.ascii.as_str(), here.port), ("[::1]", Some(7777)));
    }
}

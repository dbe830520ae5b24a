//! Looks for many secrets, in every spelling they could leak in, in one pass over a text.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// So much of a spelling identifies it.
const WINDOW: usize = 14;

/// Secrets and their spellings.
#[derive(Default)]
pub(super) struct Needles {
    spellings: HashMap<Vec<u8>, Vec<(String, Vec<u8>)>>,
    /// How many secrets there are.
    pub secrets: usize,
}

impl Needles {
    /// A secret made of bytes.
    pub fn bytes(&mut self, what: &str, secret: &[u8]) {
        assert!(secret.len() >= 16, "{what} is too short to be looked for");
        self.secrets += 1;
        for spelling in spellings(secret) {
            self.spelling(what, spelling);
        }
    }

    /// A secret that is a text: also as it stands in a form body.
    pub fn text(&mut self, what: &str, secret: &str) {
        self.bytes(what, secret.as_bytes());
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for spelling in [encoded.replace('+', "%20"), encoded] {
            self.spelling(what, spelling.into_bytes());
        }
    }

    fn spelling(&mut self, what: &str, spelling: Vec<u8>) {
        if spelling.len() >= WINDOW {
            let found = self.spellings.entry(spelling[..WINDOW].to_vec()).or_default();
            found.push((what.to_owned(), spelling));
        }
    }

    /// What of all this is in `text`, with some context.
    pub fn found_in(&self, place: &str, text: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, window) in text.windows(WINDOW).enumerate() {
            for (what, spelling) in self.spellings.get(window).into_iter().flatten() {
                if text[at..].starts_with(spelling) {
                    let around = &text[at.saturating_sub(120)..(at + 40).min(text.len())];
                    found.push(format!("{what} in {place}: …{}…", String::from_utf8_lossy(around)));
                }
            }
        }
        found
    }
}

/// As it is, hexadecimal, base64 in both alphabets wherever it stands in the encoded text, and the way Rust
/// prints bytes.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex = hex(secret);
    let printed: Vec<String> = secret.iter().map(u8::to_string).collect();
    let mut all = vec![
        secret.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        printed.join(", ").into_bytes(),
    ];
    for skipped in 0..3 {
        let rest = &secret[skipped..];
        let whole = &rest[..rest.len() / 3 * 3];
        all.push(STANDARD_NO_PAD.encode(whole).into_bytes());
        all.push(URL_SAFE_NO_PAD.encode(whole).into_bytes());
    }
    all
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[test]
fn every_spelling_is_found() {
    let mut needles = Needles::default();
    let secret: Vec<u8> = (100..132).collect();
    needles.bytes("bytes", &secret);
    needles.text("text", "correct horse battery staple");
    let printed = format!("{secret:?}");
    let mut embedded = b"ab".to_vec();
    embedded.extend(&secret);
    for text in [
        "xx correct horse battery staple".to_owned(),
        "password=correct+horse+battery+staple&x".to_owned(),
        printed,
        STANDARD_NO_PAD.encode(&embedded),
        URL_SAFE_NO_PAD.encode(&embedded[1..]),
        "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182836465".to_owned(),
    ] {
        assert_eq!(needles.found_in("here", text.as_bytes()).len(), 1, "{text}");
    }
    assert!(needles.found_in("here", b"nothing of this kind at all, 100, 101, 102").is_empty());
}

//! The code a person carries from a device to a browser (RFC 8628 §3.2, §6.1).
//!
//! Eight letters of an alphabet without vowels, so that no word comes out, and without anything that looks like
//! something else: 20^8 codes, 34.5 bits. People type it as they like: small letters, spaces and dashes make no
//! difference.

use std::fmt;

/// RFC 8628 §6.1.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;
/// The largest multiple of 20 in a byte: what is above would favour the first letters.
const FAIR: u8 = 240;
/// Longer texts are no codes, whatever stands between the letters.
const TYPED: usize = 64;

/// A code as it is shown. Short-lived, guessable with patience, and therefore without `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// A code from fresh random bytes. `None` when too few of them are of use, which of 32 happens once in 10^20 times.
    pub fn from_random(random: &[u8]) -> Option<Self> {
        let mut letters = random.iter().filter(|byte| **byte < FAIR);
        let mut code = [0; LENGTH];
        for letter in &mut code {
            *letter = ALPHABET[usize::from(*letters.next()?) % ALPHABET.len()];
        }
        Some(Self(code))
    }

    /// Reads what somebody typed. `None` for what cannot be a code.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > TYPED {
            return None;
        }
        let letters = typed.chars().filter(|c| !c.is_whitespace() && !is_dash(*c));
        let letters: Option<Vec<u8>> = letters
            .map(|c| u8::try_from(c.to_ascii_uppercase()).ok().filter(|byte| ALPHABET.contains(byte)))
            .collect();
        <[u8; LENGTH]>::try_from(letters?.as_slice()).ok().map(Self)
    }

    /// What is stored a keyed digest of: the letters.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, letter) in self.0.iter().enumerate() {
            if place == LENGTH / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

/// Keyboards of phones write more than one dash.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(typed: &str) -> Option<String> {
        UserCode::parse(typed).map(|code| code.to_string())
    }

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = UserCode::from_random(&[0, 1, 2, 3, 255, 16, 17, 18, 239]).unwrap();
        assert_eq!(code.to_string(), "BCDF-VWXZ");
        for typed in ["BCDF-VWXZ", "bcdfvwxz", " bcdf vwxz ", "bcdf–vwxz", "b c d f v w x z", "BCDF--VWXZ\t"]
        {
            assert!(UserCode::parse(typed) == Some(code), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        let long = "B".repeat(10_000);
        for typed in
            ["", "BCDF-VWX", "BCDF-VWXZB", "AAAA-AAAA", "BCDF-VWX0", "ＢＣＤＦＶＷＸＺ", long.as_str()]
        {
            assert_eq!(parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn dv_02_every_letter_is_equally_likely() {
        let mut counts = [0; 20];
        for byte in 0..=u8::MAX {
            if let Some(code) = UserCode::from_random(&[byte; LENGTH]) {
                let letter = code.as_bytes()[0];
                counts[ALPHABET.iter().position(|known| *known == letter).unwrap()] += 1;
            }
        }
        assert_eq!(counts, [12; 20]);
        assert!(UserCode::from_random(&[255; 32]).is_none());
        // 20 wrong codes an hour from one network, against a thousand codes that are being waited for at once.
        let (tries, live, codes) = (20.0_f64, 1000.0, 20.0_f64.powi(8));
        assert!(tries * live / codes < 2.0_f64.powi(-20));
    }
}

//! Recovery codes: what somebody signs in with who lost their other factors (NIST SP 800-63B §3.1.2, look-up secrets).
//!
//! 1. [`Codes::from_random`] makes ten of 80 bits each, in letters and digits that are not mistaken for each other
//!    (Crockford's base32), to be shown once.
//! 2. [`digest`] is what is stored, and found again by: case, hyphens and the usual mistakes in reading do not matter.

use std::fmt;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::secret::Digest;

/// How many somebody gets.
pub const COUNT: usize = 10;
/// Random bytes of one.
const BYTES: usize = 10;
/// Characters of one.
const LENGTH: usize = BYTES * 8 / 5;
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Ten codes, to be shown once.
pub struct Codes(Zeroizing<Vec<String>>);

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codes(..)")
    }
}

impl Codes {
    /// Step 1.
    pub fn from_random(random: &[u8; COUNT * BYTES]) -> Codes {
        Codes(Zeroizing::new(random.chunks(BYTES).map(text).collect()))
    }

    /// The texts, in groups of four.
    pub fn texts(&self) -> &[String] {
        &self.0
    }

    /// What is stored of them.
    pub fn digests(&self, user: Uuid) -> Vec<Digest> {
        self.0.iter().filter_map(|text| digest(user, text)).collect()
    }
}

/// Step 2: what is stored of a code of `user`; `None` for what cannot be one.
pub fn digest(user: Uuid, typed: &str) -> Option<Digest> {
    let mut plain = Zeroizing::new(user.as_bytes().to_vec());
    plain.reserve_exact(LENGTH);
    for typed in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let letter = match typed.to_ascii_uppercase() {
            'O' => b'0',
            'I' | 'L' => b'1',
            other => u8::try_from(other).ok().filter(|letter| LETTERS.contains(letter))?,
        };
        if plain.len() == 16 + LENGTH {
            return None;
        }
        plain.push(letter);
    }
    (plain.len() == 16 + LENGTH).then(|| Digest::of("rc", &plain))
}

fn text(bytes: &[u8]) -> String {
    let number = bytes.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    let mut text = String::with_capacity(LENGTH + LENGTH / 4);
    for place in 0..LENGTH {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        let index = usize::try_from((number >> ((LENGTH - 1 - place) * 5)) & 0x1f).unwrap_or_default();
        text.push(char::from(LETTERS.get(index).copied().unwrap_or_default()));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ten_different_codes_are_found_again_however_they_are_typed() {
        let mut random = [0; 100];
        for (byte, value) in random.iter_mut().zip(0..) {
            *byte = value;
        }
        let codes = Codes::from_random(&random);
        let texts: BTreeSet<&String> = codes.texts().iter().collect();
        assert_eq!(texts.len(), COUNT);
        assert_eq!(codes.texts()[0], "000G-40R4-0M30-E209");
        assert_eq!(format!("{codes:?}"), "Codes(..)");
        let user = Uuid::from_u128(1);
        let digests = codes.digests(user);
        assert_eq!(digests.len(), COUNT);
        for typed in ["000G-40R4-0M30-E209", "000g40r40m30e209", "OOOg 4oR4 oM3O e2o9", " 000G-40R40M30E209 "]
        {
            assert_eq!(digest(user, typed), Some(digests[0]), "{typed}");
        }
        assert_ne!(digest(Uuid::from_u128(2), &codes.texts()[0]), Some(digests[0]), "another person's");
    }

    #[test]
    fn what_cannot_be_a_code_is_not_looked_up() {
        for typed in
            ["", "000G-40R4-0M30-E20", "000G-40R4-0M30-E2090", "U00G-40R4-0M30-E209", "000G-40R4-0M30-E20é"]
        {
            assert_eq!(digest(Uuid::nil(), typed), None, "{typed}");
        }
    }
}

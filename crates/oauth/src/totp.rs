//! One-time codes from an authenticator app (RFC 4226, RFC 6238): SHA-1, six digits, thirty seconds, because that is
//! what every app understands, and some understand nothing else.
//!
//! 1. [`address`] is what an app reads from the QR code; [`text`] what a person types in if it cannot.
//! 2. [`accepts`] compares what was typed with the codes of this step and the two beside it, and says which step it
//!    was. A step at or before the last one that was accepted is not looked at (RFC 6238 §5.2; LG-07); that no two
//!    requests have the same one accepted is for the statement that stores it.

use ring::hmac;
use subtle::ConstantTimeEq;

use crate::Time;

/// Bytes of a seed: as many as SHA-1 has (RFC 4226 §4, R6).
pub const SEED: usize = 20;
/// Digits of a code.
pub const DIGITS: usize = 6;
/// Seconds of a step.
pub const PERIOD: i64 = 30;
/// Steps that a clock may be wrong by.
const DRIFT: i64 = 1;

/// The step that a moment is in.
pub fn step(now: Time) -> i64 {
    now.timestamp().div_euclid(PERIOD)
}

/// The code of a step (RFC 4226 §5.3).
pub fn code(seed: &[u8; SEED], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let number = tag.iter().skip(offset).take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:0width$}", (number & 0x7fff_ffff) % 1_000_000, width = DIGITS)
}

/// Step 2: the step whose code this is, unless it is `last` or before. Spaces are as apps show them.
pub fn accepts(seed: &[u8; SEED], typed: &str, last: i64, now: Time) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let middle = step(now);
    let mut found = None;
    for step in (middle - DRIFT)..=(middle + DRIFT) {
        let right: bool = code(seed, step).as_bytes().ct_eq(typed.as_bytes()).into();
        if right && step > last && found.is_none() {
            found = Some(step);
        }
    }
    found
}

/// The seed as people type it: base32 (RFC 4648 §6) in groups of four.
pub fn text(seed: &[u8; SEED]) -> String {
    let plain = base32(seed);
    let groups: Vec<&str> = (0..plain.len()).step_by(4).filter_map(|at| plain.get(at..at + 4)).collect();
    groups.join(" ")
}

/// Step 1: the key URI that apps read (github.com/google/google-authenticator/wiki/Key-Uri-Format).
pub fn address(seed: &[u8; SEED], (server, account): (&str, &str)) -> String {
    let (server, account) = (encoded(server), encoded(account));
    format!(
        "otpauth://totp/{server}:{account}?secret={}&issuer={server}&algorithm=SHA1&digits={DIGITS}&period={PERIOD}",
        base32(seed)
    )
}

/// Percent-encoded whole; a form's `+` for a space is read as a plus by apps.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 0x0f] {
                out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    out
}

fn base32(seed: &[u8; SEED]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(SEED * 8 / 5);
    for five in seed.chunks(5) {
        let number = five.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        for place in (0..8).rev() {
            let index = usize::try_from((number >> (place * 5)) & 0x1f).unwrap_or_default();
            text.push(char::from(LETTERS.get(index).copied().unwrap_or_default()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8; SEED] = b"12345678901234567890";

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 4226 appendix D, and the last six digits of RFC 6238 appendix B.
    #[test]
    fn the_codes_of_the_specifications() {
        let counters = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583"];
        for (counter, expected) in (0_i64..).zip(counters) {
            assert_eq!(code(KEY, counter), expected);
        }
        let times = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (time, expected) in times {
            assert_eq!(code(KEY, step(at(time))), expected);
        }
    }

    #[test]
    fn lg_07_one_step_beside_is_accepted_and_no_step_twice() {
        let now = at(3_000);
        for drift in -3..=3_i64 {
            let found = accepts(KEY, &code(KEY, 100 + drift), 0, now);
            assert_eq!(found, (drift.abs() <= 1).then_some(100 + drift), "{drift}");
        }
        assert_eq!(accepts(KEY, &code(KEY, 100), 99, now), Some(100));
        assert_eq!(accepts(KEY, &code(KEY, 100), 100, now), None, "the same again");
        assert_eq!(accepts(KEY, &code(KEY, 99), 100, now), None, "one before");
        assert_eq!(accepts(KEY, &code(KEY, 101), 100, now), Some(101));
    }

    #[test]
    fn what_is_typed_is_six_digits() {
        let now = at(59);
        assert_eq!(accepts(KEY, "287 082", 0, now), Some(1));
        assert_eq!(accepts(KEY, " 287082\n", 0, now), Some(1));
        for wrong in ["", "28708", "2870822", "287083", "０２８７０８", "-87082", "+287082"] {
            assert_eq!(accepts(KEY, wrong, 0, now), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_and_a_person_read_the_same_seed() {
        assert_eq!(text(KEY), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            address(KEY, ("auth.example.com:8443", "jo&é@x")),
            "otpauth://totp/auth.example.com%3A8443:jo%26%C3%A9%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=auth.example.com%3A8443&algorithm=SHA1&digits=6&period=30"
        );
    }
}

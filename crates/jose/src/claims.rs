//! The registered claims every token of ours is judged by, with exactly the types RFC 7519 §4.1 gives them.
//!
//! A claim of the wrong type is refused when the claims are parsed, before anything compares it: `"exp": "9999999999"`
//! that silently becomes "no expiry" was CVE-2026-25537 of a well-known library.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// What [`verify`](crate::verify) must be able to read of any claims type. Required claims are non-optional in the
/// implementor, so their absence fails while parsing.
pub trait Claims: DeserializeOwned {
    /// `iss`, compared byte for byte.
    fn issuer(&self) -> &str;
    /// `exp`: there is no token without an end.
    fn expires_at(&self) -> NumericDate;
    /// `nbf`, when present.
    fn not_before(&self) -> Option<NumericDate>;
    /// `iat`, when present; a token from the future is refused.
    fn issued_at(&self) -> Option<NumericDate>;
    /// `aud`.
    fn audience(&self) -> &Audience;
}

/// Seconds since 1970-01-01T00:00:00Z (RFC 7519 §2), as an integer in `0..2^53`: the range in which every JSON
/// implementation agrees about every value. Fractions, negative numbers and strings are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct NumericDate(i64);

impl NumericDate {
    /// The largest instant, 2^53 - 1: some 285 million years from now.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// `seconds` since 1970, clamped into the representable range.
    pub const fn from_unix(seconds: i64) -> Self {
        if seconds < 0 {
            Self(0)
        } else if seconds > Self::MAX.0 {
            Self::MAX
        } else {
            Self(seconds)
        }
    }

    /// Seconds since 1970.
    pub const fn unix(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seconds;
        impl Visitor<'_> for Seconds {
            type Value = NumericDate;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("whole seconds since 1970 below 2^53")
            }
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<NumericDate, E> {
                match i64::try_from(seconds) {
                    Ok(seconds) if seconds <= NumericDate::MAX.0 => Ok(NumericDate(seconds)),
                    Ok(_) | Err(_) => Err(E::invalid_value(de::Unexpected::Unsigned(seconds), &self)),
                }
            }
        }
        deserializer.deserialize_u64(Seconds)
    }
}

/// `aud`: one string or an array of strings (RFC 7519 §4.1.3), kept as it came. We write one string.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// The common form.
    One(String),
    /// The array form; an empty array is for nobody.
    Many(Vec<String>),
}

impl Audience {
    /// Whether `who` is named, byte for byte.
    pub fn contains(&self, who: &str) -> bool {
        self.iter().any(|audience| audience == who)
    }

    /// All that are named.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(one) => std::slice::from_ref(one).iter().map(String::as_str),
            Self::Many(many) => many.iter().map(String::as_str),
        }
    }
}

impl From<String> for Audience {
    fn from(one: String) -> Self {
        Self::One(one)
    }
}

impl From<&str> for Audience {
    fn from(one: &str) -> Self {
        Self::One(one.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn audience_has_two_forms() {
        let one: Audience = serde_json::from_str(r#""https://a.example""#).unwrap();
        let many: Audience = serde_json::from_str(r#"["x","https://a.example"]"#).unwrap();
        assert!(one.contains("https://a.example") && many.contains("https://a.example"));
        assert!(!one.contains("https://a.example/") && !many.contains(""));
        assert!(!serde_json::from_str::<Audience>("[]").unwrap().contains(""));
        for wrong in ["null", "1", "[1]", "{}", r#"["a",null]"#] {
            assert!(serde_json::from_str::<Audience>(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn numeric_date_is_an_integer_below_2_to_the_53(n: i64) {
            let parsed = serde_json::from_str::<NumericDate>(&n.to_string());
            prop_assert_eq!(parsed.is_ok(), (0..1 << 53).contains(&n));
            if let Ok(date) = parsed {
                prop_assert_eq!(date.unix(), n);
                prop_assert_eq!(serde_json::to_string(&date).unwrap(), n.to_string());
                prop_assert_eq!(NumericDate::from_unix(n), date);
            }
        }

        #[test]
        fn fractions_are_refused(n: f64) {
            let text = format!("{n:?}");
            prop_assert!(serde_json::from_str::<NumericDate>(&text).is_err());
        }
    }
}

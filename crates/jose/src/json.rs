//! JSON as a security protocol needs it (RFC 8259 §4, RFC 7519 §4, RFC 7515 §4).
//!
//! Parsers disagree about `{"sub":"a","sub":"b"}`: some take the first, some the last. Two of them on the way of
//! one token are an attack, so a repeated member name is an error here, at any depth and however it is escaped.
//! Nesting is bounded because depth costs stack.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// How deep objects and arrays may nest; RFC 7519 claims need two levels, key sets three.
pub const MAX_DEPTH: usize = 16;

/// Why a text is not acceptable JSON, or not the expected shape. Carries serde's message (which names members and
/// positions, and may quote a wrong value: keep it in logs).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

/// Parses `json` into `T` after making sure that it is one JSON text without repeated member names and at most
/// [`MAX_DEPTH`] levels deep.
pub fn parse_strict<T: DeserializeOwned>(json: &[u8]) -> Result<T, JsonError> {
    parse_strict_within(json, MAX_DEPTH)
}

/// Like [`parse_strict`] with another bound, for documents that are not tokens. Beyond 127 levels `serde_json`
/// refuses by itself.
pub fn parse_strict_within<T: DeserializeOwned>(json: &[u8], depth: usize) -> Result<T, JsonError> {
    let error = |error: serde_json::Error| JsonError(error.to_string());
    let mut scan = serde_json::Deserializer::from_slice(json);
    Levels { left: depth }.deserialize(&mut scan).and_then(|()| scan.end()).map_err(error)?;
    serde_json::from_slice(json).map_err(error)
}

/// Walks one value and keeps nothing but the member names of the objects it is inside of.
#[derive(Clone, Copy)]
struct Levels {
    left: usize,
}

impl Levels {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let left = self.left.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { left })
    }
}

impl<'de> DeserializeSeed<'de> for Levels {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Levels {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while items.next_element_seed(inner)?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = Names::default();
        while let Some(Name(name)) = members.next_key()? {
            if !names.insert(name) {
                return Err(de::Error::custom("a member name is repeated"));
            }
            members.next_value_seed(inner)?;
        }
        Ok(())
    }
}

/// Names seen in one object. Tokens have a dozen members, where comparing beats hashing; a hostile object with
/// thousands of members must not cost quadratic time, so it changes to a set.
#[derive(Default)]
struct Names<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Names<'de> {
    fn insert(&mut self, name: Cow<'de, str>) -> bool {
        if !self.many.is_empty() {
            return self.many.insert(name);
        }
        if self.few.contains(&name) {
            return false;
        }
        self.few.push(name);
        if self.few.len() == 32 {
            self.many.extend(self.few.drain(..));
        }
        true
    }
}

/// A member name after unescaping, borrowed from the text whenever nothing was escaped.
struct Name<'de>(Cow<'de, str>);

impl<'de> de::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn strict(json: &str) -> Result<Value, JsonError> {
        parse_strict(json.as_bytes())
    }

    #[test]
    fn repeated_names_are_refused_at_any_depth() {
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"y":[{"a":1,"b":2,"a":3}]}}"#,
            r#"[{"":1,"":2}]"#,
        ] {
            assert!(strict(json).is_err(), "{json}");
        }
        assert!(strict(r#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn many_members_are_still_compared() {
        let members: Vec<String> = (0..1000).map(|i| format!("\"m{i}\":{i}")).collect();
        assert!(strict(&format!("{{{}}}", members.join(","))).is_ok());
        assert!(strict(&format!("{{{},\"m3\":0}}", members.join(","))).is_err());
        assert!(strict(&format!("{{{},\"m999\":0}}", members.join(","))).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(strict(&nested(MAX_DEPTH)).is_ok());
        assert!(strict(&nested(MAX_DEPTH + 1)).is_err());
        assert!(strict(&nested(100_000)).is_err());
        assert!(parse_strict_within::<Value>(nested(100).as_bytes(), 100).is_ok());
        assert!(parse_strict_within::<Value>(nested(101).as_bytes(), 100).is_err());
    }

    #[test]
    fn only_one_whole_json_text() {
        for json in ["", " ", "{}x", "{} {}", "{\"a\":1,}", "\u{feff}{}", "NaN", "1e400", "{a:1}"] {
            assert!(strict(json).is_err(), "{json:?}");
        }
        assert!(parse_strict::<Value>(b"\"\xff\"").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse_strict::<Value>(&bytes);
        }
    }
}

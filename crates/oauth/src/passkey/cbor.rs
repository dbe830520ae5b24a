//! The CBOR that authenticators write (RFC 8949; CTAP2 canonical form): integers, byte and text strings, arrays, maps
//! and the simple values, all of definite length.
//!
//! A reader and no more. It is strict, bounded in depth, and allocates nothing that the input does not hold: a length
//! that points beyond the end is an error before anything is reserved.

use super::Malformed;

/// Deeper than any authenticator nests.
const DEPTH: usize = 8;

/// One value; strings point into the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// An integer, of either sign.
    Integer(i128),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A text string.
    Text(&'a str),
    /// An array.
    Array(Vec<Value<'a>>),
    /// A map, each key once.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// `false`, `true`, `null`, `undefined`: 20 to 23.
    Simple(u8),
}

impl<'a> Value<'a> {
    /// The member of a map with this text key.
    pub(super) fn named(&self, name: &str) -> Option<&Value<'a>> {
        self.member(&Value::Text(name))
    }

    /// The member of a map with this integer key, as COSE numbers them.
    pub(super) fn numbered(&self, number: i128) -> Option<&Value<'a>> {
        self.member(&Value::Integer(number))
    }

    fn member(&self, wanted: &Value<'_>) -> Option<&Value<'a>> {
        match self {
            Value::Map(members) => members.iter().find(|(key, _)| key == wanted).map(|(_, value)| value),
            Value::Integer(_) | Value::Bytes(_) | Value::Text(_) | Value::Array(_) | Value::Simple(_) => None,
        }
    }

    /// The bytes of a byte string.
    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            Value::Integer(_) | Value::Text(_) | Value::Array(_) | Value::Map(_) | Value::Simple(_) => None,
        }
    }

    /// An integer.
    pub(super) fn integer(&self) -> Option<i128> {
        match self {
            Value::Integer(number) => Some(*number),
            Value::Bytes(_) | Value::Text(_) | Value::Array(_) | Value::Map(_) | Value::Simple(_) => None,
        }
    }
}

/// The first value of `input`, and what is behind it.
pub(super) fn first(input: &[u8]) -> Result<(Value<'_>, &[u8]), Malformed> {
    let mut reader = Reader { rest: input };
    let value = reader.value(0)?;
    Ok((value, reader.rest))
}

/// The only value of `input`.
pub(super) fn only(input: &[u8]) -> Result<Value<'_>, Malformed> {
    match first(input)? {
        (value, []) => Ok(value),
        (_, [..]) => Err(Malformed("there is more behind the CBOR value")),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], Malformed> {
        let count = usize::try_from(count).map_err(|_| CUT)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(CUT)?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self, bytes: u64) -> Result<u64, Malformed> {
        Ok(self.take(bytes)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, Malformed> {
        if depth > DEPTH {
            return Err(Malformed("the CBOR is nested too deeply"));
        }
        let head = self.take(1)?.first().copied().ok_or(CUT)?;
        let (major, short) = (head >> 5, head & 0x1f);
        if major == 7 {
            return match short {
                20..=23 => Ok(Value::Simple(short)),
                _ => Err(Malformed("a CBOR value of a kind that no authenticator writes")),
            };
        }
        let argument = match short {
            0..=23 => u64::from(short),
            24..=27 => self.number(1 << (short - 24))?,
            _ => return Err(Malformed("a CBOR value without a definite length")),
        };
        match major {
            0 => Ok(Value::Integer(i128::from(argument))),
            1 => Ok(Value::Integer(-1 - i128::from(argument))),
            2 => Ok(Value::Bytes(self.take(argument)?)),
            3 => {
                let text = std::str::from_utf8(self.take(argument)?);
                Ok(Value::Text(text.map_err(|_| Malformed("a CBOR text is no UTF-8"))?))
            }
            4 => {
                let mut items = Vec::new();
                for _ in 0..argument {
                    items.push(self.value(depth + 1)?);
                }
                Ok(Value::Array(items))
            }
            5 => {
                let mut members: Vec<(Value<'a>, Value<'a>)> = Vec::new();
                for _ in 0..argument {
                    let key = self.value(depth + 1)?;
                    if members.iter().any(|(known, _)| *known == key) {
                        return Err(Malformed("a CBOR map has a key twice"));
                    }
                    let value = self.value(depth + 1)?;
                    members.push((key, value));
                }
                Ok(Value::Map(members))
            }
            _ => Err(Malformed("a CBOR value of a kind that no authenticator writes")),
        }
    }
}

const CUT: Malformed = Malformed("the CBOR ends too early");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_read() {
        let input = [0xa3, 0x01, 0x02, 0x20, 0x18, 0x64, 0x61, b'k', 0x82, 0x42, 1, 2, 0xf5];
        let value = only(&input).unwrap();
        assert_eq!(value.numbered(1).and_then(Value::integer), Some(2));
        assert_eq!(value.numbered(-1).and_then(Value::integer), Some(100));
        let list = Value::Array(vec![Value::Bytes(&[1, 2]), Value::Simple(21)]);
        assert_eq!(value.named("k"), Some(&list));
        assert_eq!(value.named("absent"), None);
        assert_eq!(
            only(&[0x3b, 255, 255, 255, 255, 255, 255, 255, 255]).unwrap().integer(),
            Some(-(1 << 64))
        );
        assert_eq!(first(&[0x01, 0x02]).unwrap(), (Value::Integer(1), &[0x02][..]));
    }

    #[test]
    fn what_no_authenticator_writes_is_refused() {
        let deep = [0x81; 40];
        let cases: [&[u8]; 11] = [
            &[],
            &[0x01, 0x01],
            &[0x42, 1],
            &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0x9b, 0, 0, 0, 255, 0, 0, 0, 0],
            &[0x5f, 0x41, 1, 0xff],
            &[0xa2, 1, 1, 1, 1],
            &[0x61, 0xff],
            &[0xc1, 1],
            &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
            &deep,
        ];
        for case in cases {
            assert!(only(case).is_err(), "{case:02x?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((_, rest)) = first(&bytes) {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}

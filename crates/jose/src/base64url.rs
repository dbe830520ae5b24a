//! base64url without padding, the only text form of bytes in JOSE (RFC 4648 §5, RFC 7515 §2).
//!
//! Decoding is strict, so that every byte string has exactly one text: no padding, no white space, no foreign
//! characters and no stray bits in the last character. A lenient decoder would let one signed token be written in
//! many ways, which defeats every replay list and cache keyed by the text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text is not canonical base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not canonical base64url without padding")]
pub struct NotBase64Url;

/// The one base64url text of `bytes`.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends the base64url text of `bytes` to `out`, so that a token is built in one buffer.
pub fn encode_into(bytes: impl AsRef<[u8]>, out: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, out);
}

/// The bytes behind `text`, or [`NotBase64Url`] when `text` is not exactly what [`encode`] would have written.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, NotBase64Url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBase64Url)
}

/// Like [`decode`], into an array of a known length; any other length is refused.
pub fn decode_array<const N: usize>(text: impl AsRef<[u8]>) -> Result<[u8; N], NotBase64Url> {
    decode(text)?.try_into().map_err(|_| NotBase64Url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lenient_spellings_are_refused() {
        for text in ["AQ==", "AQ=", "A Q", "AQ\n", "A", "AR", "+_8", "/_8", "é"] {
            assert_eq!(decode(text), Err(NotBase64Url), "{text:?}");
        }
        assert_eq!(decode("AQ"), Ok(vec![1]));
        assert_eq!(decode(""), Ok(vec![]));
        assert_eq!(decode_array::<2>("AQ"), Err(NotBase64Url));
    }

    proptest! {
        #[test]
        fn every_byte_string_has_one_text(bytes: Vec<u8>, text in "[A-Za-z0-9_-]{0,40}") {
            prop_assert_eq!(decode(encode(&bytes)), Ok(bytes));
            if let Ok(decoded) = decode(&text) {
                prop_assert_eq!(encode(decoded), text);
            }
        }
    }
}

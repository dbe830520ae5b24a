//! Proof Key for Code Exchange (RFC 7636, OAuth 2.1 §4.1.1 and §4.1.3), `S256` only.
//!
//! 1. The client makes a random verifier and sends `BASE64URL(SHA-256(verifier))` as the challenge
//!    ([`Challenge::parse`]).
//! 2. The challenge is stored with the code.
//! 3. Who redeems the code shows the verifier ([`Verifier::parse`]); [`Challenge::matches`] is the only comparison.

use gatewright_jose::base64url;
use ring::digest;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Code, Decision, Refusal};

/// The one method we offer and accept.
pub const S256: &str = "S256";

/// The SHA-256 digest of the verifier.
#[derive(Debug, Clone, Copy)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Step 1. `method` must be present: leaving it out means `plain` (RFC 7636 §4.3), which is refused like any
    /// method but `S256`. The challenge is exactly 43 characters of base64url, canonical, without padding.
    pub fn parse(challenge: &str, method: Option<&str>) -> Decision<Self> {
        if method != Some(S256) {
            return Err(Refusal::new(
                Code::InvalidRequest,
                "code_challenge_method must be S256; plain, which is also what leaving it out means, is not accepted",
            ));
        }
        base64url::decode_array(challenge).map(Self).map_err(|_| {
            Refusal::new(
                Code::InvalidRequest,
                "code_challenge must be the 43 characters of base64url without padding that encode a SHA-256 digest",
            )
        })
    }

    /// From the stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The challenge as the client sent it.
    pub fn text(&self) -> String {
        base64url::encode(self.0)
    }

    /// Step 3, in constant time.
    pub fn matches(&self, verifier: &Verifier) -> bool {
        let digest = digest::digest(&digest::SHA256, verifier.0.as_bytes());
        self.0.ct_eq(digest.as_ref()).into()
    }
}

impl PartialEq for Challenge {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Challenge {}

/// A well-formed verifier. Cleared from memory when dropped.
pub struct Verifier(Zeroizing<String>);

impl Verifier {
    /// 43 to 128 unreserved characters (RFC 7636 §4.1); shorter ones could be guessed.
    pub fn parse(text: &str) -> Decision<Self> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        if !(43..=128).contains(&text.len()) || !text.bytes().all(unreserved) {
            return Err(Refusal::new(
                Code::InvalidRequest,
                "code_verifier must have 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636 section 4.1)",
            ));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, for the protocol machine.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The challenge that belongs to this verifier.
    pub fn challenge(&self) -> Challenge {
        let digest = digest::digest(&digest::SHA256, self.0.as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Challenge(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_rfc_7636_verifies() {
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        let verifier = Verifier::parse(VERIFIER).unwrap();
        assert!(challenge.matches(&verifier));
        assert_eq!(challenge.text(), CHALLENGE);
        assert_eq!(verifier.challenge(), challenge);
        assert_eq!(Challenge::from_bytes(*challenge.as_bytes()), challenge);
    }

    #[test]
    fn pk_02_plain_is_refused_and_so_is_no_method() {
        for method in [Some("plain"), Some("s256"), Some(""), None] {
            assert_eq!(Challenge::parse(CHALLENGE, method).unwrap_err().code(), Code::InvalidRequest);
        }
    }

    #[test]
    fn pk_05_verifiers_have_43_to_128_unreserved_characters() {
        for good in ["a".repeat(43), "~.-_".repeat(32), VERIFIER.to_owned()] {
            assert!(Verifier::parse(&good).is_ok(), "{good}");
        }
        let odd = |c: &str| format!("{}{c}", "a".repeat(43));
        for bad in
            ["a".into(), "a".repeat(42), "a".repeat(129), odd("="), odd("+"), odd(" "), odd("é"), odd("\0")]
        {
            assert_eq!(
                Verifier::parse(&bad).err().map(|refusal| refusal.code()),
                Some(Code::InvalidRequest),
                "{bad}"
            );
        }
    }

    #[test]
    fn pk_07_challenges_are_canonical_base64url_without_padding() {
        let standard = CHALLENGE.replace('-', "+").replace('_', "/");
        let stray_bits = format!("{}N", &CHALLENGE[..42]);
        for bad in [format!("{CHALLENGE}="), standard, stray_bits, CHALLENGE[..42].to_owned(), String::new()]
        {
            assert_eq!(
                Challenge::parse(&bad, Some("S256")).unwrap_err().code(),
                Code::InvalidRequest,
                "{bad}"
            );
        }
    }

    #[test]
    fn pk_08_the_only_comparison_is_of_whole_digests() {
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        let mut other = VERIFIER.to_owned();
        other.replace_range(..1, "e");
        assert!(!challenge.matches(&Verifier::parse(&other).unwrap()));
    }
}

//! Public keys as authenticators write them (COSE, RFC 9052 §7; RFC 9053 §7; RFC 8230 §4), and what they sign.
//!
//! Three algorithms: ES256, which everybody has, `EdDSA`, and RS256 for the TPMs of older Windows machines.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::Malformed;
use super::cbor::{self, Value};

/// What we can verify, as COSE numbers it, in the order a registration asks for.
pub const ALGORITHMS: [i128; 3] = [ES256, EDDSA, RS256];

const ES256: i128 = -7;
const EDDSA: i128 = -8;
const RS256: i128 = -257;

/// Members of a key: its type, its algorithm, and what the type calls -1, -2 and -3.
const KTY: i128 = 1;
const ALG: i128 = 3;

/// A public key in the form it is verified with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// A point of P-256, uncompressed.
    Es256([u8; 65]),
    /// A point of Ed25519.
    EdDsa(&'a [u8]),
    /// Modulus and exponent.
    Rs256 { n: &'a [u8], e: &'a [u8] },
}

impl<'a> Key<'a> {
    /// Reads a COSE key. Whether a point is on its curve is found out when it verifies something.
    pub(super) fn read(cose: &'a [u8]) -> Result<Key<'a>, Malformed> {
        Key::of(&cbor::only(cose)?)
    }

    pub(super) fn of(key: &Value<'a>) -> Result<Key<'a>, Malformed> {
        let integer = |number| key.numbered(number).and_then(Value::integer);
        let bytes = |number| key.numbered(number).and_then(Value::bytes).ok_or(INCOMPLETE);
        match (integer(KTY), integer(ALG)) {
            (Some(2), Some(ES256)) if integer(-1) == Some(1) => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                let mut point = [4; 65];
                let (left, right) = point[1..].split_at_mut(32);
                if x.len() != 32 || y.len() != 32 {
                    return Err(INCOMPLETE);
                }
                left.copy_from_slice(x);
                right.copy_from_slice(y);
                Ok(Key::Es256(point))
            }
            (Some(1), Some(EDDSA)) if integer(-1) == Some(6) => {
                let x = bytes(-2)?;
                if x.len() == 32 { Ok(Key::EdDsa(x)) } else { Err(INCOMPLETE) }
            }
            (Some(3), Some(RS256)) => {
                let (n, e) = (bytes(-1)?, bytes(-2)?);
                if n.len() >= 256 && !e.is_empty() { Ok(Key::Rs256 { n, e }) } else { Err(INCOMPLETE) }
            }
            _ => Err(Malformed("a public key of a kind that was not asked for")),
        }
    }

    /// Whether this key signed `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Key::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
            }
            Key::EdDsa(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature).is_ok(),
            Key::Rs256 { n, e } => {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
        }
    }
}

const INCOMPLETE: Malformed = Malformed("a public key that lacks a part, or has one of another length");

//! Signing and verifying keys, each bound to one algorithm for life (RFC 7518 §3, RFC 8037 §3, RFC 8725 §3.1).
//!
//! 1. [`SigningKey::generate`] makes a key and hands out its PKCS#8 once, to be sealed by the caller.
//! 2. [`SigningKey::from_pkcs8`] parses it, once: everything that does not depend on the claims (parsed key,
//!    thumbprint, encoded headers) is computed here, so that [`SigningKey::sign`] only serialises and signs.
//! 3. [`VerifyingKey`] is the public half, also parsed once: a point that is not on its curve or a modulus of the
//!    wrong size never becomes one.
//! 4. [`KeySet`] finds a verifying key by `kid`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::signature::{self as lc, ParsedPublicKey};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::write::EncoderStringWriter;
use ring::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::base64url;
use crate::jwk::{Jwk, JwkSet, Material};

/// The signature algorithms of this system (RFC 7518 §3.1, RFC 8037 §3.1). There is deliberately no HMAC and no
/// `none`: what does not exist cannot be confused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256: small and fast, the default.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for verifiers that know nothing newer.
    #[serde(rename = "RS256")]
    Rs256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
}

impl Algorithm {
    /// Every algorithm, in the order of preference.
    pub const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Ps256, Self::Rs256];

    /// The name in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `alg` names none of the algorithms of [`Algorithm`]; names are case-sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of ES256, EdDSA, PS256, RS256")]
pub struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name).ok_or(UnknownAlgorithm)
    }
}

/// Why there is no signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The operating system gave no randomness.
    #[error("the system's random number generator failed")]
    Randomness,
    /// The bytes are not a PKCS#8 private key of this algorithm, or the key is inconsistent or too small.
    #[error("not a usable PKCS#8 private key for {0}")]
    Rejected(Algorithm),
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims cannot be written as JSON.
    #[error("the claims do not serialise: {0}")]
    Claims(#[source] serde_json::Error),
    /// The signature operation failed, which only a failing random number generator explains.
    #[error("the signature operation failed")]
    Signature,
}

/// A private key that signs compact JWS (RFC 7515 §7.1). Not `Clone` and silent in `Debug`: there is one per key
/// in the process, shared by reference.
pub struct SigningKey {
    secret: Secret,
    random: Randomness,
    jwk: Jwk,
    kid: String,
    verifying: VerifyingKey,
    headers: [(&'static str, String); KNOWN_TYPES.len()],
}

enum Secret {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rsa(Box<aws_lc_rs::rsa::KeyPair>, &'static lc::RsaSignatureEncoding),
}

struct Randomness {
    ring: ring::rand::SystemRandom,
    lc: aws_lc_rs::rand::SystemRandom,
}

impl Randomness {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of randomness in this crate: nonces and new keys"
    )]
    fn of_the_system() -> Self {
        Self { ring: ring::rand::SystemRandom::new(), lc: aws_lc_rs::rand::SystemRandom::new() }
    }
}

/// The `typ` values whose header is encoded when the key is loaded; any other is encoded per signature.
const KNOWN_TYPES: [&str; 4] = ["at+jwt", "JWT", "logout+jwt", "token-introspection+jwt"];

/// Room for the claims of a typical access token in base64url; longer ones cost a second allocation.
const TYPICAL_CLAIMS: usize = 1024;

/// RFC 7518 §3.3 asks for 2048 bits or more; more buys little and costs every signature.
const RSA_SIZE: aws_lc_rs::rsa::KeySize = aws_lc_rs::rsa::KeySize::Rsa2048;

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A new key and its PKCS#8 form, which the caller seals and forgets. RSA takes a noticeable part of a second:
    /// not for an async thread.
    pub fn generate(algorithm: Algorithm) -> Result<(Self, Zeroizing<Vec<u8>>), KeyError> {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
        let random = Randomness::of_the_system().ring;
        let failed = KeyError::Randomness;
        let pkcs8 = match algorithm {
            Algorithm::Es256 => {
                let suite = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                EcdsaKeyPair::generate_pkcs8(suite, &random).map_err(|_| failed)?.as_ref().to_vec()
            }
            Algorithm::EdDsa => {
                Ed25519KeyPair::generate_pkcs8(&random).map_err(|_| failed)?.as_ref().to_vec()
            }
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let pair = aws_lc_rs::rsa::KeyPair::generate(RSA_SIZE).map_err(|_| failed)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| failed)?;
                der.as_ref().to_vec()
            }
        };
        let pkcs8 = Zeroizing::new(pkcs8);
        Ok((Self::from_pkcs8(algorithm, &pkcs8)?, pkcs8))
    }

    /// Parses a private key once and for all signatures.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let rejected = KeyError::Rejected(algorithm);
        let random = Randomness::of_the_system();
        let (secret, material) = match algorithm {
            Algorithm::Es256 => {
                let suite = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(suite, pkcs8, &random.ring).map_err(|_| rejected)?;
                let material = Material::p256(pair.public_key().as_ref()).ok_or(rejected)?;
                (Secret::Es256(pair), material)
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(|_| rejected)?;
                let material = Material::ed25519(pair.public_key().as_ref()).ok_or(rejected)?;
                (Secret::EdDsa(pair), material)
            }
            Algorithm::Rs256 => rsa(pkcs8, &lc::RSA_PKCS1_SHA256).ok_or(rejected)?,
            Algorithm::Ps256 => rsa(pkcs8, &lc::RSA_PSS_SHA256).ok_or(rejected)?,
        };
        let jwk = Jwk::for_signing(material, algorithm);
        let verifying = VerifyingKey::from_jwk(&jwk).ok_or(rejected)?;
        let kid = verifying.kid().to_owned();
        let headers = KNOWN_TYPES.map(|typ| (typ, encoded_header(algorithm, typ, &kid)));
        Ok(Self { secret, random, jwk, kid, verifying, headers })
    }

    /// The algorithm of every signature this key makes.
    pub fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm()
    }

    /// The RFC 7638 thumbprint of the public key, so that a `kid` can never be reused for another key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key with `kid`, `alg` and `use`, as it is published.
    pub fn public_jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The public half, for checking what this key signed.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.verifying.clone()
    }

    /// The compact JWS of `claims` with header `{"alg", "typ", "kid"}`. `typ` keeps the kinds of tokens apart
    /// (RFC 8725 §3.11): `at+jwt` for access tokens, `JWT` for ID tokens.
    pub fn sign<C: Serialize>(&self, typ: &str, claims: &C) -> Result<String, SignError> {
        let known = self.headers.iter().find(|(known, _)| *known == typ);
        let header = match known {
            Some((_, header)) => Cow::Borrowed(header),
            None => Cow::Owned(encoded_header(self.algorithm(), typ, &self.kid)),
        };
        let mut token = String::with_capacity(header.len() + TYPICAL_CLAIMS + 1 + self.signature_text());
        token.push_str(&header);
        let mut encoder = EncoderStringWriter::from_consumer(&mut token, &URL_SAFE_NO_PAD);
        serde_json::to_writer(&mut encoder, claims).map_err(SignError::Claims)?;
        encoder.flush().map_err(|_| SignError::Signature)?;
        encoder.into_inner();
        self.append_signature(&mut token)?;
        Ok(token)
    }

    pub(crate) fn append_signature(&self, token: &mut String) -> Result<(), SignError> {
        match &self.secret {
            Secret::Es256(pair) => {
                let signature =
                    pair.sign(&self.random.ring, token.as_bytes()).map_err(|_| SignError::Signature)?;
                token.push('.');
                base64url::encode_into(signature, token);
            }
            Secret::EdDsa(pair) => {
                let signature = pair.sign(token.as_bytes());
                token.push('.');
                base64url::encode_into(signature, token);
            }
            Secret::Rsa(pair, padding) => {
                let mut space = [0; MAX_RSA_BYTES];
                let signature = space.get_mut(..pair.public_modulus_len()).ok_or(SignError::Signature)?;
                pair.sign(*padding, &self.random.lc, token.as_bytes(), signature)
                    .map_err(|_| SignError::Signature)?;
                token.push('.');
                base64url::encode_into(signature, token);
            }
        }
        Ok(())
    }

    fn signature_text(&self) -> usize {
        match &self.secret {
            Secret::Es256(_) | Secret::EdDsa(_) => 86,
            Secret::Rsa(pair, _) => pair.public_modulus_len().div_ceil(3) * 4,
        }
    }
}

/// 8192 bits, the largest modulus verifiers commonly accept.
const MAX_RSA_BYTES: usize = 1024;

fn rsa(pkcs8: &[u8], padding: &'static lc::RsaSignatureEncoding) -> Option<(Secret, Material)> {
    let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(pkcs8).ok()?;
    // ring also parses the key, because it tells modulus and exponent apart; its consistency checks are a bonus.
    let public = ring::rsa::KeyPair::from_pkcs8(pkcs8).ok()?;
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(public.public());
    let material = Material::rsa(&public.n, &public.e).ok()?;
    Some((Secret::Rsa(Box::new(pair), padding), material))
}

/// `base64url(header) ‖ "."`
fn encoded_header(algorithm: Algorithm, typ: &str, kid: &str) -> String {
    let json = serde_json::json!({ "alg": algorithm, "typ": typ, "kid": kid });
    let mut text = base64url::encode(json.to_string());
    text.push('.');
    text
}

/// A public key that verifies signatures of one algorithm. Cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Public>);

struct Public {
    kid: String,
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("kid", &self.0.kid).field("alg", &self.0.algorithm).finish()
    }
}

impl VerifyingKey {
    /// The key behind `jwk`, or `None` when it is not for verifying signatures with one of our algorithms (another
    /// `use`, another curve, a point not on the curve). A key without `kid` is known by its thumbprint.
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let algorithm = jwk.signature_algorithm()?;
        let key = match (jwk.material(), algorithm) {
            (Material::P256 { x, y }, Algorithm::Es256) => {
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                ParsedPublicKey::new(&lc::ECDSA_P256_SHA256_FIXED, point)
            }
            (Material::Ed25519 { x }, Algorithm::EdDsa) => ParsedPublicKey::new(&lc::ED25519, x),
            (Material::Rsa { n }, Algorithm::Rs256) => components(n, &lc::RSA_PKCS1_2048_8192_SHA256),
            (Material::Rsa { n }, Algorithm::Ps256) => components(n, &lc::RSA_PSS_2048_8192_SHA256),
            (Material::P256 { .. } | Material::P384 { .. } | Material::Ed25519 { .. }, _)
            | (Material::Rsa { .. }, Algorithm::Es256 | Algorithm::EdDsa) => return None,
        };
        let kid = jwk.kid().map_or_else(|| jwk.thumbprint(), str::to_owned);
        Some(Self(Arc::new(Public { kid, algorithm, key: key.ok()? })))
    }

    /// The `kid` tokens name this key by.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The only algorithm this key accepts.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// Whether `signature` is this key's signature over `message`. For tokens use [`verify`](crate::verify), which
    /// checks everything else as well.
    #[must_use]
    pub fn is_signature(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.key.verify_sig(message, signature).is_ok()
    }
}

fn components(
    modulus: &[u8],
    suite: &'static lc::RsaParameters,
) -> Result<ParsedPublicKey, aws_lc_rs::error::KeyRejected> {
    lc::RsaPublicKeyComponents { n: modulus, e: crate::jwk::RSA_EXPONENT }.to_parsed_public_key(suite)
}

/// Verifying keys by `kid`.
#[derive(Debug, Clone, Default)]
pub struct KeySet(BTreeMap<String, VerifyingKey>);

impl KeySet {
    /// The usable keys of a published set. Of two keys with one `kid` the first counts.
    pub fn from_jwks(set: &JwkSet) -> Self {
        let mut keys = Self::default();
        for key in set.keys.iter().filter_map(VerifyingKey::from_jwk) {
            keys.0.entry(key.kid().to_owned()).or_insert(key);
        }
        keys
    }

    /// Adds `key` under its `kid`, in place of an earlier one.
    pub fn insert(&mut self, key: VerifyingKey) {
        self.0.insert(key.kid().to_owned(), key);
    }

    /// The key named `kid`: a look-up in memory, whatever the text is.
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.get(kid)
    }

    /// The only key of `algorithm`, for the issuers that publish one key and name none.
    pub fn only(&self, algorithm: Algorithm) -> Option<&VerifyingKey> {
        let mut candidates = self.iter().filter(|key| key.algorithm() == algorithm);
        candidates.next().filter(|_| candidates.next().is_none())
    }

    /// All keys, by `kid`.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.0.values()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing can be verified.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<VerifyingKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        let mut set = Self::default();
        keys.into_iter().for_each(|key| set.insert(key));
        set
    }
}

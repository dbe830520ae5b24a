//! Public keys in JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2) and their thumbprints (RFC 7638).
//!
//! 1. A [`Jwk`] can only hold a public key that is strong enough: EC P-256 or P-384, Ed25519, RSA of 2048 to 8192
//!    bits with exponent 65537.
//! 2. Parsing refuses everything else and says what is wrong ([`JwkError`]), so that a client whose key set
//!    contains a private key learns it from the answer.
//! 3. [`JwkSet`] skips keys of kinds we do not know, as RFC 7517 §5 asks. [`JwkSet::parse_foreign`] also steps
//!    over dangerous ones, for issuers we do not control.

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::json::{JsonError, parse_strict};
use crate::jws::{MAX_KID, is_printable};
use crate::{Algorithm, base64url};

/// 65537, the only RSA exponent that is neither weak nor slow (JW-08).
pub(crate) const RSA_EXPONENT: &[u8] = &[1, 0, 1];

/// Keys in one set; nobody rotates through more.
const MAX_KEYS: usize = 100;

/// Members that only private or symmetric keys have (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a JSON object is not an acceptable public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Not JSON, not an object, or a member is repeated.
    #[error("not a JSON Web Key: {0}")]
    Json(#[from] JsonError),
    /// The key pair was published. Whoever sees this should replace the key.
    #[error("the private member \"{0}\" is present: this key is no longer secret, replace it")]
    PrivateMember(&'static str),
    /// `oct`: a shared secret is not a public key.
    #[error("symmetric keys (\"kty\": \"oct\") are not accepted")]
    Symmetric,
    /// `kty` is none of EC, RSA, OKP.
    #[error("key type \"{0}\" is not supported: use EC, RSA or OKP")]
    UnknownKeyType(String),
    /// `crv` is none of P-256, P-384, Ed25519.
    #[error("curve \"{0}\" is not supported: use P-256, P-384 or Ed25519")]
    UnknownCurve(String),
    /// Too small to be safe or too large to be reasonable.
    #[error("RSA keys need 2048 to 8192 bits, this one has {0}")]
    RsaSize(usize),
    /// Any `e` but 65537.
    #[error("RSA keys need the public exponent 65537 (\"AQAB\")")]
    RsaExponent,
    /// A member is absent or not a string.
    #[error("the member \"{0}\" is missing or not a string")]
    Missing(&'static str),
    /// A member is not canonical base64url or has the wrong length.
    #[error("the member \"{0}\" is not base64url of the right length")]
    Encoding(&'static str),
    /// `alg` does not belong to this kind of key.
    #[error("\"alg\": \"{0}\" does not fit the type of the key")]
    AlgorithmMismatch(String),
    /// More keys than anybody rotates through; the rest was not looked at.
    #[error("a set may have at most {MAX_KEYS} keys")]
    TooManyKeys,
    /// `kid` is empty, too long or not printable.
    #[error("\"kid\" must have 1 to 256 printable ASCII characters")]
    Kid,
}

impl JwkError {
    /// Whether RFC 7517 §5 says to ignore the key instead of refusing the set.
    fn is_merely_unknown(&self) -> bool {
        matches!(self, Self::UnknownKeyType(_) | Self::UnknownCurve(_))
    }
}

/// The numbers of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Material {
    P256 { x: [u8; 32], y: [u8; 32] },
    P384 { x: [u8; 48], y: [u8; 48] },
    Ed25519 { x: [u8; 32] },
    Rsa { n: Vec<u8> },
}

impl Material {
    /// From the uncompressed point `04 ‖ x ‖ y`.
    pub(crate) fn p256(point: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
        Some(Self::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? })
    }

    pub(crate) fn ed25519(x: &[u8]) -> Option<Self> {
        Some(Self::Ed25519 { x: x.try_into().ok()? })
    }

    /// From big-endian numbers; leading zeros are dropped, as RFC 7518 §6.3.1.1 wants and not every issuer does.
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, JwkError> {
        let significant =
            |number: &[u8]| -> Vec<u8> { number.iter().copied().skip_while(|b| *b == 0).collect() };
        let n = significant(modulus);
        let bits = n.first().map_or(0, |top| n.len() * 8 - top.leading_zeros() as usize);
        if !(2048..=8192).contains(&bits) {
            return Err(JwkError::RsaSize(bits));
        }
        if significant(exponent) != RSA_EXPONENT {
            return Err(JwkError::RsaExponent);
        }
        Ok(Self::Rsa { n })
    }

    fn parse(members: &Map<String, Value>) -> Result<Self, JwkError> {
        let array32 =
            |name| base64url::decode_array(text(members, name)?).map_err(|_| JwkError::Encoding(name));
        match text(members, "kty")? {
            "EC" => match text(members, "crv")? {
                "P-256" => Ok(Self::P256 { x: array32("x")?, y: array32("y")? }),
                "P-384" => {
                    let array = |name| {
                        base64url::decode_array(text(members, name)?).map_err(|_| JwkError::Encoding(name))
                    };
                    Ok(Self::P384 { x: array("x")?, y: array("y")? })
                }
                other => Err(JwkError::UnknownCurve(other.to_owned())),
            },
            "OKP" => match text(members, "crv")? {
                "Ed25519" => Ok(Self::Ed25519 { x: array32("x")? }),
                other => Err(JwkError::UnknownCurve(other.to_owned())),
            },
            "RSA" => {
                let number =
                    |name| base64url::decode(text(members, name)?).map_err(|_| JwkError::Encoding(name));
                Self::rsa(&number("n")?, &number("e")?)
            }
            "oct" => Err(JwkError::Symmetric),
            other => Err(JwkError::UnknownKeyType(other.to_owned())),
        }
    }

    /// The members RFC 7638 §3.2 and RFC 8037 §2 hash, in lexicographic order. No value needs JSON escaping.
    fn required_members(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::P256 { x, y } => ec("P-256", x, y),
            Self::P384 { x, y } => ec("P-384", x, y),
            Self::Ed25519 { x } => {
                vec![("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", base64url::encode(x))]
            }
            Self::Rsa { n } => {
                vec![
                    ("e", base64url::encode(RSA_EXPONENT)),
                    ("kty", "RSA".into()),
                    ("n", base64url::encode(n)),
                ]
            }
        }
    }
}

fn ec(curve: &str, x: &[u8], y: &[u8]) -> Vec<(&'static str, String)> {
    vec![
        ("crv", curve.into()),
        ("kty", "EC".into()),
        ("x", base64url::encode(x)),
        ("y", base64url::encode(y)),
    ]
}

fn text<'a>(members: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, JwkError> {
    members.get(name).and_then(Value::as_str).ok_or(JwkError::Missing(name))
}

fn optional<'a>(members: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, JwkError> {
    match members.get(name) {
        None => Ok(None),
        Some(_) => text(members, name).map(Some),
    }
}

/// A public key. There is no way to build one around a private key, so publishing any `Jwk` is safe (JW-14).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    material: Material,
    kid: Option<String>,
    /// As written: foreign keys name algorithms we do not have.
    alg: Option<String>,
    /// `use`; absent means any.
    usage: Option<String>,
    /// `key_ops`; absent means any.
    operations: Option<Vec<String>>,
}

impl Jwk {
    /// The published form of a signing key: named by its thumbprint and bound to its algorithm.
    pub(crate) fn for_signing(material: Material, algorithm: Algorithm) -> Self {
        let alg = Some(algorithm.as_str().to_owned());
        let mut jwk = Self { material, kid: None, alg, usage: Some("sig".into()), operations: None };
        jwk.kid = Some(jwk.thumbprint());
        jwk
    }

    /// Parses one key, strictly.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        Self::from_members(&parse_strict(json)?)
    }

    fn from_members(members: &Map<String, Value>) -> Result<Self, JwkError> {
        if members.get("kty").and_then(Value::as_str) == Some("oct") {
            return Err(JwkError::Symmetric);
        }
        if let Some(found) = PRIVATE_MEMBERS.into_iter().find(|name| members.contains_key(*name)) {
            return Err(JwkError::PrivateMember(found));
        }
        let material = Material::parse(members)?;
        let kid = optional(members, "kid")?.map(str::to_owned);
        if kid.as_deref().is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID || !is_printable(kid)) {
            return Err(JwkError::Kid);
        }
        let alg = optional(members, "alg")?.map(str::to_owned);
        if let Some(alg) = alg.as_deref().filter(|alg| !fits(&material, alg)) {
            return Err(JwkError::AlgorithmMismatch(alg.to_owned()));
        }
        let usage = optional(members, "use")?.map(str::to_owned);
        let operations = match members.get("key_ops") {
            None => None,
            Some(Value::Array(names)) => {
                Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some(_) => return Err(JwkError::Missing("key_ops")),
        };
        Ok(Self { material, kid, alg, usage, operations })
    }

    /// The RFC 7638 thumbprint with SHA-256, in base64url.
    pub fn thumbprint(&self) -> String {
        let members: Vec<String> = self
            .material
            .required_members()
            .iter()
            .map(|(name, value)| format!("\"{name}\":\"{value}\""))
            .collect();
        let json = format!("{{{}}}", members.join(","));
        base64url::encode(ring::digest::digest(&ring::digest::SHA256, json.as_bytes()))
    }

    /// The name the key's owner gave it.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// `alg`, when present and one of ours.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.alg.as_deref()?.parse().ok()
    }

    /// The one algorithm signatures of this key are verified with: what `alg` says, else what the type of key
    /// implies (RS256 for RSA, as OpenID Connect defaults to). `None` for keys that are not for signatures.
    pub fn signature_algorithm(&self) -> Option<Algorithm> {
        let for_signatures = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.operations.as_ref().is_none_or(|names| names.iter().any(|name| name == "verify"));
        if !for_signatures {
            return None;
        }
        match (&self.alg, &self.material) {
            (Some(alg), _) => alg.parse().ok(),
            (None, Material::P256 { .. }) => Some(Algorithm::Es256),
            (None, Material::P384 { .. }) => None,
            (None, Material::Ed25519 { .. }) => Some(Algorithm::EdDsa),
            (None, Material::Rsa { .. }) => Some(Algorithm::Rs256),
        }
    }

    pub(crate) fn material(&self) -> &Material {
        &self.material
    }
}

/// Whether `alg` may stand beside this kind of key. Encryption algorithms may: such a key is simply not used.
fn fits(material: &Material, alg: &str) -> bool {
    match material {
        Material::P256 { .. } => alg == "ES256" || alg.starts_with("ECDH-ES"),
        Material::P384 { .. } => alg == "ES384" || alg.starts_with("ECDH-ES"),
        Material::Ed25519 { .. } => alg == "EdDSA" || alg == "Ed25519",
        Material::Rsa { .. } => ["RS", "PS", "RSA"].iter().any(|family| alg.starts_with(family)),
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.material.required_members() {
            map.serialize_entry(name, &value)?;
        }
        let optional = [("kid", &self.kid), ("alg", &self.alg), ("use", &self.usage)];
        for (name, value) in optional.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            map.serialize_entry(name, value)?;
        }
        if let Some(operations) = &self.operations {
            map.serialize_entry("key_ops", operations)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_members(&Map::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// A set of public keys (RFC 7517 §5).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct JwkSet {
    /// The keys, in the order of the document.
    pub keys: Vec<Jwk>,
}

#[derive(serde::Deserialize)]
struct Document {
    keys: Vec<Map<String, Value>>,
}

impl JwkSet {
    /// Parses the key set of someone who is answerable to us, such as a registering client: keys of unknown kinds
    /// are skipped, dangerous ones refuse the whole set and say why.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        let document: Document = parse_strict(json)?;
        Self::collect(&document, refuse_dangerous)
    }

    /// Parses the key set of an issuer we only read from: whatever is not usable is skipped and reported beside
    /// the set, because one odd key must not lock everybody out.
    pub fn parse_foreign(json: &[u8]) -> Result<(Self, Vec<JwkError>), JsonError> {
        let mut skipped = Vec::new();
        let document: Document = parse_strict(json)?;
        let set = Self::collect::<JsonError>(&document, |error| {
            skipped.push(error);
            Ok(())
        })?;
        Ok((set, skipped))
    }

    fn collect<E>(document: &Document, mut bad: impl FnMut(JwkError) -> Result<(), E>) -> Result<Self, E> {
        let mut keys = Vec::new();
        if document.keys.len() > MAX_KEYS {
            bad(JwkError::TooManyKeys)?;
        }
        for members in document.keys.iter().take(MAX_KEYS) {
            match Jwk::from_members(members) {
                Ok(jwk) => keys.push(jwk),
                Err(error) => bad(error)?,
            }
        }
        Ok(Self { keys })
    }
}

fn refuse_dangerous(error: JwkError) -> Result<(), JwkError> {
    if error.is_merely_unknown() { Ok(()) } else { Err(error) }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Document::deserialize(deserializer)?;
        Self::collect(&document, refuse_dangerous).map_err(de::Error::custom)
    }
}

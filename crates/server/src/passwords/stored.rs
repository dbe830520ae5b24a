//! The texts in which passwords are stored: ours, and those that accounts bring along from another server.
//!
//! | scheme | texts |
//! |---|---|
//! | argon2id | PHC: `$argon2id$v=19$m=…,t=…,p=…$salt$hash` |
//! | bcrypt | `$2a$`, `$2b$` or `$2y$`, cost, 22 characters of salt and 31 of hash |
//! | scrypt | PHC: `$scrypt$ln=…,r=…,p=…$salt$hash` |
//! | PBKDF2 | PHC: `$pbkdf2-sha256$i=…,l=…$salt$hash`; passlib: `$pbkdf2-sha256$…$salt$hash`; Django: `pbkdf2_sha256$…$salt$hash`; SHA-1, SHA-256 and SHA-512 |
//!
//! What a verification may cost is bounded before such a text is taken in ([`Stored::admit`]): whoever brings accounts
//! along must not decide how long this server computes when somebody signs in (DS-04).

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::pbkdf2::{self, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use zeroize::Zeroizing;

use crate::config::Argon2 as Argon2Cost;

/// The longest text that is read.
const MOST_TEXT: usize = 512;
/// The most memory a hash from elsewhere may take, in KiB.
const MOST_MEMORY: u64 = 128 * 1024;
/// The most memory times passes, in KiB: about a second.
const MOST_WORK: u64 = 1024 * 1024;
/// The highest cost of bcrypt: about a second.
const MOST_BCRYPT: u32 = 14;
/// The most iterations of PBKDF2: about a second.
const MOST_ITERATIONS: u32 = 2_000_000;
/// bcrypt looks at so many bytes of a password, the zero behind it among them.
const BCRYPT_BYTES: usize = 72;
/// bcrypt's own alphabet. Other writers leave bits behind the last byte as they come.
const BCRYPT_TEXT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// A stored password: how its hash is made, and the hash.
pub struct Stored {
    /// How.
    pub way: Way,
    /// The hash.
    pub hash: Vec<u8>,
}

/// How a hash is made from a password.
pub enum Way {
    /// RFC 9106.
    Argon2id {
        /// What it costs.
        cost: Argon2Cost,
        /// The salt.
        salt: Vec<u8>,
    },
    /// Of OpenBSD.
    Bcrypt {
        /// Two to this many rounds.
        cost: u32,
        /// The salt.
        salt: [u8; 16],
    },
    /// RFC 7914.
    Scrypt {
        /// Two to this many blocks.
        log_n: u8,
        /// How large a block is.
        r: u32,
        /// How many times.
        p: u32,
        /// The salt.
        salt: Vec<u8>,
    },
    /// RFC 8018 §5.2.
    Pbkdf2 {
        /// HMAC with which hash.
        algorithm: pbkdf2::Algorithm,
        /// How many times.
        iterations: NonZeroU32,
        /// The salt.
        salt: Vec<u8>,
    },
}

/// Why a text is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nothing we know.
    #[error("this is no hash that this server reads: argon2id, bcrypt, scrypt or PBKDF2")]
    Unread,
    /// Too costly.
    #[error(
        "verifying this hash costs too much: at most bcrypt cost 14, 2,000,000 iterations of PBKDF2, 128 MiB of \
         argon2id or scrypt"
    )]
    TooCostly,
}

impl Stored {
    /// Reads a text that was stored.
    pub fn parse(text: &str) -> Option<Stored> {
        if text.len() > MOST_TEXT {
            return None;
        }
        let stored = if let Some(rest) = text.strip_prefix("$argon2id$v=19$") {
            argon2id(rest)?
        } else if let Some(rest) = text.strip_prefix("$2") {
            bcrypt(rest)?
        } else if let Some(rest) = text.strip_prefix("$scrypt$") {
            scrypt(rest)?
        } else if let Some(rest) = text.strip_prefix("$pbkdf2") {
            pbkdf2(rest)?
        } else {
            django(text.strip_prefix("pbkdf2_")?)?
        };
        (16..=128).contains(&stored.hash.len()).then_some(stored)
    }

    /// Reads a text that somebody brings along.
    pub fn admit(text: &str) -> Result<Stored, Unfit> {
        let stored = Stored::parse(text).ok_or(Unfit::Unread)?;
        if stored.way.is_affordable() { Ok(stored) } else { Err(Unfit::TooCostly) }
    }
}

impl Way {
    /// What the scheme is called.
    pub fn scheme(&self) -> &'static str {
        match self {
            Way::Argon2id { .. } => "argon2id",
            Way::Bcrypt { .. } => "bcrypt",
            Way::Scrypt { .. } => "scrypt",
            Way::Pbkdf2 { .. } => "pbkdf2",
        }
    }

    fn is_affordable(&self) -> bool {
        match self {
            Way::Argon2id { cost, salt } => {
                let memory = u64::from(cost.memory_kib);
                let fits = argon2::Params::new(cost.memory_kib, cost.time, cost.parallelism, None).is_ok();
                fits && salt.len() >= argon2::MIN_SALT_LEN
                    && memory <= MOST_MEMORY
                    && memory * u64::from(cost.time) <= MOST_WORK
                    && cost.parallelism <= 16
            }
            Way::Bcrypt { cost, .. } => (4..=MOST_BCRYPT).contains(cost),
            Way::Scrypt { log_n, r, p, .. } => {
                let blocks = 1_u64.checked_shl(u32::from(*log_n)).unwrap_or(u64::MAX);
                let memory = blocks.saturating_mul(u64::from(*r)) / 8;
                scrypt::Params::new(*log_n, *r, *p).is_ok()
                    && memory <= MOST_MEMORY
                    && memory.saturating_mul(u64::from(*p)) <= MOST_WORK / 4
            }
            Way::Pbkdf2 { iterations, .. } => iterations.get() <= MOST_ITERATIONS,
        }
    }

    /// The hash of a password, of every scheme but argon2id, which has memory of its own.
    pub fn derive(&self, password: &[u8], bytes: usize) -> Option<Zeroizing<Vec<u8>>> {
        let mut hash = Zeroizing::new(vec![0; bytes]);
        match self {
            Way::Argon2id { .. } => return None,
            Way::Bcrypt { cost, salt } => {
                // As everybody else has done it: with the zero behind, and what comes after is not looked at.
                let mut key = Zeroizing::new(password.to_vec());
                key.push(0);
                key.truncate(BCRYPT_BYTES);
                let made = Zeroizing::new(bcrypt::bcrypt(*cost, *salt, &key));
                hash.copy_from_slice(made.get(..bytes)?);
            }
            Way::Scrypt { log_n, r, p, salt } => {
                let params = scrypt::Params::new(*log_n, *r, *p).ok()?;
                scrypt::scrypt(password, salt, &params, &mut hash).ok()?;
            }
            Way::Pbkdf2 { algorithm, iterations, salt } => {
                pbkdf2::derive(*algorithm, *iterations, salt, password, &mut hash);
            }
        }
        Some(hash)
    }
}

/// Numbers such as `m=1,t=2`, by their names in this order.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Option<[u32; N]> {
    let mut found = [0; N];
    let mut pairs = text.split(',');
    for (name, number) in names.into_iter().zip(&mut found) {
        let (key, value) = pairs.next()?.split_once('=')?;
        *number = value.parse().ok().filter(|_| key == name)?;
    }
    pairs.next().is_none().then_some(found)
}

fn parts<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split('$').collect::<Vec<_>>().try_into().ok()
}

fn argon2id(rest: &str) -> Option<Stored> {
    let [cost, salt, hash] = parts(rest)?;
    let [memory_kib, time, parallelism] = numbers(cost, ["m", "t", "p"])?;
    let cost = Argon2Cost { memory_kib, time, parallelism };
    let salt = STANDARD_NO_PAD.decode(salt).ok()?;
    Some(Stored { way: Way::Argon2id { cost, salt }, hash: STANDARD_NO_PAD.decode(hash).ok()? })
}

fn bcrypt(rest: &str) -> Option<Stored> {
    let [version, cost, text] = parts(rest)?;
    if !["a", "b", "y"].contains(&version) || cost.len() != 2 {
        return None;
    }
    let (salt, hash) = text.split_at_checked(22)?;
    let salt = BCRYPT_TEXT.decode(salt).ok()?.try_into().ok()?;
    let hash = BCRYPT_TEXT.decode(hash).ok().filter(|hash| hash.len() == 23)?;
    Some(Stored { way: Way::Bcrypt { cost: cost.parse().ok()?, salt }, hash })
}

fn scrypt(rest: &str) -> Option<Stored> {
    let [cost, salt, hash] = parts(rest)?;
    let [log_n, r, p] = numbers(cost, ["ln", "r", "p"])?;
    let way = Way::Scrypt { log_n: log_n.try_into().ok()?, r, p, salt: STANDARD_NO_PAD.decode(salt).ok()? };
    Some(Stored { way, hash: STANDARD_NO_PAD.decode(hash).ok()? })
}

fn digest(name: &str) -> Option<pbkdf2::Algorithm> {
    match name {
        "sha1" => Some(PBKDF2_HMAC_SHA1),
        "sha256" => Some(PBKDF2_HMAC_SHA256),
        "sha512" => Some(PBKDF2_HMAC_SHA512),
        _ => None,
    }
}

/// `-sha256$…`: PHC says `i=…` and, if it likes, `l=…`; passlib only the number, writes `.` for `+`, and calls SHA-1
/// nothing.
fn pbkdf2(rest: &str) -> Option<Stored> {
    let [name, cost, salt, hash] = parts(rest)?;
    let algorithm = digest(if name.is_empty() { "sha1" } else { name.strip_prefix('-')? })?;
    let decode = |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).ok();
    let (salt, hash) = (decode(salt)?, decode(hash)?);
    let iterations = if let Some([iterations]) = numbers(cost, ["i"]) {
        iterations
    } else if let Some([iterations, length]) = numbers(cost, ["i", "l"]) {
        usize::try_from(length).ok().filter(|length| *length == hash.len())?;
        iterations
    } else {
        cost.parse().ok()?
    };
    let way = Way::Pbkdf2 { algorithm, iterations: NonZeroU32::new(iterations)?, salt };
    Some(Stored { way, hash })
}

/// `sha256$…`: the salt is text.
fn django(rest: &str) -> Option<Stored> {
    let [name, iterations, salt, hash] = parts(rest)?;
    let way = Way::Pbkdf2 {
        algorithm: digest(name)?,
        iterations: iterations.parse().ok()?,
        salt: salt.as_bytes().to_vec(),
    };
    Some(Stored { way, hash: STANDARD.decode(hash).ok()? })
}

#[cfg(test)]
mod tests;

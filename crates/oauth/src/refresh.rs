//! Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2): one row per grant, a generation counter, nothing stored per token.
//!
//! 1. A token is `grant id ‖ generation ‖ secret`. The secret is derived with HMAC from a salt in the grant's row and
//!    a key that is not in the database, so neither alone can forge one ([`RefreshToken::derive`]).
//! 2. What is presented is parsed, the row loaded, the token of that generation derived again and compared in
//!    constant time ([`RefreshToken::matches`]).
//! 3. [`decide`] says what happens to it: the current generation rotates; the one before, presented again within the
//!    grace window, gets the same successor; anything older is reuse and ends the grant.
//! 4. A guarded statement does it: the generation is part of its `WHERE`.

use std::time::Duration;

use ring::hmac;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::secret::{Secret, frame, unframe};
use crate::token::is_before;
use crate::{Code, Decision, Refusal, Time};

const TAG: &str = "rt";
const BYTES: usize = 16 + 8 + 32;
const EXPIRED: &str = "grant expired; ask for authorization again";

/// The grace window unless configured otherwise (RT-05).
pub const DEFAULT_GRACE: Duration = Duration::from_mins(1);
/// The longest grace window that may be configured (RT-05).
pub const MAX_GRACE: Duration = Duration::from_mins(5);

/// A refresh token, well-formed but not yet compared.
pub struct RefreshToken {
    grant: Uuid,
    generation: u64,
    secret: Zeroizing<[u8; 32]>,
}

impl RefreshToken {
    /// Step 1. `key` is the server's, `salt` the row's.
    pub fn derive(key: &[u8; 32], salt: &[u8], grant: Uuid, generation: u64) -> Self {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
        context.update(b"v1:rt:");
        context.update(&(salt.len() as u64).to_be_bytes());
        context.update(salt);
        context.update(grant.as_bytes());
        context.update(&generation.to_be_bytes());
        let mut secret = Zeroizing::new([0; 32]);
        secret.copy_from_slice(context.sign().as_ref());
        Self { grant, generation, secret }
    }

    /// Parses `gw_rt_…`; `None` for anything that this server cannot have made.
    pub fn parse(text: &str) -> Option<Self> {
        let payload = Zeroizing::new(unframe(TAG, text)?);
        let bytes = <&[u8; BYTES]>::try_from(payload.as_slice()).ok()?;
        let (grant, rest) = bytes.split_first_chunk::<16>()?;
        let (generation, secret) = rest.split_first_chunk::<8>()?;
        Some(Self {
            grant: Uuid::from_bytes(*grant),
            generation: u64::from_be_bytes(*generation),
            secret: Zeroizing::new(secret.try_into().ok()?),
        })
    }

    /// The text form, to be sent to the client.
    pub fn text(&self) -> Secret<String> {
        let mut payload = [0; BYTES];
        payload[..16].copy_from_slice(self.grant.as_bytes());
        payload[16..24].copy_from_slice(&self.generation.to_be_bytes());
        payload[24..].copy_from_slice(self.secret.as_slice());
        let text = frame(TAG, &payload);
        payload.zeroize();
        Secret::new(text)
    }

    /// The grant it claims to belong to.
    pub fn grant(&self) -> Uuid {
        self.grant
    }

    /// The generation it claims to be.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Step 2, in constant time.
    pub fn matches(&self, derived: &Self) -> bool {
        let same = self.grant.as_bytes().ct_eq(derived.grant.as_bytes())
            & self.generation.to_be_bytes().ct_eq(&derived.generation.to_be_bytes())
            & self.secret.ct_eq(&*derived.secret);
        same.into()
    }
}

/// Whether a grant still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Valid,
    /// It was revoked, or its client, user or consent is gone.
    Revoked,
}

/// What the grant's row says.
#[derive(Debug, Clone, Copy)]
pub struct RefreshFacts {
    /// The current generation.
    pub generation: u64,
    /// When that became current.
    pub rotated_at: Time,
    /// When the grant ends unless it is used.
    pub idle_expires_at: Time,
    /// When it ends in any case.
    pub expires_at: Time,
    /// Whether it still stands.
    pub standing: Standing,
    /// How long the previous generation is answered with the same successor. Zero is strict.
    pub grace: Duration,
}

/// What happens to a presented, genuine refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshDecision {
    /// It is current: the next generation takes its place.
    Rotate,
    /// Its successor was handed out a moment ago and may not have arrived: the same one again.
    Repeat,
    /// It was used before: the grant is revoked, and the client hears `invalid_grant`.
    Reuse,
}

/// Step 3. `presented` comes from a token that [`RefreshToken::matches`] found genuine.
pub fn decide(facts: &RefreshFacts, presented: u64, now: Time) -> Decision<RefreshDecision> {
    match facts.standing {
        Standing::Revoked => return Err(refuse("the grant was revoked; ask for authorization again")),
        Standing::Valid => {}
    }
    if facts.expires_at <= now || facts.idle_expires_at <= now {
        return Err(refuse(EXPIRED));
    }
    if presented == facts.generation {
        return Ok(RefreshDecision::Rotate);
    }
    if presented > facts.generation {
        // Genuine, yet never issued as far as the row knows: the database was set back. Nobody misbehaved.
        return Err(refuse(
            "the refresh token is newer than its grant: was the database restored from a backup?",
        ));
    }
    let within_grace =
        !facts.grace.is_zero() && now < facts.rotated_at + facts.grace && !is_before(now, facts.rotated_at);
    if within_grace && presented.checked_add(1) == Some(facts.generation) {
        return Ok(RefreshDecision::Repeat);
    }
    Ok(RefreshDecision::Reuse)
}

fn refuse(description: &'static str) -> Refusal {
    Refusal::new(Code::InvalidGrant, description)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    const GRANT: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    const ROTATED: Time = DateTime::UNIX_EPOCH;

    fn facts() -> RefreshFacts {
        RefreshFacts {
            generation: 7,
            rotated_at: ROTATED,
            idle_expires_at: ROTATED + TimeDelta::days(30),
            expires_at: ROTATED + TimeDelta::days(90),
            standing: Standing::Valid,
            grace: DEFAULT_GRACE,
        }
    }

    fn at(seconds: i64) -> Time {
        ROTATED + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_token_reads_back_and_matches_only_itself() {
        let token = RefreshToken::derive(&[1; 32], b"salt", GRANT, 7);
        let text = token.text();
        assert!(text.expose().starts_with("gw_rt_") && text.expose().len() == 6 + 75 + 7);
        let parsed = RefreshToken::parse(text.expose()).unwrap();
        assert_eq!((parsed.grant(), parsed.generation()), (GRANT, 7));
        assert!(parsed.matches(&token));
        for other in [
            RefreshToken::derive(&[2; 32], b"salt", GRANT, 7),
            RefreshToken::derive(&[1; 32], b"SALT", GRANT, 7),
            RefreshToken::derive(&[1; 32], b"salt", Uuid::nil(), 7),
            RefreshToken::derive(&[1; 32], b"salt", GRANT, 8),
        ] {
            assert!(!other.matches(&token));
        }
    }

    #[test]
    fn a_changed_token_is_not_parsed() {
        let text = RefreshToken::derive(&[1; 32], b"salt", GRANT, 7).text();
        let mut changed = text.expose().clone();
        changed.replace_range(40..41, if &changed[40..41] == "A" { "B" } else { "A" });
        assert!(RefreshToken::parse(&changed).is_none());
        assert!(RefreshToken::parse(text.expose().trim_end_matches(char::is_alphanumeric)).is_none());
        assert!(RefreshToken::parse("gw_rt_").is_none());
    }

    #[test]
    fn rt_01_a_token_used_before_is_reuse() {
        let decide = |presented, now| decide(&facts(), presented, now).unwrap();
        assert_eq!(decide(7, at(3_600)), RefreshDecision::Rotate);
        assert_eq!(decide(6, at(60)), RefreshDecision::Reuse);
        assert_eq!(decide(5, at(0)), RefreshDecision::Reuse);
        assert_eq!(decide(0, at(0)), RefreshDecision::Reuse);
    }

    #[test]
    fn rt_05_the_previous_generation_gets_the_same_successor_within_the_grace_window() {
        let decide = |presented, now| decide(&facts(), presented, now).unwrap();
        // Another replica's clock may be a little behind.
        assert_eq!(decide(6, at(-2)), RefreshDecision::Repeat);
        assert_eq!(decide(6, at(0)), RefreshDecision::Repeat);
        assert_eq!(decide(6, at(59)), RefreshDecision::Repeat);
        assert_eq!(decide(6, at(-30)), RefreshDecision::Repeat);
        let strict = RefreshFacts { grace: Duration::ZERO, ..facts() };
        for now in [-2, 0, 1] {
            assert_eq!(super::decide(&strict, 6, at(now)), Ok(RefreshDecision::Reuse));
        }
    }

    #[test]
    fn cl_02_a_clock_set_back_does_not_open_the_grace_window_again() {
        assert_eq!(decide(&facts(), 6, at(61)), Ok(RefreshDecision::Reuse));
        for seconds_back in [31, 3_600] {
            assert_eq!(decide(&facts(), 6, at(-seconds_back)), Ok(RefreshDecision::Reuse));
        }
    }

    #[test]
    fn rt_07_idle_and_absolute_expiry_end_the_grant() {
        let expired = |facts: &RefreshFacts, now| {
            let refusal = decide(facts, 7, now).unwrap_err();
            assert_eq!((refusal.code(), refusal.description()), (Code::InvalidGrant, EXPIRED));
        };
        expired(&facts(), at(30 * 86_400));
        let busy = RefreshFacts { idle_expires_at: at(100 * 86_400), ..facts() };
        assert_eq!(decide(&busy, 7, at(90 * 86_400 - 1)), Ok(RefreshDecision::Rotate));
        expired(&busy, at(90 * 86_400));
    }

    #[test]
    fn rt_09_a_revoked_grant_gives_nothing_and_is_not_reuse() {
        let revoked = RefreshFacts { standing: Standing::Revoked, ..facts() };
        for presented in [5, 6, 7] {
            assert_eq!(decide(&revoked, presented, at(0)).unwrap_err().code(), Code::InvalidGrant);
        }
    }

    #[test]
    fn rt_03_a_generation_the_database_forgot_is_refused_without_blame() {
        assert_eq!(decide(&facts(), 8, at(0)).unwrap_err().code(), Code::InvalidGrant);
        assert_eq!(decide(&facts(), u64::MAX, at(0)).unwrap_err().code(), Code::InvalidGrant);
    }
}

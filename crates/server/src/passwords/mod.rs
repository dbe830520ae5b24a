//! Passwords: argon2id on a bounded pool (RFC 9106; threat rows LG-03, LG-04, DS-04).
//!
//! 1. A permit is taken from a queue of bounded length; a full queue is a 503 with `Retry-After`.
//! 2. The work runs on a thread of low priority (`aside`) in memory that is kept for the next (`memory`), so a login
//!    storm costs `permits x memory` and the token endpoint never waits behind it. The permit goes with the work:
//!    somebody who hangs up gives back a place in the queue, but a hash that runs keeps its permit.
//! 3. An unknown user costs the same work against a dummy hash.
//! 4. Accounts that come from another server bring hashes of other schemes ([`stored`]). They are verified here, too,
//!    and replaced by argon2id at the first sign-in. As long as there are any, what did not match is answered at even
//!    steps of time ([`Passwords::even_out`]), because no dummy hash costs what all of them cost.
//!
//! The stored form is the PHC string of argon2id, sealed by the caller under the pepper key.

mod aside;
mod memory;
pub mod stored;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use gatewright_oauth::secret::Secret;
use gatewright_store::credentials;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use zeroize::Zeroizing;

use self::memory::Spare;
use self::stored::{Stored, Way};
use crate::app::App;
use crate::config::Argon2 as Argon2Cost;
use crate::error::{Fault, Outcome, Stop};

/// Logins that may wait for a free permit before newcomers are sent away.
const QUEUE: usize = 100;
/// Longest password accepted, in bytes: longer input is not a password but a load.
pub const MAX_PASSWORD_BYTES: usize = 1024;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// What did not match is answered at multiples of this, while there are hashes of other schemes: more than all but the
/// costliest of them take.
const STEP: Duration = Duration::from_millis(500);

/// What a verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The password is right and its hash is as costly as configured.
    Right,
    /// The password is right; its hash should be renewed at today's cost.
    RightButWeak,
    /// The password is wrong, or there is no such user.
    Wrong,
}

/// Which hashes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schemes {
    /// All are made as this server makes them.
    Ours,
    /// Some came from elsewhere.
    Mixed,
}

/// The bounded pool. Cheap to clone.
#[derive(Clone)]
pub struct Passwords(Arc<Pool>);

/// How much the pool has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Hashes at work.
    pub running: u64,
    /// Those who wait for one.
    pub waiting: u64,
    /// Those who were sent away so far.
    pub refused: u64,
}

struct Pool {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    refused: AtomicU64,
    concurrency: usize,
    cost: Argon2Cost,
    spare: Spare,
    /// Whether there are hashes of other schemes.
    is_mixed: AtomicBool,
}

impl Passwords {
    /// A pool that runs `concurrency` hashes at once.
    pub fn new(cost: Argon2Cost, concurrency: u32) -> Passwords {
        let concurrency = concurrency.max(1) as usize;
        Passwords(Arc::new(Pool {
            permits: Arc::new(Semaphore::new(concurrency)),
            waiting: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            concurrency,
            cost,
            spare: Spare::default(),
            is_mixed: AtomicBool::new(false),
        }))
    }

    /// How much there is to do at the moment.
    pub fn load(&self) -> Load {
        let pool = &self.0;
        Load {
            running: pool.concurrency.saturating_sub(pool.permits.available_permits()) as u64,
            waiting: pool.waiting.load(Ordering::Relaxed) as u64,
            refused: pool.refused.load(Ordering::Relaxed),
        }
    }

    /// Hashes a new password with the given salt into a PHC string.
    pub async fn hash(&self, password: Secret<String>, salt: [u8; SALT_BYTES]) -> Outcome<Zeroizing<String>> {
        let cost = self.0.cost;
        let hash = self.derive(password, Way::Argon2id { cost, salt: salt.to_vec() }, HASH_BYTES).await?;
        let Argon2Cost { memory_kib, time, parallelism } = cost;
        Ok(Zeroizing::new(format!(
            "$argon2id$v=19$m={memory_kib},t={time},p={parallelism}${}${}",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash.as_slice()),
        )))
    }

    /// Checks a password against a stored text; `None` (no such user) costs the same as one of ours.
    pub async fn verify(&self, password: Secret<String>, stored: Option<&str>) -> Outcome<Checked> {
        let Some(stored) = stored else {
            let way = Way::Argon2id { cost: self.0.cost, salt: vec![0; SALT_BYTES] };
            self.derive(password, way, HASH_BYTES).await?;
            return Ok(Checked::Wrong);
        };
        let Stored { way, hash } =
            Stored::parse(stored).ok_or_else(|| Fault::internal("a stored password hash cannot be read"))?;
        let is_ours = self.is_ours(&way);
        let made = self.derive(password, way, hash.len()).await?;
        Ok(if bool::from(made.as_slice().ct_eq(&hash)) {
            if is_ours { Checked::Right } else { Checked::RightButWeak }
        } else {
            Checked::Wrong
        })
    }

    /// Whether a hash is made as this server makes them today.
    pub fn is_ours(&self, way: &Way) -> bool {
        matches!(way, Way::Argon2id { cost, .. } if *cost == self.0.cost)
    }

    /// Step 4: waits until the next even step since `begun`, if there are hashes of other schemes (LG-04).
    pub async fn even_out(&self, begun: Instant) {
        if self.0.is_mixed.load(Ordering::Relaxed) {
            tokio::time::sleep_until(next_step(begun, Instant::now())).await;
        }
    }

    /// Says which hashes there are.
    pub fn note(&self, schemes: Schemes) {
        self.0.is_mixed.store(schemes == Schemes::Mixed, Ordering::Relaxed);
    }

    async fn derive(&self, password: Secret<String>, way: Way, bytes: usize) -> Outcome<Zeroizing<Vec<u8>>> {
        let permit = self.permit().await?;
        let pool = self.0.clone();
        let work = move || {
            let _until_done = permit;
            let password = password.expose().as_bytes();
            match &way {
                Way::Argon2id { cost, salt } => pool.argon2(password, (salt, *cost), bytes),
                Way::Bcrypt { .. } | Way::Scrypt { .. } | Way::Pbkdf2 { .. } => way
                    .derive(password, bytes)
                    .ok_or_else(|| Fault::internal("a stored password hash cannot be made again").into()),
            }
        };
        aside::run(work).await?
    }

    async fn permit(&self) -> Outcome<OwnedSemaphorePermit> {
        let permits = self.0.permits.clone();
        if let Ok(permit) = permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let place = Place::take(&self.0.waiting);
        if place.is_err() {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
        }
        let _place = place?;
        Ok(permits.acquire_owned().await.map_err(Fault::internal)?)
    }
}

/// A place in the queue, given back however the waiting ends.
struct Place<'a>(&'a AtomicUsize);

impl Place<'_> {
    fn take(waiting: &AtomicUsize) -> Outcome<Place<'_>> {
        let place = Place(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            return Err(Stop::Broken(Fault::unavailable("the password queue is full")));
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The first multiple of [`STEP`] after `begun` that is not before `now`.
fn next_step(begun: Instant, now: Instant) -> Instant {
    let steps = (now - begun).as_nanos().div_ceil(STEP.as_nanos()).max(1);
    begun + STEP.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX))
}

/// Looks whether there are hashes of other schemes: another process may have taken them in, or replaced the last. Gives
/// back memory that no hash needs.
pub async fn look(app: App) -> Outcome<()> {
    app.passwords.0.spare.give_back();
    let is_mixed = credentials::any_foreign(&app.store).await?;
    app.passwords.note(if is_mixed { Schemes::Mixed } else { Schemes::Ours });
    Ok(())
}

impl Pool {
    fn argon2(
        &self,
        password: &[u8],
        (salt, cost): (&[u8], Argon2Cost),
        bytes: usize,
    ) -> Outcome<Zeroizing<Vec<u8>>> {
        let params = Params::new(cost.memory_kib, cost.time, cost.parallelism, Some(bytes))
            .map_err(|error| Fault::internal(error.to_string()))?;
        let mut memory = self.spare.take(params.block_count());
        let mut hash = Zeroizing::new(vec![0; bytes]);
        let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            password,
            salt,
            &mut hash,
            &mut memory,
        );
        // What a hash from elsewhere took beyond that is not kept.
        if cost.memory_kib <= self.cost.memory_kib {
            self.spare.keep(memory);
        }
        done.map_err(|error| Fault::internal(error.to_string()))?;
        Ok(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    fn pool(memory_kib: u32) -> Passwords {
        Passwords::new(Argon2Cost { memory_kib, time: 1, parallelism: 1 }, 1)
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let pool = pool(64);
        let stored = pool.hash(secret("correct horse"), [7; 16]).await.unwrap();
        assert_eq!(pool.verify(secret("correct horse"), Some(&stored)).await.unwrap(), Checked::Right);
        assert_eq!(pool.verify(secret("correct horsex"), Some(&stored)).await.unwrap(), Checked::Wrong);
        assert_eq!(pool.verify(secret("correct horse"), None).await.unwrap(), Checked::Wrong);
    }

    /// How many hashes run at once is what the memory is bounded by.
    #[tokio::test]
    async fn ds_04_a_hash_keeps_its_permit_when_nobody_waits_for_it_any_more() {
        let pool = Passwords::new(Argon2Cost { memory_kib: 65_536, time: 4, parallelism: 1 }, 1);
        let mut running = Box::pin(pool.hash(secret("correct horse"), [7; 16]));
        assert!(futures_util::poll!(&mut running).is_pending());
        drop(running);
        assert_eq!(pool.0.permits.available_permits(), 0);
    }

    #[tokio::test]
    async fn ds_04_hanging_up_gives_the_place_in_the_queue_back() {
        let pool = pool(64);
        let all = pool.0.permits.clone().acquire_owned().await.unwrap();
        for _ in 0..3 * QUEUE {
            let mut waiting = Box::pin(pool.hash(secret("correct horse"), [7; 16]));
            assert!(futures_util::poll!(&mut waiting).is_pending());
        }
        assert_eq!(pool.0.waiting.load(Ordering::Relaxed), 0);
        drop(all);
        assert!(pool.hash(secret("correct horse"), [7; 16]).await.is_ok());
    }

    #[tokio::test]
    async fn ds_04_a_full_queue_sends_newcomers_away() {
        let pool = pool(64);
        let _all = pool.0.permits.clone().acquire_owned().await.unwrap();
        let mut queue = Vec::new();
        for _ in 0..QUEUE {
            let mut waiting = Box::pin(pool.hash(secret("correct horse"), [7; 16]));
            assert!(futures_util::poll!(&mut waiting).is_pending());
            queue.push(waiting);
        }
        let refused = pool.verify(secret("correct horse"), None).await;
        assert!(matches!(refused, Err(Stop::Broken(fault)) if fault.kind == crate::FaultKind::Unavailable));
        queue.pop();
        assert!(futures_util::poll!(Box::pin(pool.verify(secret("correct horse"), None))).is_pending());
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_renewed() {
        let stored = pool(64).hash(secret("correct horse"), [7; 16]).await.unwrap();
        assert_eq!(
            pool(128).verify(secret("correct horse"), Some(&stored)).await.unwrap(),
            Checked::RightButWeak
        );
    }

    #[tokio::test]
    async fn a_hash_of_another_scheme_is_verified_and_renewed() {
        let pool = pool(64);
        for stored in [
            "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
            "pbkdf2_sha256$1000$seasalt$3xmXbyk2QpiyNcnoBbzRPwEBsYPTbDlRdtmLyBvQltA=",
        ] {
            let found = pool.verify(secret("correct horse battery staple"), Some(stored)).await.unwrap();
            assert_eq!(found, Checked::RightButWeak);
            let found = pool.verify(secret("correct horse battery stapler"), Some(stored)).await.unwrap();
            assert_eq!(found, Checked::Wrong);
        }
        assert!(pool.verify(secret("x"), Some("$1$abcdefgh$0123456789012345678901")).await.is_err());
    }

    #[test]
    fn lg_04_what_did_not_match_is_answered_at_even_steps() {
        let begun = Instant::now();
        for (took, answered) in [(0, 500), (3, 500), (499, 500), (500, 500), (501, 1000), (1700, 2000)] {
            let step = next_step(begun, begun + Duration::from_millis(took));
            assert_eq!(step - begun, Duration::from_millis(answered), "{took}");
        }
    }
}

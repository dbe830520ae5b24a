//! Passwords: argon2id on a bounded pool (RFC 9106; threat rows LG-03, LG-04, DS-04).
//!
//! 1. A permit is taken from a queue of bounded length; a full queue is a 503 with `Retry-After`.
//! 2. The work runs on a blocking thread with a reused memory buffer, so a login storm costs
//!    `permits x memory` and the token endpoint never waits behind it. The permit goes with the work:
//!    somebody who hangs up gives back a place in the queue, but a hash that runs keeps its permit.
//! 3. An unknown user costs the same work against a dummy hash.
//!
//! The stored form is the PHC string of argon2id, sealed by the caller under the pepper key.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use gatewright_oauth::secret::Secret;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::config::Argon2 as Argon2Cost;
use crate::error::{Fault, Outcome, Stop};

/// Logins that may wait for a free permit before newcomers are sent away.
const QUEUE: usize = 100;
/// Longest password accepted, in bytes: longer input is not a password but a load.
pub const MAX_PASSWORD_BYTES: usize = 1024;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

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
    buffers: std::sync::Mutex<Vec<Vec<Block>>>,
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
            buffers: std::sync::Mutex::new(Vec::new()),
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
        let hash = self.derive(password, salt.to_vec(), cost).await?;
        let Argon2Cost { memory_kib, time, parallelism } = cost;
        Ok(Zeroizing::new(format!(
            "$argon2id$v=19$m={memory_kib},t={time},p={parallelism}${}${}",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash.as_slice()),
        )))
    }

    /// Checks a password against a stored PHC string; `None` (no such user) costs the same.
    pub async fn verify(&self, password: Secret<String>, stored: Option<&str>) -> Outcome<Checked> {
        let Some(stored) = stored else {
            self.derive(password, vec![0; SALT_BYTES], self.0.cost).await?;
            return Ok(Checked::Wrong);
        };
        let phc =
            Phc::parse(stored).ok_or_else(|| Fault::internal("a stored password hash cannot be read"))?;
        let hash = self.derive(password, phc.salt, phc.cost).await?;
        Ok(if bool::from(hash.as_slice().ct_eq(&phc.hash)) {
            if phc.cost == self.0.cost { Checked::Right } else { Checked::RightButWeak }
        } else {
            Checked::Wrong
        })
    }

    async fn derive(
        &self,
        password: Secret<String>,
        salt: Vec<u8>,
        cost: Argon2Cost,
    ) -> Outcome<Zeroizing<Vec<u8>>> {
        let permit = self.permit().await?;
        let pool = self.0.clone();
        let work = move || {
            let _until_done = permit;
            pool.argon2(password.expose().as_bytes(), &salt, cost)
        };
        tokio::task::spawn_blocking(work).await.map_err(Fault::internal)?
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

impl Pool {
    fn argon2(&self, password: &[u8], salt: &[u8], cost: Argon2Cost) -> Outcome<Zeroizing<Vec<u8>>> {
        let params = Params::new(cost.memory_kib, cost.time, cost.parallelism, Some(HASH_BYTES))
            .map_err(|error| Fault::internal(error.to_string()))?;
        let mut memory = self.buffers().pop().unwrap_or_default();
        memory.resize(params.block_count(), Block::default());
        let mut hash = Zeroizing::new(vec![0; HASH_BYTES]);
        let done = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            password,
            salt,
            &mut hash,
            &mut memory,
        );
        self.buffers().push(memory);
        done.map_err(|error| Fault::internal(error.to_string()))?;
        Ok(hash)
    }

    fn buffers(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.buffers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The parts of `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
struct Phc {
    cost: Argon2Cost,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Phc {
    fn parse(text: &str) -> Option<Phc> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let mut numbers = parts.next()?.split(',').map(|pair| pair.split_once('='));
        let mut number = |name: &str| {
            let (key, value) = numbers.next()??;
            (key == name).then(|| value.parse::<u32>().ok())?
        };
        let cost = Argon2Cost { memory_kib: number("m")?, time: number("t")?, parallelism: number("p")? };
        let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
        let hash = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
        (parts.next().is_none() && hash.len() == HASH_BYTES).then_some(Phc { cost, salt, hash })
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
}

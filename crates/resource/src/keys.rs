//! The issuer's keys, kept close (RFC 7517 §5, RFC 8414 §2 `jwks_uri`).
//!
//! 1. The first request loads them; everybody else waits for the same load.
//! 2. While the set is fresh (its `max-age`, at least a minute, at most an hour) there is no traffic at all.
//! 3. When it is stale, requests are served from it while one background task fetches the next one. A set nobody
//!    asked about for a long time is fetched before it is used, so that a withdrawn key does not come back.
//! 4. A `kid` that is not in the set causes a fetch, at most one per ten seconds whoever asks for what (CA-10).
//! 5. When the issuer does not answer, the last good set serves on, for a day.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use gatewright_jose::{JwkSet, KeySet, VerifyError};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::clock::Clock;
use crate::discovery::{DiscoveryError, Issuer};

const FRESH_AT_LEAST: Duration = Duration::from_mins(1);
const FRESH_BY_DEFAULT: Duration = Duration::from_mins(5);
const FRESH_AT_MOST: Duration = Duration::from_hours(1);

/// Long enough for any outage a token survives; short enough that cutting us off from the issuer does not keep a
/// stolen key alive.
const STALE_AT_MOST: Duration = Duration::from_hours(24);

/// Between two fetches for unknown `kid`s.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(10);

/// Between two attempts to renew a stale set.
const RENEW_PAUSE: Duration = Duration::from_secs(5);

/// Between two attempts to get a first set: services that start together should find each other quickly.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The issuer cannot be asked and nothing usable is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unavailable;

/// A loaded set.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) keys: KeySet,
    at: Duration,
    fresh_for: Duration,
}

/// When the last attempts were, by reason. Whoever holds the lock is the one fetching.
#[derive(Debug, Default)]
struct Attempts {
    any: Option<Duration>,
    unknown: Option<Duration>,
}

/// The key sets of one issuer, present and future.
#[derive(Debug)]
pub(crate) struct Keys {
    issuer: Arc<Issuer>,
    /// Configured instead of discovered.
    jwks_uri: Option<String>,
    current: RwLock<Option<Arc<Loaded>>>,
    attempts: Arc<Mutex<Attempts>>,
    failing: AtomicBool,
}

impl Keys {
    pub(crate) fn new(issuer: Arc<Issuer>, jwks_uri: Option<String>) -> Self {
        Self {
            issuer,
            jwks_uri,
            current: RwLock::default(),
            attempts: Arc::default(),
            failing: AtomicBool::new(false),
        }
    }

    fn clock(&self) -> &Clock {
        &self.issuer.clock
    }

    fn current(&self) -> Option<Arc<Loaded>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs `verify` against the current set, and once more against a newer one when its key is unknown.
    pub(crate) async fn with<T>(
        self: &Arc<Self>,
        verify: impl Fn(&KeySet) -> Result<T, VerifyError>,
    ) -> Result<Result<T, VerifyError>, Unavailable> {
        let loaded = self.loaded().await?;
        match verify(&loaded.keys) {
            Err(VerifyError::UnknownKey(_) | VerifyError::NoKey) => {
                self.look_again(&loaded).await;
                Ok(verify(&self.current().unwrap_or(loaded).keys))
            }
            verdict => Ok(verdict),
        }
    }

    /// Steps 1 to 3 and 5.
    async fn loaded(self: &Arc<Self>) -> Result<Arc<Loaded>, Unavailable> {
        let Some(loaded) = self.current() else {
            self.fetch_after(FIRST_PAUSE).await;
            return self.current().ok_or(Unavailable);
        };
        let age = self.clock().uptime().saturating_sub(loaded.at);
        if age < loaded.fresh_for {
            return Ok(loaded);
        }
        if age < loaded.fresh_for * 2 || (age < STALE_AT_MOST && self.failing.load(Ordering::Relaxed)) {
            self.renew_in_background();
            return Ok(loaded);
        }
        self.fetch_after(RENEW_PAUSE).await;
        let loaded = self.current().ok_or(Unavailable)?;
        let age = self.clock().uptime().saturating_sub(loaded.at);
        if age < STALE_AT_MOST { Ok(loaded) } else { Err(Unavailable) }
    }

    fn renew_in_background(self: &Arc<Self>) {
        let Ok(mut attempts) = Arc::clone(&self.attempts).try_lock_owned() else { return };
        let now = self.clock().uptime();
        if attempts.any.is_some_and(|last| now < last + RENEW_PAUSE) {
            return;
        }
        attempts.any = Some(now);
        tokio::spawn(Arc::clone(self).load(attempts));
    }

    /// Waits for a fetch: one that is under way, or a new one unless the last attempt is more recent than `pause`.
    async fn fetch_after(self: &Arc<Self>, pause: Duration) {
        let before = self.current();
        let mut attempts = Arc::clone(&self.attempts).lock_owned().await;
        let now = self.clock().uptime();
        if self.is_newer_than(before.as_ref()) || attempts.any.is_some_and(|last| now < last + pause) {
            return;
        }
        attempts.any = Some(now);
        self.load_detached(attempts).await;
    }

    /// Step 4.
    async fn look_again(self: &Arc<Self>, seen: &Arc<Loaded>) {
        let mut attempts = Arc::clone(&self.attempts).lock_owned().await;
        let now = self.clock().uptime();
        if self.is_newer_than(Some(seen)) || attempts.unknown.is_some_and(|last| now < last + UNKNOWN_PAUSE) {
            return;
        }
        attempts.unknown = Some(now);
        self.load_detached(attempts).await;
    }

    fn is_newer_than(&self, seen: Option<&Arc<Loaded>>) -> bool {
        self.current().is_some_and(|current| seen.is_none_or(|seen| !Arc::ptr_eq(seen, &current)))
    }

    /// In a task of its own: a caller that hangs up must not cancel the fetch everybody else waits for.
    async fn load_detached(self: &Arc<Self>, attempts: OwnedMutexGuard<Attempts>) {
        let _ = tokio::spawn(Arc::clone(self).load(attempts)).await;
    }

    async fn load(self: Arc<Self>, attempts: OwnedMutexGuard<Attempts>) {
        match self.fetch().await {
            Ok(loaded) => {
                self.failing.store(false, Ordering::Relaxed);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(loaded));
            }
            Err(error) => {
                self.failing.store(true, Ordering::Relaxed);
                self.issuer.forget().await;
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(issuer = self.issuer.name, %error, source, "the keys of the issuer could not be fetched");
            }
        }
        drop(attempts);
    }

    async fn fetch(&self) -> Result<Loaded, DiscoveryError> {
        let at = self.clock().uptime();
        let url = match &self.jwks_uri {
            Some(url) => url.clone(),
            None => self
                .issuer
                .endpoints()
                .await?
                .jwks_uri
                .clone()
                .ok_or_else(|| self.issuer.missing("jwks_uri"))?,
        };
        let fetched = match self.issuer.fetch.get(&url).await {
            Ok(fetched) => fetched,
            Err(source) => return Err(DiscoveryError::Fetch { url, source }),
        };
        let (set, skipped) = match JwkSet::parse_foreign(&fetched.body) {
            Ok(parsed) => parsed,
            Err(source) => return Err(DiscoveryError::Json { url, source }),
        };
        for reason in skipped {
            tracing::debug!(url, %reason, "a published key is not usable");
        }
        let keys = KeySet::from_jwks(&set);
        if keys.is_empty() {
            return Err(DiscoveryError::NoKeys(url));
        }
        let fresh_for = fetched.max_age.unwrap_or(FRESH_BY_DEFAULT).clamp(FRESH_AT_LEAST, FRESH_AT_MOST);
        Ok(Loaded { keys, at, fresh_for })
    }
}

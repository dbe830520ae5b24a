//! What has been verified, and what has been read a moment ago.
//!
//! A signature does not change, so a verified token is remembered by its digest until it expires. What
//! it stands on does change, so that is believed for one second only. No cache holds a token, and all
//! are bounded (DS-08).

use std::sync::Arc;
use std::time::{Duration, Instant};

use gatewright_oauth::bearer::Liveness;
use gatewright_oauth::claims::AccessClaims;
use gatewright_oauth::secret::Digest;
use gatewright_store::{grants, revoked_tokens};
use moka::Expiry;
use moka::future::Cache;
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::error::{Fault, Outcome};
use crate::meters::Lookups;

/// How long what a token stands on is believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// A verified token is forgotten after this long without being asked for.
const IDLE: Duration = Duration::from_mins(5);
/// Entries kept at most, per cache.
const CAPACITY: u64 = 50_000;

/// The caches.
pub struct Seen {
    tokens: Cache<[u8; 32], Arc<Verified>>,
    grants: Cache<Uuid, Belief>,
    /// Tokens without a grant, by [`name_of`]: whether they were revoked.
    alone: Cache<[u8; 32], Belief>,
    asked_for: [Lookups; 2],
}

/// A token whose signature was verified, with the key it was verified with.
pub struct Verified {
    /// Its claims.
    pub claims: AccessClaims,
    /// The key; a token of a key that was revoked since is not believed any more (KM-01).
    pub kid: String,
}

impl Seen {
    /// Nothing seen yet.
    pub fn new() -> Seen {
        Seen {
            tokens: Cache::builder().max_capacity(CAPACITY).time_to_idle(IDLE).build(),
            grants: Cache::builder().max_capacity(CAPACITY).expire_after(SinceAsked).build(),
            alone: Cache::builder().max_capacity(CAPACITY).expire_after(SinceAsked).build(),
            asked_for: [Lookups::of("tokens"), Lookups::of("grants")],
        }
    }

    /// A token that was verified before.
    pub async fn token(&self, digest: &Digest) -> Option<Arc<Verified>> {
        let [tokens, _] = &self.asked_for;
        tokens.asked();
        let known = self.tokens.get(digest.as_bytes()).await;
        if known.is_none() {
            tokens.missed();
        }
        known
    }

    /// How much is known at the moment, by kind.
    pub fn sizes(&self) -> [(&'static str, u64); 2] {
        [
            ("tokens", self.tokens.entry_count()),
            ("grants", self.grants.entry_count() + self.alone.entry_count()),
        ]
    }

    /// Remembers a verified token.
    pub async fn remember(&self, digest: &Digest, verified: Arc<Verified>) {
        self.tokens.insert(*digest.as_bytes(), verified).await;
    }

    /// Forgets what a grant stands on: this process revoked it.
    pub async fn forget(&self, grant: Uuid) {
        self.grants.invalidate(&grant).await;
    }

    /// Forgets whether a token without a grant was revoked: this process revoked it.
    pub async fn forget_alone(&self, name: &Digest) {
        self.alone.invalidate(name.as_bytes()).await;
    }
}

/// What was read, and when the database was asked for it.
#[derive(Debug, Clone, Copy)]
struct Belief {
    liveness: Liveness,
    asked: Instant,
}

impl Belief {
    /// Reads, and remembers since when what comes back may be otherwise.
    async fn of<E>(read: impl Future<Output = Result<Liveness, E>>) -> Result<Belief, E> {
        let asked = Instant::now();
        Ok(Belief { liveness: read.await?, asked })
    }
}

/// A belief ends a second after the database was asked, not after it answered: one that takes long to answer does not
/// make what was ended meanwhile live for longer (IN-04).
struct SinceAsked;

impl<K> Expiry<K, Belief> for SinceAsked {
    fn expire_after_create(&self, _: &K, belief: &Belief, created: Instant) -> Option<Duration> {
        Some(BELIEVED.saturating_sub(created.saturating_duration_since(belief.asked)))
    }
}

impl Default for Seen {
    fn default() -> Seen {
        Seen::new()
    }
}

/// Whether what a token stands on still stands, not older than a second.
pub async fn liveness(app: &App, moment: &Moment, claims: &AccessClaims) -> Outcome<Liveness> {
    let [_, grants_asked] = &app.seen.asked_for;
    grants_asked.asked();
    match claims.gid {
        Some(grant) => {
            let read = async {
                grants_asked.missed();
                let state = grants::state(&app.store, grant).await?;
                let lives = state.is_some_and(|state| state.lives(moment.now));
                Ok::<_, gatewright_store::StoreError>(if lives { Liveness::Live } else { Liveness::Ended })
            };
            let found = app.seen.grants.try_get_with(grant, Belief::of(read)).await;
            Ok(found.map_err(Fault::from_shared)?.liveness)
        }
        None => {
            let name = name_of(claims);
            let read = async {
                grants_asked.missed();
                let revoked = revoked_tokens::contains(&app.store, &name).await?;
                Ok::<_, gatewright_store::StoreError>(if revoked { Liveness::Ended } else { Liveness::Live })
            };
            let own = app.seen.alone.try_get_with(*name.as_bytes(), Belief::of(read)).await;
            let own = own.map_err(Fault::from_shared)?.liveness;
            let client = app.directory.client(&claims.client_id).await?;
            Ok(if client.is_some() { own } else { Liveness::Ended })
        }
    }
}

/// The name under which a token without a grant is revoked.
pub fn name_of(claims: &AccessClaims) -> Digest {
    Digest::of("jti", claims.jti.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn in_04_what_was_read_slowly_is_believed_for_less_long() {
        let seen = Seen::new();
        let grant = Uuid::from_u128(1);
        let slow = async {
            sleep(Duration::from_millis(700)).await;
            Ok::<_, Infallible>(Liveness::Live)
        };
        let quick = async || Ok::<_, Infallible>(Liveness::Ended);
        let ask = async |read| seen.grants.try_get_with(grant, read).await.unwrap().liveness;
        assert_eq!(seen.grants.try_get_with(grant, Belief::of(slow)).await.unwrap().liveness, Liveness::Live);
        assert_eq!(ask(Belief::of(quick())).await, Liveness::Live, "the second is not over");
        sleep(Duration::from_millis(500)).await;
        assert_eq!(ask(Belief::of(quick())).await, Liveness::Ended, "it was asked for 1.2 s ago");
    }
}

//! Slowing guesses down without ever locking anybody out (threat rows LG-01, LG-02, LG-20).
//!
//! 1. Tries are counted per *account and network*, and per network; never per account alone, so a stranger cannot lock
//!    a person out by failing in their name. All factors take from the same buckets: whoever asks names the account as
//!    it was typed, or by its user name once that is known.
//! 2. A try is taken before anything is looked at, and given back when the person has proven who they are. So guesses
//!    that arrive together are counted together, and the count is one for all replicas ([`gatewright_store::tries`]):
//!    one round trip.
//! 3. When an account's tries are used up, each further one costs twice the one before, up to a whole bucket. That is
//!    forgotten an hour after the bucket was empty.
//! 4. Who was sent away is not looked up again for `SURE`; and of accounts that this process has not heard of only so
//!    many are written down (`NEWCOMERS`), so strangers cannot fill the table.
//! 5. What cannot be counted together, because the database does not answer or for step 4, is counted by this process
//!    for itself, with a fifth of the tries.

mod memory;

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Duration;
use gatewright_oauth::{Digest, Time};
use gatewright_store::Store;
use gatewright_store::tries::{self, Bucket, Wanted};
use metrics::{Counter, counter};
use ring::hmac;

use self::memory::Memory;
use super::buckets::Rate;
use crate::web::peer;

/// How long a full bucket takes to empty.
const WINDOW: Duration = Duration::minutes(15);
/// A whole network gets this many times the tries of one account in it.
const NETWORK_FACTOR: i32 = 5;
/// A process that counts for itself grants this part of the tries.
const ALONE: i32 = 5;
/// How long a full bucket is remembered to be full, while somebody else may have had it emptied.
const SURE: Duration = Duration::seconds(10);
/// How long after a bucket was empty its failures are forgotten.
pub const FORGOTTEN_AFTER: Duration = Duration::hours(1);
/// New rows this process may write.
const NEWCOMERS: Rate = Rate { holds: 6_000.0, per_minute: 600.0 };

/// The count of tries.
pub struct Throttle {
    account: Rule,
    network: Rule,
    store: Store,
    key: hmac::Key,
    memory: Mutex<Memory>,
    alone: Counter,
}

/// Whether another try may cost us a password hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Go on.
    Open,
    /// Too many failures; try again after this many seconds.
    Wait(u64),
}

/// What one kind of bucket holds.
#[derive(Debug, Clone, Copy)]
struct Rule {
    allowance: i32,
}

impl Rule {
    /// What one try costs, in time.
    fn unit(self) -> Duration {
        WINDOW / self.allowance
    }

    /// There is a try as long as the bucket is empty by then.
    fn room_until(self, now: Time) -> Time {
        now + WINDOW - self.unit()
    }

    /// The same for a process that counts alone.
    fn room_alone_until(self, now: Time) -> Time {
        now + self.unit() * (self.allowance / ALONE - 1).max(0)
    }

    fn bucket(self, digest: &Digest, now: Time) -> Bucket<'_> {
        Bucket { digest, room_until: self.room_until(now), after_one: now + self.unit() }
    }
}

impl Throttle {
    /// Allows `attempts` failures per account and network in fifteen minutes.
    pub fn new(attempts: u32, store: Store, key: hmac::Key) -> Throttle {
        let allowance = i32::try_from(attempts).unwrap_or(i32::MAX / NETWORK_FACTOR).max(1);
        Throttle {
            account: Rule { allowance },
            network: Rule { allowance: allowance.saturating_mul(NETWORK_FACTOR) },
            store,
            key,
            memory: Mutex::default(),
            alone: counter!("gatewright_tries_counted_locally_total"),
        }
    }

    /// Takes one try for `account` from `peer`, before anything is looked at.
    pub async fn admit(&self, account: &str, peer: IpAddr, now: Time) -> Admission {
        let [account, network] = self.digests(account, peer);
        {
            let mut memory = self.memory();
            if let Some(seconds) = memory.is_waiting(&account, now).max(memory.is_waiting(&network, now)) {
                return Admission::Wait(seconds);
            }
            if !memory.may_write(&account, now) {
                return self.admit_alone(&mut memory, (&account, &network), now);
            }
        }
        let wanted = Wanted {
            account: self.account.bucket(&account, now),
            network: self.network.bucket(&network, now),
            patience: i64::from(self.account.allowance),
            after_dearest: now + WINDOW,
            forgotten: now - FORGOTTEN_AFTER,
            now,
        };
        let taken = tries::take(&self.store, &wanted).await;
        let mut memory = self.memory();
        let taken = match taken {
            Ok(taken) => taken,
            Err(error) => {
                tracing::warn!(%error, "attempts to sign in are counted by this process alone");
                return self.admit_alone(&mut memory, (&account, &network), now);
            }
        };
        let mut wait = None;
        for (bucket, drained_at) in [(&wanted.account, taken.account), (&wanted.network, taken.network)] {
            let Some(drained_at) = drained_at else { continue };
            let over =
                (drained_at > bucket.room_until && !taken.is_open).then(|| drained_at - bucket.room_until);
            memory.note(bucket.digest, drained_at, over.map(|over| now + over), now);
            wait = wait.max(over);
        }
        if taken.is_open {
            return Admission::Open;
        }
        // Who lost a race for the last try is told when there is one at the latest, if nobody else takes it.
        Admission::Wait(seconds(wait.unwrap_or(self.account.unit())))
    }

    /// Gives the tries back of somebody who has proven who they are, with every factor there is to be.
    pub async fn forgive(&self, account: &str, peer: IpAddr, now: Time) {
        let [account, network] = self.digests(account, peer);
        self.memory().forgive((&account, &network), self.network.unit());
        let given = tries::forgive(&self.store, &account, &self.network.bucket(&network, now), now).await;
        if let Err(error) = given {
            // They are signed in all the same; the next mistakes weigh a little more.
            tracing::warn!(%error, "the tries of somebody who signed in were not given back");
        }
    }

    /// Step 5.
    fn admit_alone(
        &self,
        memory: &mut Memory,
        (account, network): (&Digest, &Digest),
        now: Time,
    ) -> Admission {
        self.alone.increment(1);
        let both = [(self.account, account), (self.network, network)];
        let over = both.map(|(rule, digest)| memory.drained_at(digest, now) - rule.room_alone_until(now));
        let over = over[0].max(over[1]);
        if over > Duration::zero() {
            return Admission::Wait(seconds(over));
        }
        for (rule, digest) in both {
            let drained_at = memory.drained_at(digest, now) + rule.unit();
            memory.note(digest, drained_at, None, now);
        }
        Admission::Open
    }

    /// What the buckets of an account in a network, and of that network, are called.
    fn digests(&self, account: &str, peer: IpAddr) -> [Digest; 2] {
        let network = peer::network(peer).to_string();
        let of = |text: String| {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(hmac::sign(&self.key, text.as_bytes()).as_ref());
            Digest::from_bytes(bytes)
        };
        // A network has no space in it, so nobody can have a name that is another's bucket.
        [of(format!("account {network} {account}")), of(format!("network {network}"))]
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole seconds, at least one.
fn seconds(wait: Duration) -> u64 {
    let millis = u64::try_from(wait.num_milliseconds()).unwrap_or_default();
    millis.div_ceil(1000).max(1)
}

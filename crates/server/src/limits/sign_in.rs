//! Slowing guesses down without ever locking anybody out (threat row LG-01).
//!
//! Failures are counted per *account and network*, and per network; never per account alone, so a
//! stranger cannot lock a person out by failing in their name. Buckets refill continuously and the
//! tables are bounded: when full, the entries closest to empty go first, which costs an attacker
//! more addresses than it gives tries.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use gatewright_oauth::Time;
use ipnet::IpNet;

use crate::web::peer;

/// Entries kept per table.
const CAPACITY: usize = 50_000;
/// How long a full bucket takes to empty.
const WINDOW_SECONDS: f64 = 900.0;
/// A whole network gets this many times the allowance of one account in it.
const NETWORK_FACTOR: f64 = 5.0;

/// The failure counters of one process.
pub struct Throttle {
    allowance: f64,
    accounts: Mutex<HashMap<(IpNet, String), Bucket>>,
    networks: Mutex<HashMap<IpNet, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    level: f64,
    at: Time,
}

impl Bucket {
    #[expect(clippy::cast_precision_loss, reason = "a window of seconds is far below 2^52")]
    fn level_at(self, now: Time, allowance: f64) -> f64 {
        let elapsed = (now - self.at).num_milliseconds().max(0) as f64 / 1000.0;
        (self.level - elapsed * allowance / WINDOW_SECONDS).max(0.0)
    }
}

/// Whether another try may cost us a password hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Go on.
    Open,
    /// Too many failures; try again after this many seconds.
    Wait(u64),
}

impl Throttle {
    /// Allows `attempts` failures per account and network in fifteen minutes.
    pub fn new(attempts: u32) -> Throttle {
        Throttle {
            allowance: f64::from(attempts.max(1)),
            accounts: Mutex::new(HashMap::new()),
            networks: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one try for `account` from `peer`, before the password is looked at.
    pub fn admit(&self, account: &str, peer: IpAddr, now: Time) -> Admission {
        let network = peer::network(peer);
        let account = take(&self.accounts, (network, account.to_owned()), self.allowance, now);
        let network = take(&self.networks, network, self.allowance * NETWORK_FACTOR, now);
        match (account, network) {
            (Admission::Open, Admission::Open) => Admission::Open,
            (Admission::Wait(a), Admission::Wait(b)) => Admission::Wait(a.max(b)),
            (Admission::Wait(seconds), Admission::Open) | (Admission::Open, Admission::Wait(seconds)) => {
                Admission::Wait(seconds)
            }
        }
    }

    /// Gives the tries of a successful login back.
    pub fn forgive(&self, account: &str, peer: IpAddr) {
        let network = peer::network(peer);
        lock(&self.accounts).remove(&(network, account.to_owned()));
        if let Some(bucket) = lock(&self.networks).get_mut(&network) {
            bucket.level = (bucket.level - 1.0).max(0.0);
        }
    }
}

fn take<K: Eq + std::hash::Hash + Clone>(
    table: &Mutex<HashMap<K, Bucket>>,
    key: K,
    allowance: f64,
    now: Time,
) -> Admission {
    let mut table = lock(table);
    if table.len() >= CAPACITY && !table.contains_key(&key) {
        let mut levels: Vec<f64> = table.values().map(|bucket| bucket.level_at(now, allowance)).collect();
        let middle = levels.len() / 2;
        let (_, median, _) = levels.select_nth_unstable_by(middle, f64::total_cmp);
        let median = *median;
        table.retain(|_, bucket| bucket.level_at(now, allowance) > median);
    }
    let bucket = table.entry(key).or_insert(Bucket { level: 0.0, at: now });
    let level = bucket.level_at(now, allowance);
    if level + 1.0 > allowance {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the window"
        )]
        let seconds = ((level + 1.0 - allowance) * WINDOW_SECONDS / allowance).ceil() as u64;
        return Admission::Wait(seconds.max(1));
    }
    *bucket = Bucket { level: level + 1.0, at: now };
    Admission::Open
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn lg_01_guesses_are_slowed_and_a_stranger_locks_nobody_out() {
        let throttle = Throttle::new(10);
        let mallory = "198.51.100.7".parse().unwrap();
        let alice = "203.0.113.5".parse().unwrap();
        let admitted =
            (0..100).filter(|_| throttle.admit("alice", mallory, at(0)) == Admission::Open).count();
        assert_eq!(admitted, 10);
        assert_eq!(throttle.admit("alice", alice, at(0)), Admission::Open);
        assert_eq!(throttle.admit("alice", mallory, at(0)), Admission::Wait(90));
        assert_eq!(throttle.admit("alice", mallory, at(90)), Admission::Open);
    }

    #[test]
    fn lg_01_spraying_accounts_from_one_network_is_slowed() {
        let throttle = Throttle::new(10);
        let peer = "198.51.100.7".parse().unwrap();
        let admitted =
            (0..100).filter(|n| throttle.admit(&format!("user{n}"), peer, at(0)) == Admission::Open).count();
        assert_eq!(admitted, 50);
    }

    #[test]
    fn ds_08_the_tables_are_bounded() {
        let throttle = Throttle::new(10);
        for n in 0..120_000_u32 {
            let _admission = throttle.admit("alice", IpAddr::from(n.to_be_bytes()), at(0));
        }
        assert!(lock(&throttle.accounts).len() <= CAPACITY);
        assert!(lock(&throttle.networks).len() <= CAPACITY);
    }
}

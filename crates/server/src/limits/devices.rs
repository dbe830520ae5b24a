//! How often devices may ask, and people may mistype their codes (RFC 8628 §5.1, §5.2).
//!
//! 1. Requests of public clients, per network and in all: each is a row (docs/decisions/0020-a-row-for-a-device.md).
//! 2. Wrong codes, per person and per network (DV-02). A try is taken before the code is looked up and given back when
//!    it was right, so a hundred at once are no more than one after the other.
//! 3. When a device last asked what became of its request (DV-04). Only what it made of its own patience is written
//!    down; when it came is remembered here, while there is room.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gatewright_oauth::Time;
use ipnet::IpNet;
use uuid::Uuid;

use super::Admission;
use super::buckets::{Bounds, Buckets, Rate};
use crate::web::peer;

/// Requests of public clients.
const REQUESTS: Bounds = Bounds {
    network: Rate { holds: 30.0, per_minute: 30.0 },
    overall: Some(Rate { holds: 600.0, per_minute: 120.0 }),
    networks: 20_000,
    forgotten_at: 1.0,
};
/// Wrong codes of one person in an hour.
const BY_PERSON: f64 = 5.0;
/// Wrong codes of one network in an hour.
const BY_NETWORK: f64 = 20.0;
const HOUR_SECONDS: f64 = 3600.0;
/// People, networks and devices remembered at most.
const CAPACITY: usize = 20_000;
/// After so long a device has given up, or its request is over.
const FORGOTTEN_AFTER: chrono::Duration = chrono::Duration::minutes(2);

/// The counters of one process.
pub struct Devices {
    requests: Buckets,
    people: Mutex<HashMap<Uuid, Tries>>,
    networks: Mutex<HashMap<IpNet, Tries>>,
    polls: Mutex<HashMap<Uuid, Time>>,
}

#[derive(Clone, Copy)]
struct Tries {
    used: f64,
    at: Time,
}

impl Tries {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds between two tries are far below 2^52")]
    fn used_at(self, now: Time, hourly: f64) -> f64 {
        let elapsed = (now - self.at).num_milliseconds().max(0) as f64 / 1000.0;
        (self.used - elapsed * hourly / HOUR_SECONDS).max(0.0)
    }
}

impl Default for Devices {
    fn default() -> Self {
        Devices {
            requests: Buckets::new(REQUESTS),
            people: Mutex::default(),
            networks: Mutex::default(),
            polls: Mutex::default(),
        }
    }
}

impl Devices {
    /// Takes one request from `peer`'s buckets; `false` when there is none left.
    pub fn admit(&self, peer: IpAddr, now: Time) -> bool {
        self.requests.admit(peer, now)
    }

    /// Takes one try at a code.
    pub fn take_try(&self, person: Uuid, peer: IpAddr, now: Time) -> Admission {
        let by_person = take(&self.people, person, (BY_PERSON, now));
        let by_network = take(&self.networks, peer::network(peer), (BY_NETWORK, now));
        match (by_person, by_network) {
            (Admission::Open, Admission::Open) => Admission::Open,
            (Admission::Wait(a), Admission::Wait(b)) => Admission::Wait(a.max(b)),
            (Admission::Wait(seconds), Admission::Open) | (Admission::Open, Admission::Wait(seconds)) => {
                Admission::Wait(seconds)
            }
        }
    }

    /// Gives the try back: the code was right.
    pub fn give_back(&self, person: Uuid, peer: IpAddr) {
        give_back(&self.people, &person);
        give_back(&self.networks, &peer::network(peer));
    }

    /// Remembers that the device of this request asks at `now`, and tells when it did so before.
    pub fn polled(&self, request: Uuid, now: Time) -> Option<Time> {
        let mut polls = lock(&self.polls);
        if polls.len() >= CAPACITY && !polls.contains_key(&request) {
            polls.retain(|_, at| now - *at < FORGOTTEN_AFTER);
            if polls.len() >= CAPACITY {
                return None;
            }
        }
        polls.insert(request, now)
    }

    /// Forgets a request that is answered.
    pub fn forget(&self, request: Uuid) {
        lock(&self.polls).remove(&request);
    }
}

/// When there is no room, newcomers wait, not those who are known.
fn take<K: Eq + Hash>(table: &Mutex<HashMap<K, Tries>>, key: K, (hourly, now): (f64, Time)) -> Admission {
    let mut table = lock(table);
    if table.len() >= CAPACITY && !table.contains_key(&key) {
        table.retain(|_, tries| tries.used_at(now, hourly) > 0.5);
        if table.len() >= CAPACITY {
            return Admission::Wait(60);
        }
    }
    let tries = table.entry(key).or_insert(Tries { used: 0.0, at: now });
    let used = tries.used_at(now, hourly) + 1.0;
    if used > hourly {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and an hour")]
        let seconds = ((used - hourly) * HOUR_SECONDS / hourly).ceil() as u64;
        return Admission::Wait(seconds.max(1));
    }
    *tries = Tries { used, at: now };
    Admission::Open
}

fn give_back<K: Eq + Hash>(table: &Mutex<HashMap<K, Tries>>, key: &K) {
    if let Some(tries) = lock(table).get_mut(key) {
        tries.used = (tries.used - 1.0).max(0.0);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    fn person(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn dv_02_five_wrong_codes_an_hour_are_all_anybody_has() {
        let devices = Devices::default();
        let peer = "198.51.100.7".parse().unwrap();
        let opened = |n, time| devices.take_try(person(n), peer, time) == Admission::Open;
        assert_eq!((0..50).filter(|_| opened(1, at(0))).count(), 5);
        assert_eq!(devices.take_try(person(1), peer, at(0)), Admission::Wait(720));
        assert!(!opened(1, at(719)) && opened(1, at(720)) && !opened(1, at(721)));
    }

    #[test]
    fn dv_02_many_people_of_one_network_have_twenty_together() {
        let devices = Devices::default();
        let peer = "198.51.100.7".parse().unwrap();
        let opened = (0..100).filter(|n| devices.take_try(person(*n), peer, at(0)) == Admission::Open);
        assert_eq!(opened.count(), 20);
        let elsewhere = "203.0.113.1".parse().unwrap();
        assert_eq!(devices.take_try(person(500), elsewhere, at(0)), Admission::Open);
    }

    #[test]
    fn right_codes_cost_nothing() {
        let devices = Devices::default();
        let peer = "198.51.100.7".parse().unwrap();
        for _ in 0..100 {
            assert_eq!(devices.take_try(person(1), peer, at(0)), Admission::Open);
            devices.give_back(person(1), peer);
        }
    }

    #[test]
    fn ds_08_the_tables_are_bounded() {
        let devices = Devices::default();
        for n in 0..u32::try_from(CAPACITY + 500).unwrap() {
            let _taken = devices.take_try(person(n.into()), IpAddr::from((n << 8).to_be_bytes()), at(0));
            devices.polled(person(n.into()), at(0));
        }
        assert_eq!(lock(&devices.people).len(), CAPACITY);
        assert_eq!(lock(&devices.networks).len(), CAPACITY);
        assert_eq!(lock(&devices.polls).len(), CAPACITY);
        assert_eq!(devices.polled(person(1), at(5)), Some(at(0)));
        assert_eq!(devices.polled(person(99_999), at(180)), None);
        assert!(lock(&devices.polls).len() < CAPACITY, "who gave up is forgotten");
    }
}

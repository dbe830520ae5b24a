//! What this process remembers of the tries it asked about. Bounded: when there is no room, the buckets closest to
//! empty are forgotten, which costs an attacker more addresses than it gives tries.

use std::collections::HashMap;

use gatewright_oauth::{Digest, Time};

use super::{NEWCOMERS, SURE, seconds};
use crate::limits::buckets::Bucket;

/// Buckets remembered.
const CAPACITY: usize = 100_000;

/// The buckets as this process last saw them.
pub(super) struct Memory {
    seen: HashMap<[u8; 32], Seen>,
    newcomers: Bucket,
}

#[derive(Clone, Copy)]
struct Seen {
    /// When it is empty.
    drained_at: Time,
    /// Until when it is full, and until when that is certain.
    full: Option<(Time, Time)>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory { seen: HashMap::new(), newcomers: Bucket::EMPTY }
    }
}

impl Memory {
    /// For how many seconds a bucket is certainly full.
    pub(super) fn is_waiting(&self, digest: &Digest, now: Time) -> Option<u64> {
        let (until, sure_until) = self.seen.get(digest.as_bytes())?.full?;
        (now < until && now < sure_until).then(|| seconds(until - now))
    }

    /// Whether a try of this account may be written down: the row is there already, or new rows may be made.
    pub(super) fn may_write(&mut self, account: &Digest, now: Time) -> bool {
        self.seen.contains_key(account.as_bytes()) || self.newcomers.take(now, NEWCOMERS)
    }

    /// When a bucket is empty, as far as is known.
    pub(super) fn drained_at(&self, digest: &Digest, now: Time) -> Time {
        self.seen.get(digest.as_bytes()).map_or(now, |seen| seen.drained_at.max(now))
    }

    /// Remembers when a bucket is empty, and until when it is full.
    pub(super) fn note(&mut self, digest: &Digest, drained_at: Time, full_until: Option<Time>, now: Time) {
        if self.seen.len() >= CAPACITY && !self.seen.contains_key(digest.as_bytes()) {
            self.forget_half(now);
        }
        let full = full_until.map(|until| (until, now + SURE));
        self.seen.insert(*digest.as_bytes(), Seen { drained_at, full });
    }

    /// Forgets an account in a network, and takes so much from the network.
    pub(super) fn forgive(&mut self, (account, network): (&Digest, &Digest), unit: chrono::Duration) {
        self.seen.remove(account.as_bytes());
        if let Some(seen) = self.seen.get_mut(network.as_bytes()) {
            *seen = Seen { drained_at: seen.drained_at - unit, full: None };
        }
    }

    fn forget_half(&mut self, now: Time) {
        self.seen.retain(|_, seen| seen.drained_at > now);
        if self.seen.len() < CAPACITY {
            return;
        }
        let mut ends: Vec<Time> = self.seen.values().map(|seen| seen.drained_at).collect();
        let middle = ends.len() / 2;
        let (_, median, _) = ends.select_nth_unstable(middle);
        let median = *median;
        self.seen.retain(|_, seen| seen.drained_at > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    fn digest(n: u32) -> Digest {
        Digest::of("test", &n.to_be_bytes())
    }

    #[test]
    fn ds_08_the_memory_is_bounded() {
        let mut memory = Memory::default();
        for n in 0..250_000 {
            memory.note(&digest(n), at(90), None, at(0));
        }
        assert!(memory.seen.len() <= CAPACITY);
    }

    #[test]
    fn ds_08_strangers_cannot_have_any_number_of_rows_written() {
        let mut memory = Memory::default();
        let written = (0..20_000).filter(|n| memory.may_write(&digest(*n), at(0))).count();
        assert_eq!(written, 6_000);
        assert_eq!((0..20_000).filter(|n| memory.may_write(&digest(*n), at(60))).count(), 600);
        memory.note(&digest(7), at(90), None, at(0));
        assert!(memory.may_write(&digest(7), at(60)), "whoever has a row keeps it");
    }

    #[test]
    fn lg_01_a_full_bucket_is_certain_for_a_moment_only() {
        let mut memory = Memory::default();
        memory.note(&digest(1), at(900), Some(at(90)), at(0));
        assert_eq!(memory.is_waiting(&digest(1), at(9)), Some(81));
        assert_eq!(memory.is_waiting(&digest(1), at(10)), None, "another process may know better");
        memory.note(&digest(2), at(900), Some(at(5)), at(0));
        assert_eq!(memory.is_waiting(&digest(2), at(5)), None);
    }
}

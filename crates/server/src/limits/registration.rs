//! How many different registrations a network may make (DC-05).
//!
//! Token buckets per network (IPv4 /24, IPv6 /64; a minute's worth) and for the whole process (an hour's
//! worth), refilled continuously.
//! Identical public documents are answered before a bucket is touched, so hosted clients behind one
//! egress address stay usable.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use gatewright_oauth::Time;
use ipnet::IpNet;

use crate::config::Registration;
use crate::web::peer;

/// Networks remembered at most; the fullest buckets (the quietest networks) are forgotten first.
const CAPACITY: usize = 50_000;

/// The buckets of one process.
pub struct Registrations {
    network: Rate,
    overall: Rate,
    buckets: Mutex<(Bucket, HashMap<IpNet, Bucket>)>,
}

/// How much a bucket holds and how fast it refills.
#[derive(Clone, Copy)]
struct Rate {
    holds: f64,
    per_minute: f64,
}

#[derive(Clone, Copy)]
struct Bucket {
    used: f64,
    at: Option<Time>,
}

impl Bucket {
    const EMPTY: Bucket = Bucket { used: 0.0, at: None };

    #[expect(clippy::cast_precision_loss, reason = "milliseconds between two requests are far below 2^52")]
    fn used_at(self, now: Time, rate: Rate) -> f64 {
        let Some(at) = self.at else { return 0.0 };
        let minutes = (now - at).num_milliseconds().max(0) as f64 / 60_000.0;
        (self.used - minutes * rate.per_minute).max(0.0)
    }
}

impl Registrations {
    /// The limits of the configuration.
    pub fn new(config: &Registration) -> Registrations {
        let minute = f64::from(config.network_per_minute.max(1));
        let hour = f64::from(config.total_per_hour.max(1));
        Registrations {
            network: Rate { holds: minute, per_minute: minute },
            overall: Rate { holds: hour, per_minute: hour / 60.0 },
            buckets: Mutex::new((Bucket::EMPTY, HashMap::new())),
        }
    }

    /// Takes one registration from `peer`'s buckets; `false` when there is none left.
    pub fn admit(&self, peer: IpAddr, now: Time) -> bool {
        let network = peer::network(peer);
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (all, networks) = &mut *buckets;
        if networks.len() >= CAPACITY && !networks.contains_key(&network) {
            networks.retain(|_, bucket| bucket.used_at(now, self.network) > 1.0);
            if networks.len() >= CAPACITY {
                return false;
            }
        }
        let bucket = networks.entry(network).or_insert(Bucket::EMPTY);
        let used = bucket.used_at(now, self.network) + 1.0;
        let used_by_all = all.used_at(now, self.overall) + 1.0;
        if used > self.network.holds || used_by_all > self.overall.holds {
            return false;
        }
        *bucket = Bucket { used, at: Some(now) };
        *all = Bucket { used: used_by_all, at: Some(now) };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dc_05_a_flood_from_one_network_leaves_others_alone() {
        let config = Registration { network_per_minute: 60, ..Registration::default() };
        let limits = Registrations::new(&config);
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap();
        let admitted = |host: &str, time| limits.admit(host.parse().unwrap(), time);
        assert_eq!((0..100).filter(|_| admitted("198.51.100.7", at(0))).count(), 60);
        assert!(admitted("203.0.113.1", at(0)));
        assert!(!admitted("198.51.100.99", at(0)), "the same /24");
        assert!(admitted("198.51.100.7", at(2)), "refilled");
    }
    #[test]
    fn dc_05_an_hour_s_worth_may_come_at_once_and_a_small_one_comes_at_all() {
        let config = Registration { network_per_minute: 1000, total_per_hour: 30, ..Registration::default() };
        let limits = Registrations::new(&config);
        let at = |seconds| Time::from_timestamp(seconds, 0).unwrap();
        let admitted = |time| limits.admit("198.51.100.7".parse().unwrap(), time);
        assert_eq!((0..100).filter(|_| admitted(at(0))).count(), 30);
        assert!(!admitted(at(119)) && admitted(at(121)), "one every two minutes from here on");
    }
}

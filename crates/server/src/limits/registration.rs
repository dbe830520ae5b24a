//! How many different registrations a network may make (DC-05).
//!
//! Token buckets per network (IPv4 /24, IPv6 /64; a minute's worth) and for the whole process (an hour's
//! worth), refilled continuously.
//! Identical public documents are answered before a bucket is touched, so hosted clients behind one
//! egress address stay usable.

use std::net::IpAddr;

use gatewright_oauth::Time;

use super::buckets::{Bounds, Buckets, Rate};
use crate::config::Registration;

/// Networks remembered at most; the fullest buckets (the quietest networks) are forgotten first.
const CAPACITY: usize = 50_000;

/// The buckets of one process.
pub struct Registrations(Buckets);

impl Registrations {
    /// The limits of the configuration.
    pub fn new(config: &Registration) -> Registrations {
        let minute = f64::from(config.network_per_minute.max(1));
        let hour = f64::from(config.total_per_hour.max(1));
        Registrations(Buckets::new(Bounds {
            network: Rate { holds: minute, per_minute: minute },
            overall: Some(Rate { holds: hour, per_minute: hour / 60.0 }),
            networks: CAPACITY,
            forgotten_at: 1.0,
        }))
    }

    /// Takes one registration from `peer`'s buckets; `false` when there is none left.
    pub fn admit(&self, peer: IpAddr, now: Time) -> bool {
        self.0.admit(peer, now)
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

//! Token buckets per network (IPv4 /24, IPv6 /64) and, if wanted, for the whole process, refilled continuously. How many
//! networks are remembered is bounded (DS-08): when there is no room, newcomers wait, not those who are known.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use gatewright_oauth::Time;
use ipnet::IpNet;

use crate::web::peer;

/// How much a bucket holds and how fast it refills.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// What may be taken at once.
    pub holds: f64,
    /// What comes back.
    pub per_minute: f64,
}

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// To one network.
    pub network: Rate,
    /// To all together.
    pub overall: Option<Rate>,
    /// Networks remembered at most.
    pub networks: usize,
    /// When there is no room, a network that has used no more than this is forgotten.
    pub forgotten_at: f64,
}

/// The buckets of one process.
pub struct Buckets {
    bounds: Bounds,
    state: Mutex<(Bucket, HashMap<IpNet, Bucket>)>,
}

/// How much of a rate is used.
#[derive(Clone, Copy)]
pub(super) struct Bucket {
    used: f64,
    at: Option<Time>,
}

impl Bucket {
    pub(super) const EMPTY: Bucket = Bucket { used: 0.0, at: None };

    /// Takes one; `false` when there is none left.
    pub(super) fn take(&mut self, now: Time, rate: Rate) -> bool {
        let used = self.used_at(now, rate) + 1.0;
        let is_there = used <= rate.holds;
        if is_there {
            *self = Bucket { used, at: Some(now) };
        }
        is_there
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds between two requests are far below 2^52")]
    fn used_at(self, now: Time, rate: Rate) -> f64 {
        let Some(at) = self.at else { return 0.0 };
        let minutes = (now - at).num_milliseconds().max(0) as f64 / 60_000.0;
        (self.used - minutes * rate.per_minute).max(0.0)
    }
}

impl Buckets {
    /// Full ones.
    pub fn new(bounds: Bounds) -> Buckets {
        Buckets { bounds, state: Mutex::new((Bucket::EMPTY, HashMap::new())) }
    }

    /// Takes one from `peer`'s buckets; `false` when there is none left.
    pub fn admit(&self, peer: IpAddr, now: Time) -> bool {
        let Bounds { network: rate, overall, networks: most, forgotten_at } = self.bounds;
        let network = peer::network(peer);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, networks) = &mut *state;
        if networks.len() >= most && !networks.contains_key(&network) {
            networks.retain(|_, bucket| bucket.used_at(now, rate) > forgotten_at);
            if networks.len() >= most {
                return false;
            }
        }
        let bucket = networks.entry(network).or_insert(Bucket::EMPTY);
        let used = bucket.used_at(now, rate) + 1.0;
        let used_by_all = overall.map_or(0.0, |overall| all.used_at(now, overall) + 1.0);
        if used > rate.holds || overall.is_some_and(|overall| used_by_all > overall.holds) {
            return false;
        }
        *bucket = Bucket { used, at: Some(now) };
        *all = Bucket { used: used_by_all, at: Some(now) };
        true
    }
}

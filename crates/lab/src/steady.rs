//! A client that asks for a token at a steady pace, whatever else goes on: what others notice of it.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::Outcome;
use crate::seeds::{BATCH, basic};
use crate::wire::{self, Connection};
use std::net::SocketAddr;

/// Asks once every `pace` for as long as `duration`; how long each answer took.
pub async fn tokens(host: SocketAddr, (pace, duration): (Duration, Duration)) -> Outcome<Vec<Duration>> {
    let proof = basic(BATCH);
    let request = wire::post(host, "/token", (Some(&proof), "grant_type=client_credentials"));
    let mut connection = Connection::open(host).await?;
    connection.exchange(&request).await?;
    let mut pace = interval(pace);
    pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (begun, mut found) = (Instant::now(), Vec::new());
    while begun.elapsed() < duration {
        pace.tick().await;
        let asked = Instant::now();
        connection.exchange(&request).await?;
        found.push(asked.elapsed());
    }
    Ok(found)
}

/// The percentile, in milliseconds; 0 when there are none.
pub fn percentile(found: &[Duration], share: usize) -> f64 {
    let mut sorted = found.to_vec();
    sorted.sort_unstable();
    let index = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(0.0, |found| found.as_secs_f64() * 1e3)
}

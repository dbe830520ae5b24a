//! States, looked at when somebody asks for them.

use metrics::{counter, gauge};

use crate::app::App;

/// Reads every state there is from memory and leaves it with the recorder.
pub fn sample(app: &App) {
    let now = app.clock.now();

    let queue = app.passwords.load();
    gauge!("gatewright_password_hashes_running").set(number(queue.running));
    gauge!("gatewright_password_hashes_waiting").set(number(queue.waiting));
    counter!("gatewright_password_queue_refused_total").absolute(queue.refused);

    let pool = app.store.load();
    gauge!("gatewright_database_connections").set(number(pool.open));
    gauge!("gatewright_database_connections_busy").set(number(pool.busy));
    gauge!("gatewright_database_connections_max").set(number(pool.limit));
    gauge!("gatewright_database_requests_waiting").set(number(pool.waiting));
    counter!("gatewright_database_timeouts_total").absolute(pool.timeouts);

    let caches = app.directory.sizes().into_iter().chain(app.seen.sizes()).chain([
        ("documents", app.documents.size()),
        ("client_keys", app.client_keys.size()),
        ("logos", app.logos.size()),
    ]);
    for (cache, size) in caches {
        gauge!("gatewright_cache_entries", "cache" => cache).set(number(size));
    }

    for (algorithm, since) in &app.keys.ring().since {
        let age = (now - *since).as_seconds_f64();
        gauge!("gatewright_signing_key_age_seconds", "alg" => algorithm.as_str()).set(age.max(0.0));
    }

    gauge!("gatewright_event_seal_lag_seconds").set(app.meters.sealing.lag(now).as_secs_f64());
    gauge!("gatewright_webhook_lag_seconds").set(app.meters.outbox.lag(now).as_secs_f64());
    gauge!("gatewright_webhook_deliveries_waiting").set(number(app.meters.outbox.pending()));
    gauge!("gatewright_webhook_dead_letters").set(number(app.meters.outbox.dead()));
}

/// A count as the recorder wants it; beyond 2^53 nobody counts.
#[expect(clippy::cast_precision_loss, reason = "counts of things in memory are far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

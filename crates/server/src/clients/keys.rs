//! The public keys a client proves itself with (RFC 7517): registered with it, or published at its `jwks_uri`.
//!
//! 1. Published sets are fetched when they are needed, by [`crate::fetch`], once however many wait for them, and believed
//!    for five minutes to a day, as their headers say.
//! 2. A token that names a key nobody has heard of may mean that the client rotated: then the set is fetched again, at
//!    most once a minute, whatever is presented (CA-10, CA-11).
//! 3. A set that cannot be fetched leaves the one before in use, for a day.

use std::sync::Arc;

use gatewright_jose::{JwkSet, KeySet};
use gatewright_oauth::{Client, Code, Refusal, Time, document};
use http::header;
use moka::future::Cache;
use moka::ops::compute::Op;

use crate::app::{App, Moment};
use crate::fetch::Wanted;
use crate::traces::Noted;

/// Key sets remembered.
const CAPACITY: u64 = 2_000;
/// The largest key set.
const MAX_KEY_SET: usize = 64 * 1024;
/// Least time between two requests for one set.
const AT_MOST_EVERY: chrono::Duration = chrono::Duration::seconds(60);
/// How long a set is used after its freshness when its host is away.
const STALE_FOR: chrono::Duration = chrono::Duration::hours(24);

/// A set as it was fetched.
#[derive(Clone)]
struct Fetched {
    keys: Arc<KeySet>,
    fresh_until: Time,
    /// When it was last asked for, in vain or not.
    asked_at: Time,
}

/// How much is known must be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Fresh is good enough.
    Known,
    /// A key was not in it: look again.
    Again,
}

/// The key sets this process has seen.
pub struct ClientKeys(Cache<String, Fetched>);

impl Default for ClientKeys {
    fn default() -> Self {
        ClientKeys(Cache::builder().max_capacity(CAPACITY).build())
    }
}

impl ClientKeys {
    /// How many sets are remembered.
    pub fn size(&self) -> u64 {
        self.0.entry_count()
    }
}

/// The keys of a client.
pub async fn of(app: &App, moment: &Moment, client: &Client, how: Look) -> Result<Arc<KeySet>, Refusal> {
    let metadata = &client.metadata;
    match (&metadata.jwks, &metadata.jwks_uri) {
        (Some(jwks), _) => Ok(Arc::new(KeySet::from_jwks(jwks))),
        (None, Some(uri)) => published(app, moment, uri, how).await.map_err(|reason| {
            let noted = Noted::of("keys", "unusable", &reason);
            app.traces.note(app, moment, Noted { client: Some(client.id.as_str()), ..noted });
            Refusal::new(
                Code::InvalidClient,
                "the client's keys cannot be fetched from its jwks_uri; ask the operator, who can see why with gatewright trace",
            )
        }),
        (None, None) => Err(Refusal::new(Code::InvalidClient, "this client has registered no keys")),
    }
}

/// A key set somebody publishes. The error is for the operator.
pub async fn published(app: &App, moment: &Moment, uri: &str, how: Look) -> Result<Arc<KeySet>, String> {
    let now = moment.now;
    let mut failure = None;
    let reason = &mut failure;
    let entry = app
        .client_keys
        .0
        .entry_by_ref(uri)
        .and_compute_with(|known| async move {
            let known = known.map(moka::Entry::into_value);
            if let Some(known) = &known {
                let was_asked = now - known.asked_at < AT_MOST_EVERY;
                if was_asked || (how == Look::Known && now < known.fresh_until) {
                    return Op::Nop;
                }
            }
            match fetch(app, now, uri).await {
                Ok(fetched) => Op::Put(fetched),
                Err(why) => {
                    *reason = Some(why);
                    // An empty set stands for one that was never there, so that it is not asked for all the time.
                    let nothing = Fetched { keys: Arc::default(), fresh_until: now, asked_at: now };
                    Op::Put(known.map_or(nothing, |known| Fetched { asked_at: now, ..known }))
                }
            }
        })
        .await;
    let fetched = entry.into_entry().map(moka::Entry::into_value);
    let usable = fetched.filter(|set| !set.keys.is_empty() && now < set.fresh_until + STALE_FOR);
    match (usable, failure) {
        (Some(set), _) => Ok(set.keys),
        (None, Some(why)) => Err(why),
        (None, None) => Err("it could not be fetched a moment ago".to_owned()),
    }
}

async fn fetch(app: &App, now: Time, uri: &str) -> Result<Fetched, String> {
    let wanted = Wanted { url: uri, accept: "application/jwk-set+json, application/json", most: MAX_KEY_SET };
    let answer = app.fetcher.get(wanted).await.map_err(|error| error.to_string())?;
    if answer.status != http::StatusCode::OK {
        return Err(format!("its status is {}", answer.status));
    }
    let (set, skipped) =
        JwkSet::parse_foreign(&answer.body).map_err(|error| format!("it is no key set: {error}"))?;
    let keys = KeySet::from_jwks(&set);
    if keys.is_empty() {
        return Err(format!("it has no usable key; {} were skipped", skipped.len()));
    }
    let fresh = document::fresh_for(answer.header(header::CACHE_CONTROL));
    let fresh = chrono::Duration::from_std(fresh).unwrap_or(AT_MOST_EVERY).max(chrono::Duration::minutes(5));
    Ok(Fetched { keys: Arc::new(keys), fresh_until: now + fresh, asked_at: now })
}

//! The memory for the question "why did my client fail?".
//!
//! 1. Whoever handles a step of an authorization notes what arrived and what became of it ([`Traces::note`]): what the
//!    client was told, or the reason that is kept from it (CI-10). Never a secret, a code, a token, `state` or a name of
//!    a person.
//! 2. Notes are sampled before anything is built: so many per network, so many in all. They wait in memory, bounded, and
//!    are written behind the requests ([`flush`]), so a stranger neither waits for the disk nor fills it.
//! 3. `gatewright trace` reads them, by request, by attempt and by client. A week later they are gone.

use std::sync::{Mutex, PoisonError};

use gatewright_oauth::Params;
use gatewright_store::traces::{self, Step};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::app::{App, Moment};
use crate::error::{Outcome, Stop};
use crate::limits::buckets::{Bounds, Buckets, Rate};

/// How many notes are kept, of one network and in all.
const BOUNDS: Bounds = Bounds {
    network: Rate { holds: 60.0, per_minute: 60.0 },
    overall: Some(Rate { holds: 500.0, per_minute: 1200.0 }),
    networks: 10_000,
    forgotten_at: 0.0,
};
/// Notes that wait to be written, at most.
const WAITING: usize = 2_000;
/// The longest text kept of anything a stranger sent, in bytes.
const LONGEST: usize = 500;

/// Parameters of a request that are worth keeping and no secret.
const KEPT: [&str; 15] = [
    "response_type",
    "redirect_uri",
    "scope",
    "resource",
    "prompt",
    "max_age",
    "response_mode",
    "code_challenge_method",
    "acr_values",
    "ui_locales",
    "grant_type",
    "client_assertion_type",
    "token_type_hint",
    "request_uri",
    "post_logout_redirect_uri",
];

/// What is to be remembered of a step.
#[derive(Clone, Copy)]
pub struct Noted<'a> {
    /// `register`, `authorize`, `login`, `upstream`, `consent`, `code`, `device`, `token`, `document`, `keys`.
    pub step: &'static str,
    /// An OAuth error code, or what went well.
    pub outcome: &'a str,
    /// What the client was told, or the reason that was kept from it.
    pub said: &'a str,
    /// The client, as the request named it.
    pub client: Option<&'a str>,
    /// What the steps of one authorization have in common.
    pub attempt: Option<Uuid>,
    /// What arrived.
    pub arrived: Arrived<'a>,
}

/// What arrived with a request.
#[derive(Clone, Copy)]
pub enum Arrived<'a> {
    /// Nothing worth keeping.
    Nothing,
    /// Parameters.
    Params(&'a Params),
    /// A document.
    Json(&'a [u8]),
}

impl<'a> Noted<'a> {
    /// A step of nobody in particular.
    pub fn of(step: &'static str, outcome: &'a str, said: &'a str) -> Noted<'a> {
        Noted { step, outcome, said, client: None, attempt: None, arrived: Arrived::Nothing }
    }

    /// How a step ended early.
    pub fn stopped(step: &'static str, stop: &'a Stop) -> Noted<'a> {
        match stop {
            Stop::Refused(refusal) => Noted::of(step, refusal.code().as_str(), refusal.description()),
            Stop::Shown(problem) => Noted::of(step, "page", problem.title()),
            Stop::Broken(_) => Noted::of(step, "failed", "a failure of this server; the log has the request"),
        }
    }
}

/// Notes that wait to be written.
pub struct Traces {
    admitted: Buckets,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    steps: Vec<Step>,
    dropped: u64,
}

impl Default for Traces {
    fn default() -> Self {
        Traces { admitted: Buckets::new(BOUNDS), waiting: Mutex::default() }
    }
}

impl Traces {
    /// Remembers a step, if there is room.
    pub fn note(&self, app: &App, moment: &Moment, noted: Noted<'_>) {
        let is_full = self.waiting().steps.len() >= WAITING;
        if is_full || !self.admitted.admit(moment.peer, moment.now) {
            self.waiting().dropped += 1;
            return;
        }
        let step = Step {
            id: app.id(moment.now),
            at: moment.now,
            request: moment.request,
            attempt: noted.attempt,
            client: noted.client.map(cut),
            step: noted.step.to_owned(),
            outcome: cut(noted.outcome),
            said: cut(noted.said),
            detail: noted.arrived.kept(),
        };
        self.waiting().steps.push(step);
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arrived<'_> {
    fn kept(self) -> Value {
        match self {
            Arrived::Nothing => Value::Object(Map::new()),
            Arrived::Params(params) => {
                let kept = KEPT.iter().filter_map(|name| {
                    let values: Vec<&str> = params.many(name).collect();
                    let value = cut(&values.join(" "));
                    (!value.is_empty()).then(|| ((*name).to_owned(), Value::String(value)))
                });
                Value::Object(kept.collect())
            }
            Arrived::Json(bytes) => match serde_json::from_slice(bytes) {
                Ok(Value::Object(members)) => {
                    let kept = members.into_iter().filter(|(name, _)| !is_secret(name)).take(40);
                    Value::Object(kept.map(|(name, value)| (cut(&name), bounded(value))).collect())
                }
                Ok(_) | Err(_) => Value::String(cut(&String::from_utf8_lossy(bytes))),
            },
        }
    }
}

/// Members of a document that are nobody's business, or too long to be of use.
fn is_secret(name: &str) -> bool {
    ["client_secret", "software_statement", "jwks", "registration_access_token"].contains(&name)
}

fn bounded(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(cut(&text)),
        other if other.to_string().len() <= LONGEST => other,
        other => Value::String(cut(&other.to_string())),
    }
}

/// At most [`LONGEST`] bytes, without NUL, which PostgreSQL has no place for.
fn cut(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut cut = text[..end].replace('\0', "\u{fffd}");
    if end < text.len() {
        cut.push('…');
    }
    cut
}

/// Writes down what waits.
pub async fn flush(app: App) -> Outcome<()> {
    let (steps, dropped) = {
        let mut waiting = app.traces.waiting();
        (std::mem::take(&mut waiting.steps), std::mem::take(&mut waiting.dropped))
    };
    if dropped > 0 {
        app.meters.traces_dropped.increment(dropped);
    }
    if steps.is_empty() {
        return Ok(());
    }
    // What cannot be written is gone: it is a memory, and memory is bounded.
    Ok(traces::insert(&app.store, &steps).await?)
}

#[cfg(test)]
mod tests {
    use gatewright_oauth::Time;

    use super::*;

    #[test]
    fn a_flood_is_sampled_and_leaves_room_for_others() {
        let bounds = Buckets::new(BOUNDS);
        let admit = |host: &str, seconds| {
            bounds.admit(host.parse().unwrap(), Time::from_timestamp(seconds, 0).unwrap())
        };
        let admitted = (0..1000).filter(|_| admit("198.51.100.7", 0)).count();
        assert_eq!(admitted, 60);
        assert!(admit("203.0.113.7", 0));
        assert!(!admit("198.51.100.99", 0), "the same network");
        assert!(admit("198.51.100.7", 2));
        let many = (0..2000_u32).filter(|n| admit(&format!("10.{}.{}.1", n >> 8, n & 255), 2));
        assert!(many.count() < 500);
    }

    #[test]
    fn lk_01_what_is_kept_is_bounded_and_no_secret() {
        let json = br#"{"client_name":"A\u0000","client_secret":"s3cret","software_statement":"x.y.z","jwks":{"keys":[]}}"#;
        assert_eq!(Arrived::Json(json).kept(), serde_json::json!({"client_name": "A\u{fffd}"}));
        let params = Params::parse(
            b"scope=a&state=secret&code=gw_ac_x&code_verifier=v&resource=r1&resource=r2&nonce=n",
        )
        .unwrap();
        assert_eq!(Arrived::Params(&params).kept(), serde_json::json!({"scope": "a", "resource": "r1 r2"}));
        let long = format!("{{\"client_name\":\"{}\"}}", "ü".repeat(400));
        let kept = Arrived::Json(long.as_bytes()).kept();
        assert!(kept["client_name"].as_str().unwrap().len() < 510, "{kept}");
        assert_eq!(Arrived::Json(b"nonsense").kept(), "nonsense");
    }
}

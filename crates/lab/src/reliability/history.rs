//! What was asked and what was answered, in memory.
//!
//! Every request leaves an [`Entry`]. What the oracle needs besides is noted where it is known: codes that won, the
//! successors of each refresh token, secrets that must be in no log, and whatever contradicted what had been
//! acknowledged before.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gatewright_oauth::refresh::RefreshToken;
use uuid::Uuid;

use super::http::{Answer, Lost};

/// One request.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it was sent.
    pub at: Instant,
    /// How long it took.
    pub took: Duration,
    /// Which node was asked.
    pub node: usize,
    /// What for.
    pub what: &'static str,
    /// How it ended.
    pub outcome: How,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// With this status and OAuth error.
    Answered(u16, String),
    /// Without an answer.
    Lost(&'static str),
}

/// Everything that was noted.
#[derive(Debug, Default)]
pub struct Noted {
    /// All requests, in the order of their answers.
    pub entries: Vec<Entry>,
    /// How often each code was redeemed.
    pub codes: HashMap<String, usize>,
    /// What came of a generation of a grant.
    pub successors: HashMap<(Uuid, u64), HashSet<String>>,
    /// Secrets that were handed out or handed in.
    pub secrets: HashSet<String>,
    /// What contradicted what had been acknowledged.
    pub violations: Vec<String>,
}

/// The history of one run.
#[derive(Debug)]
pub struct History {
    begun: Instant,
    noted: Mutex<Noted>,
}

impl Default for History {
    fn default() -> Self {
        History { begun: Instant::now(), noted: Mutex::default() }
    }
}

impl History {
    /// All of it.
    pub fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request that has ended.
    pub fn ended(&self, (node, what): (usize, &'static str), at: Instant, result: &Result<Answer, Lost>) {
        let outcome = match result {
            Ok(answer) => How::Answered(answer.status, answer.error()),
            Err(Lost::Refused) => How::Lost("refused"),
            Err(Lost::Cut) => How::Lost("cut"),
            Err(Lost::Stale) => How::Lost("closed while idle"),
            Err(Lost::Silence) => How::Lost("no answer"),
        };
        self.noted().entries.push(Entry { at, took: at.elapsed(), node, what, outcome });
    }

    /// A secret.
    pub fn secret(&self, secret: &str) {
        if secret.len() >= 16 {
            self.noted().secrets.insert(secret.to_owned());
        }
    }

    /// A code was redeemed.
    pub fn redeemed(&self, code: &str) {
        *self.noted().codes.entry(code.to_owned()).or_default() += 1;
    }

    /// A refresh token was exchanged for another.
    pub fn succeeded(&self, presented: &str, successor: &str) {
        if let Some(token) = RefreshToken::parse(presented) {
            let of = (token.grant(), token.generation());
            self.noted().successors.entry(of).or_default().insert(successor.to_owned());
        }
    }

    /// Something that must not be.
    pub fn violation(&self, text: &str) {
        let at = self.begun.elapsed().as_secs_f64();
        self.noted().violations.push(format!("at {at:.1} s: {text}"));
    }

    /// How long requests took that `wanted` picks.
    pub fn times(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Duration> {
        self.noted().entries.iter().filter(|entry| wanted(entry)).map(|entry| entry.took).collect()
    }

    /// The requests that `wanted` picks, in words.
    pub fn told(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<String> {
        let noted = self.noted();
        let picked = noted.entries.iter().filter(|entry| wanted(entry));
        picked
            .map(|entry| {
                let at = entry.at.duration_since(self.begun).as_secs_f64();
                format!("at {at:.1} s {} at node {}: {}", entry.what, entry.node, entry.outcome.words())
            })
            .collect()
    }
}

impl Entry {
    /// The status; 0 without an answer.
    pub fn status(&self) -> u16 {
        match self.outcome {
            How::Answered(status, _) => status,
            How::Lost(_) => 0,
        }
    }

    /// A fault of the server that clients see as such, and not as a pause.
    pub fn is_fault(&self) -> bool {
        let status = self.status();
        status >= 500 && status != 503
    }
}

impl How {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            How::Answered(status, error) if error.is_empty() => status.to_string(),
            How::Answered(status, error) => format!("{status} {error}"),
            How::Lost(how) => (*how).to_owned(),
        }
    }
}

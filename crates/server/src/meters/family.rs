//! Counters that differ in their labels.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use metrics::{Counter, Label, counter};

/// The counters of one metric. A value of a label is a word of this program and cannot be anything else: that is
/// what bounds their number.
pub struct Family {
    name: &'static str,
    labels: &'static [&'static str],
    known: RwLock<HashMap<Words, Counter>>,
}

/// The values of up to two labels; those that there are not are empty.
type Words = [&'static str; 2];

impl Family {
    /// The counters called `name`.
    pub fn new(name: &'static str, labels: &'static [&'static str]) -> Family {
        Family { name, labels, known: RwLock::default() }
    }

    /// Adds one.
    pub fn count(&self, words: Words) {
        if let Some(counter) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&words) {
            return counter.increment(1);
        }
        self.register(words).increment(1);
    }

    /// Has the counter there at zero, before anything happens.
    pub fn expect(&self, words: Words) {
        let _zero = self.register(words);
    }

    fn register(&self, words: Words) -> Counter {
        let labels: Vec<Label> = self
            .labels
            .iter()
            .zip(words)
            .map(|(label, word)| Label::from_static_parts(label, word))
            .collect();
        let counter = counter!(self.name, labels);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(words, counter.clone());
        counter
    }
}

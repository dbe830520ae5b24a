//! A generator that remembers everything it gave out, so that leaks can be searched for (LK-01).

use std::sync::{Arc, Mutex};

use gatewright_server::clock::{Entropy, SystemEntropy};

/// Real randomness, with a memory.
#[derive(Clone, Default)]
pub struct Remembering {
    system: Arc<SystemEntropy>,
    given: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Remembering {
    /// Everything of 32 bytes that was given out: codes, sessions, secrets, keys, salts.
    pub fn secrets(&self) -> Vec<Vec<u8>> {
        self.given.lock().unwrap().clone()
    }
}

impl Entropy for Remembering {
    fn fill(&self, out: &mut [u8]) {
        self.system.fill(out);
        if out.len() == 32 {
            self.given.lock().unwrap().push(out.to_vec());
        }
    }
}

//! Where strangers' wishes wait until somebody looks at them, after they were answered.
//!
//! In memory and bounded: nothing is written for a stranger, and nobody can fill the disk. What waits here for a second or
//! two is lost with the process; the person asks again.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::app::Moment;
use crate::error::{Fault, Outcome};

/// Wishes that wait, at most.
const WAITING: usize = 2_000;

/// How often one is looked at: a wish that always fails must not keep others from theirs.
const TRIES: u8 = 30;

/// What somebody asked to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// A link to choose a new password with, for whoever has this name or address, in normal form.
    Reset {
        /// The name or address.
        key: String,
    },
    /// A link to make an account with.
    SignUp {
        /// The address, as typed.
        email: String,
        /// What to call the person.
        name: Option<String>,
    },
    /// A link with which somebody who is signed in shows that an address is theirs.
    Address {
        /// Their account.
        user: Uuid,
        /// The address, as typed.
        email: String,
    },
    /// A code to sign in with.
    Code {
        /// The name or address, in normal form.
        key: String,
        /// The ticket in the browser that asked.
        ticket: Uuid,
    },
}

/// A wish, and the request that brought it.
#[derive(Debug, Clone)]
pub struct Ask {
    /// What.
    pub wish: Wish,
    /// When, and from where.
    pub moment: Moment,
    /// How often it was looked at in vain.
    tries: u8,
}

/// Wishes that wait.
#[derive(Default)]
pub struct Letterbox(Mutex<VecDeque<Ask>>);

impl Letterbox {
    /// Takes a wish, whatever it leads to. When there are too many, nobody's is taken.
    pub fn take(&self, moment: &Moment, wish: Wish) -> Outcome<()> {
        let mut waiting = self.waiting();
        if waiting.len() >= WAITING {
            return Err(Fault::unavailable("too many people ask for mails").into());
        }
        waiting.push_back(Ask { wish, moment: moment.clone(), tries: 0 });
        Ok(())
    }

    /// The one that waits longest.
    pub(super) fn next(&self) -> Option<Ask> {
        self.waiting().pop_front()
    }

    /// One that could not be looked at waits on, for a while.
    pub(super) fn give_back(&self, ask: Ask) {
        let tries = ask.tries + 1;
        if tries < TRIES {
            self.waiting().push_back(Ask { tries, ..ask });
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, VecDeque<Ask>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

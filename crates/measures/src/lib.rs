//! What protocol, cryptography and parsing cost by themselves, without HTTP and database.
//!
//! 1. [`measures`] names the pieces of work; each is prepared once and can then be done again and again.
//! 2. `cargo bench -p gatewright-measures` tells how long each takes, on this machine at this moment (criterion).
//! 3. `tests/instructions.rs` counts the instructions of each under valgrind and compares them with
//!    `instructions.txt`. That needs no quiet machine: a change that makes something dearer fails there.
//!
//! Parsers are measured with what `gatewright_fuzz` holds against them, over the whole corpus of each.

mod rules;

use gatewright_fuzz::TARGETS;

/// Something prepared, to be done any number of times.
pub type Work = Box<dyn FnMut()>;

/// What went wrong while it was prepared.
pub type Prepared = Result<Work, Box<dyn std::error::Error + Send + Sync>>;

/// A piece of work.
pub struct Measure {
    /// Its name.
    pub name: String,
    prepare: Box<dyn Fn() -> Prepared>,
}

impl Measure {
    fn new(name: String, prepare: impl Fn() -> Prepared + 'static) -> Measure {
        Measure { name, prepare: Box::new(prepare) }
    }

    /// Everything that is not measured.
    pub fn prepare(&self) -> Prepared {
        (self.prepare)()
    }
}

/// All of them: first what the token endpoint does, then the parsers.
pub fn measures() -> Vec<Measure> {
    let rules = rules::ALL.into_iter().map(|(name, prepare)| Measure::new(format!("token/{name}"), prepare));
    let parsers = TARGETS.iter().map(|target| {
        let prepare = move || -> Prepared {
            let inputs = target.corpus()?;
            Ok(Box::new(move || {
                for bytes in &inputs {
                    (target.holds)(bytes);
                }
            }))
        };
        Measure::new(format!("parse/{}", target.name), prepare)
    });
    rules.chain(parsers).collect()
}

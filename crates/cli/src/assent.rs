//! Asking before something goes that does not come back.
//!
//! 1. On a terminal a person is asked, and everything but a yes is a no.
//! 2. Without one nothing is done: a script says `--yes`.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::failure::Failure;

/// What a command that asks can be told.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Assent {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Assent {
    /// Goes on only if that is wanted.
    pub fn or_ask(self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::new(
                "nothing was done: there is no terminal to ask on\n  --yes does it without asking",
            ));
        }
        let unreadable = |error: io::Error| {
            Failure::new(format!("the answer cannot be read: {error}\n  --yes does it without asking"))
        };
        let mut screen = io::stderr().lock();
        write!(screen, "{question} [y/N] ").and_then(|()| screen.flush()).map_err(unreadable)?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map_err(unreadable)?;
        if is_yes(&answer) {
            return Ok(());
        }
        Err(Failure::new("nothing was done\n  run the command again, and answer y"))
    }
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn everything_but_a_yes_is_a_no() {
        assert!(is_yes("y\n") && is_yes(" YES \r\n"));
        assert!(!is_yes("\n") && !is_yes("") && !is_yes("n\n") && !is_yes("yes please\n"));
    }
}

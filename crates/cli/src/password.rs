//! A new password from the person at the terminal, or from standard input; never from the command line,
//! where every user of the machine could read it.
//!
//! 1. `--password-stdin`: the first line of standard input.
//! 2. Otherwise a prompt on the terminal without echo, asked twice.
//! 3. At least [`MIN_CHARACTERS`] characters (NIST SP 800-63B §3.1.1.2, without its rules about kinds of
//!    characters, which only make passwords worse).

use std::fs::File;
use std::io::{self, BufReader, IsTerminal as _, Write as _};

use gatewright_oauth::secret::Secret;
use gatewright_server::passwords::MAX_PASSWORD_BYTES;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The fewest characters of a password.
pub const MIN_CHARACTERS: usize = 12;
/// What Ctrl-C sends.
const INTERRUPT: u8 = 3;

/// Where the password comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Step 1.
    StandardInput,
    /// Step 2.
    Prompt,
}

/// Steps 1 to 3. `account` is named in the prompt.
pub fn ask(source: Source, account: &str) -> Result<Secret<String>, Failure> {
    match source {
        Source::StandardInput => {
            let password = line(io::stdin().lock()).map_err(|error| unreadable(&error))?;
            judge(&password)?;
            Ok(password)
        }
        Source::Prompt => prompt(account),
    }
}

/// Step 3.
fn judge(password: &Secret<String>) -> Result<(), Failure> {
    let text = password.expose();
    let characters = text.chars().count();
    if characters < MIN_CHARACTERS {
        return Err(Failure::new(format!(
            "the password has {characters} characters; the fewest are {MIN_CHARACTERS}, and more are better\n  \
             four or five random words are easy to type; or let a password manager make one"
        )));
    }
    if text.len() > MAX_PASSWORD_BYTES {
        return Err(Failure::new(format!(
            "the password has {} bytes; the most are {MAX_PASSWORD_BYTES}\n  choose a shorter one",
            text.len()
        )));
    }
    Ok(())
}

fn prompt(account: &str) -> Result<Secret<String>, Failure> {
    let no_terminal = || {
        Failure::new(
            "there is no terminal to ask for the password on\n  \
             give it by standard input: --password-stdin < FILE",
        )
    };
    if !io::stdin().is_terminal() {
        return Err(no_terminal());
    }
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").map_err(|_| no_terminal())?;
    let first = hidden(&mut terminal, &format!("New password for {account}: "))?;
    judge(&first)?;
    let second = hidden(&mut terminal, "The same again: ")?;
    if first.expose() == second.expose() {
        return Ok(first);
    }
    Err(Failure::new("the two passwords differ\n  run the command again"))
}

/// One line from the terminal, which does not show it.
fn hidden(terminal: &mut File, question: &str) -> Result<Secret<String>, Failure> {
    let quiet = Quiet::begin(terminal.try_clone().map_err(|error| unreadable(&error))?)?;
    let asked = terminal.write_all(question.as_bytes()).and_then(|()| terminal.flush());
    let answer = asked.and_then(|()| line(BufReader::new(&*terminal)));
    drop(quiet);
    // The person's Enter was not shown either.
    drop(terminal.write_all(b"\n"));
    let answer = answer.map_err(|error| unreadable(&error))?;
    if answer.expose().bytes().any(|byte| byte == INTERRUPT) {
        return Err(Failure::new("interrupted: nothing was changed\n  run the command again"));
    }
    Ok(answer)
}

/// While it lives the terminal shows nothing, and Ctrl-C ends the line instead of us: so the terminal is
/// never left speechless.
struct Quiet {
    terminal: File,
    before: Termios,
}

impl Quiet {
    fn begin(terminal: File) -> Result<Quiet, Failure> {
        let before = tcgetattr(&terminal).map_err(|error| unreadable(&error.into()))?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(&terminal, OptionalActions::Flush, &silent).map_err(|error| unreadable(&error.into()))?;
        Ok(Quiet { terminal, before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Up to the first line feed, interrupt or end; without the line's end.
fn line(mut from: impl io::BufRead) -> io::Result<Secret<String>> {
    // Room for the longest password and its line end; never reallocated, so no copy stays behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD_BYTES + 3));
    let mut byte = [0];
    while bytes.len() < MAX_PASSWORD_BYTES + 3 && from.read(&mut byte)? == 1 && byte[0] != b'\n' {
        bytes.push(byte[0]);
        if byte[0] == INTERRUPT {
            break;
        }
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(Secret::new(text.to_owned()))
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::new(format!(
        "the password cannot be read: {error}\n  give it as text by standard input: --password-stdin < FILE"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(input: &[u8]) -> String {
        line(input).unwrap().expose().clone()
    }

    #[test]
    fn the_first_line_counts_as_it_is() {
        assert_eq!(of(b"correct horse battery\n"), "correct horse battery");
        assert_eq!(of(b" spaces count \r\nnot this"), " spaces count ");
        assert_eq!(of("pässwörter sind länger".as_bytes()), "pässwörter sind länger");
        assert_eq!(of(b""), "");
        assert!(line(&b"\xff\n"[..]).is_err());
    }

    #[test]
    fn short_and_endless_passwords_are_refused_with_words() {
        let judged = |text: &str| judge(&Secret::new(text.to_owned())).map_err(|failure| failure.to_string());
        assert!(judged("elevenchars").unwrap_err().contains("has 11 characters; the fewest are 12"));
        assert!(judged("").unwrap_err().contains("has 0 characters"));
        assert!(judged("twelve chars").is_ok());
        assert!(judged(&"ä".repeat(12)).is_ok(), "characters, not bytes");
        assert!(judged(&"x".repeat(MAX_PASSWORD_BYTES)).is_ok());
        let endless = of("x".repeat(1 << 20).as_bytes());
        assert!(judged(&endless).unwrap_err().contains("the most are 1024"));
        assert!(!judged("secret").unwrap_err().contains("secret"), "LK-01");
    }
}

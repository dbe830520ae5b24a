//! The first administrator of `gatewright dev`.
//!
//! 1. Name and password are drawn and written to `<data_dir>/administrator.toml` (0600) first, so that a
//!    start that is killed in between can be repeated.
//! 2. Then the account is made, if there is none of that name.
//! 3. Every start reads the file, to tell what to sign in with.

use std::path::Path;

use gatewright_oauth::secret::Secret;
use gatewright_server::accounts::{self, NewAccount};
use gatewright_server::app::Actor;
use gatewright_server::{App, clock::Entropy};
use gatewright_store::Write;
use gatewright_store::users::{self, Role};
use serde::Deserialize;

use crate::failure::Failure;
use crate::private_file;

/// The name to sign in with.
const USERNAME: &str = "admin";
/// The file, below the data directory.
pub(crate) const FILE: &str = "administrator.toml";
/// Letters and digits that nobody confuses: no 0 and o, no 1, i and l.
const ALPHABET: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";
/// Four groups of four: 79 bits.
const GROUPS: [usize; 4] = [4; 4];

/// Who can sign in.
pub struct Administrator {
    /// The name.
    pub username: String,
    /// The password.
    pub password: Secret<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    username: String,
    password: String,
}

/// Makes sure that there is an administrator. `None` when there is one whose password we do not know.
pub async fn ensure(app: &App, data_dir: &Path) -> Result<Option<Administrator>, Failure> {
    let file = data_dir.join(FILE);
    let known = read(&file)?;
    let name = known.as_ref().map_or(USERNAME, |known| &known.username);
    if users::for_login(&app.store, &accounts::key(name)).await?.is_some() {
        return Ok(known);
    }
    let administrator = match known {
        Some(known) => known,
        None => {
            let drawn = Administrator { username: USERNAME.to_owned(), password: draw(app.entropy.as_ref()) };
            let text = format!(
                "# Made by gatewright dev. Whoever reads this can sign in.\nusername = \"{}\"\npassword = \"{}\"\n",
                drawn.username,
                drawn.password.expose()
            );
            private_file::write(&file, &text)?;
            drawn
        }
    };
    let account = NewAccount {
        username: administrator.username.clone(),
        email: None,
        display_name: Some("Administrator".to_owned()),
        locale: None,
        role: Some(Role::Owner),
        password: Secret::new(administrator.password.expose().clone()),
    };
    match accounts::create(app, &app.system_moment().acting(Actor::Operator), account).await? {
        Write::Applied(_) | Write::Lost => Ok(Some(administrator)),
    }
}

fn read(file: &Path) -> Result<Option<Administrator>, Failure> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => Secret::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::new(format!("cannot read {}: {error}", file.display()))),
    };
    // The parser's own words would show the line, and with it the password.
    let written: Written = toml::from_str(text.expose()).map_err(|_| {
        let file = file.display();
        Failure::new(format!(
            "{file} is not as gatewright dev wrote it\n  repair it, or begin anew with --reset"
        ))
    })?;
    Ok(Some(Administrator { username: written.username, password: Secret::new(written.password) }))
}

/// A password that can be read aloud.
fn draw(entropy: &dyn Entropy) -> Secret<String> {
    let group =
        |length: usize| -> String { std::iter::repeat_with(|| letter(entropy)).take(length).collect() };
    Secret::new(GROUPS.map(group).join("-"))
}

fn letter(entropy: &dyn Entropy) -> char {
    let size = u8::try_from(ALPHABET.len()).unwrap_or(u8::MAX);
    let fair = u8::MAX - u8::MAX % size;
    loop {
        let mut byte = [0];
        entropy.fill(&mut byte);
        if byte[0] < fair {
            return char::from(ALPHABET[usize::from(byte[0] % size)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use gatewright_server::clock::SystemEntropy;

    use super::*;

    #[test]
    fn passwords_can_be_read_aloud_and_differ() {
        let (one, other) = (draw(&SystemEntropy::new()), draw(&SystemEntropy::new()));
        assert_eq!(one.expose().len(), 19);
        assert!(one.expose().bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)));
        assert_ne!(one.expose(), other.expose());
    }
}

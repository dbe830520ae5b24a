//! Which server a command is about.
//!
//! 1. `--local`, or a configuration that is named with `--config`: the database at hand.
//! 2. `--server`: an address, or the name of a profile. `GATEWRIGHT_SERVER` is the same.
//! 3. The default profile, which the first `gatewright login` makes.
//! 4. The database at hand.
//!
//! `GATEWRIGHT_API_KEY` goes to the server of step 2 or 3 in place of a profile's tokens.

use std::path::Path;

use gatewright_oauth::secret::Secret;

use super::profiles::Shelf;
use crate::failure::Failure;
use crate::fetch;
use crate::output::clean;
use crate::trust::Trust;

/// Names the server, or a profile.
pub const SERVER: &str = "GATEWRIGHT_SERVER";
/// An API key.
pub const API_KEY: &str = "GATEWRIGHT_API_KEY";

/// A server elsewhere, and what we are known by there.
pub struct Choice {
    /// Its issuer.
    pub server: String,
    /// Ours.
    pub credential: Credential,
    /// Whom to trust that it is the server.
    pub trust: Trust,
    /// How it was chosen.
    pub by: By,
}

/// What we are known by.
pub enum Credential {
    /// An API key.
    Key(Secret<String>),
    /// The tokens of a profile.
    Profile(String),
}

/// How a server was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// This command named it.
    Name,
    /// It is the default.
    Default,
}

/// Steps 2 to 4. An authority that was named goes before the one of a profile.
pub fn choose(named: Option<&str>, authority: Option<&Path>) -> Result<Option<Choice>, Failure> {
    let from_environment = variable(SERVER);
    let key = variable(API_KEY).map(Secret::new);
    let named = named.map(str::to_owned).or(from_environment);
    let shelf = match (Shelf::own(), &named) {
        (Ok(shelf), _) => Some(shelf),
        (Err(failure), Some(_)) if key.is_none() => return Err(failure),
        // Without a home there is no profile; an address and a key need none.
        (Err(_), _) => None,
    };
    let profiles = match (&shelf, &named) {
        // A key for an address: what is in the file is of no interest.
        (Some(_), Some(name)) if key.is_some() && name.contains("://") => None,
        (Some(shelf), _) => Some(shelf.read()?),
        (None, _) => None,
    }
    .unwrap_or_default();
    let by = if named.is_some() { By::Name } else { By::Default };
    let Some(wanted) = named.or_else(|| profiles.default.clone()) else {
        return match key {
            None => Ok(None),
            Some(_) => Err(Failure::configuration(format!(
                "{API_KEY} is set, but not for which server\n  set {SERVER} to its address, or unset {API_KEY}"
            ))),
        };
    };
    let known = profiles.find(&wanted);
    let server = match known {
        Some((_, profile)) => profile.server.clone(),
        None if wanted.contains("://") => address(&wanted)?,
        None => return Err(unknown(&wanted, &profiles.names())),
    };
    let credential = match (key, &known) {
        (Some(key), _) => Credential::Key(key),
        (None, Some((name, _))) => Credential::Profile((*name).to_owned()),
        (None, None) => {
            return Err(Failure::new(format!(
                "nobody is signed in to {server}\n  gatewright login --server {server}; programs set {API_KEY}"
            ))
            .with(crate::failure::Exit::Refused));
        }
    };
    let trust = match (Trust::named(authority)?, known) {
        (Some(trust), _) => trust,
        (None, Some((_, profile))) => profile.trust()?,
        (None, None) => Trust::default(),
    };
    Ok(Some(Choice { server, credential, trust, by }))
}

/// A server's address, as issuers are written: without a slash at the end.
pub fn address(text: &str) -> Result<String, Failure> {
    let url = fetch::acceptable(text).map_err(|reason| {
        Failure::configuration(format!(
            "{reason}\n  a server is its issuer: --server https://auth.example.com"
        ))
    })?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Failure::configuration(
            "a server's address has no ? and no #\n  a server is its issuer: --server https://auth.example.com",
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn unknown(wanted: &str, names: &str) -> Failure {
    let there = if names.is_empty() { "there is none yet".to_owned() } else { format!("there are: {names}") };
    Failure::configuration(format!(
        "there is no profile {}: {there}\n  gatewright login --server https://auth.example.com makes one",
        clean(wanted)
    ))
}

/// Whether the environment says that a server elsewhere is meant.
pub fn names_a_server() -> bool {
    variable(SERVER).is_some()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

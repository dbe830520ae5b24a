//! `gatewright login`, `gatewright logout`: who we are at a server elsewhere.

use std::path::PathBuf;

use serde::Serialize;

use crate::failure::{Exit, Failure};
use crate::fetch::Fetch;
use crate::output::{Format, clean, rfc3339};
use crate::remote::browser::{Screen, Wish};
use crate::remote::choice::{self, SERVER};
use crate::remote::profiles::{Profile, Shelf};
use crate::remote::session::Flow;
use crate::remote::{Choice, discovery, session};
use crate::terminal;
use crate::trust::Trust;

/// Sign in to a server, to administer it from here
///
/// A browser opens; when you have allowed it, tokens are kept in a file that only you can read and renewed by
/// themselves. Where no browser can be opened, a code is shown that is entered in one on another device. The first server
/// becomes the one that commands ask when nothing else is said. Programs use API keys
/// instead: `GATEWRIGHT_SERVER` and `GATEWRIGHT_API_KEY`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright login --server https://auth.example.com
  gatewright login --server https://auth.example.com --profile audit --scope admin:events.read
  gatewright login --server https://auth.example.com --device
  gatewright login --server https://localhost:8443 --ca-file .gatewright/tls/ca.pem
  gatewright login --server audit")]
pub struct Arguments {
    /// The server's address (its issuer), or a profile to sign in to again [default: the default profile]
    #[arg(long, value_name = "SERVER")]
    server: Option<String>,
    /// What to call it here [default: the server's host]
    #[arg(long, value_name = "NAME", value_parser = name)]
    profile: Option<String>,
    /// What to ask for; repeatable [default: everything your role has]
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// From now on, commands ask this server when nothing else is said
    #[arg(long)]
    default: bool,
    /// The authority of the server's certificate (PEM), if this machine does not know it; it is kept with the profile
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Where the browser is.
#[derive(Debug, clap::Args)]
struct Place {
    /// Only show the address to open
    #[arg(long)]
    no_browser: bool,
    /// Sign in with a browser on another device: what is done by itself where none can be opened here
    #[arg(long, conflicts_with_all = ["no_browser", "port"])]
    device: bool,
    /// Where the browser comes back to on 127.0.0.1, for a tunnel from another computer [default: any free port]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,
}

/// What `--json` prints.
#[derive(Serialize)]
struct SignedIn {
    profile: String,
    server: String,
    default: bool,
    access_token_expires_at: String,
}

fn name(text: &str) -> Result<String, String> {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if text.is_empty() || text.len() > 100 || !text.bytes().all(is_one) {
        return Err("a name has letters, digits and - _ . :".to_owned());
    }
    Ok(text.to_owned())
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let shelf = Shelf::own()?;
    let profiles = shelf.read()?;
    let wanted =
        arguments.server.clone().or_else(|| std::env::var(SERVER).ok().filter(|text| !text.is_empty()));
    let wanted = wanted.or_else(|| profiles.default.clone()).ok_or_else(|| {
        Failure::configuration(
            "it is not said where\n  gatewright login --server https://auth.example.com, its issuer",
        )
    })?;
    let known = profiles
        .find(&wanted)
        .filter(|(name, _)| arguments.profile.as_deref().is_none_or(|new| new == *name));
    let server = match known {
        Some((_, profile)) => profile.server.clone(),
        None => match profiles.find(&wanted) {
            Some((_, profile)) => profile.server.clone(),
            None => choice::address(&wanted)?,
        },
    };
    let trust = match (Trust::named(arguments.ca_file.as_deref())?, known) {
        (Some(trust), _) => trust,
        (None, Some((_, profile))) => profile.trust()?,
        // The same server by another name here.
        (None, None) => match profiles.find(&wanted) {
            Some((_, profile)) => profile.trust()?,
            None => Trust::default(),
        },
    };
    let fetch = Fetch::new(&trust)?;
    let api = discovery::admin_api(&fetch, &server).await?;
    let named = match known {
        Some((_, profile)) if arguments.scope.is_empty() => profile.scopes.clone(),
        Some(_) | None => arguments.scope.clone(),
    };
    let scopes = if named.is_empty() { &api.scopes_supported } else { &named };
    let wish = Wish {
        resource: &api.resource,
        scopes,
        max_age: None,
        port: arguments.place.port,
        screen: if arguments.place.no_browser { Screen::Elsewhere } else { Screen::Here },
    };
    let flow = match arguments.place {
        Place { device: true, .. } => Flow::Device,
        Place { no_browser: false, port: 0, .. } => Flow::AsItComes,
        Place { .. } => Flow::Browser,
    };
    let tokens = session::begin(&fetch, &server, (flow, wish)).await?;
    let name = arguments.profile.clone().or_else(|| known.map(|(name, _)| name.to_owned()));
    let name = name.unwrap_or_else(|| host(&server).to_owned());
    let expires_at = rfc3339(tokens.expires_at);
    let authority = trust.pem().map(str::to_owned);
    let profile = Profile { server: server.clone(), authority, scopes: named, tokens: Some(tokens) };
    let rank = if arguments.default { session::Rank::Default } else { session::Rank::AsItComes };
    let is_default = session::keep(&fetch, &name, profile, rank).await?;
    let done = SignedIn { profile: name, server, default: is_default, access_token_expires_at: expires_at };
    let format = if arguments.json { Format::Json } else { Format::Text };
    format.result(&done, || {
        let SignedIn { profile, server, .. } = &done;
        if is_default {
            format!(
                "Signed in to {server} as the profile {profile}. Commands ask it when nothing else is said."
            )
        } else {
            format!("Signed in to {server}. Commands ask it with --server {profile}.")
        }
    })
}

/// `auth.example.com:8443/path` of an address.
fn host(server: &str) -> &str {
    server.split_once("://").map_or(server, |(_, rest)| rest)
}

/// Signing out.
pub mod logout {
    use super::{Choice, Exit, Failure, Fetch, Serialize, Shelf, clean, session, terminal};
    use crate::installation::Common;
    use crate::remote::choice::Credential;

    /// Sign out of a server: the tokens end there, and are forgotten here
    #[derive(Debug, clap::Args)]
    #[command(after_help = "Examples:
  gatewright logout
  gatewright logout --server audit")]
    pub struct Arguments {
        #[command(flatten)]
        common: Common,
    }

    /// What `--json` prints.
    #[derive(Serialize)]
    struct SignedOut {
        profile: String,
        server: String,
    }

    /// Does it.
    pub async fn run(arguments: Arguments) -> Result<(), Failure> {
        let common = arguments.common;
        let Some(Choice { credential: Credential::Profile(name), server, trust, .. }) = common.choice()?
        else {
            return Err(Failure::new(
                "nobody is signed in here\n  an API key is ended at its server: gatewright api-key revoke",
            ));
        };
        let shelf = Shelf::own()?;
        let held = shelf.hold().await?;
        let mut profiles = shelf.read()?;
        let gone = profiles.profiles.remove(&name);
        if profiles.default.as_deref() == Some(&name) {
            profiles.default = None;
        }
        shelf.write(&held, &profiles)?;
        drop(held);
        if let Some(tokens) = gone.and_then(|profile| profile.tokens) {
            let ended = session::end(&Fetch::new(&trust)?, &server, &tokens).await;
            ended.map_err(|failure| {
                terminal::note(&format!("Forgot the profile {} here.", clean(&name)));
                Failure::new(format!(
                    "the sign-in was not ended at {server}: {failure}\n  \
                     end it there, among what you have allowed, or let it expire"
                ))
                .with(Exit::Unavailable)
            })?;
        }
        let done = SignedOut { profile: name, server };
        common.format().result(&done, || format!("Signed out of {}.", done.server))
    }
}

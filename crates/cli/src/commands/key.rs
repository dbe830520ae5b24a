//! `gatewright key`: signing keys, for those who do not want to wait for their rotation.
//!
//! 1. `rotate` publishes a `next` key. The server makes it sign once every cache has seen it.
//! 2. `rotate --now` makes it sign at once. Verifiers that cached the key set meet a key they do not know
//!    and have to fetch the set again; most do, some answer 401 for up to five minutes.
//! 3. `revoke` takes a key out of the published set. If it is the one that signs, a successor signs first:
//!    there is no moment without a signer.

use chrono::Duration;
use gatewright_jose::Algorithm;
use gatewright_server::config::Config;
use gatewright_server::keys::emergency::{self, Ended};
use gatewright_server::keys::flow::ALGORITHMS;
use gatewright_server::keys::rotation::LEAST_AHEAD;
use gatewright_store::signing_keys::{self, KeyState, StoredKey};
use gatewright_store::{Store, Time, Write};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean, minute, rfc3339, span};
use crate::remote::ask::segment;
use crate::remote::{Api, Ask};
use crate::terminal;

/// Signing keys
///
/// They rotate by themselves; these commands are for looking at them, and for emergencies.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(Wanted),
    Rotate(Rotate),
    Revoke(Revoke),
}

/// List keys, oldest first: all, or those that are looked for
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  gatewright key list\n  gatewright key list --state active")]
struct Wanted {
    /// Only those that are
    #[arg(long, value_parser = ["next", "active", "retired", "revoked"])]
    state: Option<String>,
}

/// Begin a rotation: publish the next key, which signs when every verifier has had time to see it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  gatewright key rotate\n  gatewright key rotate --alg RS256 --now")]
struct Rotate {
    /// Only the keys of this algorithm
    #[arg(long, value_name = "ALGORITHM", value_parser = algorithm)]
    alg: Option<Algorithm>,
    /// Sign with the next key at once: some verifiers may refuse its tokens for up to five minutes
    #[arg(long)]
    now: bool,
}

/// Take a key out of use at once: for a key you believe stolen
///
/// Everything it signed stops verifying as soon as verifiers fetch the key set again, within minutes;
/// refresh tokens are not affected. If it is the key that signs, its successor signs first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright key revoke fGhr3PHNiW91vpsPqIz_qQWWvujmqS9qEIHPgDdpRSA")]
struct Revoke {
    /// The key's id
    #[arg(allow_hyphen_values = true)]
    kid: String,
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    ALGORITHMS
        .into_iter()
        .find(|algorithm| algorithm.to_string() == text)
        .ok_or_else(|| "this server signs with ES256 and RS256".to_owned())
}

/// What is shown of a key.
#[derive(Deserialize)]
struct Key {
    kid: String,
    alg: String,
    state: String,
    created_at: Time,
    activated_at: Option<Time>,
    retired_at: Option<Time>,
    revoked_at: Option<Time>,
}

impl From<&StoredKey> for Key {
    fn from(key: &StoredKey) -> Key {
        Key {
            kid: key.kid.clone(),
            alg: key.algorithm.to_string(),
            state: key.state.as_str().to_owned(),
            created_at: key.created_at,
            activated_at: key.activated_at,
            retired_at: key.retired_at,
            revoked_at: key.revoked_at,
        }
    }
}

async fn known(store: &Store) -> Result<Vec<Key>, Failure> {
    Ok(signing_keys::list(store).await?.iter().map(Key::from).collect())
}

/// A key, as `--json` prints it.
#[derive(Serialize)]
struct View {
    kid: String,
    alg: String,
    state: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
}

/// What every one of these commands prints with `--json`.
#[derive(Serialize)]
struct List {
    keys: Vec<View>,
}

impl View {
    fn of(key: &Key) -> View {
        View {
            kid: key.kid.clone(),
            alg: key.alg.clone(),
            state: key.state.clone(),
            created_at: rfc3339(key.created_at),
            activated_at: key.activated_at.map(rfc3339),
            retired_at: key.retired_at.map(rfc3339),
            revoked_at: key.revoked_at.map(rfc3339),
        }
    }
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    let remote = common.remote()?;
    match arguments.command {
        Command::List(what) => {
            let mut keys: Vec<Key> = match remote {
                Some(api) => api.found(Ask::get("/keys").with_any("state", what.state.as_deref())).await?,
                None => installation::read(&common, async |store| known(store).await).await?,
            };
            keys.retain(|key| what.state.as_ref().is_none_or(|state| key.state == *state));
            print(&common, &keys, if keys.is_empty() { "There is no such key." } else { "" })
        }
        Command::Rotate(what) => {
            let (keys, said) = match remote {
                Some(api) => rotate_elsewhere(&api, &what).await?,
                None => installation::change(&common, async |desk| rotate(desk, &what).await).await?,
            };
            if what.now {
                terminal::note(
                    "warning: verifiers that have cached the key set may refuse the new tokens until they fetch \
                     it again (at most five minutes)",
                );
            }
            print(&common, &keys, &said)
        }
        Command::Revoke(what) => {
            let (keys, said) = match remote {
                Some(api) => revoke_elsewhere(&api, &what.kid).await?,
                None => installation::change(&common, async |desk| revoke(desk, &what.kid).await).await?,
            };
            print(&common, &keys, &said)
        }
    }
}

fn print(common: &Common, keys: &[Key], said: &str) -> Result<(), Failure> {
    let list = List { keys: keys.iter().map(View::of).collect() };
    common.format().result(&list, || {
        let rows = keys.iter().map(|key| [key.kid.clone(), key.alg.clone(), key.state.clone(), since(key)]);
        let table = output::table(["KEY ID", "ALGORITHM", "STATE", "SINCE"], rows);
        if said.is_empty() { table } else { format!("{said}\n\n{table}") }
    })
}

/// Of what came to pass, the last.
fn since(key: &Key) -> String {
    minute(key.revoked_at.or(key.retired_at).or(key.activated_at).unwrap_or(key.created_at))
}

fn of_state(keys: &[StoredKey], algorithm: Algorithm, state: KeyState) -> Option<&StoredKey> {
    keys.iter().find(|key| key.algorithm == algorithm && key.state == state)
}

type Done = (Vec<Key>, String);

/// Steps 1 and 2.
async fn rotate(desk: &Desk, what: &Rotate) -> Result<Done, Failure> {
    let store = &desk.app.store;
    let mut said = Vec::new();
    for algorithm in
        ALGORITHMS.into_iter().filter(|algorithm| what.alg.is_none_or(|wanted| wanted == *algorithm))
    {
        let before = signing_keys::list(store).await?;
        let waiting = of_state(&before, algorithm, KeyState::Next).map(|key| key.kid.clone());
        let next = next_key(desk, algorithm).await?;
        if what.now {
            promote(desk, &next).await?;
            said.push(format!("{algorithm}: {} signs from now on.", next.kid));
            continue;
        }
        let published = if waiting.is_some() { "was published already" } else { "is published" };
        let from = signs_from(&desk.app.config, &next, desk.moment.now);
        said.push(format!("{algorithm}: {} {published} and {from}.", next.kid));
    }
    Ok((known(store).await?, said.join("\n")))
}

/// When a waiting key begins to sign, in words.
fn signs_from(config: &Config, next: &StoredKey, now: Time) -> String {
    let ahead = i64::from(config.keys.publish_ahead_seconds).max(LEAST_AHEAD);
    let left = next.created_at + Duration::seconds(ahead) - now;
    if left <= Duration::zero() {
        return "signs as soon as a server runs".to_owned();
    }
    format!("signs in {}, if a server runs then", span(left))
}

/// The key of `algorithm` that waits, published now if there is none.
async fn next_key(desk: &Desk, algorithm: Algorithm) -> Result<StoredKey, Failure> {
    let kid = emergency::waiting(&desk.app, &desk.moment, algorithm).await?;
    let keys = signing_keys::list(&desk.app.store).await?;
    keys.into_iter().find(|key| Some(&key.kid) == kid.as_ref()).ok_or_else(changed_meanwhile)
}

async fn promote(desk: &Desk, next: &StoredKey) -> Result<(), Failure> {
    match signing_keys::promote(&desk.app.store, &next.kid, &desk.moment.trace(&desk.app)).await? {
        Write::Applied(()) => Ok(()),
        Write::Lost => Err(changed_meanwhile()),
    }
}

fn changed_meanwhile() -> Failure {
    Failure::new("somebody else changed the keys at the same time\n  look at them: gatewright key list")
}

/// Step 3.
async fn revoke(desk: &Desk, kid: &str) -> Result<Done, Failure> {
    let store = &desk.app.store;
    let key = find(store, kid).await?;
    let mut said = Vec::new();
    match emergency::revoke(&desk.app, &desk.moment, &key).await? {
        Write::Applied(Ended::Already) => {
            let text = format!("{kid} was revoked already. Nothing was done.");
            return Ok((known(store).await?, text));
        }
        Write::Applied(Ended::Now { successor }) => {
            said.extend(successor.map(|next| format!("{}: {next} signs from now on.", key.algorithm)));
        }
        Write::Lost => return Err(changed_meanwhile()),
    }
    said.push(match key.state {
        KeyState::Next => {
            format!("{kid} is revoked. It has signed nothing; the server will make another in time.")
        }
        KeyState::Active | KeyState::Retired | KeyState::Revoked => format!(
            "{kid} is revoked. Tokens it signed (at most {} old) stop working as verifiers fetch the key set \
             again; clients refresh by themselves. A running server notices within five seconds.",
            span(Duration::seconds(i64::from(desk.app.config.tokens.access_seconds)))
        ),
    });
    Ok((known(store).await?, said.join("\n")))
}

async fn find(store: &Store, kid: &str) -> Result<StoredKey, Failure> {
    let keys = signing_keys::list(store).await?;
    keys.into_iter().find(|key| key.kid == kid).ok_or_else(|| no_such(kid))
}

fn no_such(kid: &str) -> Failure {
    Failure::new(format!("there is no key {}\n  see them all: gatewright key list", clean(kid)))
}

/// Steps 1 and 2, of a server elsewhere.
async fn rotate_elsewhere(api: &Api<'_>, what: &Rotate) -> Result<Done, Failure> {
    let mut said = Vec::new();
    for algorithm in
        ALGORITHMS.into_iter().filter(|algorithm| what.alg.is_none_or(|wanted| wanted == *algorithm))
    {
        let body = json!({ "alg": algorithm.to_string() });
        let next: Key = api.send(Ask::post("/keys/rotate", body)).await?.read()?;
        if what.now {
            api.send(Ask::act(format!("/keys/{}/activate", segment(&next.kid)))).await?;
            said.push(format!("{algorithm}: {} signs from now on.", next.kid));
            continue;
        }
        said.push(format!("{algorithm}: {} is published and signs once every cache has seen it.", next.kid));
    }
    Ok((api.list("/keys").await?, said.join("\n")))
}

/// Step 3, of a server elsewhere.
async fn revoke_elsewhere(api: &Api<'_>, kid: &str) -> Result<Done, Failure> {
    let before: Vec<Key> = api.list("/keys").await?;
    let key = before.iter().find(|key| key.kid == kid).ok_or_else(|| no_such(kid))?;
    if key.revoked_at.is_some() {
        return Ok((before, format!("{kid} was revoked already. Nothing was done.")));
    }
    api.send(Ask::delete(format!("/keys/{kid}"))).await?;
    let text = format!(
        "{kid} is revoked. Tokens it signed stop working as verifiers fetch the key set again; clients refresh by \
         themselves."
    );
    Ok((api.list("/keys").await?, text))
}

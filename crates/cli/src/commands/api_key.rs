//! `gatewright api-key`: what programs use the admin API with.

use chrono::Duration;
use gatewright_oauth::secret::{ApiKey as Kind, Secret, Token};
use gatewright_oauth::{Scopes, Time};
use gatewright_server::admin::Scope;
use gatewright_server::clock::{Clock as _, SystemClock};
use gatewright_store::api_keys::{self, ApiKey};
use gatewright_store::{Store, Write};
use ipnet::IpNet;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean, minute, rfc3339};
use crate::remote::things::{self, Key};
use crate::remote::{Api, Ask};

/// Keys of one read of the database.
const PAGE: u32 = 500;

/// API keys: programs use the admin API with them
///
/// A key says itself what it may. People use the admin API with access tokens instead, as far as their role goes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
    List(Wanted),
    /// End a key at once
    #[command(after_help = "Example:\n  gatewright api-key revoke 0199d1f2-0000-7000-8000-000000000000")]
    Revoke(Named),
}

/// List API keys, oldest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  gatewright api-key list\n  gatewright api-key list --live")]
struct Wanted {
    /// Only those that are neither revoked nor expired
    #[arg(long)]
    live: bool,
}

/// Make a key
///
/// It is printed once and kept nowhere. Programs send it as `Authorization: Bearer` to the admin API.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright api-key create --name backup --scope admin:clients.read --scope admin:users.read
  gatewright api-key create --name deploy --all --network 10.0.0.0/8 --days 30")]
struct Create {
    /// What it is for; only you see it
    #[arg(long)]
    name: String,
    /// What it may; repeatable
    #[arg(long, value_name = "SCOPE", required_unless_present = "all", value_parser = scope)]
    scope: Vec<Scope>,
    /// It may everything
    #[arg(long, conflicts_with = "scope")]
    all: bool,
    /// From where it may be used, in CIDR notation; repeatable, anywhere when left out
    #[arg(long, value_name = "NETWORK")]
    network: Vec<IpNet>,
    /// For how many days
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| {
        let all: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        format!("there are: {}", all.join(", "))
    })
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The key's id, as `gatewright api-key list` shows it
    id: Uuid,
}

#[derive(Serialize)]
struct View {
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    networks: Vec<String>,
    status: &'static str,
    created_by: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "output::reveal")]
    secret: Option<Secret<String>>,
    #[serde(skip)]
    used: Option<Time>,
    #[serde(skip)]
    ends: Option<Time>,
}

#[derive(Serialize)]
struct List {
    api_keys: Vec<View>,
}

#[derive(Serialize)]
struct Revoked {
    id: Uuid,
    changed: bool,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Create(what) => create(&common, &what).await,
        Command::List(what) => list(&common, &what).await,
        Command::Revoke(named) => revoke(&common, &named).await,
    }
}

async fn create(common: &Common, what: &Create) -> Result<(), Failure> {
    let (made, server) = match common.remote()? {
        Some(api) => (make_elsewhere(&api, what).await?, api.place().to_owned()),
        None => {
            let issuer = common.config()?.issuer;
            (installation::change(common, async |desk| make(desk, what).await).await?, issuer)
        }
    };
    common.format().result(&made, || {
        let secret = made.secret.as_ref().map_or("", |secret| secret.expose());
        let until = made.ends.map(minute).unwrap_or_default();
        let api = gatewright_server::admin::RESOURCE_PATH;
        format!(
            "Made the API key {} for {server}{api}, good until {until}.\n\nShown this once and kept nowhere:\n\n  {secret}",
            clean(&made.name)
        )
    })
}

async fn make_elsewhere(api: &Api<'_>, what: &Create) -> Result<View, Failure> {
    let body = json!({
        "name": what.name,
        "scopes": what.scopes().iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "networks": what.network,
        "days": what.days,
    });
    let reply = api.send(Ask::post("/api-keys", body)).await?;
    let secret = things::secret(&reply.body, "secret");
    let key: ApiKey = reply.read::<Key>()?.into();
    Ok(View { secret, ..view(&key, SystemClock.now()) })
}

impl Create {
    fn scopes(&self) -> &[Scope] {
        if self.all { Scope::ALL } else { &self.scope }
    }
}

async fn make(desk: &Desk, what: &Create) -> Result<View, Failure> {
    let now = desk.moment.now;
    let scopes: Scopes = what.scopes().iter().map(|scope| scope.as_str().to_owned()).collect();
    let key = ApiKey {
        id: desk.app.id(now),
        name: what.name.clone(),
        scopes,
        networks: what.network.iter().map(IpNet::to_string).collect(),
        created_by: desk.moment.actor.to_string(),
        created_at: now,
        expires_at: Some(now + Duration::days(i64::from(what.days))),
        last_used_at: None,
        previous_until: None,
        revoked_at: None,
    };
    let secret = Token::<Kind>::from_random(desk.app.random());
    match api_keys::create(&desk.app.store, &key, &secret.digest(), &desk.moment.trace(&desk.app)).await? {
        Write::Applied(()) => Ok(View { secret: Some(secret.text()), ..view(&key, now) }),
        Write::Lost => Err(Failure::new("the key was not made: its id is taken\n  run the command again")),
    }
}

fn view(key: &ApiKey, now: Time) -> View {
    let status = if key.revoked_at.is_some() {
        "revoked"
    } else if key.expires_at.is_some_and(|at| at <= now) {
        "expired"
    } else {
        "usable"
    };
    View {
        id: key.id,
        name: key.name.clone(),
        scopes: key.scopes.iter().map(str::to_owned).collect(),
        networks: key.networks.clone(),
        status,
        created_by: key.created_by.clone(),
        created_at: rfc3339(key.created_at),
        expires_at: key.expires_at.map(rfc3339),
        last_used_at: key.last_used_at.map(rfc3339),
        secret: None,
        used: key.last_used_at,
        ends: key.expires_at,
    }
}

async fn all(store: &Store, live_at: Option<Time>) -> Result<Vec<ApiKey>, Failure> {
    let (mut all, mut after) = (Vec::new(), (Time::UNIX_EPOCH, Uuid::nil()));
    loop {
        let page = api_keys::list(store, after, (PAGE, live_at)).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = (last.created_at, last.id);
        all.extend(page);
    }
}

async fn list(common: &Common, what: &Wanted) -> Result<(), Failure> {
    let now = SystemClock.now();
    let keys = match common.remote()? {
        Some(api) => {
            let ask = Ask::get("/api-keys").with_any("status", what.live.then_some("live"));
            api.found::<Key>(ask).await?.into_iter().map(ApiKey::from).collect()
        }
        None => {
            let live_at = what.live.then_some(now);
            installation::read(common, async |store| all(store, live_at).await).await?
        }
    };
    let list = List { api_keys: keys.iter().map(|key| view(key, now)).collect() };
    common.format().result(&list, || {
        if list.api_keys.is_empty() && what.live {
            return "There is no API key that lives.\n  see them all: gatewright api-key list".to_owned();
        }
        if list.api_keys.is_empty() {
            return "There is no API key. Make one: gatewright api-key create --name NAME --scope SCOPE"
                .to_owned();
        }
        let rows = list.api_keys.iter().map(|key| {
            [
                key.id.to_string(),
                clean(&key.name),
                key.scopes.join("\n"),
                key.status.to_owned(),
                key.used.map_or_else(|| "never".to_owned(), minute),
                key.ends.map(minute).unwrap_or_default(),
            ]
        });
        output::table(["ID", "FOR", "MAY", "STATUS", "LAST USED", "EXPIRES"], rows)
    })
}

async fn revoke(common: &Common, named: &Named) -> Result<(), Failure> {
    let done = match common.remote()? {
        Some(api) => revoke_elsewhere(&api, named.id).await?,
        None => revoke_here(common, named).await?,
    };
    common.format().result(&done, || {
        if done.changed {
            format!("Revoked {}.", done.id)
        } else {
            format!("There is no key {} that could be revoked. Nothing was done.", done.id)
        }
    })
}

async fn revoke_elsewhere(api: &Api<'_>, id: Uuid) -> Result<Revoked, Failure> {
    let path = format!("/api-keys/{id}");
    let key = match api.answer(Ask::get(&path)).await? {
        Ok(reply) => ApiKey::from(reply.read::<Key>()?),
        Err(trouble) if trouble.code() == "not_found" => return Ok(Revoked { id, changed: false }),
        Err(trouble) => return Err(trouble.into()),
    };
    if key.revoked_at.is_none() {
        api.send(Ask::delete(path)).await?;
    }
    Ok(Revoked { id, changed: key.revoked_at.is_none() })
}

async fn revoke_here(common: &Common, named: &Named) -> Result<Revoked, Failure> {
    installation::change(common, async |desk| {
        let written = api_keys::revoke(&desk.app.store, named.id, &desk.moment.trace(&desk.app)).await?;
        Ok(Revoked { id: named.id, changed: matches!(written, Write::Applied(())) })
    })
    .await
}

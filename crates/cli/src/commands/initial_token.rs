//! `gatewright initial-token`: who may register clients where not everybody may.

use chrono::Duration;
use clap::ValueEnum;
use gatewright_oauth::Profile;
use gatewright_oauth::secret::{InitialToken as Kind, Secret, Token};
use gatewright_server::clock::{Clock as _, SystemClock};
use gatewright_store::Write;
use gatewright_store::initial_tokens::{self, InitialToken};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{self, clean, minute, rfc3339};
use crate::remote::things::{self, Invitation};
use crate::remote::{Api, Ask};

/// Initial access tokens: they let their bearers register clients (RFC 7591)
///
/// Needed where `registration.mode` is "token"; elsewhere they lift the limits and may allow another profile.
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
    /// End a token; clients that were registered with it stay
    #[command(
        after_help = "Example:\n  gatewright initial-token revoke 0199d1f2-0000-7000-8000-000000000000"
    )]
    Revoke(Named),
}

/// List initial access tokens, oldest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  gatewright initial-token list\n  gatewright initial-token list --live")]
struct Wanted {
    /// Only those that are neither revoked nor expired
    #[arg(long)]
    live: bool,
}

/// Make a token
///
/// It is printed once and kept nowhere. Clients send it as `Authorization: Bearer` when they register.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright initial-token create --note 'CI of the notes team' --uses 5 --days 30
  gatewright initial-token create --note Portal --profile oidc_compat")]
struct Create {
    /// Whom it is for; only you see it
    #[arg(long)]
    note: String,
    /// How many clients it may register
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    uses: u32,
    /// For how many days
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Which rules its clients live by
    #[arg(long, value_name = "PROFILE", default_value = "mcp")]
    profile: Rules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Rules {
    Mcp,
    OidcCompat,
    Fapi2,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The token's id, as `gatewright initial-token list` shows it
    id: Uuid,
}

#[derive(Serialize)]
struct View {
    id: Uuid,
    note: String,
    profile: &'static str,
    status: &'static str,
    uses: i64,
    most_uses: i64,
    created_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "output::reveal")]
    initial_access_token: Option<Secret<String>>,
}

#[derive(Serialize)]
struct List {
    initial_tokens: Vec<View>,
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
    let made = match common.remote()? {
        Some(api) => make_elsewhere(&api, what).await?,
        None => installation::change(common, async |desk| store(desk, what).await).await?,
    };
    common.format().result(&made, || {
        let secret = made.initial_access_token.as_ref().map_or("", |secret| secret.expose());
        format!(
            "Made an initial access token for {} client{}, good until {}.\n\nShown this once and kept nowhere:\n\n  {secret}",
            made.most_uses,
            if made.most_uses == 1 { "" } else { "s" },
            made.expires_at
        )
    })
}

async fn make_elsewhere(api: &Api<'_>, what: &Create) -> Result<View, Failure> {
    let body = json!({
        "note": what.note,
        "profile": what.profile.profile().as_str(),
        "uses": what.uses,
        "days": what.days,
    });
    let reply = api.send(Ask::post("/initial-tokens", body)).await?;
    let initial_access_token = things::secret(&reply.body, "initial_access_token");
    let token: InitialToken = reply.read::<Invitation>()?.into();
    Ok(View { initial_access_token, ..view(&token, SystemClock.now()) })
}

impl Rules {
    const fn profile(self) -> Profile {
        match self {
            Rules::Mcp => Profile::Mcp,
            Rules::OidcCompat => Profile::OidcCompat,
            Rules::Fapi2 => Profile::Fapi2,
        }
    }
}

async fn store(desk: &Desk, what: &Create) -> Result<View, Failure> {
    let now = desk.moment.now;
    let token = InitialToken {
        id: desk.app.id(now),
        note: what.note.clone(),
        profile: what.profile.profile(),
        uses: 0,
        most_uses: i64::from(what.uses),
        created_at: now,
        expires_at: now + Duration::days(i64::from(what.days)),
        revoked_at: None,
    };
    let secret = Token::<Kind>::from_random(desk.app.random());
    match initial_tokens::create(&desk.app.store, &token, &secret.digest(), &desk.moment.trace(&desk.app))
        .await?
    {
        Write::Applied(()) => Ok(View { initial_access_token: Some(secret.text()), ..view(&token, now) }),
        Write::Lost => Err(Failure::new("the token was not made: its id is taken\n  run the command again")),
    }
}

fn view(token: &InitialToken, now: gatewright_oauth::Time) -> View {
    let status = if token.revoked_at.is_some() {
        "revoked"
    } else if token.expires_at <= now {
        "expired"
    } else if token.uses >= token.most_uses {
        "used up"
    } else {
        "usable"
    };
    View {
        id: token.id,
        note: token.note.clone(),
        profile: token.profile.as_str(),
        status,
        uses: token.uses,
        most_uses: token.most_uses,
        created_at: rfc3339(token.created_at),
        expires_at: rfc3339(token.expires_at),
        initial_access_token: None,
    }
}

async fn list(common: &Common, what: &Wanted) -> Result<(), Failure> {
    let now = SystemClock.now();
    let tokens = match common.remote()? {
        Some(api) => {
            let ask = Ask::get("/initial-tokens").with_any("status", what.live.then_some("live"));
            invitations(&api, ask).await?
        }
        None => {
            let all =
                installation::read(common, async |store| Ok(initial_tokens::list(store).await?)).await?;
            all.into_iter().filter(|token| !what.live || token.is_live(now)).collect()
        }
    };
    let list = List { initial_tokens: tokens.iter().map(|token| view(token, now)).collect() };
    common.format().result(&list, || {
        if tokens.is_empty() && what.live {
            return "There is no initial access token that lives.\n  see them all: gatewright initial-token list"
                .to_owned();
        }
        if tokens.is_empty() {
            return "There is no initial access token. Make one: gatewright initial-token create --note NAME"
                .to_owned();
        }
        let rows = list.initial_tokens.iter().zip(&tokens).map(|(view, token)| {
            [
                view.id.to_string(),
                clean(&view.note),
                view.profile.to_owned(),
                view.status.to_owned(),
                format!("{} of {}", view.uses, view.most_uses),
                minute(token.expires_at),
            ]
        });
        output::table(["ID", "FOR", "PROFILE", "STATUS", "USED", "EXPIRES"], rows)
    })
}

async fn revoke(common: &Common, named: &Named) -> Result<(), Failure> {
    let done = match common.remote()? {
        Some(api) => revoke_elsewhere(&api, named.id).await?,
        None => revoke_here(common, named).await?,
    };
    common.format().result(&done, || {
        if done.changed {
            format!("Revoked {}. Clients that were registered with it stay.", done.id)
        } else {
            format!("There is no token {} that could be revoked. Nothing was done.", done.id)
        }
    })
}

async fn invitations(api: &Api<'_>, ask: Ask) -> Result<Vec<InitialToken>, Failure> {
    Ok(api.found::<Invitation>(ask).await?.into_iter().map(InitialToken::from).collect())
}

async fn revoke_elsewhere(api: &Api<'_>, id: Uuid) -> Result<Revoked, Failure> {
    let known = invitations(api, Ask::get("/initial-tokens")).await?;
    let changed = known.iter().any(|token| token.id == id && token.revoked_at.is_none());
    if changed {
        api.send(Ask::delete(format!("/initial-tokens/{id}"))).await?;
    }
    Ok(Revoked { id, changed })
}

async fn revoke_here(common: &Common, named: &Named) -> Result<Revoked, Failure> {
    installation::change(common, async |desk| {
        let written =
            initial_tokens::revoke(&desk.app.store, named.id, &desk.moment.trace(&desk.app)).await?;
        Ok(Revoked { id: named.id, changed: matches!(written, Write::Applied(())) })
    })
    .await
}

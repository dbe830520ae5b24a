//! `gatewright session`: who is signed in in which browser.

use serde_json::{Value, json};
use uuid::Uuid;

use super::user;
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{self, clean, count, many, when, word};
use crate::remote::{self, Api, Ask};

/// Sessions: who is signed in, in which browser
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(List),
    End(End),
}

/// List sessions, the latest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright session list
  gatewright session list --user alice --all")]
struct List {
    /// Only of this account: its username, e-mail address or id
    #[arg(long)]
    user: Option<String>,
    /// Those included that ended within the last month
    #[arg(long, requires = "user")]
    all: bool,
}

/// Sign somebody out of a browser, or everywhere
///
/// Grants that are bound to a session end with it. Those that outlive sessions do not: gatewright grant revoke.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright session end 0199d1f2-0000-7000-8000-000000000000
  gatewright session end --user alice")]
struct End {
    /// The session's id
    #[arg(required_unless_present = "user")]
    id: Option<Uuid>,
    /// All of this account: its username, e-mail address or id
    #[arg(long, conflicts_with = "id")]
    user: Option<String>,
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::List(what) => list(&common, &what).await,
        Command::End(End { user: Some(user), .. }) => end_all(&common, &user).await,
        Command::End(End { id, .. }) => end(&common, id.unwrap_or_default()).await,
    }
}

async fn list(common: &Common, what: &List) -> Result<(), Failure> {
    let items = remote::with(common, async |api| {
        let mut ask = Ask::get("/sessions");
        if let Some(user) = &what.user {
            ask = ask.with("user_id", user::person(api, user).await?.id.to_string());
        }
        if what.all {
            ask = ask.with("status", "all");
        }
        api.all(ask).await
    })
    .await?;
    common.format().result(&json!({ "items": items }), || {
        if items.is_empty() {
            return "There is no such session.".to_owned();
        }
        let rows = items.iter().map(|one| {
            let end = if one["ended_at"].is_null() { "expires_at" } else { "ended_at" };
            [
                word(one, "id"),
                word(one, "user_id"),
                word(one, "status"),
                word(one, "amr"),
                when(one, "authenticated_at"),
                when(one, end),
            ]
        });
        output::table(["ID", "USER", "STATUS", "BY", "SIGNED IN", "ENDS"], rows)
    })
}

async fn end(common: &Common, id: Uuid) -> Result<(), Failure> {
    let (was, shown) = remote::with(common, async |api| {
        let was = api.send(Ask::get(format!("/sessions/{id}"))).await?.body;
        Ok((was, api.send(Ask::act(format!("/sessions/{id}/end"))).await?.body))
    })
    .await?;
    common.format().result(&shown, || {
        if was["status"] == "live" {
            format!("The session of user {} ended, with the grants bound to it.", word(&shown, "user_id"))
        } else {
            format!("The session was {} already. Nothing was done.", word(&was, "status"))
        }
    })
}

async fn end_all(common: &Common, user: &str) -> Result<(), Failure> {
    let ended = remote::with(common, async |api| {
        let user = user::person(api, user).await?;
        everywhere(api, user.id).await
    })
    .await?;
    common.format().result(&ended, || {
        let of = |member: &str, what: &str| many(count(&ended, member), what);
        format!(
            "{} is signed out: {} ended, {}.",
            clean(user),
            of("sessions", "session"),
            of("grants", "grant")
        )
    })
}

/// A thousand at a time, until there is none.
async fn everywhere(api: &Api<'_>, user: Uuid) -> Result<Value, Failure> {
    let (mut sessions, mut grants) = (0, 0);
    loop {
        let ended = api.send(Ask::act(format!("/users/{user}/end-sessions"))).await?.body;
        sessions += count(&ended, "sessions");
        grants += count(&ended, "grants");
        if ended["more"] != true {
            return Ok(json!({ "sessions": sessions, "grants": grants, "more": false }));
        }
    }
}

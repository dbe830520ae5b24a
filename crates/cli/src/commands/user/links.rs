//! `gatewright user invite`, `reset`: links with which people choose a password.

use gatewright_store::users::Role;
use serde_json::{Value, json};

use super::{Named, check, person, role};
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{when, word};
use crate::remote::{self, Ask};

/// Make an account for somebody who chooses the password
///
/// Prints a link for that, once: it is good for three days. Give it to the person and to nobody else.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  gatewright user invite --username alice --email alice@example.com --role support"
)]
pub(super) struct Invite {
    /// The name to sign in with
    #[arg(long)]
    username: String,
    /// An address to sign in with, too
    #[arg(long)]
    email: Option<String>,
    /// What to call the person
    #[arg(long)]
    name: Option<String>,
    /// What the person does in the administration
    #[arg(long, value_name = "ROLE")]
    role: Option<role::Office>,
    /// Mail the link to the address instead of printing it
    #[arg(long, requires = "email")]
    send: bool,
}

/// Whose password is forgotten, and what becomes of the link.
#[derive(Debug, clap::Args)]
pub(super) struct Reset {
    #[command(flatten)]
    named: Named,
    /// Mail the link to the account's address instead of printing it
    #[arg(long)]
    send: bool,
}

fn link(of: &Value, what: &str) -> String {
    if let Some(address) = of["sent_to"].as_str() {
        let address = crate::output::clean(address);
        return format!("{what} Mailed to {address}; good once, until {}.", when(of, "expires_at"));
    }
    let url = of["url"].as_str().unwrap_or_default();
    format!("{what} Good once, until {}; shown this once:\n\n  {url}", when(of, "expires_at"))
}

pub(super) async fn invite(common: &Common, what: &Invite) -> Result<(), Failure> {
    check([Some(&what.username), what.email.as_ref(), what.name.as_ref()], what.email.as_ref())?;
    let body = json!({
        "username": what.username,
        "email": what.email,
        "name": what.name,
        "role": what.role.and_then(role::Office::role).map(Role::as_str),
        "invite": true,
        "send": what.send,
    });
    let made = remote::with(common, async |api| match api.answer(Ask::post("/users", body)).await? {
        Ok(reply) => Ok(reply.body),
        Err(trouble) if trouble.code() == "taken" => Err(Failure::new(
            "the username or e-mail address is somebody's already\n  \
             who is there gets a link with gatewright user reset",
        )),
        Err(trouble) => Err(trouble.into()),
    })
    .await?;
    common.format().result(&made, || {
        let kind = Some(word(&made, "role")).filter(|role| !role.is_empty());
        let kind = kind.unwrap_or_else(|| "account".to_owned());
        let name = word(&made, "username");
        let what = format!("Made the {kind} {name} ({}), who chooses a password here.", word(&made, "id"));
        link(&made["invitation"], &what)
    })
}

pub(super) async fn reset(common: &Common, what: &Reset) -> Result<(), Failure> {
    let (name, made) = remote::with(common, async |api| {
        let send = if what.send { "?send=true" } else { "" };
        let user = person(api, &what.named.user).await?;
        let reply = api.send(Ask::act(format!("/users/{}/reset{send}", user.id))).await?;
        Ok((user.username, reply.body))
    })
    .await?;
    common.format().result(&made, || {
        let what = format!(
            "{} chooses a new password here; the one of now is good until then.",
            crate::output::clean(&name)
        );
        link(&made, &what)
    })
}

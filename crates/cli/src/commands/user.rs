//! `gatewright user`: the people who sign in.

mod delete;
mod elsewhere;
mod factors;
mod import;
mod links;
mod list;
mod role;

use gatewright_oauth::secret::Secret;
use gatewright_server::App;
use gatewright_server::accounts::{self, NewAccount, strength};
use gatewright_store::users::{self, Role, User};
use gatewright_store::{Store, Time, Write};
use serde::Serialize;
use uuid::Uuid;

use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::{clean, rfc3339};
use crate::password::{self, Source};
use crate::remote::{Api, things};
use crate::terminal;

/// The longest name or address, in bytes.
const MAX_NAME: usize = 254;

/// Users: the people who sign in
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
    List(list::Wanted),
    /// Disable an account: its sessions, codes and grants end for good
    ///
    /// Access tokens stay valid until they expire (minutes) where nobody asks this server.
    #[command(after_help = "Example:\n  gatewright user disable alice")]
    Disable(Named),
    /// Let a disabled account sign in again
    #[command(after_help = "Example:\n  gatewright user enable alice")]
    Enable(Named),
    Password(SetPassword),
    Role(role::SetRole),
    Invite(links::Invite),
    /// Make a link with which somebody chooses a new password
    ///
    /// Printed once; good once and for an hour. When a password was chosen, all sessions, codes and grants end.
    #[command(after_help = "Example:\n  gatewright user reset alice")]
    Reset(links::Reset),
    /// Take all second factors of an account away
    ///
    /// For somebody who lost them and has no recovery code. The password alone signs them in then, or lets them set up
    /// new ones where a second factor is required: make sure who asks.
    #[command(after_help = "Example:\n  gatewright user reset-factors alice")]
    ResetFactors(Named),
    Delete(delete::Delete),
    Import(import::Import),
}

/// Make an account
///
/// The password, at least 12 characters, is asked for on the terminal or read from standard input.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright user create --username alice --email alice@example.com --owner
  gatewright user create --username ci --password-stdin < password-file")]
struct Create {
    /// The name to sign in with
    #[arg(long)]
    username: String,
    /// An address to sign in with, too
    #[arg(long)]
    email: Option<String>,
    /// What to call the person
    #[arg(long)]
    name: Option<String>,
    /// The account administers the server: the same as `--role owner`
    #[arg(long, conflicts_with = "role")]
    owner: bool,
    /// What the person does in the administration
    #[arg(long, value_name = "ROLE")]
    role: Option<role::Office>,
    #[command(flatten)]
    password: PasswordSource,
}

/// Give an account another password and sign it out everywhere
///
/// All its sessions, codes and grants end: whoever knew the old password has nothing left.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright user password alice")]
struct SetPassword {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, clap::Args)]
struct PasswordSource {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The account's username, e-mail address or id
    user: String,
}

/// An account, as `--json` prints it.
#[derive(Serialize)]
struct View {
    id: Uuid,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    owner: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    status: &'static str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<String>,
    #[serde(skip)]
    created: Time,
}

/// What `user disable|enable|password --json` print.
#[derive(Serialize)]
struct Done {
    id: Uuid,
    username: String,
    status: &'static str,
    changed: bool,
}

impl View {
    fn of(user: User) -> View {
        View {
            id: user.id,
            username: user.username,
            email: user.email,
            name: user.display_name,
            owner: user.role == Some(Role::Owner),
            role: user.role.map(Role::as_str),
            status: if user.disabled_at.is_some() { "disabled" } else { "enabled" },
            created_at: rfc3339(user.created_at),
            disabled_at: user.disabled_at.map(rfc3339),
            created: user.created_at,
        }
    }
}

impl PasswordSource {
    fn ask(&self, account: &str) -> Result<Secret<String>, Failure> {
        password::ask(if self.password_stdin { Source::StandardInput } else { Source::Prompt }, account)
    }
}

/// Does it.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Create(what) => create(&common, what).await,
        Command::List(what) => list::run(&common, &what).await,
        Command::Disable(named) => switch(&common, &named, Switch::Off).await,
        Command::Enable(named) => switch(&common, &named, Switch::On).await,
        Command::Password(what) => set_password(&common, &what).await,
        Command::Role(what) => role::set(&common, &what).await,
        Command::Invite(what) => links::invite(&common, &what).await,
        Command::Reset(what) => links::reset(&common, &what).await,
        Command::ResetFactors(named) => factors::reset(&common, &named).await,
        Command::Delete(what) => delete::run(&common, &what).await,
        Command::Import(what) => import::run(&common, &what).await,
    }
}

async fn create(common: &Common, what: Create) -> Result<(), Failure> {
    let remote = common.remote()?;
    let issuer = match &remote {
        Some(api) => api.place().to_owned(),
        None => common.config()?.issuer,
    };
    what.check()?;
    let password = what.password.ask(&clean(&what.username))?;
    let view = match remote {
        Some(api) => elsewhere::create(&api, &what, &password).await?,
        None => create_here(common, what, password).await?,
    };
    common.format().result(&view, || {
        let kind = view.role.unwrap_or("account");
        format!("Made the {kind} {} ({}). Sign in at {issuer}.", clean(&view.username), view.id)
    })
}

async fn create_here(common: &Common, what: Create, password: Secret<String>) -> Result<View, Failure> {
    installation::change(common, async |desk| {
        let names: Vec<&str> = [what.username.as_str()].into_iter().chain(what.email.as_deref()).collect();
        judge(&desk.app, &password, &names).await?;
        let account = NewAccount {
            username: what.username.clone(),
            email: what.email.clone(),
            display_name: what.name.clone(),
            locale: None,
            role: what.role(),
            password,
        };
        match accounts::create(&desk.app, &desk.moment, account).await? {
            Write::Applied(id) => users::by_id(&desk.app.store, id).await?.map(View::of).ok_or_else(|| {
                Failure::new("the account was made and is gone again\n  see them all: gatewright user list")
            }),
            Write::Lost => Err(Failure::new(
                "the username or e-mail address is somebody's already\n  see them all: gatewright user list",
            )),
        }
    })
    .await
}

impl Create {
    fn role(&self) -> Option<Role> {
        if self.owner { Some(Role::Owner) } else { self.role.and_then(role::Office::role) }
    }

    fn check(&self) -> Result<(), Failure> {
        check([Some(&self.username), self.email.as_ref(), self.name.as_ref()], self.email.as_ref())
    }
}

/// What a new account is called.
fn check(texts: [Option<&String>; 3], email: Option<&String>) -> Result<(), Failure> {
    let wrong = |what: &str| Err(Failure::new(format!("the account was not made: {what}")));
    for text in texts.into_iter().flatten() {
        if text.trim().is_empty() || text.len() > MAX_NAME || clean(text) != *text {
            return wrong("names have 1 to 254 bytes and no invisible characters\n  choose another one");
        }
    }
    if email.is_some_and(|email| !is_address(email)) {
        return wrong("the e-mail address is none\n  write it like alice@example.com");
    }
    Ok(())
}

/// Something, an @, something with no space: mail servers know better than any rule.
fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
}

async fn find(store: &Store, named: &Named) -> Result<User, Failure> {
    let text = &named.user;
    let found = match text.parse::<Uuid>() {
        Ok(id) => users::by_id(store, id).await?,
        Err(_) => None,
    };
    let found = match found {
        Some(user) => Some(user),
        None => users::for_login(store, &accounts::key(text)).await?.map(|facts| facts.user),
    };
    found.ok_or_else(|| nobody(text))
}

/// The account that is meant, by the API.
pub(super) async fn person(api: &Api<'_>, text: &str) -> Result<User, Failure> {
    things::user(api, text).await?.ok_or_else(|| nobody(text))
}

fn nobody(text: &str) -> Failure {
    Failure::new(format!("there is no account {}\n  see them all: gatewright user list", clean(text)))
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
}

async fn switch(common: &Common, named: &Named, to: Switch) -> Result<(), Failure> {
    let done = match common.remote()? {
        Some(api) => elsewhere::switch(&api, named, to).await?,
        None => installation::change(common, async |desk| apply(desk, named, to).await).await?,
    };
    common.format().result(&done, || {
        let name = clean(&done.username);
        match (to, done.changed) {
            (Switch::Off, true) => format!("{name} is disabled. All sessions, codes and grants ended."),
            (Switch::Off, false) => format!("{name} was disabled already. Nothing was done."),
            (Switch::On, true) => format!("{name} is enabled and can sign in. What had ended stays ended."),
            (Switch::On, false) => format!("{name} was not disabled. Nothing was done."),
        }
    })
}

async fn apply(desk: &Desk, named: &Named, to: Switch) -> Result<Done, Failure> {
    let (store, trace) = (&desk.app.store, desk.moment.trace(&desk.app));
    let user = find(store, named).await?;
    let (written, status) = match to {
        Switch::Off => (users::disable(store, user.id, &trace).await?, "disabled"),
        Switch::On => (users::enable(store, user.id, &trace).await?, "enabled"),
    };
    let changed = match written {
        Write::Applied(()) => true,
        Write::Lost => false,
    };
    if to == Switch::Off && user.role == Some(Role::Owner) && users::count_owners(store).await? == 0 {
        terminal::note("warning: that was the last owner; nobody administers this server by the browser now");
    }
    Ok(Done { id: user.id, username: user.username, status, changed })
}

async fn set_password(common: &Common, what: &SetPassword) -> Result<(), Failure> {
    let remote = common.remote()?;
    // Nobody should type a password for an account that is not there.
    let user = match &remote {
        Some(api) => elsewhere::find(api, &what.named).await?,
        None => installation::read(common, async |store| find(store, &what.named).await).await?,
    };
    let name = clean(&user.username);
    let password = what.password.ask(&name)?;
    match remote {
        Some(api) => elsewhere::set_password(&api, &user, &password).await?,
        None => set_password_here(common, &user, &password).await?,
    }
    let status = if user.disabled_at.is_some() { "disabled" } else { "enabled" };
    let done = Done { id: user.id, username: user.username, status, changed: true };
    common.format().result(&done, || {
        let still = if status == "disabled" { " The account is still disabled." } else { "" };
        format!("{name} has a new password. All sessions, codes and grants ended.{still}")
    })
}

/// Whether a password may be chosen, by the rules of those that people choose themselves.
async fn judge(app: &App, password: &Secret<String>, names: &[&str]) -> Result<(), Failure> {
    strength::require(app, password, names)
        .await?
        .map_err(|wrong| Failure::new(format!("nothing was changed: {}", wrong.detail)))
}

async fn set_password_here(common: &Common, user: &User, password: &Secret<String>) -> Result<(), Failure> {
    installation::change(common, async |desk| {
        let names: Vec<&str> = [user.username.as_str()].into_iter().chain(user.email.as_deref()).collect();
        judge(&desk.app, password, &names).await?;
        match accounts::set_password(&desk.app, &desk.moment, user.id, password).await? {
            Write::Applied(()) => Ok(()),
            Write::Lost => Err(nobody(&user.username)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_not_be_told_apart_by_eye_are_refused() {
        let create = |username: &str, email: Option<&str>| Create {
            username: username.to_owned(),
            email: email.map(str::to_owned),
            name: None,
            role: None,
            owner: false,
            password: PasswordSource { password_stdin: true },
        };
        assert!(create("alice", Some("alice@example.com")).check().is_ok());
        assert!(create("Zoë", None).check().is_ok());
        for username in ["", "  ", "al\u{200b}ice", "al\u{202e}ice", "a\nb", &"x".repeat(255)] {
            assert!(create(username, None).check().is_err(), "{username:?}");
        }
        for email in ["alice", "@example.com", "alice@", "a lice@example.com"] {
            assert!(create("alice", Some(email)).check().is_err(), "{email:?}");
        }
    }
}

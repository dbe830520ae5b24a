//! `gatewright user list`: all accounts, or those that are looked for.

use clap::builder::NonEmptyStringValueParser;
use gatewright_server::accounts;
use gatewright_store::users::{self, Cursor, Filter, Role};
use serde::Serialize;

use super::View;
use crate::failure::Failure;
use crate::installation::{self, Common};
use crate::output::{self, clean, minute};
use crate::remote::things::Account;
use crate::remote::{Api, Ask};

/// Accounts of one look at the database.
const PAGE: u32 = 500;

/// List accounts, oldest first: all, or those that are looked for
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright user list --json
  gatewright user list --name carol --status disabled
  gatewright user list --role owner")]
pub(super) struct Wanted {
    /// Only the account that signs in with this name or address
    #[arg(long, value_name = "LOGIN", conflicts_with_all = ["name", "status", "role"],
          value_parser = NonEmptyStringValueParser::new())]
    login: Option<String>,
    /// Only with this in their user name, address or name, in small or capital letters
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// Only those that are
    #[arg(long, value_parser = ["enabled", "disabled"])]
    status: Option<String>,
    /// Only with this role
    #[arg(long, value_parser = ["owner", "admin", "support", "auditor"])]
    role: Option<String>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct List {
    users: Vec<View>,
}

impl Wanted {
    fn is_everything(&self) -> bool {
        [&self.login, &self.name, &self.status, &self.role].iter().all(|wish| wish.is_none())
    }
}

pub(super) async fn run(common: &Common, what: &Wanted) -> Result<(), Failure> {
    let users = match common.remote()? {
        Some(api) => elsewhere(&api, what).await?,
        None => here(common, what).await?,
    };
    let list = List { users };
    common.format().result(&list, || {
        if list.users.is_empty() {
            return if what.is_everything() {
                "There is no account yet.\n  gatewright user create --username alice --owner"
            } else {
                "There is no such account.\n  see them all: gatewright user list"
            }
            .to_owned();
        }
        let rows = list.users.iter().map(|user| {
            [
                clean(&user.username),
                user.email.as_deref().map(clean).unwrap_or_default(),
                user.name.as_deref().map(clean).unwrap_or_default(),
                user.role.unwrap_or_default().to_owned(),
                user.status.to_owned(),
                minute(user.created),
                user.id.to_string(),
            ]
        });
        output::table(["USERNAME", "E-MAIL", "NAME", "ROLE", "STATUS", "CREATED", "ID"], rows)
    })
}

async fn elsewhere(api: &Api<'_>, what: &Wanted) -> Result<Vec<View>, Failure> {
    let ask = Ask::get("/users")
        .with_any("login", what.login.as_deref())
        .with_any("name", what.name.as_deref())
        .with_any("status", what.status.as_deref())
        .with_any("role", what.role.as_deref());
    Ok(api.found::<Account>(ask).await?.into_iter().map(|told| View::of(told.into())).collect())
}

async fn here(common: &Common, what: &Wanted) -> Result<Vec<View>, Failure> {
    let name = what.name.as_deref().map(str::to_lowercase);
    let filter = Filter {
        name: name.as_deref(),
        disabled: what.status.as_deref().map(|status| status == "disabled"),
        role: what.role.as_deref().and_then(Role::parse),
    };
    installation::read(common, async |store| {
        if let Some(login) = &what.login {
            let found = users::for_login(store, &accounts::key(login)).await?;
            return Ok(found.map(|facts| View::of(facts.user)).into_iter().collect());
        }
        let (mut found, mut from) = (Vec::new(), Some(Cursor::START));
        while let Some(cursor) = from {
            let looked = users::search(store, filter, cursor, PAGE).await?;
            found.extend(looked.found.into_iter().map(View::of));
            from = looked.to;
        }
        Ok(found)
    })
    .await
}

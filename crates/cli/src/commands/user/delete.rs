//! `gatewright user delete`: accounts that go for good.

use serde_json::Value;

use super::{Named, person};
use crate::assent::Assent;
use crate::failure::Failure;
use crate::installation::Common;
use crate::output::{Format, clean, count, many};
use crate::remote::{self, Ask};
use crate::terminal;

/// Delete an account and everything personal about it, for good
///
/// Shows what goes, and asks. Events name the account by its id alone, and stay. To keep somebody out for a while:
/// `gatewright user disable`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright user delete alice --dry-run
  gatewright user delete alice --yes")]
pub(super) struct Delete {
    #[command(flatten)]
    named: Named,
    /// Only show what would go
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    #[command(flatten)]
    assent: Assent,
}

/// What goes with an account.
fn goods(gone: &Value) -> String {
    let of = |member: &str, what: &str| many(count(gone, member), what);
    format!(
        "{}, {}, {} and {}",
        of("sessions", "session"),
        of("grants", "grant"),
        of("consents", "remembered answer"),
        of("credentials", "password or link").replace("password or links", "passwords or links"),
    )
}

pub(super) async fn run(common: &Common, what: &Delete) -> Result<(), Failure> {
    let format = common.format();
    let (name, gone) = remote::with(common, async |api| {
        let user = person(api, &what.named.user).await?;
        let name = clean(&user.username);
        let delete = Ask::delete(format!("/users/{}", user.id));
        let would = api.send(delete.clone().dry()).await?.body;
        if what.dry_run {
            return Ok((name, would));
        }
        let question = format!("Delete {name} ({})? With it go {}, for good.", user.id, goods(&would));
        what.assent.or_ask(&question)?;
        Ok((name, api.send(delete).await?.body))
    })
    .await?;
    if what.dry_run && format == Format::Json {
        terminal::note("Nothing was done: this is what would go.");
    }
    format.result(&gone, || {
        if what.dry_run {
            format!("With {name} would go {}. Nothing was done.", goods(&gone))
        } else {
            format!("Deleted {name}, with {}.", goods(&gone))
        }
    })
}

//! `gatewright user role`: who administers the server.

use clap::ValueEnum;
use gatewright_server::accounts;
use gatewright_store::Write;
use gatewright_store::users::{self, Role, User};

use super::{Named, View, elsewhere, find};
use crate::failure::Failure;
use crate::installation::{self, Common};
use crate::output::clean;

/// What somebody does in the administration of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Office {
    /// Everything, and who else may
    Owner,
    /// Everything but who administers the server
    Admin,
    /// Accounts and what people have allowed
    Support,
    /// Sees everything, changes nothing
    Auditor,
    /// Nothing: a person who signs in
    None,
}

impl Office {
    pub(super) const fn role(self) -> Option<Role> {
        match self {
            Office::Owner => Some(Role::Owner),
            Office::Admin => Some(Role::Admin),
            Office::Support => Some(Role::Support),
            Office::Auditor => Some(Role::Auditor),
            Office::None => None,
        }
    }
}

/// Decide what somebody does in the administration of the server
///
/// It counts from the next request on, also for tokens they have already.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  gatewright user role alice admin
  gatewright user role alice none")]
pub(super) struct SetRole {
    #[command(flatten)]
    pub(super) named: Named,
    /// The role
    pub(super) role: Office,
}

pub(super) async fn set(common: &Common, what: &SetRole) -> Result<(), Failure> {
    let view = match common.remote()? {
        Some(api) => elsewhere::set_role(&api, what).await?,
        None => here(common, what).await?,
    };
    common.format().result(&view, || match view.role {
        Some(role) => format!("{} is {role} from now on.", clean(&view.username)),
        None => format!("{} has no part in the administration from now on.", clean(&view.username)),
    })
}

async fn here(common: &Common, what: &SetRole) -> Result<View, Failure> {
    installation::change(common, async |desk| {
        let store = &desk.app.store;
        let user = find(store, &what.named).await?;
        let wanted = what.role.role();
        // In one transaction, so that there is an owner whatever happens at the same time.
        let together = store.begin().await?;
        if wanted != Some(Role::Owner) && accounts::is_last_owner(together.store(), &user).await? {
            return Err(Failure::new("there must be an enabled owner\n  make somebody else an owner first"));
        }
        if user.role != wanted {
            let trace = desk.moment.trace(&desk.app);
            match users::set_role(together.store(), user.id, (user.role, wanted), &trace).await? {
                Write::Applied(()) => together.commit().await?,
                Write::Lost => {
                    return Err(Failure::new(
                        "the role was changed at the same time\n  look at it: gatewright user list",
                    ));
                }
            }
        }
        Ok(View::of(User { role: wanted, ..user }))
    })
    .await
}

//! `gatewright client approve`, `block`, `unblock`, `delete`, `purge`, `rotate-secret`.

use chrono::Duration;
use gatewright_oauth::secret::{ClientSecret, Secret, Token};
use gatewright_oauth::{Client, ClientId};
use gatewright_store::Write;
use gatewright_store::clients::{self, Overlap};
use serde::{Serialize, Serializer};

use super::{Named, elsewhere, find};
use crate::failure::Failure;
use crate::installation::{self, Common, Desk};
use crate::output::clean;

/// Rows of one kind that one statement of `purge` removes.
const BATCH: u32 = 1000;

/// What is done to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Approve,
    Block,
    Unblock,
    Delete,
    Purge,
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Done {
    pub(super) client_id: String,
    pub(super) status: &'static str,
    pub(super) changed: bool,
}

pub(super) async fn run(common: &Common, named: &Named, deed: Deed) -> Result<(), Failure> {
    let done = match common.remote()? {
        Some(api) => elsewhere::change(&api, named, deed).await?,
        None => installation::change(common, async |desk| apply(desk, named, deed).await).await?,
    };
    common.format().result(&done, || {
        let id = clean(&done.client_id);
        match (deed, done.changed) {
            (Deed::Approve, true) => {
                format!("Client {id} is approved: people are shown that an administrator vouches for it.")
            }
            (Deed::Approve, false) => format!("Client {id} was vouched for already. Nothing was done."),
            (Deed::Block, true) => {
                format!("Client {id} is blocked. Its codes, grants and refresh tokens ended.")
            }
            (Deed::Block, false) => format!("Client {id} was blocked already. Nothing was done."),
            (Deed::Unblock, true) => format!("Client {id} may be used again. What had ended stays ended."),
            (Deed::Unblock, false) => {
                format!("Client {id} was not blocked, or is deleted, which is for good. Nothing was done.")
            }
            (Deed::Delete, true) => format!(
                "Client {id} is deleted, with its codes, grants and refresh tokens. Its id never returns.\n\
                 What is kept about it goes with gatewright client purge."
            ),
            (Deed::Delete, false) => format!("Client {id} was deleted already. Nothing was done."),
            (Deed::Purge, true) => format!("Nothing but the id is left of client {id}."),
            (Deed::Purge, false) => format!("Nothing was left of client {id}. Nothing was done."),
        }
    })
}

async fn apply(desk: &Desk, named: &Named, deed: Deed) -> Result<Done, Failure> {
    let store = &desk.app.store;
    let client = find(store, named).await?;
    let (id, trace) = (&client.id, desk.moment.trace(&desk.app));
    let (written, status) = match deed {
        Deed::Approve => (clients::approve(store, id, &trace).await?, "approved"),
        Deed::Block => (clients::disable(store, id, &trace).await?, "blocked"),
        Deed::Unblock => (clients::enable(store, id, &trace).await?, "enabled"),
        Deed::Delete => (clients::delete(store, id, &trace).await?, "deleted"),
        Deed::Purge => (purge(desk, named).await?, "deleted"),
    };
    let changed = match written {
        Write::Applied(()) => true,
        Write::Lost => false,
    };
    Ok(Done { client_id: id.to_string(), status, changed })
}

/// Until nothing is left.
async fn purge(desk: &Desk, named: &Named) -> Result<Write<()>, Failure> {
    let store = &desk.app.store;
    let client = find(store, named).await?;
    let record = clients::record(store, &client.id, desk.moment.now).await?;
    if record.is_none_or(|record| record.deleted_at.is_none()) {
        return Err(not_deleted(&client.id));
    }
    let mut done = Write::Lost;
    while let Write::Applied(()) =
        clients::purge(store, &client.id, BATCH, &desk.moment.trace(&desk.app)).await?
    {
        done = Write::Applied(());
    }
    Ok(done)
}

pub(super) fn not_deleted(id: &ClientId) -> Failure {
    let id = clean(id.as_str());
    Failure::new(format!(
        "client {id} is not deleted, so what is kept about it stays\n  delete it first: gatewright client delete {id}"
    ))
}

pub(super) fn no_secret(client: &Client) -> Failure {
    Failure::new(format!(
        "client {} has no secret: it is registered with {}\n  nothing was done",
        clean(client.id.as_str()),
        client.metadata.token_endpoint_auth_method
    ))
}

/// Give a confidential client another secret
///
/// The new one is printed once and kept nowhere. With --overlap the one before stays good for a while, so
/// that the client can be changed without a gap.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  gatewright client rotate-secret c_Zm9vYmFy --overlap 24")]
pub(super) struct Rotate {
    #[command(flatten)]
    named: Named,
    /// For how many hours the secret before stays good, 168 at most
    #[arg(long, value_name = "HOURS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=168))]
    overlap: u32,
}

impl Rotate {
    pub(super) fn named(&self) -> &Named {
        &self.named
    }

    pub(super) fn overlap(&self) -> u32 {
        self.overlap
    }
}

#[derive(Serialize)]
pub(super) struct Rotated {
    pub(super) client_id: String,
    #[serde(serialize_with = "reveal")]
    pub(super) client_secret: Secret<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_secret_until: Option<String>,
}

fn reveal<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

pub(super) async fn rotate(common: &Common, arguments: Rotate) -> Result<(), Failure> {
    let done = match common.remote()? {
        Some(api) => elsewhere::rotate(&api, &arguments).await?,
        None => installation::change(common, async |desk| replace(desk, &arguments).await).await?,
    };
    common.format().result(&done, || {
        let before = match &done.previous_secret_until {
            Some(until) => format!("The one before is good until {until}."),
            None => "The one before is void.".to_owned(),
        };
        format!(
            "Client {} has another secret. {before}\n\nShown this once and kept nowhere:\n\n  {}",
            clean(&done.client_id),
            done.client_secret.expose()
        )
    })
}

async fn replace(desk: &Desk, arguments: &Rotate) -> Result<Rotated, Failure> {
    let client = find(&desk.app.store, &arguments.named).await?;
    let secret = Token::<ClientSecret>::from_random(desk.app.random());
    let until = desk.moment.now + Duration::hours(i64::from(arguments.overlap));
    let overlap = if arguments.overlap == 0 { Overlap::None } else { Overlap::Until(until) };
    let trace = desk.moment.trace(&desk.app);
    match clients::replace_secret(&desk.app.store, &client.id, (&secret.digest(), overlap), &trace).await? {
        Write::Applied(()) => Ok(Rotated {
            client_id: client.id.to_string(),
            client_secret: secret.text(),
            previous_secret_until: (overlap != Overlap::None).then(|| crate::output::rfc3339(until)),
        }),
        Write::Lost => Err(no_secret(&client)),
    }
}

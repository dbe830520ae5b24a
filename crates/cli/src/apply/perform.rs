//! Doing what is planned, one thing after the other.

use gatewright_oauth::secret::Secret;

use super::Kind;
use super::kind::{Names, Use};
use super::manifest::Entry;
use super::plan::{Change, Deed, Step, tried};
use super::record::Record;
use crate::failure::Failure;
use crate::remote::{Api, Reply, things};

/// What came of a step.
pub struct Done {
    /// A secret that was made, to be shown this once.
    pub secret: Option<Secret<String>>,
}

/// Does a step.
pub async fn step(api: &Api<'_>, step: &Step, record: &mut Record) -> Result<Done, Failure> {
    match &step.deed {
        Deed::Create(entry) => create(api, entry, record).await,
        Deed::Update(change) => update(api, change).await,
        Deed::Remove(live) => {
            let (ask, _) = step.kind.remove(live);
            match api.answer(ask).await? {
                Ok(_) => {}
                Err(trouble) if trouble.code() == "not_found" => {}
                Err(trouble) => return Err(trouble.into()),
            }
            record.forget(step.kind, &step.identity)?;
            Ok(Done { secret: None })
        }
    }
}

async fn create(api: &Api<'_>, entry: &Entry, record: &mut Record) -> Result<Done, Failure> {
    let kind = entry.kind;
    let names = names(api, kind).await?;
    record.note(kind, &entry.identity)?;
    let answer = api.answer(kind.create(&entry.members, &names)?).await?;
    if answer.is_err() {
        record.forget(kind, &entry.identity)?;
    }
    let reply = tried(answer, entry)?;
    if entry.members.get("enabled") == Some(&serde_json::Value::Bool(false)) {
        let names = Names::read(api).await?;
        if let Some(live) = kind.find(api, &names, &entry.identity).await? {
            api.send(kind.switch(&live.path, Use::Off)).await?;
        }
    }
    Ok(Done { secret: secret(kind, &reply) })
}

async fn update(api: &Api<'_>, change: &Change) -> Result<Done, Failure> {
    let Change { live, entry, settings, to } = change;
    let kind = entry.kind;
    let mut shown = None;
    if *settings {
        let names = names(api, kind).await?;
        let reply = tried(api.answer(kind.update(live, &entry.members, &names)?).await?, entry)?;
        shown = secret(kind, &reply);
    }
    if let Some(to) = to {
        tried(api.answer(kind.switch(&live.path, *to)).await?, entry)?;
    }
    Ok(Done { secret: shown })
}

fn secret(kind: Kind, reply: &Reply) -> Option<Secret<String>> {
    kind.secret().and_then(|member| things::secret(&reply.body, member))
}

/// Others may have been made a step before.
async fn names(api: &Api<'_>, kind: Kind) -> Result<Names, Failure> {
    match kind {
        Kind::Resource | Kind::Webhook => Ok(Names::default()),
        Kind::Client => Names::read(api).await,
    }
}

//! Events of what changes no other row.

use serde_json::Value;
use uuid::Uuid;

use super::{EventKind, Subject, Trace};
use crate::gather::{self, Gather, Gathering, Shared, Traces};
use crate::{Store, Stored, Write, count, tx};

/// Records something that changes no other row, such as a token by client credentials. Under load
/// such events are written together (`gather.rs`); each is durable before its own answer.
/// `Lost` when this event id was written before: a repeated call records nothing twice.
pub async fn insert(
    store: &Store,
    kind: EventKind,
    (subject, detail): (Subject, Value),
    trace: Trace,
) -> Stored<Write<()>> {
    count::write();
    gather::ask(store, Recorded { kind, subject, detail, trace }).await
}

/// An event to be written.
pub(crate) struct Recorded {
    kind: EventKind,
    subject: Subject,
    detail: Value,
    trace: Trace,
}

impl Shared for Recorded {
    type Answer = Write<()>;
    type Key = ();

    fn queue(gathering: &Gathering) -> &Gather<Self> {
        &gathering.events
    }

    fn key(&self) -> Option<()> {
        None
    }

    async fn run(store: &Store, rows: &[Self]) -> Stored<Vec<Write<()>>> {
        match write(store, rows).await {
            Ok(()) => Ok(rows.iter().map(|_| Write::Applied(())).collect()),
            // It was written before. With others in the statement each is asked again by itself.
            Err(error) if rows.len() == 1 && error.is_taken() => Ok(vec![Write::Lost]),
            Err(error) => Err(error),
        }
    }
}

/// Writes all of them, or none: an id that is there already is refused, which takes the database less than looking for
/// it first.
async fn write(store: &Store, rows: &[Recorded]) -> Stored<()> {
    let traces = Traces::of(rows.iter().map(|row| &row.trace));
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    let users: Vec<Option<Uuid>> = rows.iter().map(|row| row.subject.user).collect();
    let clients: Vec<Option<&str>> = rows.iter().map(|row| row.subject.client.as_deref()).collect();
    let resources: Vec<Option<Uuid>> = rows.iter().map(|row| row.subject.resource).collect();
    let grants: Vec<Option<Uuid>> = rows.iter().map(|row| row.subject.grant).collect();
    let details: Vec<&Value> = rows.iter().map(|row| &row.detail).collect();
    tx::write(|| {
        sqlx::query!(
            "INSERT INTO events
                 (id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail)
             SELECT * FROM UNNEST($1::UUID[], $2::TIMESTAMPTZ[], $3::TEXT[], $4::UUID[], $5::TEXT[],
                                  $6::TEXT[], $7::UUID[], $8::TEXT[], $9::UUID[], $10::UUID[], $11::JSONB[])",
            &traces.events,
            &traces.times,
            &kinds as &[&str],
            &traces.requests,
            &traces.peers as &[&str],
            &traces.actors as &[&str],
            &users as &[Option<Uuid>],
            &clients as &[Option<&str>],
            &resources as &[Option<Uuid>],
            &grants as &[Option<Uuid>],
            &details as &[&Value],
        )
        .execute(store.pool())
    })
    .await?;
    Ok(())
}

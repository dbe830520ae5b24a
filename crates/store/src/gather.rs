//! Natural batching: events that change nothing else, and arrive while earlier ones are being
//! committed, are written together.
//!
//! 1. Whoever records an event leaves it in the queue and waits for its own answer. If fewer than
//!    [`WRITERS`] are at work, it starts one: with one request in flight nothing waits.
//! 2. A writer takes what is there, at most [`MOST`], writes it by one statement, answers each, and goes
//!    on until nothing is left. It is a task of its own: an event once left is written although the
//!    request that left it was dropped.
//! 3. Each event gets its own answer. One that the database refuses fails alone: the others of its
//!    statement are written again one by one, which an event's id makes safe.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::events::Subject;
use crate::{EventKind, Store, StoreError, Stored, Time, Trace, Write, count, tx};

/// Writers at work at once: while one waits for its commit, the next gathers.
const WRITERS: usize = 2;
/// Most events of one statement: what a few milliseconds bring.
const MOST: usize = 128;

/// Events that wait to be written.
#[derive(Default)]
pub(crate) struct Gather(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    waiting: Vec<Entry>,
    writers: usize,
}

struct Entry {
    row: Row,
    done: Answer,
}

type Answer = oneshot::Sender<Stored<Write<()>>>;

struct Row {
    kind: EventKind,
    subject: Subject,
    detail: Value,
    trace: Trace,
}

/// Leaves an event to be written, and waits until it is.
pub(crate) async fn record(
    store: &Store,
    kind: EventKind,
    (subject, detail): (&Subject, &Value),
    trace: &Trace,
) -> Stored<Write<()>> {
    count::write();
    let row = Row { kind, subject: subject.clone(), detail: detail.clone(), trace: trace.clone() };
    let (done, answer) = oneshot::channel();
    if store.gather().leave(Entry { row, done }) {
        tokio::spawn(write_all(AtWork(store.clone())));
    }
    // A writer that panicked answers nobody.
    answer.await.unwrap_or(Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)))
}

impl Gather {
    /// Whether another writer is needed, which counts from now on.
    fn leave(&self, entry: Entry) -> bool {
        let mut queue = self.queue();
        queue.waiting.push(entry);
        let is_needed = queue.writers < WRITERS;
        queue.writers += usize::from(is_needed);
        is_needed
    }

    /// What to write next. With nothing left the writer stops counting in the same step, so that nobody
    /// leaves an event to one that is about to go.
    fn take(&self) -> Option<Vec<Entry>> {
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.writers -= 1;
            return None;
        }
        let count = queue.waiting.len().min(MOST);
        Some(queue.waiting.drain(..count).collect())
    }

    /// Nothing done under this lock can be left half done.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A writer.
struct AtWork(Store);

impl Drop for AtWork {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.gather().queue().writers -= 1;
        }
    }
}

async fn write_all(writer: AtWork) {
    let store = &writer.0;
    while let Some(entries) = store.gather().take() {
        let (rows, answers): (Vec<Row>, Vec<Answer>) =
            entries.into_iter().map(|entry| (entry.row, entry.done)).unzip();
        match insert(store, &rows).await {
            Ok(written) => answer(&rows, answers, written),
            Err(StoreError::Unavailable(error)) => {
                let error = Arc::new(error);
                for done in answers {
                    let error = io::Error::other(Arc::clone(&error));
                    send(done, Err(StoreError::Unavailable(sqlx::Error::Io(error))));
                }
            }
            // One of them is refused, and only the database knows which.
            Err(StoreError::Database(_) | StoreError::Corrupt { .. }) => {
                for (row, done) in rows.iter().zip(answers) {
                    let row = std::slice::from_ref(row);
                    match insert(store, row).await {
                        Ok(written) => answer(row, vec![done], written),
                        Err(error) => send(done, Err(error)),
                    }
                }
            }
        }
    }
}

/// Tells each whether its event is among the `written`; of two with the same id, the first.
fn answer(rows: &[Row], answers: Vec<Answer>, mut written: HashSet<Uuid>) {
    for (row, done) in rows.iter().zip(answers) {
        let is_written = written.remove(&row.trace.event);
        send(done, Ok(if is_written { Write::Applied(()) } else { Write::Lost }));
    }
}

fn send(done: Answer, outcome: Stored<Write<()>>) {
    // Whoever asked has left meanwhile; the event is written all the same.
    let _ = done.send(outcome);
}

/// Writes events; answers the ids of those that were not there before.
async fn insert(store: &Store, rows: &[Row]) -> Stored<HashSet<Uuid>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.trace.event).collect();
    let times: Vec<Time> = rows.iter().map(|row| row.trace.at).collect();
    let kinds: Vec<String> = rows.iter().map(|row| row.kind.as_str().to_owned()).collect();
    let requests: Vec<Uuid> = rows.iter().map(|row| row.trace.request).collect();
    let peers: Vec<String> = rows.iter().map(|row| row.trace.peer.clone()).collect();
    let actors: Vec<String> = rows.iter().map(|row| row.trace.actor.clone()).collect();
    let users: Vec<Option<Uuid>> = rows.iter().map(|row| row.subject.user).collect();
    let clients: Vec<Option<String>> = rows.iter().map(|row| row.subject.client.clone()).collect();
    let resources: Vec<Option<Uuid>> = rows.iter().map(|row| row.subject.resource).collect();
    let grants: Vec<Option<Uuid>> = rows.iter().map(|row| row.subject.grant).collect();
    let details: Vec<Value> = rows.iter().map(|row| row.detail.clone()).collect();
    let written = tx::write(|| {
        sqlx::query_scalar!(
            "INSERT INTO events
                 (id, at, kind, request_id, peer, actor, user_id, client_id, resource_id, grant_id, detail)
             SELECT * FROM UNNEST($1::UUID[], $2::TIMESTAMPTZ[], $3::TEXT[], $4::UUID[], $5::TEXT[],
                                  $6::TEXT[], $7::UUID[], $8::TEXT[], $9::UUID[], $10::UUID[], $11::JSONB[])
             ON CONFLICT (id) DO NOTHING
             RETURNING id",
            &ids,
            &times,
            &kinds,
            &requests,
            &peers,
            &actors,
            &users as &[Option<Uuid>],
            &clients as &[Option<String>],
            &resources as &[Option<Uuid>],
            &grants as &[Option<Uuid>],
            &details,
        )
        .fetch_all(store.pool())
    })
    .await?;
    Ok(written.into_iter().collect())
}

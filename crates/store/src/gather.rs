//! Natural batching: requests that need the same statement, and arrive while an earlier one is on its way, are
//! answered by one statement over arrays.
//!
//! 1. Whoever needs the statement leaves what it asks in the statement's queue, and waits for its own answer. If
//!    fewer than [`HANDS`] are at work, it starts one: with one request in flight nothing waits.
//! 2. A hand takes what is there, at most [`MOST`], runs the statement for all of it, answers each, and goes on until
//!    nothing is left. It is a task of its own: what was left is done although the request that left it was dropped.
//! 3. Each gets its own answer. Something that the database refuses, or a row that fits no state, fails alone: the
//!    others of its statement are asked again one by one. That is safe: a refused statement changed nothing.
//! 4. A row that somebody holds locked keeps a hand waiting. Whoever has waited for [`PATIENCE`] while no hand is free
//!    starts another one, up to [`MOST_HANDS`], so that the others do not wait for that row.
//! 5. A statement that locks several rows locks them in one [order](Shared::order), so that two of them do not wait
//!    for each other.
//!
//! Guards, events and answers are those of a statement for one; only the round trip and the commit are shared.

use std::cmp::Ordering;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

use crate::codes::{Presented, Redeemed};
use crate::events::Recorded;
use crate::grants::{Rotated, Sought};
use crate::{Store, StoreError, Stored, Time, Trace, Write};

/// At work at once for one statement: while one waits for its answer, the next gathers.
const HANDS: usize = 2;
/// The same when those at work are held up.
const MOST_HANDS: usize = 8;
/// How long is waited before another hand is started: longer than a statement takes that nothing holds up.
const PATIENCE: Duration = Duration::from_millis(50);
/// Most that one statement does: what a few milliseconds bring.
const MOST: usize = 128;

/// The queues of a store, one for each statement that is shared.
#[derive(Default)]
pub(crate) struct Gathering {
    pub(crate) events: Gather<Recorded>,
    pub(crate) codes: Gather<Presented>,
    pub(crate) redemptions: Gather<Redeemed>,
    pub(crate) grants: Gather<Sought>,
    pub(crate) rotations: Gather<Rotated>,
}

/// What one request asks of a statement that many may share.
pub(crate) trait Shared: Send + Sync + Sized + 'static {
    /// What it is told.
    type Answer: Send + 'static;

    /// Where it waits.
    fn queue(gathering: &Gathering) -> &Gather<Self>;

    /// Runs the statement for all of them, and answers in their order.
    fn run(store: &Store, asked: &[Self]) -> impl Future<Output = Stored<Vec<Self::Answer>>> + Send;

    /// Which of two is done first by a statement that locks rows: by the row's key.
    fn order(&self, _other: &Self) -> Ordering {
        Ordering::Equal
    }
}

/// What waits for one statement.
pub(crate) struct Gather<A: Shared>(Mutex<Queue<A>>);

struct Queue<A: Shared> {
    waiting: Vec<Entry<A>>,
    hands: usize,
}

impl<A: Shared> Queue<A> {
    /// Counts another hand, unless there are `most` already.
    fn takes_on(&mut self, most: usize) -> bool {
        let is_room = self.hands < most;
        self.hands += usize::from(is_room);
        is_room
    }
}

struct Entry<A: Shared> {
    asked: A,
    done: Done<A>,
}

type Done<A> = oneshot::Sender<Stored<<A as Shared>::Answer>>;

/// Leaves it to be done, and waits until it is.
pub(crate) async fn ask<A: Shared>(store: &Store, asked: A) -> Stored<A::Answer> {
    let queue = A::queue(store.gathering());
    let start = || drop(tokio::spawn(do_all(Hand::<A>(store.clone(), PhantomData))));
    let (done, mut answer) = oneshot::channel();
    if queue.leave(Entry { asked, done }) {
        start();
    }
    loop {
        match timeout(PATIENCE, &mut answer).await {
            // A hand that panicked answers nobody.
            Ok(answer) => {
                return answer.unwrap_or(Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)));
            }
            Err(_) if queue.is_held_up() => start(),
            Err(_) => {}
        }
    }
}

impl<A: Shared> Default for Gather<A> {
    fn default() -> Self {
        Gather(Mutex::new(Queue { waiting: Vec::new(), hands: 0 }))
    }
}

impl<A: Shared> Gather<A> {
    /// Whether another hand is needed, which counts from now on.
    fn leave(&self, entry: Entry<A>) -> bool {
        let mut queue = self.queue();
        queue.waiting.push(entry);
        queue.takes_on(HANDS)
    }

    /// Whether somebody waits whom no hand has taken, and another one may be started, which counts from now on.
    fn is_held_up(&self) -> bool {
        let mut queue = self.queue();
        !queue.waiting.is_empty() && queue.takes_on(MOST_HANDS)
    }

    /// What to do next. With nothing left the hand stops counting in the same step, so that nobody leaves
    /// anything to one that is about to go.
    fn take(&self) -> Option<Vec<Entry<A>>> {
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.hands -= 1;
            return None;
        }
        let count = queue.waiting.len().min(MOST);
        Some(queue.waiting.drain(..count).collect())
    }

    /// Nothing done under this lock can be left half done.
    fn queue(&self) -> MutexGuard<'_, Queue<A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody at work.
struct Hand<A: Shared>(Store, PhantomData<A>);

impl<A: Shared> Hand<A> {
    fn queue(&self) -> &Gather<A> {
        A::queue(self.0.gathering())
    }
}

impl<A: Shared> Drop for Hand<A> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.queue().queue().hands -= 1;
        }
    }
}

async fn do_all<A: Shared>(hand: Hand<A>) {
    while let Some(mut entries) = hand.queue().take() {
        entries.sort_by(|one, other| one.asked.order(&other.asked));
        let (asked, done): (Vec<A>, Vec<Done<A>>) =
            entries.into_iter().map(|entry| (entry.asked, entry.done)).unzip();
        match A::run(&hand.0, &asked).await {
            Ok(answers) => {
                for (done, answer) in done.into_iter().zip(answers) {
                    send::<A>(done, Ok(answer));
                }
            }
            Err(StoreError::Unavailable(error)) => {
                let error = Arc::new(error);
                for done in done {
                    let error = io::Error::other(Arc::clone(&error));
                    send::<A>(done, Err(StoreError::Unavailable(sqlx::Error::Io(error))));
                }
            }
            // It is about one of them, and only the database knows which.
            Err(StoreError::Database(_) | StoreError::Corrupt { .. }) => {
                for (asked, done) in asked.iter().zip(done) {
                    let answer = A::run(&hand.0, std::slice::from_ref(asked)).await;
                    send::<A>(done, answer.and_then(only));
                }
            }
        }
    }
}

/// The answer of a statement that was asked one thing.
fn only<T>(answers: Vec<T>) -> Stored<T> {
    answers.into_iter().next().ok_or(StoreError::Unavailable(sqlx::Error::WorkerCrashed))
}

fn send<A: Shared>(done: Done<A>, answer: Stored<A::Answer>) {
    // Whoever asked has left meanwhile; it is done all the same.
    let _ = done.send(answer);
}

/// The columns that every event takes from the request that caused it.
pub(crate) struct Traces<'a> {
    pub(crate) events: Vec<Uuid>,
    pub(crate) times: Vec<Time>,
    pub(crate) requests: Vec<Uuid>,
    pub(crate) peers: Vec<&'a str>,
    pub(crate) actors: Vec<&'a str>,
}

impl<'a> Traces<'a> {
    /// Of these traces, in their order.
    pub(crate) fn of(traces: impl Iterator<Item = &'a Trace> + Clone) -> Self {
        Traces {
            events: traces.clone().map(|trace| trace.event).collect(),
            times: traces.clone().map(|trace| trace.at).collect(),
            requests: traces.clone().map(|trace| trace.request).collect(),
            peers: traces.clone().map(|trace| trace.peer.as_str()).collect(),
            actors: traces.map(|trace| trace.actor.as_str()).collect(),
        }
    }
}

/// Applied when the statement wrote the event of this one.
pub(crate) fn outcome(trace: &Trace, written: &[Uuid]) -> Write<()> {
    Write::from_option(written.contains(&trace.event).then_some(()))
}

//! Natural batching: requests that need the same statement, and arrive while an earlier one is on its way, are
//! answered by one statement over arrays.
//!
//! 1. Whoever needs the statement leaves what it asks in the statement's queue, and waits for its own answer. If
//!    fewer than [`HANDS`] are at work, it starts one: with one request in flight nothing waits.
//! 2. A hand takes what is there, at most [`MOST`], runs the statement for all of it, answers each, and goes on until
//!    nothing is left. It is a task of its own: what was left is done although the request that left it was dropped.
//! 3. Each gets its own answer. Something that the database refuses, a row that fits no state, or one that stays
//!    locked, fails alone: the others of its statement are asked again one by one. That is safe: a refused statement
//!    changed nothing.
//! 4. A row that somebody holds locked keeps a hand waiting. Whoever has waited for [`PATIENCE`] while no hand is free
//!    starts another one, up to [`MOST_HANDS`], so that the others do not wait for that row. Who asks for the same row
//!    is left in the queue meanwhile, and told to come again when it has been held for [`STUCK`]: one row takes one
//!    connection, however many ask for it. Once found locked, it keeps nobody else waiting: whoever asks for it next
//!    gets a statement of their own.
//! 5. A statement that locks several rows locks them in one order, that of their [keys](Shared::key), so that two of
//!    them do not wait for each other.
//!
//! Guards, events and answers are those of a statement for one; only the round trip and the commit are shared.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

use crate::codes::{Presented, Redeemed};
use crate::error::is_locked;
use crate::events::Recorded;
use crate::grants::{Rotated, Sought};
use crate::{Store, StoreError, Stored, Time, Trace, Write};

/// At work at once for one statement: while it waits for its answer, the next gathers. A second one halves what they
/// share, and costs more than it brings.
const HANDS: usize = 1;
/// The same when those at work are held up.
const MOST_HANDS: usize = 8;
/// How long is waited before another hand is started: longer than a statement takes that nothing holds up.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long a row is waited for that another statement of ours has not come back from.
const STUCK: Duration = Duration::from_millis(500);
/// How long it is remembered that a row was found locked.
const FORGOTTEN: Duration = Duration::from_mins(1);
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
    /// What names the row that the statement locks; `()` where it locks none.
    type Key: Ord + Clone + Send + 'static;

    /// Where it waits.
    fn queue(gathering: &Gathering) -> &Gather<Self>;

    /// Runs the statement for all of them, and answers in their order.
    fn run(store: &Store, asked: &[Self]) -> impl Future<Output = Stored<Vec<Self::Answer>>> + Send;

    /// The row that it locks, if it does.
    fn key(&self) -> Option<Self::Key>;
}

/// What waits for one statement.
pub(crate) struct Gather<A: Shared>(Mutex<Queue<A>>);

struct Queue<A: Shared> {
    waiting: Vec<Entry<A>>,
    hands: usize,
    /// Rows that a statement is locking, and since when.
    at_work: BTreeMap<A::Key, Instant>,
    /// Rows that were found locked, and when: the next to ask for one gets a statement of their own.
    sore: BTreeMap<A::Key, Instant>,
    entries: u64,
}

impl<A: Shared> Queue<A> {
    /// Whether something waits that a hand could do, and there are fewer than `most`: then another one is to be
    /// started, which counts from now on.
    fn needs_a_hand(&mut self, most: usize) -> bool {
        let needs = self.hands < most && self.waiting.iter().any(|entry| self.since(&entry.asked).is_none());
        self.hands += usize::from(needs);
        needs
    }

    /// Since when a statement has been at its row.
    fn since(&self, asked: &A) -> Option<Instant> {
        self.at_work.get(&asked.key()?).copied()
    }

    fn is_stuck(&self, asked: &A) -> bool {
        self.since(asked).is_some_and(|since| since.elapsed() > STUCK)
    }

    fn release(&mut self, done: &mut Rows<A>) {
        for key in done.keys.drain(..) {
            self.at_work.remove(&key);
            self.sore.remove(&key);
        }
        if !done.locked.is_empty() {
            self.sore.retain(|_, found| found.elapsed() < FORGOTTEN);
            let now = Instant::now();
            self.sore.extend(done.locked.drain(..).map(|key| (key, now)));
        }
    }

    /// Takes what one statement may do: whatever is at no row that another one is at, and either nothing that was
    /// found locked, or only that.
    fn choose(&mut self) -> Vec<Entry<A>> {
        let waiting = std::mem::take(&mut self.waiting);
        let first = waiting.iter().find(|entry| self.since(&entry.asked).is_none());
        let alone = first.and_then(|entry| entry.asked.key()).filter(|key| self.sore.contains_key(key));
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for entry in waiting {
            let is_sore = entry.asked.key().is_some_and(|key| self.sore.contains_key(&key));
            let fits = if is_sore { alone.is_some() && entry.asked.key() == alone } else { alone.is_none() };
            let is_free = self.since(&entry.asked).is_none();
            if fits && is_free && taken.len() < MOST { &mut taken } else { &mut left }.push(entry);
        }
        self.waiting = left;
        taken.sort_by_cached_key(|entry| entry.asked.key());
        taken
    }
}

/// What was left.
struct Left {
    number: u64,
    needs_a_hand: bool,
}

struct Entry<A: Shared> {
    number: u64,
    asked: A,
    done: Done<A>,
}

type Done<A> = oneshot::Sender<Stored<<A as Shared>::Answer>>;

/// Leaves it to be done, and waits until it is.
pub(crate) async fn ask<A: Shared>(store: &Store, asked: A) -> Stored<A::Answer> {
    let queue = A::queue(store.gathering());
    let start = || drop(tokio::spawn(do_all(Hand::<A>::new(store.clone()))));
    let (done, mut answer) = oneshot::channel();
    let Some(Left { number, needs_a_hand }) = queue.leave(asked, done) else { return Err(held()) };
    if needs_a_hand {
        start();
    }
    loop {
        match timeout(PATIENCE, &mut answer).await {
            // A hand that panicked answers nobody.
            Ok(answer) => {
                return answer.unwrap_or(Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)));
            }
            Err(_) if queue.gives_up(number) => return Err(held()),
            Err(_) if queue.queue().needs_a_hand(MOST_HANDS) => start(),
            Err(_) => {}
        }
    }
}

/// What is told when a row stays locked.
fn held() -> StoreError {
    StoreError::Unavailable(sqlx::Error::Io(io::Error::other("a statement waits for this row already")))
}

impl<A: Shared> Default for Gather<A> {
    fn default() -> Self {
        Gather(Mutex::new(Queue {
            waiting: Vec::new(),
            hands: 0,
            at_work: BTreeMap::new(),
            sore: BTreeMap::new(),
            entries: 0,
        }))
    }
}

impl<A: Shared> Gather<A> {
    /// Leaves it, unless its row stays locked.
    fn leave(&self, asked: A, done: Done<A>) -> Option<Left> {
        let mut queue = self.queue();
        if queue.is_stuck(&asked) {
            return None;
        }
        queue.entries += 1;
        let number = queue.entries;
        queue.waiting.push(Entry { number, asked, done });
        Some(Left { number, needs_a_hand: queue.needs_a_hand(HANDS) })
    }

    /// Takes it back, if it waits for a row that stays locked.
    fn gives_up(&self, number: u64) -> bool {
        let mut queue = self.queue();
        let place = queue.waiting.iter().position(|entry| entry.number == number);
        let stuck = place.filter(|place| queue.is_stuck(&queue.waiting[*place].asked));
        if let Some(place) = stuck {
            queue.waiting.remove(place);
        }
        stuck.is_some()
    }

    /// What to do next, by whoever is done with these rows. With nothing left for it the hand stops counting in the
    /// same step, so that nobody leaves anything to one that is about to go.
    fn take(&self, done: &mut Rows<A>) -> Option<Vec<Entry<A>>> {
        let mut queue = self.queue();
        queue.release(done);
        let taken = queue.choose();
        if taken.is_empty() {
            queue.hands -= 1;
            return None;
        }
        done.keys.extend(taken.iter().filter_map(|entry| entry.asked.key()));
        done.keys.dedup();
        let now = Instant::now();
        queue.at_work.extend(done.keys.iter().map(|key| (key.clone(), now)));
        Some(taken)
    }

    /// Nothing done under this lock can be left half done.
    fn queue(&self) -> MutexGuard<'_, Queue<A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of a statement.
struct Rows<A: Shared> {
    keys: Vec<A::Key>,
    /// Of these, what it found locked.
    locked: Vec<A::Key>,
}

/// Somebody at work.
struct Hand<A: Shared> {
    store: Store,
    rows: Rows<A>,
}

impl<A: Shared> Hand<A> {
    fn new(store: Store) -> Self {
        Hand { store, rows: Rows { keys: Vec::new(), locked: Vec::new() } }
    }

    fn next(&mut self) -> Option<Vec<Entry<A>>> {
        A::queue(self.store.gathering()).take(&mut self.rows)
    }
}

impl<A: Shared> Drop for Hand<A> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut queue = A::queue(self.store.gathering()).queue();
            queue.hands -= 1;
            queue.release(&mut self.rows);
        }
    }
}

async fn do_all<A: Shared>(mut hand: Hand<A>) {
    while let Some(entries) = hand.next() {
        let (asked, done): (Vec<A>, Vec<Done<A>>) =
            entries.into_iter().map(|entry| (entry.asked, entry.done)).unzip();
        match A::run(&hand.store, &asked).await {
            Ok(answers) => {
                for (done, answer) in done.into_iter().zip(answers) {
                    send::<A>(done, Ok(answer));
                }
            }
            Err(error) if asked.len() == 1 => {
                if error.is_locked() {
                    hand.rows.locked.clone_from(&hand.rows.keys);
                }
                for (done, error) in done.into_iter().zip([error]) {
                    send::<A>(done, Err(error));
                }
            }
            Err(StoreError::Unavailable(error)) if !is_locked(&error) => {
                let error = Arc::new(error);
                for done in done {
                    let error = io::Error::other(Arc::clone(&error));
                    send::<A>(done, Err(StoreError::Unavailable(sqlx::Error::Io(error))));
                }
            }
            Err(StoreError::Unavailable(_) | StoreError::Database(_) | StoreError::Corrupt { .. }) => {
                hand.rows.locked = one_by_one(&hand.store, asked, done).await;
            }
        }
    }
}

/// It is about one of them, and only the database knows which.
/// Comes back with the rows that stayed locked.
async fn one_by_one<A: Shared>(store: &Store, asked: Vec<A>, done: Vec<Done<A>>) -> Vec<A::Key> {
    let mut locked: Vec<A::Key> = Vec::new();
    for (asked, done) in asked.into_iter().zip(done) {
        let key = asked.key();
        if key.is_some() && key.as_ref() == locked.last() {
            send::<A>(done, Err(held()));
            continue;
        }
        let answer = A::run(store, std::slice::from_ref(&asked)).await;
        if answer.as_ref().is_err_and(StoreError::is_locked) {
            locked.extend(key);
        }
        send::<A>(done, answer.and_then(only));
    }
    locked
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

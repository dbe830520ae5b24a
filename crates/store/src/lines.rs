//! Connections at hand: what statements run on.
//!
//! sqlx's pool asks the database for a sign of life after *every* statement before it lends the
//! connection again. That is a second round trip for each statement, during which the connection
//! is of no use to anyone. A connection whose statement has just been answered needs no such
//! question, so it is kept here, lent, and passed on without passing through the pool:
//!
//! 1. Whoever runs a statement takes a permit (there are as many as connections may be open) and
//!    the connection that was used last; the pool is asked when none is at hand.
//! 2. A statement that was answered whole gives its connection back. One that failed, or was
//!    dropped before its answer, does not: its connection goes to the pool, which tests it. When
//!    the connection broke, all others at hand go there too.
//! 3. What was not used for [`TRUSTED_IDLE`] is tested before use. What stays unused while others are
//!    used, or has been at hand for [`AT_HAND`], goes to the pool, so that the pool's own rules (greatest
//!    age, idle ones closed) hold.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use sqlx::{Connection as _, Error, PgConnection, PgTransaction, Postgres};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::is_unavailable;

/// A connection idle for longer than this is tested before use: a database restart costs the
/// idle ones nothing, and a busy server pays no extra round trip.
pub(crate) const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// How long a connection is passed on before the pool sees it again.
const AT_HAND: Duration = Duration::from_mins(5);

/// The pool, and the connections that are lent without it.
pub(crate) struct Lines {
    pool: PgPool,
    permits: Arc<Semaphore>,
    /// Used last at the end.
    at_hand: Mutex<Vec<Idle>>,
    waiting: AtomicU64,
    timeouts: AtomicU64,
}

/// How much the connections have to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// How many there may be.
    pub limit: u64,
    /// How many are open.
    pub open: u64,
    /// How many are at work.
    pub busy: u64,
    /// Statements that wait for one.
    pub waiting: u64,
    /// Statements that waited in vain so far.
    pub timeouts: u64,
}

struct Idle {
    connection: PoolConnection<Postgres>,
    /// When the pool lent it.
    lent: Instant,
    /// When it was last used.
    used: Instant,
}

impl Lines {
    /// Connections of `pool`, none of which is lent by anybody else.
    pub(crate) fn new(pool: PgPool) -> Lines {
        let permits = Arc::new(Semaphore::new(pool.options().get_max_connections() as usize));
        Lines {
            pool,
            permits,
            at_hand: Mutex::default(),
            waiting: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
        }
    }

    /// How much there is to do at the moment.
    pub(crate) fn load(&self) -> Load {
        let limit = u64::from(self.pool.options().get_max_connections());
        Load {
            limit,
            open: u64::from(self.pool.size()),
            busy: limit.saturating_sub(self.permits.available_permits() as u64),
            waiting: self.waiting.load(Ordering::Relaxed),
            timeouts: self.timeouts.load(Ordering::Relaxed),
        }
    }

    /// A connection, waited for as long as the pool would wait.
    pub(crate) async fn take(self: &Arc<Self>) -> Result<Line, Error> {
        let permit = self.permit().await?;
        let last = self.held().pop();
        let tested = match last {
            Some(idle) if idle.used.elapsed() < TRUSTED_IDLE => Some(idle),
            Some(idle) => self.test(idle).await,
            None => None,
        };
        let (connection, lent) = match tested {
            Some(idle) => (idle.connection, idle.lent),
            None => (self.pool.acquire().await?, Instant::now()),
        };
        Ok(Line { lines: Arc::clone(self), connection: Some(connection), lent, _permit: permit })
    }

    /// A transaction on a connection of the pool, which takes it back afterwards.
    pub(crate) async fn begin(&self) -> Result<(PgTransaction<'static>, OwnedSemaphorePermit), Error> {
        let permit = self.permit().await?;
        // There are as many permits as connections, so this makes room where those at hand are all there are.
        let surplus = self.held().pop();
        drop(surplus);
        Ok((self.pool.begin().await?, permit))
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => Ok(permit),
            Err(_) => {
                let _waits = Waits::begin(&self.waiting);
                let wait = Arc::clone(&self.permits).acquire_owned();
                let waited = self.in_time(wait).await;
                if waited.is_err() {
                    self.timeouts.fetch_add(1, Ordering::Relaxed);
                }
                waited?.map_err(|_| Error::PoolClosed)
            }
        }
    }

    /// The connection, if it still lives. If not, the others at hand do not either.
    async fn test(&self, mut idle: Idle) -> Option<Idle> {
        match self.in_time(idle.connection.ping()).await {
            Ok(Ok(())) => Some(idle),
            Ok(Err(_)) | Err(_) => {
                self.forget();
                None
            }
        }
    }

    async fn in_time<T>(&self, wait: impl Future<Output = T>) -> Result<T, Error> {
        let patience = self.pool.options().get_acquire_timeout();
        tokio::time::timeout(patience, wait).await.map_err(|_| Error::PoolTimedOut)
    }

    /// Lends nothing more, and closes every connection after the statement it is running.
    pub(crate) async fn close(&self) {
        self.permits.close();
        self.forget();
        self.pool.close().await;
    }

    /// Leaves everything at hand to the pool, which tests it.
    fn forget(&self) {
        let at_hand = std::mem::take(&mut *self.held());
        drop(at_hand);
    }

    /// Nothing done under this lock can be left half done.
    fn held(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits, until they stop in whatever way.
struct Waits<'a>(&'a AtomicU64);

impl Waits<'_> {
    fn begin(waiting: &AtomicU64) -> Waits<'_> {
        waiting.fetch_add(1, Ordering::Relaxed);
        Waits(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Lines {
    /// Outside a runtime a connection cannot be given to the pool any more; its socket is closed.
    fn drop(&mut self) {
        for idle in self.held().drain(..) {
            drop(idle.connection.leak());
        }
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Lines")
    }
}

/// A connection that is taken. Dropped without [`Line::give_back`], it goes to the pool.
pub(crate) struct Line {
    lines: Arc<Lines>,
    connection: Option<PoolConnection<Postgres>>,
    lent: Instant,
    /// Given back last: whoever gets it finds the connection at hand.
    _permit: OwnedSemaphorePermit,
}

impl Line {
    /// The statement was answered whole.
    fn give_back(mut self) {
        if self.lent.elapsed() > AT_HAND || self.lines.permits.is_closed() {
            return;
        }
        let Some(connection) = self.connection.take() else { return };
        let used = Instant::now();
        let mut at_hand = self.lines.held();
        at_hand.push(Idle { connection, lent: self.lent, used });
        let oldest = at_hand.first().filter(|idle| used - idle.used > TRUSTED_IDLE);
        let surplus = oldest.is_some().then(|| at_hand.remove(0));
        drop(at_hand);
        drop(surplus);
    }

    /// Gives the connection where its answer says it belongs.
    pub(crate) fn answered<T>(self, answer: Result<T, Error>) -> Result<T, Error> {
        match answer {
            Ok(answer) => {
                self.give_back();
                Ok(answer)
            }
            Err(error) => {
                if is_unavailable(&error) {
                    self.lines.forget();
                }
                Err(error)
            }
        }
    }
}

impl Deref for Line {
    type Target = PgConnection;

    #[expect(clippy::expect_used, reason = "only `give_back` takes it, and consumes the line")]
    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("a line has its connection")
    }
}

impl DerefMut for Line {
    #[expect(clippy::expect_used, reason = "only `give_back` takes it, and consumes the line")]
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("a line has its connection")
    }
}

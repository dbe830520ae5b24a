//! What statements run on: any connection at hand, or one that is in a transaction.
//!
//! Almost every change is one statement and needs no transaction. Some belong together all the same: a change, and
//! the record of the answer that was given for it (an idempotent request is answered twice with the same words).
//!
//! 1. [`Store::begin`] takes a connection, opens a transaction on it and gives a [`Together`], whose store runs every
//!    statement there, one after the other. [`Store::begin_when_needed`] does so with the first statement: whoever
//!    asks the network before it holds no connection meanwhile.
//! 2. [`Together::commit`] makes all of it durable. Dropped without it, or after a failed statement, nothing has
//!    happened: the transaction is rolled back before anybody else gets the connection.
//! 3. A conflict ends the whole transaction, so a statement in it is not repeated: what follows is `Unavailable`, and
//!    whoever asked tries again.

use std::fmt;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _, future::BoxFuture};
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Describe, Either, Error, Execute, Executor, PgConnection, PgTransaction, Postgres, SqlStr};
use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit};

use crate::lines::{Line, Lines};
use crate::{Store, Stored};

/// See the module.
pub(crate) enum Hands {
    /// Whichever connection is at hand.
    Any(Arc<Lines>),
    /// The one of a transaction.
    One(Mutex<Turn>),
}

/// How far a transaction is.
pub(crate) enum Turn {
    /// It begins with its first statement.
    Before(Arc<Lines>),
    /// It is under way.
    Within(Held),
    /// It is over, or a statement is being run in it.
    Over,
}

/// A transaction; rolled back unless committed, before the pool lends its connection again.
pub(crate) struct Held {
    transaction: PgTransaction<'static>,
    _permit: OwnedSemaphorePermit,
}

/// Changes that become durable together.
pub struct Together(Store);

impl Store {
    /// Step 1.
    pub async fn begin(&self) -> Stored<Together> {
        let (transaction, permit) = self.lines()?.begin().await?;
        let held = Held { transaction, _permit: permit };
        Ok(Together(self.with(Hands::One(Mutex::new(Turn::Within(held))))))
    }

    /// Step 1, with the first statement.
    pub fn begin_when_needed(&self) -> Stored<Together> {
        let lines = Arc::clone(self.lines()?);
        Ok(Together(self.with(Hands::One(Mutex::new(Turn::Before(lines))))))
    }
}

impl Together {
    /// The store whose statements belong together.
    pub fn store(&self) -> &Store {
        &self.0
    }

    /// Step 2.
    pub async fn commit(self) -> Stored<()> {
        let Hands::One(place) = self.0.pool() else { return Ok(()) };
        let turn = std::mem::replace(&mut *place.lock().await, Turn::Over);
        match turn {
            Turn::Before(_) => Ok(()),
            Turn::Within(held) => Ok(held.transaction.commit().await?),
            Turn::Over => Err(Error::PoolClosed.into()),
        }
    }
}

/// A connection for one statement.
enum Lent<'a> {
    Any(Line),
    One(MutexGuard<'a, Turn>, Held),
}

impl Hands {
    async fn lend(&self) -> Result<Lent<'_>, Error> {
        match self {
            Hands::Any(lines) => Ok(Lent::Any(lines.take().await?)),
            Hands::One(place) => {
                let mut place = place.lock().await;
                let held = match std::mem::replace(&mut *place, Turn::Over) {
                    Turn::Before(lines) => {
                        let (transaction, permit) = lines.begin().await?;
                        Held { transaction, _permit: permit }
                    }
                    Turn::Within(held) => held,
                    Turn::Over => return Err(Error::PoolClosed),
                };
                Ok(Lent::One(place, held))
            }
        }
    }
}

impl Lent<'_> {
    fn connection(&mut self) -> &mut PgConnection {
        match self {
            Lent::Any(line) => line,
            Lent::One(_, held) => &mut held.transaction,
        }
    }

    /// Gives the connection where its answer says it belongs. A transaction ends with its first failure.
    fn answered<T>(self, answer: Result<T, Error>) -> Result<T, Error> {
        match self {
            Lent::Any(line) => line.answered(answer),
            Lent::One(mut place, held) => {
                let answer = answer?;
                *place = Turn::Within(held);
                Ok(answer)
            }
        }
    }
}

impl fmt::Debug for Hands {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Hands")
    }
}

type Step = Either<PgQueryResult, PgRow>;

impl<'c> Executor<'c> for &'c Hands {
    type Database = Postgres;

    /// Reads the answer whole before anything of it is passed on, so that a consumer that stops early
    /// cannot leave a half-read connection. Our answers are short.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let whole = async move {
            let mut lent = self.lend().await?;
            let steps = lent.connection().fetch_many(query).try_collect::<Vec<Step>>().await;
            let steps = lent.answered(steps)?;
            Ok::<_, Error>(stream::iter(steps.into_iter().map(Ok)))
        };
        stream::once(whole).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async move {
            let mut lent = self.lend().await?;
            let row = lent.connection().fetch_optional(query).await;
            lent.answered(row)
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'c: 'e,
    {
        Box::pin(async move { self.lend().await?.connection().prepare_with(sql, parameters).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'c: 'e,
    {
        Box::pin(async move { self.lend().await?.connection().describe(sql).await })
    }
}

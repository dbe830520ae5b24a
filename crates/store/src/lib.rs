//! Gatewright's tables in PostgreSQL: one module per table, one guarded statement per change.
//!
//! # How a change is written
//!
//! 1. The flow has loaded facts and a pure rule has decided.
//! 2. The change is ONE statement built of data-modifying CTEs. Its `WHERE` repeats the facts
//!    the decision stood on (the guard), so a decision that went stale changes nothing.
//! 3. The same statement inserts the audit event, so there is no change without a record and
//!    no record without a change. A refusal that the flow wants remembered is [`events::insert`].
//! 4. The answer is [`Write::Applied`] or [`Write::Lost`].
//!
//! # What concurrency needs, and where it is argued
//!
//! Statements run at READ COMMITTED. All parts of one statement read the snapshot taken when it
//! started; only the rows it *updates* are locked and, when another transaction changed them
//! meanwhile, judged again. From that follow four rules every module here keeps:
//!
//! * **The single-use fact is on the updated row.** A code's `redeemed_at`, a grant's
//!   `generation` and `revoked_at`, a session's `ended_at`: of two racing statements the second
//!   waits for the first, re-reads that row and loses. This needs no `BEGIN` and no lock table.
//! * **Joined rows are not locked**, so a redemption may overlap with the statement that
//!   disables its user, and commit after it. No lock is taken against this. Instead every
//!   session, code and grant carries the `era` of its user and client and the id of its
//!   consent and session; disabling adds one to the era, revoking a consent deletes its row,
//!   ending a session is final. Whoever uses the late row joins those facts again, finds
//!   another era (or no consent), and refuses: the late row is born dead, and enabling the user
//!   again does not revive it. See [`standing`].
//! * **Under load many share one statement.** Reads and changes of the token endpoint that arrive while an earlier
//!   one is on its way go together, over arrays, each with its own guard, event and answer (`gather.rs`).
//! * **Ending many is one small update.** Disabling a client with a million grants writes one
//!   row and one event; nothing has to find the grants. Explicit `revoked_at` marks are set
//!   only where the rows are few (one grant, one session, one consent).
//!
//! Times are parameters (`Trace::at`), never the database's clock, and are stored in
//! microseconds. Identifiers and secrets are made by the caller.

pub mod api_keys;
pub mod clients;
pub mod code_tries;
pub mod codes;
pub mod consents;
pub mod count;
pub mod credentials;
pub mod data_keys;
mod decode;
pub mod deliveries;
pub mod device_codes;
mod error;
pub mod event_log;
pub mod events;
pub mod factors;
mod gather;
pub mod grants;
mod hands;
pub mod idempotency;
pub mod identities;
pub mod initial_tokens;
pub mod jobs;
pub mod known_browsers;
pub mod leases;
mod lines;
pub mod log_readers;
mod looking;
pub mod mailed_codes;
pub mod mailed_links;
pub mod mails;
pub mod master_keys;
pub mod passkeys;
pub mod password_links;
pub mod recovery_codes;
pub mod replay;
pub mod resources;
pub mod revoked_tokens;
pub mod rights;
mod schema;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
pub mod standing;
pub mod sweep;
pub mod totps;
pub mod traces;
pub mod tries;
mod tx;
pub mod users;
pub mod ways_in;
pub mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _};

pub use gatewright_oauth::Time;

pub use crate::error::{StoreError, Stored};
pub use crate::events::{EventKind, Trace};
use crate::gather::Gathering;
use crate::hands::Hands;
pub use crate::hands::Together;
pub use crate::lines::Load;
use crate::lines::{Lines, TRUSTED_IDLE};
pub use crate::looking::Looked;
pub use crate::schema::Schema;

/// The outcome of a guarded change.
///
/// `Lost` means the guard no longer held (somebody was faster, the row is gone or ended) and
/// nothing at all was written. It is handled where it happens.
#[must_use = "a lost write changed nothing: say what happens then"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write<T> {
    /// The change and its event are durable.
    Applied(T),
    /// The guard did not hold; nothing was written.
    Lost,
}

impl<T> Write<T> {
    /// Changes what an applied write carries.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Write<U> {
        match self {
            Write::Applied(value) => Write::Applied(change(value)),
            Write::Lost => Write::Lost,
        }
    }

    /// The applied value, for callers to whom losing is the absence of a value.
    pub fn applied(self) -> Option<T> {
        match self {
            Write::Applied(value) => Some(value),
            Write::Lost => None,
        }
    }

    pub(crate) fn from_option(value: Option<T>) -> Self {
        value.map_or(Write::Lost, Write::Applied)
    }
}

impl Write<()> {
    /// A statement that answers how many rows its guard let through.
    pub(crate) fn from_count(rows: i64) -> Self {
        if rows > 0 { Write::Applied(()) } else { Write::Lost }
    }
}

/// How to reach the database.
#[derive(Clone)]
pub struct ConnectOptions {
    /// `postgres://…`; may hold a password, hence no `Debug` here.
    pub url: String,
    /// Upper bound of open connections of this process.
    pub max_connections: u32,
    /// How long a request waits for a free connection before it is answered 503.
    pub acquire_timeout: Duration,
    /// How long one statement may run before the database cancels it.
    pub statement_timeout: Duration,
}

impl ConnectOptions {
    /// The defaults: 16 connections, 2 s to get one, 5 s per statement.
    pub fn new(url: impl Into<String>) -> Self {
        ConnectOptions {
            url: url.into(),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
        }
    }
}

/// How long a statement waits for a row: ours hold theirs for milliseconds, and a hand that waits holds up others.
const LOCK_TIMEOUT_MS: &str = "1000";

/// The database. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Store(Arc<Parts>);

struct Parts {
    hands: Hands,
    gathering: Gathering,
    direct: PgConnectOptions,
}

impl Store {
    /// Opens the pool and one connection, so that a wrong address is noticed here.
    ///
    /// Every connection is set to READ COMMITTED (what the guards are written for), to the
    /// statement timeout, to a short wait for rows that others hold locked, and to generic plans: every statement is a handful of index look-ups,
    /// and planning each call anew costs more than it finds. A generic plan may be made while the
    /// tables are empty and must still be right when they are not, so sequential scans are ruled
    /// out where an index will do (`tests/store/plans.rs` proves that one does), and compiling
    /// plans, which no short statement repays, is off.
    pub async fn connect(options: &ConnectOptions) -> Stored<Self> {
        let direct: PgConnectOptions = options.url.parse()?;
        let direct = direct.application_name("gatewright").statement_cache_capacity(256);
        let timeout = options.statement_timeout.as_millis().to_string();
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(move |connection, _| {
                let timeout = timeout.clone();
                Box::pin(async move {
                    let settings = sqlx::query!(
                        "SELECT set_config('statement_timeout', $1, false) AS timeout,
                                set_config('lock_timeout', $2, false) AS locks,
                                set_config('default_transaction_isolation', 'read committed', false) AS isolation,
                                set_config('plan_cache_mode', 'force_generic_plan', false) AS plans",
                        timeout,
                        LOCK_TIMEOUT_MS,
                    );
                    connection.execute(settings).await?;
                    let planner = sqlx::query!(
                        "SELECT set_config(name, 'off', false) AS is FROM pg_settings
                         WHERE name IN ('enable_seqscan', 'jit')"
                    );
                    connection.execute(planner).await.map(drop)
                })
            })
            .connect_with(direct.clone())
            .await?;
        Ok(Store(Arc::new(Parts {
            hands: Hands::Any(Arc::new(Lines::new(pool))),
            gathering: Gathering::default(),
            direct,
        })))
    }

    /// Asks the database for an answer, for readiness checks.
    pub async fn ping(&self) -> Stored<()> {
        tx::read(|| sqlx::query_scalar!(r#"SELECT 1 AS "one!""#).fetch_one(self.pool())).await.map(drop)
    }

    /// The database's own clock, only to be compared with ours (`doctor`, start-up check).
    pub async fn database_time(&self) -> Stored<Time> {
        tx::read(|| sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "time!""#).fetch_one(self.pool()))
            .await
    }

    /// What the server calls itself (`PostgreSQL 15.8 …`), for `doctor`.
    pub async fn database_version(&self) -> Stored<String> {
        tx::read(|| sqlx::query_scalar!(r#"SELECT version() AS "version!""#).fetch_one(self.pool())).await
    }

    /// Closes every connection after the statement it is running; later calls are `Unavailable`.
    pub async fn close(&self) {
        if let Hands::Any(lines) = &self.0.hands {
            lines.close().await;
        }
    }

    /// How much its connections have to do.
    pub fn load(&self) -> Load {
        match &self.0.hands {
            Hands::Any(lines) => lines.load(),
            Hands::One(_) => Load::default(),
        }
    }

    pub(crate) fn pool(&self) -> &Hands {
        &self.0.hands
    }

    /// For work of several statements on one connection.
    pub(crate) fn lines(&self) -> Stored<&Arc<Lines>> {
        match &self.0.hands {
            Hands::Any(lines) => Ok(lines),
            Hands::One(_) => Err(sqlx::Error::PoolClosed.into()),
        }
    }

    /// The same database, by other hands.
    pub(crate) fn with(&self, hands: Hands) -> Store {
        Store(Arc::new(Parts { hands, gathering: Gathering::default(), direct: self.0.direct.clone() }))
    }

    pub(crate) fn gathering(&self) -> &Gathering {
        &self.0.gathering
    }

    /// For the rare work that must not share the pool's timeouts.
    pub(crate) fn direct(&self) -> &PgConnectOptions {
        &self.0.direct
    }
}

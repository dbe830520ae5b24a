//! The limit of writes, without HTTP, rules or signatures around them.
//!
//! Two ways. [`Way::Statement`] is one guarded statement for one code, grant or event, over one connection per worker:
//! what a server does at least that does not gather. [`Way::Functions`] calls the store's functions, the read before
//! the judgement included, over one pool, which gathers as it does in the server. Both are set to generic plans, as
//! the server is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gatewright_oauth::secret::{AuthCode, Token};
use gatewright_oauth::{ClientId, Time};
use gatewright_server::clock::{Entropy as _, SystemEntropy};
use gatewright_server::{Moment, app};
use gatewright_store::codes::{self, Redemption};
use gatewright_store::grants::{self, Rotation};
use gatewright_store::{ConnectOptions, EventKind, Store, Trace};
use sqlx::postgres::{PgArguments, PgConnectOptions};
use sqlx::query::Query;
use sqlx::{ConnectOptions as _, PgConnection, Postgres};
use uuid::Uuid;

use crate::Outcome;
use crate::load::{Step, Worker};
use crate::seeds::applied;
use crate::supplies::{Code, Grant};
use crate::world::World;

/// An event by itself. The server writes events that arrive together by one statement.
const EVENT: &str = "INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id, \
     resource_id, grant_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
     ON CONFLICT (id) DO NOTHING";

/// Redeems one code, and creates its grant and event.
const REDEEM: &str = include_str!("sql/redeem.sql");
/// Rotates one grant, and creates its event.
const ROTATE: &str = include_str!("sql/rotate.sql");

/// How changes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The store's functions, with the read before the change.
    Functions,
    /// One prepared statement for each change.
    Statement,
}

/// What there is to change, each once.
pub enum Changes {
    /// Codes to redeem.
    Codes(Vec<Code>),
    /// Grants to rotate.
    Grants(Vec<Grant>),
    /// As many token events as there is time for.
    Events,
}

/// One kind of change, run in one way.
#[derive(Clone)]
pub struct Job {
    /// What is left.
    pub changes: Arc<Changes>,
    /// The next one nobody has taken.
    pub next: Arc<AtomicUsize>,
    /// How.
    pub way: Way,
    url: String,
    moment: Moment,
    agent: ClientId,
}

impl Job {
    /// A job over fresh supplies.
    pub fn new(world: &World, changes: Changes, way: Way) -> Job {
        Job {
            changes: Arc::new(changes),
            next: Arc::default(),
            way,
            url: world.database_url.clone(),
            moment: world.operator(),
            agent: world.seeds.agent.id.clone(),
        }
    }

    /// `count` workers for one thread.
    pub async fn workers(&self, count: usize) -> Outcome<Vec<Changer>> {
        let mut workers = Vec::with_capacity(count);
        let store = match self.way {
            Way::Statement => None,
            Way::Functions => {
                let mut options = ConnectOptions::new(&self.url);
                options.max_connections = u32::try_from(count)?;
                Some(Store::connect(&options).await?)
            }
        };
        for _ in 0..count {
            let line = match &store {
                Some(store) => Line::Store(store.clone()),
                None => Line::Own(connect(&self.url).await?),
            };
            workers.push(Changer { job: self.clone(), line, entropy: SystemEntropy::new() });
        }
        Ok(workers)
    }

    fn take(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

async fn connect(url: &str) -> Outcome<PgConnection> {
    let options: PgConnectOptions = url.parse()?;
    let settings = [("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("jit", "off")];
    Ok(options.options(settings).connect().await?)
}

/// One worker.
pub struct Changer {
    job: Job,
    line: Line,
    entropy: SystemEntropy,
}

enum Line {
    Store(Store),
    Own(PgConnection),
}

impl Worker for Changer {
    async fn step(&mut self) -> Outcome<Step> {
        let index = self.job.take();
        let trace = trace(&self.job.moment, &self.entropy);
        let changes = Arc::clone(&self.job.changes);
        match &*changes {
            Changes::Codes(codes) => match codes.get(index) {
                Some(code) => self.redeem(code, &trace).await?,
                None => return Ok(Step::Exhausted),
            },
            Changes::Grants(grants) => match grants.get(index) {
                Some(grant) => self.rotate(grant, &trace).await?,
                None => return Ok(Step::Exhausted),
            },
            Changes::Events => self.record(&trace).await?,
        }
        Ok(Step::Done)
    }
}

impl Changer {
    async fn redeem(&mut self, code: &Code, trace: &Trace) -> Outcome<()> {
        let digest = Token::<AuthCode>::digest(&code.code);
        let mut salt = [0; 32];
        self.entropy.fill(&mut salt);
        let redemption = Redemption {
            digest: &digest,
            client: &self.job.agent,
            refreshable: true,
            offline: true,
            salt: &salt,
            idle_expires_at: trace.at + chrono::Duration::days(30),
            expires_at: trace.at + chrono::Duration::days(90),
        };
        match &mut self.line {
            Line::Store(store) => {
                codes::for_redemption(store, &digest).await?.ok_or("a code is missing")?;
                applied(codes::redeem(store, &redemption, trace).await?)
            }
            Line::Own(connection) => {
                let write = prepared(REDEEM)
                    .bind(digest.as_bytes().as_slice())
                    .bind(redemption.client.as_str())
                    .bind(trace.at)
                    .bind(redemption.refreshable)
                    .bind(redemption.offline)
                    .bind(redemption.salt)
                    .bind(redemption.idle_expires_at)
                    .bind(redemption.expires_at)
                    .bind(trace.event)
                    .bind(EventKind::GrantCreated.as_str())
                    .bind(trace.request)
                    .bind(&trace.peer)
                    .bind(&trace.actor);
                counted(write, connection).await
            }
        }
    }

    async fn rotate(&mut self, grant: &Grant, trace: &Trace) -> Outcome<()> {
        let idle_expires_at = trace.at + chrono::Duration::days(30);
        match &mut self.line {
            Line::Store(store) => {
                grants::for_refresh(store, grant.id).await?.ok_or("a grant is missing")?;
                let rotation =
                    Rotation { grant: grant.id, client: &self.job.agent, generation: 0, idle_expires_at };
                applied(grants::rotate(store, &rotation, trace).await?)
            }
            Line::Own(connection) => {
                let write = prepared(ROTATE)
                    .bind(grant.id)
                    .bind(self.job.agent.as_str())
                    .bind(0_i64)
                    .bind(trace.at)
                    .bind(idle_expires_at)
                    .bind(trace.event)
                    .bind(EventKind::GrantRefreshed.as_str())
                    .bind(trace.request)
                    .bind(&trace.peer)
                    .bind(&trace.actor);
                counted(write, connection).await
            }
        }
    }

    /// The event of a client credentials request.
    async fn record(&mut self, trace: &Trace) -> Outcome<()> {
        let Line::Own(connection) = &mut self.line else {
            return Err("events are written by statements".into());
        };
        let detail = serde_json::json!({ "grant_type": "client_credentials", "scope": "mcp:read" });
        let write = prepared(EVENT)
            .bind(trace.event)
            .bind(trace.at)
            .bind(EventKind::TokenIssued.as_str())
            .bind(trace.request)
            .bind(&trace.peer)
            .bind(&trace.actor)
            .bind(None::<Uuid>)
            .bind(self.job.agent.as_str())
            .bind(None::<Uuid>)
            .bind(None::<Uuid>)
            .bind(detail);
        write.execute(connection).await?;
        Ok(())
    }
}

fn prepared(text: &'static str) -> Query<'static, Postgres, PgArguments> {
    sqlx::query(text)
}

/// A guarded write answers how many rows its guard let through.
async fn counted(write: Query<'_, Postgres, PgArguments>, connection: &mut PgConnection) -> Outcome<()> {
    use sqlx::Row as _;
    match write.fetch_one(connection).await?.try_get::<i64, _>(0)? {
        1 => Ok(()),
        other => Err(format!("a guarded write changed {other} rows").into()),
    }
}

/// What a request would record about itself.
fn trace(moment: &Moment, entropy: &SystemEntropy) -> Trace {
    let at: Time = moment.now;
    Trace {
        event: app::identifier(at, entropy),
        at,
        request: app::identifier(at, entropy),
        peer: "127.0.0.1".to_owned(),
        actor: "client:agent".to_owned(),
    }
}

//! A receiver of webhooks that can be away, slow, or broken.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::time::sleep;
use uuid::Uuid;

use crate::Outcome;
use crate::world::World;

/// The receiver is on this machine.
pub const LOOPBACK: &str = "[webhooks]\nallow_networks = [\"127.0.0.0/8\"]\n";

/// What the receiver does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// It takes it.
    #[default]
    Well,
    /// It takes it, so much later.
    Slow(Duration),
    /// It answers 500.
    Broken,
    /// It takes it, and says that it did not: the sender sends it again.
    Forgetful,
}

/// A receiver.
#[derive(Debug, Clone)]
pub struct Sink {
    address: SocketAddr,
    told: Arc<Mutex<Told>>,
}

#[derive(Debug, Default)]
struct Told {
    mood: Mood,
    /// Ids in the order in which they were taken first.
    taken: Vec<String>,
    times: BTreeMap<String, usize>,
    messages: usize,
}

impl Sink {
    /// Listens on a loopback address of its own.
    pub async fn listen() -> Outcome<Sink> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let sink = Sink { address: listener.local_addr()?, told: Arc::default() };
        let of = sink.clone();
        let app = Router::new().fallback(move |headers: HeaderMap| {
            let sink = of.clone();
            async move { sink.take(&headers).await }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(sink)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// From now on.
    pub fn set(&self, mood: Mood) {
        self.told().mood = mood;
    }

    /// How many different messages were taken.
    pub fn count(&self) -> usize {
        self.told().times.len()
    }

    /// How many messages came, all tries counted.
    pub fn messages(&self) -> usize {
        self.told().messages
    }

    /// The ids of what was taken, each once, in the order in which it came first.
    pub fn taken(&self) -> Vec<String> {
        self.told().taken.clone()
    }

    async fn take(&self, headers: &HeaderMap) -> StatusCode {
        let mood = {
            let mut told = self.told();
            told.messages += 1;
            told.mood
        };
        match mood {
            Mood::Broken => return StatusCode::INTERNAL_SERVER_ERROR,
            Mood::Slow(by) => sleep(by).await,
            Mood::Well | Mood::Forgetful => {}
        }
        let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        let mut told = self.told();
        let times = told.times.entry(id.clone()).or_default();
        *times += 1;
        if *times == 1 {
            told.taken.push(id);
            if mood == Mood::Forgetful {
                return StatusCode::INTERNAL_SERVER_ERROR;
            }
        }
        StatusCode::NO_CONTENT
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until everything was taken that this receiver is to be told; what was not, in the end.
    pub async fn missing(&self, world: &World, patience: Duration) -> Outcome<Vec<String>> {
        let begun = Instant::now();
        loop {
            let wanted = self.wanted(world).await?;
            let taken: HashSet<String> = self.told().times.keys().cloned().collect();
            let missing: Vec<String> =
                wanted.iter().map(Uuid::to_string).filter(|id| !taken.contains(id)).collect();
            if missing.is_empty() || begun.elapsed() > patience {
                return Ok(missing);
            }
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Events since the webhook was made, of its kinds (`grant.*` and so on).
    async fn wanted(&self, world: &World) -> Outcome<Vec<Uuid>> {
        let mut connection = world.superuser().await?;
        Ok(sqlx::query_scalar(
            "SELECT e.id FROM events e, webhooks w
             WHERE w.url = $1 AND e.at > w.created_at
               AND EXISTS (SELECT 1 FROM unnest(string_to_array(w.kinds, ' ')) AS kind (name)
                           WHERE e.kind LIKE replace(kind.name, '*', '%'))",
        )
        .bind(self.url())
        .fetch_all(&mut connection)
        .await?)
    }
}

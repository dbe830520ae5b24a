//! `traces`: what became of clients' attempts, for whoever asks why one failed.
//!
//! A memory, not a record: rows are written behind the requests they tell of, many at once, sampled where there are
//! too many, and swept after a week or when there are more than [`MOST`]. Nothing is decided from them, and they are
//! no events. They hold nothing secret.

use serde_json::Value;
use uuid::Uuid;

use crate::{Store, Stored, Time, tx};

/// Rows that are kept at most.
pub const MOST: i64 = 50_000;

/// One step of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// A version 7 UUID.
    pub id: Uuid,
    /// When.
    pub at: Time,
    /// The request, as in the log and in `X-Request-Id`.
    pub request: Uuid,
    /// What the steps of one authorization have in common.
    pub attempt: Option<Uuid>,
    /// The client, as the request named it.
    pub client: Option<String>,
    /// `register`, `authorize`, `login`, `consent`, `token`, ….
    pub step: String,
    /// An OAuth error code, or what went well.
    pub outcome: String,
    /// What the client was told, or the reason that was kept from it.
    pub said: String,
    /// What arrived.
    pub detail: Value,
}

/// Writes steps down.
pub async fn insert(store: &Store, steps: &[Step]) -> Stored<()> {
    let ids: Vec<Uuid> = steps.iter().map(|step| step.id).collect();
    let times: Vec<Time> = steps.iter().map(|step| step.at).collect();
    let requests: Vec<Uuid> = steps.iter().map(|step| step.request).collect();
    let attempts: Vec<Option<Uuid>> = steps.iter().map(|step| step.attempt).collect();
    let clients: Vec<Option<String>> = steps.iter().map(|step| step.client.clone()).collect();
    let names: Vec<String> = steps.iter().map(|step| step.step.clone()).collect();
    let outcomes: Vec<String> = steps.iter().map(|step| step.outcome.clone()).collect();
    let said: Vec<String> = steps.iter().map(|step| step.said.clone()).collect();
    let details: Vec<Value> = steps.iter().map(|step| step.detail.clone()).collect();
    tx::write(|| {
        sqlx::query!(
            "INSERT INTO traces (id, at, request_id, attempt, client_id, step, outcome, said, detail)
             SELECT * FROM unnest($1::UUID[], $2::TIMESTAMPTZ[], $3::UUID[], $4::UUID[], $5::TEXT[], $6::TEXT[],
                                  $7::TEXT[], $8::TEXT[], $9::JSONB[])
             ON CONFLICT (id) DO NOTHING",
            &ids,
            &times,
            &requests,
            &attempts as &[Option<Uuid>],
            &clients as &[Option<String>],
            &names,
            &outcomes,
            &said,
            &details,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(())
}

/// The latest steps of a client, newest first.
pub async fn of_client(store: &Store, client: &str, limit: u32) -> Stored<Vec<Step>> {
    tx::read(|| {
        sqlx::query_as!(
            Step,
            "SELECT id, at, request_id AS request, attempt, client_id AS client, step, outcome, said, detail
             FROM traces WHERE client_id = $1 ORDER BY at DESC LIMIT $2",
            client,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await
}

/// The steps of a request and of the attempt it belongs to, oldest first.
pub async fn of_request(store: &Store, request: Uuid) -> Stored<Vec<Step>> {
    tx::read(|| {
        sqlx::query_as!(
            Step,
            "SELECT id, at, request_id AS request, attempt, client_id AS client, step, outcome, said, detail
             FROM traces
             WHERE request_id = $1
                OR attempt IN (SELECT t.attempt FROM traces t WHERE t.request_id = $1 AND t.attempt IS NOT NULL)
             ORDER BY at, id LIMIT 200",
            request,
        )
        .fetch_all(store.pool())
    })
    .await
}

/// Forgets what is older than `before`, and the oldest of more than [`MOST`]; at most `limit` rows of each.
pub async fn forget(store: &Store, before: Time, limit: i64) -> Stored<u64> {
    let old = tx::write(|| {
        sqlx::query!(
            "DELETE FROM traces WHERE id IN (SELECT id FROM traces WHERE at < $1 ORDER BY at LIMIT $2)",
            before,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    let many = tx::write(|| {
        sqlx::query!(
            "DELETE FROM traces WHERE id IN (SELECT id FROM traces ORDER BY at DESC, id DESC OFFSET $1 LIMIT $2)",
            MOST,
            limit,
        )
        .execute(store.pool())
    })
    .await?;
    Ok(old.rows_affected() + many.rows_affected())
}

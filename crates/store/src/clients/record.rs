//! Everything known about one client, for whoever runs the server.

use gatewright_oauth::{Client, ClientId};
use uuid::Uuid;

use super::load;
use crate::{Store, Stored, Time, tx};

/// A client and what became of it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The client.
    pub client: Client,
    /// Where its registration came from.
    pub source: Option<String>,
    /// The initial access token it was registered with.
    pub initial_token: Option<Uuid>,
    /// Since when an administrator vouches for it.
    pub approved_at: Option<Time>,
    /// When it got its first code.
    pub first_used_at: Option<Time>,
    /// When it last got a token for a person.
    pub last_used_at: Option<Time>,
    /// Since when it is put aside, never having been used.
    pub swept_at: Option<Time>,
    /// Since when it is gone.
    pub deleted_at: Option<Time>,
    /// How many grants of it are alive at `now`, counted up to [`MOST_COUNTED`].
    pub live_grants: u64,
}

/// Nobody needs to know exactly beyond this, and counting costs.
pub const MOST_COUNTED: u32 = 10_000;

/// One client, whatever became of it.
pub async fn record(store: &Store, id: &ClientId, now: Time) -> Stored<Option<Record>> {
    let Some(client) = load(store, id).await? else { return Ok(None) };
    let row = tx::read(|| {
        sqlx::query!(
            r#"SELECT c.source, c.initial_token_id, c.approved_at, c.first_used_at, c.swept_at, c.deleted_at,
                      counted.live AS "live!", counted.last_used_at
               FROM clients c, (
                   SELECT count(*) FILTER (WHERE g.revoked_at IS NULL AND g.idle_expires_at > $2
                                           AND g.expires_at > $2 AND g.current) AS live,
                          max(g.rotated_at) AS last_used_at
                   FROM (SELECT g.revoked_at, g.idle_expires_at, g.expires_at, g.rotated_at,
                                g.client_era = c.era AND c.disabled_at IS NULL AS current
                         FROM grants g JOIN clients c ON c.id = g.client_id
                         WHERE g.client_id = $1 ORDER BY g.id DESC LIMIT $3) AS g
               ) AS counted
               WHERE c.id = $1"#,
            id.as_str(),
            now,
            i64::from(MOST_COUNTED),
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Some(Record {
        client,
        source: row.source,
        initial_token: row.initial_token_id,
        approved_at: row.approved_at,
        first_used_at: row.first_used_at,
        last_used_at: row.last_used_at,
        swept_at: row.swept_at,
        deleted_at: row.deleted_at,
        live_grants: u64::try_from(row.live).unwrap_or_default(),
    }))
}

//! Writing a request down.

use gatewright_oauth::{ClientId, Digest, Scopes};
use uuid::Uuid;

use crate::{Store, Stored, Time, tx};

/// A request to be written down.
#[derive(Clone, Copy)]
pub struct NewRequest<'a> {
    /// Fresh id of the grant it becomes.
    pub id: Uuid,
    /// Digest of the device code.
    pub digest: &'a Digest,
    /// Keyed digest of the user code.
    pub user_code: &'a Digest,
    /// The authenticated client.
    pub client: &'a ClientId,
    /// For which resource.
    pub resource: Uuid,
    /// What it asks for.
    pub scope: &'a Scopes,
    /// What the device calls itself.
    pub device_name: Option<&'a str>,
    /// Where it asks from.
    pub peer: &'a str,
    /// The network that address is counted in.
    pub network: &'a str,
    /// Seconds between two polls.
    pub interval: i64,
    /// When it asks.
    pub at: Time,
    /// When it ends.
    pub expires_at: Time,
}

/// How many requests may wait at once.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Of one client in one network.
    pub network: u32,
    /// Of one client.
    pub client: u32,
}

/// What became of a new request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// It waits for somebody.
    Waiting,
    /// Too many wait already.
    NoRoom,
    /// Its user code is in use, or the client was disabled meanwhile.
    Lost,
}

/// Writes a request down, if there is room. Requests that come at the same moment are not counted: as many more as there
/// are connections may get in.
///
/// There is no event: whoever can send a request could fill the log that is kept for years. What is approved or denied
/// is written there, with where it was asked from.
pub async fn request(store: &Store, new: &NewRequest<'_>, room: Room) -> Stored<Requested> {
    let row = tx::write(|| {
        sqlx::query!(
            r#"WITH room AS (
                   SELECT (SELECT count(*) FROM (
                               SELECT 1 FROM device_codes
                               WHERE client_id = $4 AND network = $9 AND expires_at > $11 LIMIT $13) AS here) < $13
                          AND (SELECT count(*) FROM (
                               SELECT 1 FROM device_codes
                               WHERE client_id = $4 AND expires_at > $11 LIMIT $14) AS anywhere) < $14 AS is_left
               ), made AS (
                   INSERT INTO device_codes (id, digest, user_code, client_id, resource_id, scope, device_name,
                                             peer, network, interval_seconds, created_at, expires_at)
                   SELECT $1, $2, $3, c.id, $5, $6, $7, $8, $9, $10, $11, $12
                   FROM clients c, room
                   WHERE c.id = $4 AND c.disabled_at IS NULL AND room.is_left
                   ON CONFLICT DO NOTHING
                   RETURNING id
               )
               SELECT room.is_left AS "is_left!", (SELECT count(*) FROM made) AS "made!" FROM room"#,
            new.id,
            new.digest.as_bytes(),
            new.user_code.as_bytes(),
            new.client.as_str(),
            new.resource,
            new.scope.to_string(),
            new.device_name,
            new.peer,
            new.network,
            new.interval,
            new.at,
            new.expires_at,
            i64::from(room.network),
            i64::from(room.client),
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(match (row.is_left, row.made) {
        (false, _) => Requested::NoRoom,
        (true, 0) => Requested::Lost,
        (true, _) => Requested::Waiting,
    })
}

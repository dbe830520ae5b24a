//! What a client proves itself with, and what it says of itself: changed by an administrator, or by the client
//! through its registration (RFC 7592).

use gatewright_oauth::{Client, ClientId, Digest};

use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Time, Trace, Write, tx};

/// How long the secret before is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// Not at all.
    None,
    /// Until then.
    Until(Time),
}

/// Gives a confidential client another secret. With an overlap the one before stays good for a while; the one
/// before that is void in any case. `Lost` when the client is unknown or has no secret.
pub async fn replace_secret(
    store: &Store,
    id: &ClientId,
    (secret, overlap): (&Digest, Overlap),
    trace: &Trace,
) -> Stored<Write<()>> {
    let until = match overlap {
        Overlap::None => None,
        Overlap::Until(until) => Some(until),
    };
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients
                   SET previous_secret_digest = CASE WHEN $9::TIMESTAMPTZ IS NULL THEN NULL ELSE secret_digest END,
                       previous_secret_until = $9, secret_digest = $2
                   WHERE id = $1 AND secret_digest IS NOT NULL
                   RETURNING id
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $3, $4, $5, $6, $7, $8, id, '{}' FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id.as_str(),
            secret.as_bytes(),
            trace.event,
            trace.at,
            EventKind::ClientSecretReplaced.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            until,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Stores what a client says of itself now, and what it manages its registration with from now on. Consents were
/// given to what it was; changed keys or another method end its grants. `Lost` when `token` is not what it manages
/// its registration with any more, or the client is gone.
pub async fn update(store: &Store, client: &Client, token: &Digest, trace: &Trace) -> Stored<Write<()>> {
    let metadata = serde_json::to_value(&client.metadata)
        .map_err(|_| corrupt("clients", "metadata", client.id.as_str()))?;
    let (metadata_digest, key_digest) = (client.digest(), client.metadata.key_digest());
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients
                   SET metadata = $2, metadata_digest = $3, secret_digest = $4, registration_digest = $5,
                       key_digest = $6, era = era + CASE WHEN key_digest = $6 THEN 0 ELSE 1 END,
                       previous_secret_digest = NULL, previous_secret_until = NULL
                   WHERE id = $1 AND registration_digest = $7 AND disabled_at IS NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $8, $9, $10, $11, $12, $13, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            client.id.as_str(),
            metadata,
            metadata_digest.as_bytes(),
            client.secret.as_ref().map(|digest| digest.as_bytes().as_slice()),
            client.registration_token.as_ref().map(|digest| digest.as_bytes().as_slice()),
            key_digest.as_bytes(),
            token.as_bytes(),
            trace.event,
            trace.at,
            EventKind::ClientUpdated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

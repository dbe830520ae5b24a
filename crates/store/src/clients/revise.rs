//! What an administrator changes about a client that is there, and whose document they keep for good.

use std::collections::BTreeSet;

use gatewright_oauth::{Client, ClientId, GrantType};

use super::ChangedKeys;
use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// Has nobody else change a client until the end of the transaction.
pub async fn hold(store: &Store, id: &ClientId) -> Stored<()> {
    tx::write(|| {
        sqlx::query_scalar!("SELECT id FROM clients WHERE id = $1 FOR UPDATE", id.as_str())
            .fetch_optional(store.pool())
    })
    .await
    .map(drop)
}

/// Stores what an administrator says a client is from now on. Consents were given to what it was; changed keys or
/// another method end its grants, and so does that people may not allow it anything any more; another secret voids the ones before. A registration that was shared by whoever
/// registers the same is not shared any more. `Lost` when the client is unknown or deleted.
pub async fn revise(store: &Store, client: &Client, trace: &Trace) -> Stored<Write<()>> {
    let metadata = serde_json::to_value(&client.metadata)
        .map_err(|_| corrupt("clients", "metadata", client.id.as_str()))?;
    let (metadata_digest, key_digest) = (client.digest(), client.metadata.key_digest());
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients
                   SET profile = $2, metadata = $3, metadata_digest = $4, key_digest = $5,
                       era = era + CASE WHEN key_digest = $5
                                         AND NOT ($15::TEXT IS NOT DISTINCT FROM 'forbidden'
                                                  AND consent IS DISTINCT FROM 'forbidden') THEN 0 ELSE 1 END,
                       consent = $15::TEXT, secret_digest = $6,
                       previous_secret_digest = CASE WHEN secret_digest = $6 THEN previous_secret_digest END,
                       previous_secret_until = CASE WHEN secret_digest = $6 THEN previous_secret_until END,
                       dedupe_digest = CASE WHEN metadata = $3 THEN dedupe_digest END,
                       default_resource_id = $7, resource_server_id = $8
                   WHERE id = $1 AND deleted_at IS NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $9, $10, $11, $12, $13, $14, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            client.id.as_str(),
            client.profile.as_str(),
            metadata,
            metadata_digest.as_bytes(),
            key_digest.as_bytes(),
            client.secret.as_ref().map(|digest| digest.as_bytes().as_slice()),
            client.default_resource,
            client.speaks_for,
            trace.event,
            trace.at,
            EventKind::ClientUpdated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
            client.consent.stored(),
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Gives a client of this program the grants it has in this version, and says which description of it that was; all
/// else stays, and so does what people allowed it. `Lost` when the client is deleted, or was described anew meanwhile.
pub async fn extend(
    store: &Store,
    was: &Client,
    (grants, version): (&BTreeSet<GrantType>, &str),
    trace: &Trace,
) -> Stored<Write<()>> {
    let words = |grants: &BTreeSet<GrantType>| {
        serde_json::to_value(grants).map_err(|_| corrupt("clients", "metadata", was.id.as_str()))
    };
    let (before, after) = (words(&was.metadata.grant_types)?, words(grants)?);
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients
                   SET metadata = metadata
                                  || jsonb_build_object('grant_types', $4::JSONB, 'software_version', $5::TEXT)
                   WHERE id = $1 AND deleted_at IS NULL AND metadata -> 'grant_types' = $2
                     AND metadata ->> 'software_version' IS NOT DISTINCT FROM $3::TEXT
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $6, $7, $8, $9, $10, $11, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            was.id.as_str(),
            before,
            was.metadata.software_version,
            after,
            version,
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

/// Keeps a client's metadata document as it is now, for good: it is not fetched again, and an administrator vouches
/// for it. `Lost` when the client is deleted, or is no document's.
pub async fn pin(
    store: &Store,
    client: &Client,
    changed_keys: ChangedKeys,
    trace: &Trace,
) -> Stored<Write<()>> {
    let metadata = serde_json::to_value(&client.metadata)
        .map_err(|_| corrupt("clients", "metadata", client.id.as_str()))?;
    let (metadata_digest, key_digest) = (client.digest(), client.metadata.key_digest());
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH before AS (
                   SELECT id FROM clients WHERE id = $1
               ), kept AS (
                   INSERT INTO clients AS c (id, origin, profile, metadata, metadata_digest, era, created_at,
                                             approved_at, key_digest, fetched_at, fresh_until)
                   VALUES ($1, $2, $3, $4, $5, 0, $6, $6, $7, $6, NULL)
                   ON CONFLICT (id) DO UPDATE
                   SET metadata = EXCLUDED.metadata, metadata_digest = EXCLUDED.metadata_digest,
                       key_digest = EXCLUDED.key_digest, fetched_at = EXCLUDED.fetched_at, fresh_until = NULL,
                       approved_at = COALESCE(c.approved_at, EXCLUDED.approved_at),
                       era = c.era + CASE WHEN $8 AND c.key_digest <> EXCLUDED.key_digest THEN 1 ELSE 0 END
                   WHERE c.deleted_at IS NULL AND c.origin = EXCLUDED.origin
                   RETURNING c.id, c.era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $9, $6, CASE WHEN EXISTS (SELECT 1 FROM before) THEN $12 ELSE $13 END, $11, $10, $14,
                          id, jsonb_build_object('origin', $2::TEXT, 'era', era, 'pinned', true)
                   FROM kept
               )
               SELECT count(*) AS "n!" FROM kept"#,
            client.id.as_str(),
            client.origin.as_str(),
            client.profile.as_str(),
            metadata,
            metadata_digest.as_bytes(),
            trace.at,
            key_digest.as_bytes(),
            changed_keys == ChangedKeys::Revoke,
            trace.event,
            trace.peer,
            trace.request,
            EventKind::ClientUpdated.as_str(),
            EventKind::ClientCreated.as_str(),
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

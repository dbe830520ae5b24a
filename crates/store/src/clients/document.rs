//! Keeping what a client's metadata document says (OAuth Client ID Metadata Document).

use gatewright_oauth::Client;
use gatewright_oauth::client::Published;

use crate::decode::corrupt;
use crate::{EventKind, Store, Stored, Trace, Write, tx};

/// A document as it was fetched.
#[derive(Clone, Copy)]
pub struct Adopted<'a> {
    /// The client it describes.
    pub client: &'a Client,
    /// When it was fetched, and how long it is believed.
    pub published: Published,
    /// What to do about grants when the client proves itself with something else than before.
    pub changed_keys: ChangedKeys,
}

/// What a change of a client's keys means for its grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedKeys {
    /// They end.
    Revoke,
    /// They stay; people are asked again in any case.
    Keep,
}

/// Stores a document, or a newer version of it. `Lost` when the client is disabled, its document is pinned, or a
/// later fetch was stored already.
pub async fn adopt(store: &Store, document: &Adopted<'_>, trace: &Trace) -> Stored<Write<()>> {
    let Adopted { client, published, changed_keys } = *document;
    let metadata = serde_json::to_value(&client.metadata)
        .map_err(|_| corrupt("clients", "metadata", client.id.as_str()))?;
    let (metadata_digest, key_digest) = (client.digest(), client.metadata.key_digest());
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH before AS (
                   SELECT metadata_digest FROM clients WHERE id = $1
               ), kept AS (
                   INSERT INTO clients AS c (id, origin, profile, metadata, metadata_digest, era, created_at,
                                             source, key_digest, fetched_at, fresh_until)
                   VALUES ($1, $2, $3, $4, $5, 0, $6, $11, $7, $6, $8)
                   ON CONFLICT (id) DO UPDATE
                   SET metadata = EXCLUDED.metadata, metadata_digest = EXCLUDED.metadata_digest,
                       key_digest = EXCLUDED.key_digest, fetched_at = EXCLUDED.fetched_at,
                       fresh_until = EXCLUDED.fresh_until,
                       era = c.era + CASE WHEN $9 AND c.key_digest <> EXCLUDED.key_digest THEN 1 ELSE 0 END
                   WHERE c.disabled_at IS NULL AND c.fresh_until IS NOT NULL AND c.fetched_at <= EXCLUDED.fetched_at
                   RETURNING c.id, c.era, c.metadata_digest
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $10, $6, CASE WHEN EXISTS (SELECT 1 FROM before) THEN $13 ELSE $14 END, $12, $11, $15,
                          k.id, jsonb_build_object('origin', $2::TEXT, 'era', k.era)
                   FROM kept k
                   WHERE NOT EXISTS (SELECT 1 FROM before b WHERE b.metadata_digest = k.metadata_digest)
               )
               SELECT count(*) AS "n!" FROM kept"#,
            client.id.as_str(),
            client.origin.as_str(),
            client.profile.as_str(),
            metadata,
            metadata_digest.as_bytes(),
            published.fetched_at,
            key_digest.as_bytes(),
            published.fresh_until,
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

//! `clients`: who may ask for tokens (RFC 7591).
//!
//! 1. [`create`] stores a registration. Identical public registrations share a row: the second
//!    one is answered with the first (`Registered::Existing`), however many arrive at once,
//!    because the digest is under a unique index.
//! 2. [`load`] on every request, mostly answered by the server's cache.
//! 3. [`disable`] adds one to the client's era (see [`crate::standing`]): every code and grant of
//!    the client is dead with that one row, and [`enable`] revives none of them.
//!
//! `first_used_at` is set when the first code is issued. Registrations that never got that far
//! are swept.

use gatewright_oauth::{Client, ClientId, ClientMetadata, Digest, Resource};
use serde_json::Value;
use uuid::Uuid;

use crate::decode::{self, corrupt};
use crate::{EventKind, Store, Stored, Time, Trace, Write, resources, tx};

/// What became of a registration.
#[derive(Debug, Clone)]
pub enum Registered {
    /// It was stored.
    New(Client),
    /// An identical one was there, possibly disabled; this is it.
    Existing(Client),
}

struct Row {
    id: String,
    origin: String,
    profile: String,
    metadata: Value,
    secret_digest: Option<Vec<u8>>,
    default_resource_id: Option<Uuid>,
    resource_server_id: Option<Uuid>,
    created_at: Time,
    disabled_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<Client> {
        let wrong = |column| corrupt("clients", column, &self.id);
        let metadata: ClientMetadata =
            serde_json::from_value(self.metadata).map_err(|_| wrong("metadata"))?;
        let secret = self
            .secret_digest
            .map(|bytes| decode::digest(&bytes).ok_or_else(|| wrong("secret_digest")))
            .transpose()?;
        Ok(Client {
            id: decode::client_id(&self.id).ok_or_else(|| wrong("id"))?,
            origin: self.origin.parse().map_err(|_| wrong("origin"))?,
            profile: self.profile.parse().map_err(|_| wrong("profile"))?,
            metadata,
            secret,
            default_resource: self.default_resource_id,
            speaks_for: self.resource_server_id,
            created_at: self.created_at,
            disabled_at: self.disabled_at,
        })
    }
}

/// One client, disabled ones included.
pub async fn load(store: &Store, id: &ClientId) -> Stored<Option<Client>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, origin, profile, metadata, secret_digest, default_resource_id, resource_server_id,
                    created_at, disabled_at
             FROM clients WHERE id = $1",
            id.as_str(),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// A client with the resources its request may mean: those with these normal forms, its own default
/// and the server's. Disabled ones included; `None` when there is no such client. Together with
/// [`crate::sessions::with_consent`] this is all `GET /authorize` reads.
pub async fn with_resources(
    store: &Store,
    id: &ClientId,
    keys: &[String],
) -> Stored<Option<(Client, Vec<Resource>)>> {
    let rows = tx::read(|| {
        sqlx::query!(
            r#"SELECT c.id, c.origin, c.profile, c.metadata, c.secret_digest, c.default_resource_id,
                      c.resource_server_id, c.created_at, c.disabled_at, r.id AS "resource_id?",
                      r.identifier AS "identifier?", r.name AS "name?", r.scopes AS "scopes?",
                      r.access_token_seconds AS "access_token_seconds?", r.signing_alg AS "signing_alg?",
                      r.is_default AS "is_default?", r.disabled_at AS resource_disabled_at
               FROM clients c
               LEFT JOIN resources r
               ON r.compare_key = ANY ($2) OR r.id = c.default_resource_id OR r.is_default
               WHERE c.id = $1"#,
            id.as_str(),
            keys,
        )
        .fetch_all(store.pool())
    })
    .await?;
    let mut client = None;
    let mut found = Vec::new();
    for row in rows {
        client = Some(Row {
            id: row.id,
            origin: row.origin,
            profile: row.profile,
            metadata: row.metadata,
            secret_digest: row.secret_digest,
            default_resource_id: row.default_resource_id,
            resource_server_id: row.resource_server_id,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        });
        if let (
            Some(id),
            Some(identifier),
            Some(name),
            Some(scopes),
            Some(access_token_seconds),
            Some(signing_alg),
            Some(is_default),
        ) = (
            row.resource_id,
            row.identifier,
            row.name,
            row.scopes,
            row.access_token_seconds,
            row.signing_alg,
            row.is_default,
        ) {
            let disabled_at = row.resource_disabled_at;
            let resource = resources::Row {
                id,
                identifier,
                name,
                scopes,
                access_token_seconds,
                signing_alg,
                is_default,
                disabled_at,
            };
            found.push(resource.decode()?);
        }
    }
    client.map(|row| Ok((row.decode()?, found))).transpose()
}

/// The dynamic client that was registered with exactly this metadata, possibly disabled.
pub async fn by_dedupe(store: &Store, digest: &Digest) -> Stored<Option<Client>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, origin, profile, metadata, secret_digest, default_resource_id, resource_server_id,
                    created_at, disabled_at
             FROM clients WHERE dedupe_digest = $1",
            digest.as_bytes(),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Stores a registration. `Lost` when the id is taken.
pub async fn create(store: &Store, client: &Client, trace: &Trace) -> Stored<Write<Registered>> {
    let metadata = serde_json::to_value(&client.metadata)
        .map_err(|_| corrupt("clients", "metadata", client.id.as_str()))?;
    let digest = client.digest();
    let dedupe = client.dedupe_digest();
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH made AS (
                   INSERT INTO clients (id, origin, profile, metadata, metadata_digest, dedupe_digest,
                                        secret_digest, default_resource_id, resource_server_id, era,
                                        created_at, disabled_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)
                   ON CONFLICT DO NOTHING
                   RETURNING id, origin
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $12, $13, $14, $15, $16, $17, id, jsonb_build_object('origin', origin) FROM made
               )
               SELECT count(*) AS "n!" FROM made"#,
            client.id.as_str(),
            client.origin.as_str(),
            client.profile.as_str(),
            metadata,
            digest.as_bytes(),
            dedupe.as_ref().map(|digest| digest.as_bytes().as_slice()),
            client.secret.as_ref().map(|digest| digest.as_bytes().as_slice()),
            client.default_resource,
            client.speaks_for,
            client.created_at,
            client.disabled_at,
            trace.event,
            trace.at,
            EventKind::ClientCreated.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    if rows > 0 {
        return Ok(Write::Applied(Registered::New(client.clone())));
    }
    let Some(dedupe) = dedupe else { return Ok(Write::Lost) };
    Ok(Write::from_option(by_dedupe(store, &dedupe).await?.map(Registered::Existing)))
}

/// A place in the list of clients.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// When the last client read was made.
    pub created_at: Time,
    /// Its id.
    pub id: String,
}

impl Cursor {
    /// Before every client.
    pub const START: Cursor = Cursor { created_at: Time::UNIX_EPOCH, id: String::new() };
}

/// Up to `limit` clients after `cursor`, oldest first.
pub async fn list(store: &Store, cursor: &Cursor, limit: u32) -> Stored<Vec<Client>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, origin, profile, metadata, secret_digest, default_resource_id, resource_server_id,
                    created_at, disabled_at
             FROM clients WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3",
            cursor.created_at,
            cursor.id,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// Disables a client and ends all its codes and grants. `Lost` when it is unknown or disabled
/// already.
pub async fn disable(store: &Store, id: &ClientId, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients SET disabled_at = $2, era = era + 1
                   WHERE id = $1 AND disabled_at IS NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $3, $2, $4, $5, $6, $7, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id.as_str(),
            trace.at,
            trace.event,
            EventKind::ClientDisabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Lets a disabled client be used again. `Lost` when it is unknown or not disabled.
pub async fn enable(store: &Store, id: &ClientId, trace: &Trace) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL
                   RETURNING id, era
               ), logged AS (
                   INSERT INTO events (id, at, kind, request_id, peer, actor, client_id, detail)
                   SELECT $2, $3, $4, $5, $6, $7, id, jsonb_build_object('era', era) FROM changed
               )
               SELECT count(*) AS "n!" FROM changed"#,
            id.as_str(),
            trace.event,
            trace.at,
            EventKind::ClientEnabled.as_str(),
            trace.request,
            trace.peer,
            trace.actor,
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

/// Gives a confidential client another secret; the old one is void at once. `Lost` when the
/// client is unknown or public.
pub async fn replace_secret(
    store: &Store,
    id: &ClientId,
    secret: &Digest,
    trace: &Trace,
) -> Stored<Write<()>> {
    let rows = tx::write(|| {
        sqlx::query_scalar!(
            r#"WITH changed AS (
                   UPDATE clients SET secret_digest = $2 WHERE id = $1 AND secret_digest IS NOT NULL
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
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(Write::from_count(rows))
}

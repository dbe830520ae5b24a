//! `clients`: who may ask for tokens (RFC 7591).
//!
//! 1. [`create`] stores a registration. Identical public registrations share a row: the second
//!    one is answered with the first (`Registered::Existing`), however many arrive at once,
//!    because the digest is under a unique index.
//! 2. [`load`] on every request, mostly answered by the server's cache.
//! 3. [`adopt`] keeps what a client's metadata document says now (`document.rs`), [`update`] what a
//!    client says of itself now (RFC 7592), [`revise`] what an administrator says of it (`revise.rs`).
//! 4. [`disable`] adds one to the client's era (see [`crate::standing`]): every code and grant of
//!    the client is dead with that one row, and [`enable`] revives none of them. [`delete`] is for
//!    good: the row stays, so that its id never returns (`life.rs`).
//!
//! `first_used_at` is set when the first code is issued. Registrations that never got that far
//! are put aside ([`crate::sweep`]): they look the same to whoever asks, come back by being used,
//! and are gone half a year later.

mod create;
mod document;
mod life;
mod record;
mod revise;
mod search;
mod secret;

use gatewright_oauth::client::{ConsentRule, Published};
use gatewright_oauth::{Client, ClientId, ClientMetadata, Digest, Origin, Resource, Voucher};
use serde_json::Value;
use uuid::Uuid;

pub use self::create::{Enrolment, Registered, create};
pub use self::document::{Adopted, ChangedKeys, adopt};
pub use self::life::{approve, delete, disable, enable, purge};
pub use self::record::{MOST_COUNTED, Record, record};
pub use self::revise::{extend, hold, pin, revise};
pub use self::search::{Filter, search};
pub use self::secret::{Overlap, replace_secret, update};
use crate::decode::{self, corrupt};
use crate::{Store, Stored, Time, resources, tx};

struct Row {
    id: String,
    origin: String,
    profile: String,
    metadata: Value,
    secret_digest: Option<Vec<u8>>,
    previous_secret_digest: Option<Vec<u8>>,
    previous_secret_until: Option<Time>,
    registration_digest: Option<Vec<u8>>,
    default_resource_id: Option<Uuid>,
    resource_server_id: Option<Uuid>,
    created_at: Time,
    approved_at: Option<Time>,
    fetched_at: Option<Time>,
    fresh_until: Option<Time>,
    consent: Option<String>,
    disabled_at: Option<Time>,
}

impl Row {
    fn decode(self) -> Stored<Client> {
        let wrong = |column| corrupt("clients", column, &self.id);
        let metadata: ClientMetadata =
            serde_json::from_value(self.metadata).map_err(|_| wrong("metadata"))?;
        let digest = |bytes: Option<Vec<u8>>, column| {
            bytes.map(|bytes| decode::digest(&bytes).ok_or_else(|| wrong(column))).transpose()
        };
        let origin: Origin = self.origin.parse().map_err(|_| wrong("origin"))?;
        let previous = digest(self.previous_secret_digest, "previous_secret_digest")?;
        Ok(Client {
            id: decode::client_id(&self.id).ok_or_else(|| wrong("id"))?,
            origin,
            profile: self.profile.parse().map_err(|_| wrong("profile"))?,
            metadata,
            voucher: match (origin, self.approved_at) {
                (Origin::Administrator, _) | (_, Some(_)) => Voucher::Administrator,
                (Origin::Dynamic | Origin::Document, None) => Voucher::Nobody,
            },
            secret: digest(self.secret_digest, "secret_digest")?,
            previous_secret: previous.zip(self.previous_secret_until),
            registration_token: digest(self.registration_digest, "registration_digest")?,
            default_resource: self.default_resource_id,
            speaks_for: self.resource_server_id,
            created_at: self.created_at,
            document: self
                .fetched_at
                .map(|fetched_at| Published { fetched_at, fresh_until: self.fresh_until }),
            consent: self
                .consent
                .map_or(Ok(ConsentRule::Ask), |text| text.parse().map_err(|_| wrong("consent")))?,
            disabled_at: self.disabled_at,
        })
    }
}

/// One client, disabled ones included.
pub async fn load(store: &Store, id: &ClientId) -> Stored<Option<Client>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, origin, profile, metadata, secret_digest, previous_secret_digest, previous_secret_until,
                    registration_digest, default_resource_id, resource_server_id, created_at, approved_at,
                    fetched_at, fresh_until, consent, disabled_at
             FROM clients WHERE id = $1",
            id.as_str(),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
}

/// Those of these clients that there are, disabled ones included, in no order.
pub async fn by_ids(store: &Store, ids: &[String]) -> Stored<Vec<Client>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, origin, profile, metadata, secret_digest, previous_secret_digest, previous_secret_until,
                    registration_digest, default_resource_id, resource_server_id, created_at, approved_at,
                    fetched_at, fresh_until, consent, disabled_at
             FROM clients WHERE id = ANY($1)",
            ids,
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

/// A client, if there is one, with the resources its request may mean: those with these normal forms,
/// its own default and the server's. Disabled ones included. Together with
/// [`crate::sessions::with_consent`] this is all `GET /authorize` reads.
pub async fn with_resources(
    store: &Store,
    id: &ClientId,
    keys: &[String],
) -> Stored<(Option<Client>, Vec<Resource>)> {
    let rows = tx::read(|| {
        sqlx::query!(
            r#"SELECT c.id AS "id?", c.origin AS "origin?", c.profile AS "profile?", c.metadata AS "metadata?",
                      c.secret_digest, c.previous_secret_digest, c.previous_secret_until,
                      c.registration_digest, c.default_resource_id, c.resource_server_id,
                      c.created_at AS "created_at?", c.approved_at, c.fetched_at, c.fresh_until, c.consent,
                      c.disabled_at, r.id AS "resource_id?",
                      r.identifier AS "identifier?", r.name AS "name?", r.scopes AS "scopes?",
                      r.access_token_seconds AS "access_token_seconds?", r.signing_alg AS "signing_alg?",
                      r.is_default AS "is_default?", r.verified_clients_only AS "verified_clients_only?",
                      r.demand, r.disabled_at AS resource_disabled_at
               FROM (SELECT $1::TEXT AS id) AS asked
               LEFT JOIN clients c ON c.id = asked.id
               LEFT JOIN resources r
               ON r.compare_key = ANY ($2) OR r.id = c.default_resource_id OR r.is_default"#,
            id.as_str(),
            keys,
        )
        .fetch_all(store.pool())
    })
    .await?;
    let mut client = None;
    let mut found = Vec::new();
    for row in rows {
        if let (Some(id), Some(origin), Some(profile), Some(metadata), Some(created_at)) =
            (row.id, row.origin, row.profile, row.metadata, row.created_at)
        {
            client = Some(Row {
                id,
                origin,
                profile,
                metadata,
                secret_digest: row.secret_digest,
                previous_secret_digest: row.previous_secret_digest,
                previous_secret_until: row.previous_secret_until,
                registration_digest: row.registration_digest,
                default_resource_id: row.default_resource_id,
                resource_server_id: row.resource_server_id,
                created_at,
                approved_at: row.approved_at,
                fetched_at: row.fetched_at,
                fresh_until: row.fresh_until,
                consent: row.consent,
                disabled_at: row.disabled_at,
            });
        }
        if let (
            Some(id),
            Some(identifier),
            Some(name),
            Some(scopes),
            Some(access_token_seconds),
            Some(signing_alg),
            Some(is_default),
            Some(verified_clients_only),
        ) = (
            row.resource_id,
            row.identifier,
            row.name,
            row.scopes,
            row.access_token_seconds,
            row.signing_alg,
            row.is_default,
            row.verified_clients_only,
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
                verified_clients_only,
                demand: row.demand,
                disabled_at,
            };
            found.push(resource.decode()?);
        }
    }
    Ok((client.map(Row::decode).transpose()?, found))
}

/// The dynamic client that was registered with exactly this metadata, possibly disabled.
pub async fn by_dedupe(store: &Store, digest: &Digest) -> Stored<Option<Client>> {
    let row = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, origin, profile, metadata, secret_digest, previous_secret_digest, previous_secret_until,
                    registration_digest, default_resource_id, resource_server_id, created_at, approved_at,
                    fetched_at, fresh_until, consent, disabled_at
             FROM clients WHERE dedupe_digest = $1",
            digest.as_bytes(),
        )
        .fetch_optional(store.pool())
    })
    .await?;
    row.map(Row::decode).transpose()
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

/// Up to `limit` clients after `cursor`, oldest first; without those that were deleted or put aside.
pub async fn list(store: &Store, cursor: &Cursor, limit: u32) -> Stored<Vec<Client>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, origin, profile, metadata, secret_digest, previous_secret_digest, previous_secret_until,
                    registration_digest, default_resource_id, resource_server_id, created_at, approved_at,
                    fetched_at, fresh_until, consent, disabled_at
             FROM clients
             WHERE (created_at, id) > ($1, $2) AND deleted_at IS NULL AND swept_at IS NULL
             ORDER BY created_at, id LIMIT $3",
            cursor.created_at,
            cursor.id,
            i64::from(limit),
        )
        .fetch_all(store.pool())
    })
    .await?;
    rows.into_iter().map(Row::decode).collect()
}

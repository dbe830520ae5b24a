//! Clients as an operator looks for them.

use gatewright_oauth::{Client, Origin};

use super::{Cursor, Row};
use crate::looking::{LOOKED_AT, Looked};
use crate::{Store, Stored, tx};

/// Which clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// With this in their name, in small letters.
    pub name: Option<&'a str>,
    /// That came this way.
    pub origin: Option<Origin>,
    /// Blocked, or not.
    pub blocked: Option<bool>,
    /// That an administrator made or approved, or not.
    pub vouched: Option<bool>,
}

/// Up to `limit` such clients after `cursor`, oldest first; without those that were deleted or put aside. Looks at some
/// thousand rows and says how far it got.
pub async fn search(
    store: &Store,
    filter: Filter<'_>,
    cursor: &Cursor,
    limit: u32,
) -> Stored<Looked<Client, Cursor>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, origin, profile, metadata, secret_digest, previous_secret_digest, previous_secret_until,
                    registration_digest, default_resource_id, resource_server_id, created_at, approved_at,
                    fetched_at, fresh_until, consent, disabled_at
             FROM (SELECT * FROM clients WHERE (created_at, id) > ($1, $2)
                   ORDER BY created_at, id LIMIT $4) AS looked
             WHERE deleted_at IS NULL AND swept_at IS NULL
               AND ($5::TEXT IS NULL OR strpos(lower(metadata ->> 'client_name'), $5) > 0)
               AND ($6::TEXT IS NULL OR origin = $6)
               AND ($7::BOOLEAN IS NULL OR (disabled_at IS NOT NULL) = $7)
               AND ($8::BOOLEAN IS NULL OR (origin = 'administrator' OR approved_at IS NOT NULL) = $8)
             ORDER BY created_at, id LIMIT $3",
            cursor.created_at,
            cursor.id,
            i64::from(limit),
            LOOKED_AT,
            filter.name,
            filter.origin.map(Origin::as_str),
            filter.blocked,
            filter.vouched,
        )
        .fetch_all(store.pool())
    })
    .await?;
    let found = rows.into_iter().map(Row::decode).collect::<Stored<Vec<Client>>>()?;
    let end = tx::read(|| {
        sqlx::query_as!(
            Cursor,
            "SELECT created_at, id FROM clients WHERE (created_at, id) > ($1, $2)
             ORDER BY created_at, id LIMIT 1 OFFSET $3",
            cursor.created_at,
            cursor.id,
            LOOKED_AT - 1,
        )
        .fetch_optional(store.pool())
    });
    let place = |last: &Client| Cursor { created_at: last.created_at, id: last.id.to_string() };
    Looked::so_far(found, limit, (place, end)).await
}

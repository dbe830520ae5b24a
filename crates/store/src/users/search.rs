//! Accounts as an operator looks for them.

use super::{Cursor, Role, Row, User};
use crate::looking::{LOOKED_AT, Looked};
use crate::{Store, Stored, tx};

/// Which accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// With this, in small letters, in their user name, address or name.
    pub name: Option<&'a str>,
    /// Disabled, or not.
    pub disabled: Option<bool>,
    /// With this role.
    pub role: Option<Role>,
}

/// Up to `limit` such accounts after `cursor`, oldest first. Looks at some thousand rows and says how far it got.
pub async fn search(
    store: &Store,
    filter: Filter<'_>,
    cursor: Cursor,
    limit: u32,
) -> Stored<Looked<User, Cursor>> {
    let rows = tx::read(|| {
        sqlx::query_as!(
            Row,
            "SELECT id, username, email, display_name, email_verified, locale, role, created_at, disabled_at
             FROM (SELECT * FROM users WHERE (created_at, id) > ($1, $2)
                   ORDER BY created_at, id LIMIT $4) AS looked
             WHERE ($5::TEXT IS NULL OR strpos(lower(username), $5) > 0
                    OR strpos(lower(email), $5) > 0 OR strpos(lower(display_name), $5) > 0)
               AND ($6::BOOLEAN IS NULL OR (disabled_at IS NOT NULL) = $6)
               AND ($7::TEXT IS NULL OR role = $7)
             ORDER BY created_at, id LIMIT $3",
            cursor.created_at,
            cursor.id,
            i64::from(limit),
            LOOKED_AT,
            filter.name,
            filter.disabled,
            filter.role.map(Role::as_str),
        )
        .fetch_all(store.pool())
    })
    .await?;
    let found = rows.into_iter().map(Row::decode).collect::<Stored<Vec<User>>>()?;
    let end = tx::read(|| {
        sqlx::query_as!(
            Cursor,
            "SELECT created_at, id FROM users WHERE (created_at, id) > ($1, $2)
             ORDER BY created_at, id LIMIT 1 OFFSET $3",
            cursor.created_at,
            cursor.id,
            LOOKED_AT - 1,
        )
        .fetch_optional(store.pool())
    });
    let place = |last: &User| Cursor { created_at: last.created_at, id: last.id };
    Looked::so_far(found, limit, (place, end)).await
}

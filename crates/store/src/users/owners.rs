//! Who administers the server with everything: there is always somebody.

use uuid::Uuid;

use crate::{Store, Stored, tx};

/// How many enabled accounts administer the server.
pub async fn count_owners(store: &Store) -> Stored<u64> {
    let count = tx::read(|| {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!" FROM users WHERE role = 'owner' AND disabled_at IS NULL"#
        )
        .fetch_one(store.pool())
    })
    .await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The enabled owners, none of whom ceases to be one before this transaction ends: of two who dismiss each other at the
/// same moment the second waits here, and sees that nobody else is left.
pub async fn hold_owners(store: &Store) -> Stored<Vec<Uuid>> {
    tx::write(|| {
        sqlx::query_scalar!(
            "SELECT id FROM users WHERE role = 'owner' AND disabled_at IS NULL ORDER BY id FOR UPDATE"
        )
        .fetch_all(store.pool())
    })
    .await
}

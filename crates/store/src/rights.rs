//! What this server's own role may do to the tables that are only ever added to (`docs/database-roles.md`).

use crate::{Store, Stored, tx};

/// The role's rights on one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// Which table.
    pub table: String,
    /// Whether the role may change rows or empty it, or owns it and may give itself any right.
    pub may_rewrite: bool,
    /// Whether the role may remove rows.
    pub may_remove: bool,
    /// Whether a policy says which ones.
    pub has_policy: bool,
}

/// Of the events, their order and its checkpoints.
pub async fn on_events(store: &Store) -> Stored<Vec<Rights>> {
    tx::read(|| {
        sqlx::query_as!(
            Rights,
            r#"SELECT c.relname::TEXT AS "table!",
                      pg_has_role(c.relowner, 'USAGE') OR has_any_column_privilege(c.oid, 'UPDATE')
                          OR has_table_privilege(c.oid, 'TRUNCATE') AS "may_rewrite!",
                      has_table_privilege(c.oid, 'DELETE') AS "may_remove!",
                      c.relrowsecurity AS "has_policy!"
               FROM pg_class c
               WHERE c.oid = ANY (ARRAY[to_regclass('events'), to_regclass('event_log'),
                                        to_regclass('checkpoints')]::OID[])
               ORDER BY c.relname"#
        )
        .fetch_all(store.pool())
    })
    .await
}

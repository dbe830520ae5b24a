//! The whole database as text.

use std::collections::BTreeMap;

use sqlx::PgPool;

/// Every row of every table, by table. Binary columns are hexadecimal.
pub(super) async fn dump(database: &PgPool) -> BTreeMap<String, Vec<String>> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
    )
    .fetch_all(database)
    .await
    .unwrap();
    assert!(tables.len() >= 14, "{tables:?}");
    let mut all = BTreeMap::new();
    for table in tables {
        let statement = format!("SELECT t::text FROM \"{table}\" AS t ORDER BY 1");
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_all(database).await.unwrap();
        all.insert(table, rows);
    }
    all
}

/// Every value of every column of every row, as text.
pub(super) async fn values(database: &PgPool) -> Vec<(String, String)> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
    )
    .fetch_all(database)
    .await
    .unwrap();
    let mut all = Vec::new();
    for (table, column) in columns {
        let statement =
            format!("SELECT DISTINCT \"{column}\"::text FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
        let found: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_all(database).await.unwrap();
        all.extend(found.into_iter().map(|value| (format!("{table}.{column}"), value)));
    }
    all
}
